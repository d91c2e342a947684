"""The table that `ticker tail` shows on a terminal: one row a key, its newest event."""

from types import TracebackType
from typing import Any, Self

from rich.live import Live
from rich.table import Table

MOST_ROWS = 40
"""Rows shown; those that have not moved for longest give way."""
_COLUMNS = {
    "q": ("quote", "bp", "bs", "ap", "as"),
    "t": ("trade", "p", "s", "x", "i"),
    "b": ("bar", "o", "h", "l", "c"),
}


class TailTable:
    """A live table of what came."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], tuple[str, ...]] = {}
        self._live = Live(self._table(), refresh_per_second=8, transient=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.__exit__(type_, error, traceback)

    def show(self, events: list[dict[str, Any]]) -> None:
        """Take in events, newest last."""
        for event in events:
            key = str(event.get("S") or event.get("game") or event.get("id") or event.get("key"))
            name = (str(event.get("T")), key)
            self._rows.pop(name, None)
            self._rows[name] = (key, *_cells(event))
        while len(self._rows) > MOST_ROWS:
            del self._rows[next(iter(self._rows))]
        self._live.update(self._table())

    def _table(self) -> Table:
        table = Table("key", "what", "", "", "", "", "time", expand=True)
        for name in sorted(self._rows):
            table.add_row(*self._rows[name])
        return table


def _cells(event: dict[str, Any]) -> tuple[str, ...]:
    kind, time = str(event.get("T")), str(event.get("t", ""))[11:23]
    if kind == "game":
        sides = [f"{side.get('abbr') or side['id']} {side.get('score', '')}" for side in event["sides"]]
        return ("game", " – ".join(sides), str(event["status"].get("text", "")), "", "", time)
    if kind == "play":
        return ("play", str(event.get("text", "")), "", "", "", time)
    what, *keys = _COLUMNS.get(kind, (kind,))
    cells = [f"{key} {event[key]}" if key in event else "" for key in keys]
    return (what, *(cells + [""] * 4)[:4], time)
