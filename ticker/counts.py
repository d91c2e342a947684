"""Counts: what a node has done, as plain numbers that somebody reads now and then."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from ticker.entry import Entry
from ticker.log import Answer
from ticker.subscription import Start

FLUSH_BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds: the bounds of the buckets of how long flushes took."""
LAG_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Seconds: the bounds of the buckets of how old events were."""
_EVENT_TIME = re.compile(rb'"t":"([^"]{19}(?:\.\d{1,6})?)\d*Z"')


class Histogram:
    """How often values fell into each bucket, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        """Of each bucket the highest value; one more bucket takes what is above the last."""
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Counts:
    """What the hub counts: by the batch and by the flush, never by the reader or the event."""

    __slots__ = (
        "catch_up_bytes",
        "deliveries",
        "disconnects",
        "event_lag",
        "flush_seconds",
        "kafka_lag",
        "resumes",
        "stalls",
        "writes",
    )

    def __init__(self) -> None:
        self.deliveries = 0
        """Events times the readers that each was written to."""
        self.writes = 0
        """Batches and pieces of catch-up, times the readers that each was written to."""
        self.catch_up_bytes = 0
        self.stalls = 0
        """How often a reader's socket was full when there was something for it."""
        self.resumes: Counter[str] = Counter()
        """Readers that came with a cursor, by what became of it: `proved`, `gap` or `reset`."""
        self.disconnects: Counter[str] = Counter()
        """By the disconnect's name."""
        self.flush_seconds = Histogram(FLUSH_BOUNDS)
        self.event_lag = Histogram(LAG_BOUNDS)
        """From the own time of a flush's newest event until the flush."""
        self.kafka_lag = Histogram(LAG_BOUNDS)
        """From the broker's append of a flush's newest event until the flush."""

    def flushed(self, newest: Entry, now: float) -> None:
        """A flush begins at `now` (seconds since 1970 UTC) whose newest event is `newest`."""
        self.kafka_lag.observe(max(0.0, now - newest.time))
        found = _EVENT_TIME.search(newest.json)
        if found is not None:
            with suppress(ValueError):  # A leap second, or no moment at all.
                happened = datetime.fromisoformat(f"{found[1].decode()}+00:00").timestamp()
                self.event_lag.observe(max(0.0, now - happened))

    def resumed(self, start: Start, answer: Answer) -> None:
        """A reader was given its first step. One that came without a cursor resumes nothing."""
        if start.position.seq is None and (start.kept or start.void):
            self.resumes["reset" if answer.reset else "gap" if answer.gap else "proved"] += 1
