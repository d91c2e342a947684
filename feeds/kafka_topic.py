"""One topic's reading, in one epoch: what it held when the node came, then what comes."""

import asyncio
import time
from collections.abc import Mapping

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from feeds.kafka_metadata import TopicInfo
from ticker.config import KafkaConfig
from ticker.events import InvalidEvent
from ticker.log import Log
from ticker.record import Record
from ticker.source import Listener

MOST_RECORDS = 2000
"""Records taken in before other work gets its turn."""
_FETCH_BYTES = 4_194_304
_WAIT_MILLISECONDS = 200
_CLOSE_SECONDS = 3.0
log = structlog.get_logger()


class TopicReading:
    """Fills the log with one kind's topic until it is cancelled, or the topic turns out to be another."""

    def __init__(self, kind: str, info: TopicInfo, config: KafkaConfig, log_: Log, listener: Listener) -> None:
        self.kind = kind
        self.info = info
        self.is_caught_up = False
        """Whether all that was there when it began has been read."""
        self.invalid = 0
        """Records that were no events and so were skipped."""
        self._config = config
        self._log = log_
        self._listener = listener
        self._partitions = [TopicPartition(config.prefix + kind, number) for number in range(info.partitions)]
        self._consumer: AIOKafkaConsumer | None = None
        self._began = time.time()

    async def run(self) -> None:
        """Read. Raises KafkaError or OSError where it can't go on; OffsetOutOfRange means that it should begin anew."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._config.bootstrap,
            client_rack=self._config.client_rack or None,
            auto_offset_reset="none",
            enable_auto_commit=False,
            isolation_level="read_uncommitted",
            max_partition_fetch_bytes=_FETCH_BYTES,
            metadata_max_age_ms=30_000,
        )
        try:
            await consumer.start()
            consumer.assign(self._partitions)
            self._consumer = consumer
            await self._seek(consumer)
            self.is_caught_up = True
            self._listener.appended()
            while True:
                await self._read_on(consumer)
        finally:
            self._consumer = None
            await _closed(consumer)

    def answered_at(self) -> float:
        """When the broker last answered for the partition that has waited longest (seconds since 1970 UTC)."""
        if self._consumer is None:
            return self._began
        stamps = [self._consumer.last_poll_timestamp(partition) for partition in self._partitions]
        return min((stamp / 1000 if stamp else self._began for stamp in stamps), default=self._began)

    async def _seek(self, consumer: AIOKafkaConsumer) -> None:
        """Go to where the log is, or read what a node must know to begin."""
        first = await consumer.beginning_offsets(self._partitions)
        ends = await consumer.end_offsets(self._partitions)
        topic = self._log.topics.get(self.kind)
        if topic is None or not topic.epoch.startswith(self.info.epoch) or len(topic.heads) != len(self._partitions):
            await self._bootstrap(consumer, self.info.epoch, first, ends)
            return
        if any(topic.heads[at.partition] >= ends[at] for at in self._partitions):
            log.warning("the topic is shorter than it was: beginning anew", kind=self.kind)
            await self._bootstrap(consumer, f"{self.info.epoch}~{time.time_ns()}", first, ends)
            return
        for at in self._partitions:
            following = topic.heads[at.partition] + 1
            if following < first[at]:
                log.warning("records were deleted before they were read", kind=self.kind, partition=at.partition)
                self._log.lose(self.kind, at.partition, first[at] - 1)
                self._listener.interrupted(self.kind)
            consumer.seek(at, max(following, first[at]))

    async def _bootstrap(
        self,
        consumer: AIOKafkaConsumer,
        epoch: str,
        first: Mapping[TopicPartition, int],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        is_log = self._log.kinds[self.kind].is_log
        window = self._log.config.history_seconds if is_log else self._log.config.deletion_seconds
        since = int((time.time() - window) * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(self._partitions, since))
        recent = {at: found[at].offset if found.get(at) else None for at in self._partitions}
        starts = dict(first)
        if is_log:
            for at, offset in recent.items():
                short = max(first[at], ends[at] - self._log.config.history_entries)
                starts[at] = short if offset is None else max(short, offset)
        for at, offset in starts.items():
            consumer.seek(at, offset)
        begins = [starts[at] - 1 for at in self._partitions]
        was_open = self.kind in self._log.topics
        if is_log:
            self._log.open(self.kind, epoch, begins)
            self._interrupt(was_open=was_open)
            while not await self._is_read(consumer, ends):
                await self._read_on(consumer)
            return
        horizons = [ends[at] - 1 if offset is None else offset - 1 for at, offset in recent.items()]
        newest = await self._survivors(consumer, ends)
        self._log.open(self.kind, epoch, begins, horizons)
        self._interrupt(was_open=was_open)
        for count, record in enumerate(sorted(newest, key=lambda record: record.offset)):
            if record.value is not None or record.timestamp >= since:
                self._append(record)
            if count % MOST_RECORDS == MOST_RECORDS - 1:
                await asyncio.sleep(0)
        await self._advance(consumer)

    def _interrupt(self, *, was_open: bool) -> None:
        if was_open:
            self._listener.interrupted(self.kind)

    async def _survivors(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[ConsumerRecord]:
        """The newest record of each key, undecoded."""
        newest: dict[bytes | None, ConsumerRecord] = {}
        while not await self._is_read(consumer, ends):
            batches = await consumer.getmany(timeout_ms=_WAIT_MILLISECONDS, max_records=MOST_RECORDS)
            for records in batches.values():
                for record in records:
                    newest[record.key] = record
            await asyncio.sleep(0)
        return list(newest.values())

    async def _is_read(self, consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
        for at in self._partitions:
            if await consumer.position(at) < ends[at]:
                return False
        return True

    async def _read_on(self, consumer: AIOKafkaConsumer) -> None:
        batches = await consumer.getmany(timeout_ms=_WAIT_MILLISECONDS, max_records=MOST_RECORDS)
        for records in batches.values():
            for record in records:
                self._append(record)
        await self._advance(consumer)
        if batches:
            self._listener.appended()
            await asyncio.sleep(0)

    async def _advance(self, consumer: AIOKafkaConsumer) -> None:
        """Holes included, all up to the consumer's place has been read; and the broker has what it says it has."""
        topic = self._log.topics[self.kind]
        for at in self._partitions:
            self._log.advance(self.kind, at.partition, await consumer.position(at) - 1)
            end = consumer.highwater(at)
            if end is not None and end - 1 > topic.ends[at.partition]:
                topic.ends[at.partition] = end - 1

    def _append(self, record: ConsumerRecord) -> None:
        try:
            self._log.append(self._read(record))
        except (InvalidEvent, UnicodeDecodeError) as error:
            self._log.advance(self.kind, record.partition, record.offset)
            self.invalid += 1
            if self.invalid.bit_count() == 1:
                place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
                log.warning("record skipped", **place, error=str(error)[:300], so_far=self.invalid)

    def _read(self, record: ConsumerRecord) -> Record:
        if record.key is None:
            raise InvalidEvent("no key: a record's key is its symbol or its game's id")
        most = self._config.max_record_bytes
        if record.value is not None and len(record.value) > most:
            raise InvalidEvent(f"a value of {len(record.value)} bytes: {most} is the most")
        key = record.key.decode()
        return Record(self.kind, record.partition, record.offset, key, record.timestamp / 1000, record.value)


async def _closed(consumer: AIOKafkaConsumer) -> None:
    """Close a consumer, even one whose broker hangs."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await consumer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        log.warning("consumer not closed cleanly", error=str(error) or type(error).__name__)
