"""Slices: how long a flush works before it lets the event loop breathe."""

from collections.abc import Callable

READERS_A_LOOK = 16
"""How many readers are written to between two looks at the clock."""


class Slice:
    """One stretch of work, as long as it may be."""

    __slots__ = ("_clock", "_end", "_left", "_seconds", "readers_a_look")

    def __init__(self, clock: Callable[[], float], seconds: float) -> None:
        self.readers_a_look = READERS_A_LOOK
        self._clock = clock
        self._seconds = seconds
        self._end = 0.0
        self._left = 0

    def begin(self, times: float = 1.0) -> None:
        """A stretch begins, `times` as long as usual."""
        self._end = self._clock() + self._seconds * times

    def is_over(self, written: int) -> bool:
        """Whether it has been long enough, `written` readers after the last question."""
        self._left -= written
        if self._left > 0:
            return False
        self._left = self.readers_a_look
        return self._clock() >= self._end
