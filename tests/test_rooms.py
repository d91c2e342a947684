"""The three rooms and the composition root: who may import whom, and how long a file may be."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 330
"""Lines. A file beyond this is more than one noun."""
IMPURE = {
    "asyncio",
    "http",
    "multiprocessing",
    "select",
    "selectors",
    "signal",
    "socket",
    "socketserver",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "urllib",
}
"""What the core does without: it has no socket, awaits nothing, and is given its clock."""
STANDARD = set(sys.stdlib_module_names)
MAY_IMPORT: Mapping[str, set[str]] = {
    "ticker": STANDARD - IMPURE | {"ticker", "msgspec", "orjson"},
    "feeds": STANDARD | {"ticker", "feeds", "msgspec", "orjson", "structlog", "aiokafka", "aiohttp"},
    "web": STANDARD
    | {
        "ticker",
        "web",
        "msgspec",
        "orjson",
        "structlog",
        "aiohttp",
        "aiohttp_sse",
        "isal",
        "jinja2",
        "markupsafe",
        "prometheus_client",
    },
}
"""Each room, and the packages that it may import. The composition root may import everything."""
COMMANDS = "ticker/commands/"
ENTRANCE = "ticker/__main__.py"
"""`python -m ticker`, which belongs to the composition root."""


def files_of(room: str) -> list[str]:
    """The Python files of a room, from the project's root, without the composition root's."""
    found = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / room).rglob("*.py"))
    return [file for file in found if not file.startswith(COMMANDS) and file != ENTRANCE]


def imports(file: str) -> Iterator[tuple[int, str]]:
    """What a file imports, anywhere in it: line and full name."""
    for node in ast.walk(ast.parse((ROOT / file).read_bytes(), file)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}:{node.lineno}: a relative import hides its room"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def violations(room: str, file: str) -> Iterator[str]:
    """What a file of a room imports and may not."""
    for line, name in imports(file):
        where = f"{file}:{line} imports {name}"
        if name.split(".")[0] not in MAY_IMPORT[room]:
            yield where
        elif f"{name}.".startswith("ticker.commands."):
            yield f"{where}: the composition root is imported by nobody"
        elif room == "feeds" and f"{name}.".startswith("aiohttp.web"):
            yield f"{where}: of aiohttp, feeds has the client"


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_room_imports_only_what_it_may(room: str) -> None:
    files = files_of(room)
    assert len(files) > 5, f"{room}/ has only {files}: this looked in the wrong place"
    assert [violation for file in files for violation in violations(room, file)] == []


def test_files_are_one_noun_long() -> None:
    sources = [path for room in MAY_IMPORT for kind in ("*.py", "*.js") for path in (ROOT / room).rglob(kind)]
    assert len(sources) > 30, f"only {sources}: this looked in the wrong place"
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in sources}
    assert {file: length for file, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize(
    ("room", "source", "line"),
    [
        ("ticker", "import aiokafka", 1),
        ("ticker", "from web.server import serving", 1),
        ("ticker", "import ticker\n\ndef later():\n    import asyncio", 4),
        ("feeds", "from web import node", 1),
        ("feeds", "from aiohttp import web", 1),
        ("feeds", "import aiohttp.web_response", 1),
        ("web", "from feeds.embedded import EmbeddedSource", 1),
        ("web", "from ticker.commands.main import main", 1),
        ("web", "from ticker import commands", 1),
    ],
)
def test_rules_are_noticed_when_broken(
    room: str, source: str, line: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.test_rooms.ROOT", tmp_path)
    (tmp_path / "file.py").write_text(source)
    assert [violation.split(" ")[0] for violation in violations(room, "file.py")] == [f"file.py:{line}"]
