"""The recordings that go the whole way."""

from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
RECORDINGS = sorted(DATA.glob("*.jsonl.gz"))
