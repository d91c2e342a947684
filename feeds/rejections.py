"""Rejections: records that are no events. They are counted, named in the log at a bounded rate, and skipped."""

import time
from collections import Counter
from collections.abc import Callable

import structlog

LINES_A_SECOND = 5
"""Rejections that are named in the log, each second; the rest are only counted."""
LONGEST_ERROR = 300
"""Characters of an error that are logged."""
log = structlog.get_logger()


class Rejections:
    """Counts the records that were skipped, by kind."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds that only grow."""
        self.counts: Counter[str] = Counter()
        """By the kind's name."""
        self._clock = clock
        self._second = clock()
        self._lines = 0
        self._unnamed = 0

    def add(self, kind: str, error: Exception, /, **place: object) -> None:
        """Count a record, and say where it was and what was wrong with it unless too many were wrong this second.

        An error that nobody foresaw is logged with its traceback.
        """
        self.counts[kind] += 1
        now = self._clock()
        if now - self._second >= 1:
            self._second, self._lines = now, 0
        if self._lines == LINES_A_SECOND:
            self._unnamed += 1
            return
        self._lines += 1
        unnamed, self._unnamed = self._unnamed, 0
        log.warning(
            "record skipped",
            **place,
            error=str(error)[:LONGEST_ERROR],
            unnamed_before=unnamed,
            exc_info=None if isinstance(error, ValueError) else error,
        )
