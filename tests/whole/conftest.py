"""Nodes as processes, and topics of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.whole.processes import Processes
from tests.wire import cut_all

DATA = Path(__file__).parents[1] / "data"
RECORDINGS = sorted(DATA.glob("*.jsonl.gz"))


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    """Starts ticker's commands; all of them end with the test, and well."""
    started = Processes()
    try:
        yield started
    finally:
        cut_all()
        await started.stop()
