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


class Entry(msgspec.Struct, eq=False):
    """One event in the log. A struct, because there is one for every record: it is made in C."""

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
