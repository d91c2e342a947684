"""The symbols that a dashboard's URL asks for: `?symbols=AAPL,BTC/USD`."""

from collections.abc import Sequence
from dataclasses import dataclass

from ticker.events import is_symbol

MOST_SYMBOLS = 100
"""Symbols of one watchlist. static/js/watchlist.js is told."""
_LONGEST_QUOTED = 40


@dataclass(frozen=True, slots=True)
class Watchlist:
    """The rows of a dashboard."""

    symbols: Sequence[str]
    notices: Sequence[str] = ()
    """What of the URL isn't shown, and why, as sentences."""


def read_watchlist(text: str) -> Watchlist:
    """The symbols in `text`, each once, in its order."""
    names = dict.fromkeys(name for part in text.split(",") if (name := part.strip()))
    symbols = [name for name in names if is_symbol(name)]
    wrong = [name for name in names if not is_symbol(name)]
    notices = []
    if wrong:
        which = ", ".join(f"“{_short(name)}”" for name in wrong[:3]) + (" and others" if len(wrong) > 3 else "")
        notices.append(f"Left out: {which}. A symbol has no spaces or asterisks, and at most 64 characters.")
    if len(symbols) > MOST_SYMBOLS:
        notices.append(f"Only the first {MOST_SYMBOLS} of {len(symbols)} symbols are shown.")
    return Watchlist(symbols[:MOST_SYMBOLS], notices)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_QUOTED else f"{name[:_LONGEST_QUOTED]}…"
