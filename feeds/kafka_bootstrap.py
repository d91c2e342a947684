"""What a node must read of a topic before it can serve it."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from aiokafka import ConsumerRecord

from feeds.kafka_reading import TopicReading
from ticker.config import LogConfig


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin, per partition."""

    offsets: list[int]
    """The first to be read."""
    ends: list[int]
    """Where the topic ended when it was looked at."""
    horizons: list[int]
    """Of a state kind, the offset up to which deletions may be gone from the topic."""

    @property
    def begins(self) -> list[int]:
        """The offsets after which reading begins."""
        return [offset - 1 for offset in self.offsets]


async def state_start(reading: TopicReading, config: LogConfig, now: float) -> Start:
    """Where to begin with a state kind: at the beginning.

    Compaction may remove a deletion `delete.retention.ms` after it was appended. Whatever is younger than the resume
    window, which that setting must be at least as long as, is still there.
    """
    beginnings, ends = await reading.beginnings(), await reading.ends()
    recent = await reading.since(now - config.deletion_seconds)
    horizons = [(end if offset is None else offset) - 1 for offset, end in zip(recent, ends, strict=True)]
    return Start(beginnings, ends, horizons)


async def log_start(reading: TopicReading, config: LogConfig, now: float) -> Start:
    """Where to begin with a log kind: as far back as its history reaches.

    A partition that has had nothing for so long begins `history_entries` before its end, for the newest of its keys.
    """
    beginnings, ends = await reading.beginnings(), await reading.ends()
    recent = await reading.since(now - config.history_seconds)
    offsets = [
        max(beginning, end - config.history_entries if offset is None else offset)
        for beginning, end, offset in zip(beginnings, ends, recent, strict=True)
    ]
    return Start(offsets, ends, [-1] * len(ends))


async def read_survivors(
    reading: TopicReading, start: Start, is_record: Callable[[ConsumerRecord], bool]
) -> list[ConsumerRecord]:
    """The newest record of each key, undecoded, by time and per partition in its order.

    Leaves out what `is_record` says is none, and deletions below the horizon.
    """
    newest: dict[tuple[int, bytes], ConsumerRecord] = {}
    while not reading.has_reached(start.ends):
        for record in await reading.next():
            if is_record(record):
                newest[record.partition, record.key] = record
    survivors = [
        record
        for record in newest.values()
        if record.value is not None or record.offset > start.horizons[record.partition]
    ]
    return by_time(survivors)


async def read_window(reading: TopicReading, start: Start, most_bytes: int) -> tuple[list[ConsumerRecord], list[int]]:
    """The newest records from `start` on whose values fit into `most_bytes`, and the offsets after which they begin."""
    records: deque[ConsumerRecord] = deque()
    begins = start.begins
    size = 0
    while not reading.has_reached(start.ends):
        for record in await reading.next():
            records.append(record)
            size += len(record.value or b"")
        while size > most_bytes:
            dropped = records.popleft()
            begins[dropped.partition] = dropped.offset
            size -= len(dropped.value or b"")
    return list(records), begins


def by_time(records: list[ConsumerRecord]) -> list[ConsumerRecord]:
    """Sorted by time, without ever putting a record of a partition before an earlier one of the same."""
    records.sort(key=attrgetter("partition", "offset"))
    latest: dict[int, int] = {}
    times = []
    for record in records:
        latest[record.partition] = max(record.timestamp, latest.get(record.partition, 0))
        times.append(latest[record.partition])
    order = sorted(range(len(records)), key=times.__getitem__)
    return [records[number] for number in order]
