"""One topic being read in one epoch, and nothing of any other.

aiokafka fetches by a topic's name. A topic that was deleted and made again under its old name, and has already grown
past the old offset, would go on in the middle without an error. So the topic's id is asked for after each fetch, before
what was fetched is given out: ids are never used twice, so if it is still the same, it was the same all along.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from heapq import merge
from itertools import chain
from operator import attrgetter
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from feeds.kafka_metadata import MetadataReader, TopicInfo
from ticker.config import KafkaConfig

MOST_RECORDS = 2000
"""Records given out at once: their parsing alone holds the event loop for some 5 ms."""
LOOK_SECONDS = 1.0
"""How often a quiet topic's id is asked for."""
_WAIT_SECONDS = 0.2
"""How long a quiet topic is waited for before anything else is looked at."""
_RETRY_SECONDS = 0.2
REQUEST_SECONDS = 5.0
"""How long the broker may take: it answers a fetch within half a second even if there is nothing."""
_SILENT_SECONDS = 10.0
"""How long a consumer may hear nothing while the cluster answers, before it is given up for a new one."""
_FETCH_BYTES = 1_048_576
"""Of an answer, as compressed by the producer: small, since nothing more is asked for, and so nothing heard of the
broker, while it is taken in. A single larger record comes nevertheless (KIP-74), and is the reader's to skip."""
_PARTITION_BYTES = 262_144
_SETTLE_SECONDS = 0.05
_TIMESTAMP = attrgetter("timestamp")


class TopicChanged(Exception):
    """The topic is gone, or is another one with the same name."""


class TopicReading:
    """A consumer of its own, of every partition of one topic, without a group."""

    def __init__(
        self, config: KafkaConfig, topic: str, info: TopicInfo, partitions: int, metadata: MetadataReader
    ) -> None:
        """Reads the first `partitions` of the topic that `info` is of."""
        self.info = info
        """The topic as last seen: the number of its partitions may have grown."""
        self.partitions = [TopicPartition(topic, number) for number in range(partitions)]
        self.offsets = [0] * partitions
        """Per partition the next one to be read; all below have been given out, or are holes."""
        self._topic = topic
        self._metadata = metadata
        self._looked = 0.0
        self._answering_since: float | None = None
        """Since when the cluster has answered every question for the topic."""
        self._heard: dict[TopicPartition, tuple[int | None, float]] = {}
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=config.bootstrap,
            client_rack=config.client_rack or None,
            auto_offset_reset="none",
            enable_auto_commit=False,
            isolation_level="read_committed",
            request_timeout_ms=int(REQUEST_SECONDS * 1000),
            fetch_max_bytes=_FETCH_BYTES,
            max_partition_fetch_bytes=_PARTITION_BYTES,
        )

    async def __aenter__(self) -> Self:
        """Connect. Raises KafkaError where no broker answers."""
        try:
            await self._consumer.start()
        except BaseException:
            await self._consumer.stop()
            raise
        self._consumer.assign(self.partitions)
        now = time.monotonic()
        self._heard = dict.fromkeys(self.partitions, (None, now))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await disconnect(self._consumer)

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Go on at these offsets, by partition."""
        for number, offset in offsets.items():
            self._consumer.seek(self.partitions[number], offset)
            self.offsets[number] = offset

    async def next(self) -> Sequence[ConsumerRecord]:
        """What came, by time; per partition in its order. Nothing where nothing came for a moment.

        Raises TopicChanged; OffsetOutOfRangeError where an offset to read is not there, again and again until `seek`;
        KafkaError where this reading can't go on, and another must be begun.
        """
        batches = await self._consumer.getmany(timeout_ms=int(_WAIT_SECONDS * 1000), max_records=MOST_RECORDS)
        offsets = [await self._consumer.position(partition) for partition in self.partitions]
        if offsets != self.offsets:
            now = time.monotonic()
            for partition, before, after in zip(self.partitions, self.offsets, offsets, strict=True):
                if before != after:
                    self._heard[partition] = (self._heard[partition][0], now)
            await self.confirm()
            self.offsets = offsets
        elif time.monotonic() - self._looked >= LOOK_SECONDS:
            await self._look()
        return in_order_of_time(list(batches.values()))

    async def confirm(self) -> None:
        """Make sure that the topic is still the same, however long it takes. Raises TopicChanged."""
        while not await self._look():
            await asyncio.sleep(_RETRY_SECONDS)

    async def _look(self) -> bool:
        """Look at the topic; False where no broker answers."""
        self._looked = time.monotonic()
        try:
            info = (await self._metadata.read([self._topic])).get(self._topic)
        except KafkaError:
            self._answering_since = None
            return False
        self._answering_since = self._answering_since or self._looked
        if info is None or info.epoch != self.info.epoch:
            raise TopicChanged
        self.info = info
        if min(self.silence(), time.monotonic() - self._answering_since) > _SILENT_SECONDS:
            raise KafkaConnectionError(f"no answer for {_SILENT_SECONDS:g} s, though the cluster answers")
        return True

    async def beginnings(self) -> list[int]:
        """Per partition the first offset that the broker still has."""
        found = await self._consumer.beginning_offsets(self.partitions)
        return [found[partition] for partition in self.partitions]

    async def ends(self) -> list[int]:
        """Per partition the offset that the next record will get."""
        found = await self._consumer.end_offsets(self.partitions)
        return [found[partition] for partition in self.partitions]

    async def since(self, seconds: float) -> list[int | None]:
        """Per partition the first offset appended at that time (since 1970 UTC) or later, None where there is none."""
        found = await self._consumer.offsets_for_times(dict.fromkeys(self.partitions, int(seconds * 1000)))
        return [found[partition].offset if found[partition] else None for partition in self.partitions]

    def has_reached(self, offsets: Iterable[int]) -> bool:
        """Whether all below these has been read, per partition."""
        return all(own >= offset for own, offset in zip(self.offsets, offsets, strict=True))

    def ends_heard(self) -> list[int]:
        """Per partition the end that came with the last fetch; 0 before the first."""
        return [self._consumer.highwater(partition) or 0 for partition in self.partitions]

    def silence(self) -> float:
        """Seconds since the last answer of the broker, or since one was taken in, of the partition longest without."""
        now = time.monotonic()
        for partition, (stamp, _) in self._heard.items():
            newest = self._consumer.last_poll_timestamp(partition)
            if newest != stamp:
                self._heard[partition] = (newest, now)
        return now - min((heard for _, heard in self._heard.values()), default=now)


def in_order_of_time(batches: Sequence[list[ConsumerRecord]]) -> Sequence[ConsumerRecord]:
    """One batch per partition as one, by time; what is of a partition stays in its order."""
    if len(batches) == 1:
        return batches[0]
    for batch in batches:
        times = list(map(_TIMESTAMP, batch))
        if times != sorted(times):
            return list(merge(*batches, key=_TIMESTAMP))
    # Sorting what is sorted in stretches costs a third of merging it.
    return sorted(chain.from_iterable(batches), key=_TIMESTAMP)


async def disconnect(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer cleanly, even one whose broker is gone."""
    # Stopped right away, aiokafka would cancel a fetch that waits to be tried again and pass that cancellation on to
    # us, with its connections left open. Unsubscribed first, it ends its fetches itself.
    consumer.unsubscribe()
    await asyncio.sleep(_SETTLE_SECONDS)
    await consumer.stop()
