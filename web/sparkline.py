"""The last hour of a symbol as a line: its minutes' closes, and the path that they give.

static/js/sparkline.js makes the same path of the same bars.
"""

import math
from collections.abc import Iterable, Mapping

from ticker.events import Bar
from ticker.timestamp import seconds_of

MINUTES = 60
"""As many minutes as a line shows; what is older than the newest by that is left out."""
_HEIGHT, _MARGIN = 44, 2
"""In the line's own measure, of half a pixel or so; a minute is 1 wide."""
VIEW_BOX = f"0 0 {MINUTES - 1} {_HEIGHT + 2 * _MARGIN}"
_LARGEST = 1e15
"""Beyond it is no price."""
_MOST_DECIMALS = 8
"""What a price has beyond these isn't seen in a line."""

Closes = Mapping[int, float]
"""Closing prices by minute, counted since 1970 UTC."""


def closes_of(bars: Iterable[Bar]) -> Closes:
    """The last hour's closes, in order. Of two bars of one minute the later one counts; what can't be is left out."""
    closes = {
        int(seconds) // 60: bar.close
        for bar in bars
        if abs(bar.close) < _LARGEST and math.isfinite(seconds := seconds_of(bar.time))
    }
    newest = max(closes, default=0)
    return {minute: closes[minute] for minute in sorted(closes) if minute > newest - MINUTES}


def line_of(closes: Closes) -> str:
    """A path's data, the newest close at the right end; empty for fewer than two.

    Steps from one minute to the next are small numbers, which compress to half of what places do.
    """
    if len(closes) < 2:
        return ""
    low, high, first = min(closes.values()), max(closes.values()), max(closes) - MINUTES + 1
    line, last = [], (0, 0)
    for minute, close in closes.items():
        depth = (high - close) / (high - low) if high > low else 0.5
        place = (minute - first, math.floor(depth * _HEIGHT + _MARGIN + 0.5))
        line.append(f"{place[0] - last[0]} {place[1] - last[1]}")
        last = place
    return f"m{' '.join(line)}"


def compact(closes: Closes) -> list[object]:
    """The same for a page's script, in few bytes.

    The first minute; the prices' decimals; then each minute's change since the last one that has a close, as a whole
    number of the last decimal, or None.
    """
    if not closes:
        return []
    exact = (decimals for decimals in range(_MOST_DECIMALS) if all(round(c, decimals) == c for c in closes.values()))
    decimals = next(exact, _MOST_DECIMALS)
    ticks = {minute: round(close * 10**decimals) for minute, close in closes.items()}
    first, last = min(ticks), 0
    changes: list[int | None] = []
    for minute in range(first, max(ticks) + 1):
        tick = ticks.get(minute)
        changes.append(None if tick is None else tick - last)
        last = last if tick is None else tick
    return [first, decimals, *changes]
