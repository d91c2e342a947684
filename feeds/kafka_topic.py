"""One kind's topic, for as long as the node lives: missing, read, silent, deleted, made again."""

import asyncio
import time
from collections.abc import Iterable

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from feeds.kafka_bootstrap import log_start, read_survivors, read_window, state_start
from feeds.kafka_metadata import MetadataReader, TopicInfo
from feeds.kafka_reading import MOST_RECORDS, TopicChanged, TopicReading
from feeds.rejections import Rejections
from ticker.config import KafkaConfig
from ticker.events import InvalidEvent
from ticker.kinds import Kind
from ticker.log import Log
from ticker.record import Record
from ticker.source import Listener

CYCLE_SECONDS = 0.01
"""Between two looks at a topic that is being written: each costs a fetch and a question for the topic's id."""
SLICE_SECONDS = 0.005
"""How long records are taken in before the event loop gets its turn."""
MISSING_SECONDS = 1.0
"""How often a missing topic is looked for."""
SHORTEST_DELAY = 0.2
LONGEST_DELAY = 5.0
"""Seconds between two tries to read a topic, doubled after each."""
CREATE = "`ticker topics create` makes it"
_CREATE_TIME = 0
"""The timestamp type of a record that has its producer's time."""
log = structlog.get_logger()


class TopicReader:
    """Keeps the log of one kind up to date, whatever becomes of its topic."""

    def __init__(
        self,
        kind: Kind,
        config: KafkaConfig,
        log: Log,
        listener: Listener,
        metadata: MetadataReader,
        rejections: Rejections,
    ) -> None:
        self._kind = kind
        self._topic = config.prefix + kind.name
        self._config = config
        self._log = log
        self._listener = listener
        self._metadata = metadata
        self._rejections = rejections
        self._reading: TopicReading | None = None
        self._problem: str | None = "has not been read yet"
        self._is_current = False
        self._was_current = False
        """Whether it has been read to its end in some epoch: readers may have seen it."""
        self._has_producers_times = False
        self._truncations = ("", "")
        """The epoch that Kafka knows, and what is added to it since its log was truncated."""

    async def run(self) -> None:
        """Read until cancelled. No error ends it."""
        delay = SHORTEST_DELAY
        while True:
            wait = delay
            try:
                await self._read()
                wait = MISSING_SECONDS
            except TopicChanged:
                self._problem = "was made again, and has not been read yet"
                wait = 0
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                self._fail("a request was cancelled")
            except (KafkaError, OSError) as error:
                self._fail(str(error.args[0]) if error.args else type(error).__name__)
            except Exception as error:
                log.exception("reading failed", topic=self._topic)
                self._fail(f"{type(error).__name__}: {error}")
            delay = SHORTEST_DELAY if self._is_current or wait != delay else min(2 * delay, LONGEST_DELAY)
            self._is_current = False
            await asyncio.sleep(wait)

    def not_ready(self) -> str | None:
        """Why the log of this kind can't be trusted to be up to date: what to say after the topic's name."""
        if self._problem is None and self._reading is not None:
            now, before = self._reading.info.partitions, len(self._reading.partitions)
            if now != before:
                return f"had {before} partitions and now has {now}, which moves keys: growing is a new prefix"
        return self._problem

    def silence(self) -> float | None:
        """Seconds since its brokers answered; None while it isn't read, or not yet to its end."""
        return self._reading.silence() if self._reading is not None and self._is_current else None

    def _fail(self, why: str) -> None:
        problem = f"can't be read: {why}"
        if problem != self._problem:
            log.warning("topic can't be read: trying again", topic=self._topic, error=why)
        self._problem = problem

    async def _read(self) -> None:
        """Read the topic that has the name now, until it is another; return where there is none."""
        info = (await self._metadata.read([self._topic])).get(self._topic)
        if info is None:
            self._problem = f"doesn't exist{' any more' if self._was_current else ''}: {CREATE}"
            return
        epoch = self._epoch(info)
        held = self._log.topics.get(self._kind.name)
        is_held = held is not None and held.epoch == epoch
        partitions = len(held.heads) if held is not None and is_held else info.partitions
        async with TopicReading(self._config, self._topic, info, partitions, self._metadata) as reading:
            self._problem = "is still being read to its end"
            try:
                if held is not None and is_held:
                    ends = await reading.ends()
                    reading.seek({number: head + 1 for number, head in enumerate(held.heads)})
                else:
                    ends = await self._begin(reading, epoch)
                self._reading = reading
                await self._follow(reading, ends)
            finally:
                self._reading = None

    def _epoch(self, info: TopicInfo) -> str:
        base, added = self._truncations
        if base != info.epoch:
            self._truncations = (info.epoch, "")
            return info.epoch
        return base + added

    async def _begin(self, reading: TopicReading, epoch: str) -> list[int]:
        """Read what a node must know, and open the log with it; where the topic ended when it was looked at.

        While nobody reads yet, in slices. A topic that replaces one which readers know replaces it in one step: none
        of them sees half of it, or takes its history for news.
        """
        name, config, now = self._kind.name, self._log.config, time.time()
        start = await (log_start if self._kind.is_log else state_start)(reading, config, now)
        reading.seek(dict(enumerate(start.offsets)))
        records: list[ConsumerRecord] = []
        begins = start.begins
        if not self._kind.is_log:
            records = await read_survivors(reading, start, self._is_record)
        elif self._was_current:
            records, begins = await read_window(reading, start, config.history_bytes)
        await reading.confirm()
        self._log.open(name, epoch, begins, None if self._kind.is_log else start.horizons)
        if self._was_current:
            for record in records:
                self._append(record)
        else:
            await self._take_in(records)
        self._advance(reading)
        if self._was_current:
            self._listener.interrupted(name)
        log.info("topic opened", topic=self._topic, epoch=epoch, records=len(records))
        return start.ends

    async def _follow(self, reading: TopicReading, ends: list[int]) -> None:
        """Take in what comes. Current once `ends` are reached."""
        while True:
            if not self._is_current and reading.has_reached(ends):
                self._is_current = self._was_current = True
                self._problem = None
            began = time.monotonic()
            try:
                records = await reading.next()
            except OffsetOutOfRangeError:
                await self._find_place(reading)
                continue
            await self._take_in(records)
            self._advance(reading)
            if records:
                self._listener.appended()
                self._check_times(records[0])
            is_behind = not self._is_current or len(records) >= MOST_RECORDS
            pause = CYCLE_SECONDS - (time.monotonic() - began)
            await asyncio.sleep(0 if is_behind or not records else max(0, pause))

    def _check_times(self, record: ConsumerRecord) -> None:
        if record.timestamp_type == _CREATE_TIME and not self._has_producers_times:
            self._has_producers_times = True
            log.warning(
                "records have their producers' times, and old ones expire at once: set LogAppendTime", topic=self._topic
            )

    async def _find_place(self, reading: TopicReading) -> None:
        """Go on where the broker doesn't have what would be next. Raises TopicChanged where its log is another."""
        await reading.confirm()
        beginnings, ends = await reading.beginnings(), await reading.ends()
        name, places = self._kind.name, list(reading.offsets)
        beyond = [number for number, end in enumerate(ends) if places[number] > end]
        if beyond:
            # Elections tell nodes that see the same truncation the same epoch; the text only ever grows.
            elections = ",".join(f"{number}.{reading.info.leader_epochs[number]}" for number in beyond)
            base, added = self._truncations
            self._truncations = (base, f"{added}+{elections}")
            log.error("topic truncated: acknowledged records are lost", topic=self._topic, partitions=beyond)
            raise TopicChanged
        for number, beginning in enumerate(beginnings):
            if places[number] < beginning:
                log.error("records deleted before they were read", topic=self._topic, partition=number)
                reading.seek({number: beginning})
                self._log.lose(name, number, beginning - 1)
                self._listener.interrupted(name)

    async def _take_in(self, records: Iterable[ConsumerRecord]) -> None:
        """Append records in slices."""
        slice_end = time.monotonic() + SLICE_SECONDS
        for record in records:
            self._append(record)
            if time.monotonic() >= slice_end:
                self._listener.appended()
                await asyncio.sleep(0)
                slice_end = time.monotonic() + SLICE_SECONDS

    def _append(self, record: ConsumerRecord) -> None:
        """Append a record, or count why it can't be: one that is wrong must not hold up what follows."""
        try:
            key = self._key(record)
            time_ = record.timestamp / 1000
            self._log.append(Record(self._kind.name, record.partition, record.offset, key, time_, record.value))
        except Exception as error:  # noqa: BLE001 (another try would end at the same record)
            self._reject(record, error)

    def _reject(self, record: ConsumerRecord, error: Exception) -> None:
        self._rejections.add(
            self._kind.name, error, topic=self._topic, partition=record.partition, offset=record.offset
        )

    def _key(self, record: ConsumerRecord) -> str:
        """The key of what may be a record, by all that can be said without decoding its value.

        Raises InvalidEvent or UnicodeDecodeError.
        """
        key, value = record.key, record.value
        if key is None:
            raise InvalidEvent("no key: a record's key is its symbol, or its game's id")
        if value is not None and len(value) > self._config.max_record_bytes:
            most = self._config.max_record_bytes
            raise InvalidEvent(f"a value of {len(value)} bytes: max_record_bytes is {most}")
        return key.decode()  # type: ignore[no-any-return]

    def _is_record(self, record: ConsumerRecord) -> bool:
        """Whether a record may be one; counted where not."""
        try:
            self._key(record)
        except (InvalidEvent, UnicodeDecodeError) as error:
            self._reject(record, error)
            return False
        return True

    def _advance(self, reading: TopicReading) -> None:
        """All below the reading's offsets has been read, holes included; and the topic is as long as was heard."""
        topic = self._log.topics[self._kind.name]
        for number, (offset, end) in enumerate(zip(reading.offsets, reading.ends_heard(), strict=True)):
            self._log.advance(self._kind.name, number, offset - 1)
            topic.ends[number] = max(topic.ends[number], end - 1)
