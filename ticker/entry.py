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


class Entry:
    """One event in the log."""

    __slots__ = ("is_deletion", "json", "offset", "partition", "seq", "series", "time")

    def __init__(self, series: Series, seq: int, partition: int, offset: int, time: float, json: bytes | None) -> None:
        self.series = series
        self.seq = seq
        """The log's own count of appends: later is greater, on this node."""
        self.partition = partition
        self.offset = offset
        self.time = time
        """When the broker appended it, in seconds since 1970 UTC."""
        self.is_deletion = json is None
        self.json = deletion(series.kind, series.key) if json is None else json
        """The event as readers get it, on one line."""


def deletion(kind: str, key: str) -> bytes:
    """The event that tells readers that a key of a state kind is gone."""
    return msgspec.json.encode({"T": "delete", "kind": kind, "key": key})
