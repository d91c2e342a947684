"""The last hour of a symbol as a line: its minutes' closes, and the points that they give.

static/js/sparkline.js makes the same points of the same bars.
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

Closes = Mapping[int, float]
"""Closing prices by minute, counted since 1970 UTC."""


def closes_of(bars: Iterable[Bar]) -> Closes:
    """The last hour's closes, in order. Of two bars of one minute the later one counts."""
    closes = {int(seconds_of(bar.time)) // 60: bar.close for bar in bars}
    newest = max(closes, default=0)
    return {minute: closes[minute] for minute in sorted(closes) if minute > newest - MINUTES}


def points_of(closes: Closes) -> str:
    """A polyline's points, the newest at the right end; empty for fewer than two closes."""
    if len(closes) < 2:
        return ""
    low, high, first = min(closes.values()), max(closes.values()), max(closes) - MINUTES + 1
    points = []
    for minute, close in closes.items():
        depth = (high - close) / (high - low) if high > low else 0.5
        points.append(f"{minute - first},{math.floor(depth * _HEIGHT + _MARGIN + 0.5)}")
    return " ".join(points)


def compact(closes: Closes) -> list[object]:
    """The same for a page's script, in few bytes: the first minute, then each minute's close or None."""
    first = min(closes, default=0)
    return [first, *(closes.get(minute) for minute in range(first, max(closes, default=-1) + 1))]
