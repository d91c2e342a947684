"""Entries: events in the log, and the series of them that have one key."""

from collections import deque

import msgspec


class Series:
    """All that the log holds of one key."""

    __slots__ = ("channels", "dropped", "floor", "history", "is_log", "key", "kind", "newest", "partition")

    def __init__(self, kind: str, key: str, partition: int, channels: tuple[str, ...], *, is_log: bool) -> None:
        self.kind = kind
        self.key = key
        self.partition: int | None = partition
        """Where its records are; None where they turned up in several (two producers that partition differently)."""
        self.channels = channels
        self.is_log = is_log
        self.newest: Entry
        self.history: deque[Entry] = deque()
        """Of a log kind, what is held, in append order."""
        self.floor: dict[int, int] = {}
        """Of a log kind, per partition the highest offset that was dropped."""
        self.dropped = 0
        """Of a log kind, the `seq` of the last entry that was dropped."""

    def end(self) -> None:
        """Nothing more comes, and nothing but the newest is held; who still has the series may go on to read that.

        The garbage collector doesn't see entries, so a series that is dropped must not be in a ring with its own.
        """
        last = self.newest
        self.history.clear()
        copy = Series(self.kind, self.key, last.partition, self.channels, is_log=self.is_log)
        self.newest = Entry(copy, last.seq, last.partition, last.offset, last.time, last.json, last.is_deletion)


class Entry(msgspec.Struct, eq=False, gc=False):
    """One event in the log.

    There is one for every record: made in C, and out of the garbage collector's sight. It would look through all of
    them again and again, for 0.3 s when there are two million. See `Series.end`.
    """

    series: Series
    seq: int
    """The log's own count of appends: later is greater, on this node."""
    partition: int
    offset: int
    time: float
    """When the broker appended it, in seconds since 1970 UTC."""
    json: bytes
    """The event as readers get it, on one line."""
    is_deletion: bool
    """Whether the event is that its key is gone: see `deletion`."""


def deletion(kind: str, key: str) -> bytes:
    """The event that tells readers that a key of a state kind is gone."""
    return msgspec.json.encode({"T": "delete", "kind": kind, "key": key})
