"""One partition of trades that this process owns: its bars, and the only way out that they have.

Bars are published in transactions, together with the offset up to which the trades were read and where the clock stood.
So what is published and what is remembered as published are the same, whenever a process dies. The transactional id is
the partition's: whoever opens it ends what the owner before it had begun, and that one can write no more (KIP-98).
"""

import asyncio
import time

import msgspec
import structlog
from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from feeds.bars import Bars
from feeds.event_time import SECOND
from feeds.kafka_sink import BATCH_BYTES
from feeds.rejections import Rejections
from ticker.config import KafkaConfig
from ticker.events import InvalidEvent, decode_event

QUIET_SECONDS = 1.0
"""How long after its end a minute is over where no newer trade says so."""
TRANSACTION_SECONDS = 10
"""How long what a dead process had begun may hold up its readers, at the most."""
_STOP_SECONDS = 5.0
log = structlog.get_logger()


class Place(msgspec.Struct, frozen=True):
    """Where bars were when they were published last: kept with the offset that the group has committed."""

    epoch: str
    """Of the topic that the trades are from."""
    clock: int
    """Where it stood, in nanoseconds since 1970 UTC."""
    first: int
    """The offset of the first trade of the days held."""


_decode_place = msgspec.json.Decoder(Place).decode


class BarPartition:
    """The owner of one partition. First it reads silently what was published already; then it publishes."""

    def __init__(self, config: KafkaConfig, group: str, number: int, epoch: str, rejections: Rejections) -> None:
        """`epoch` is that of the topic of trades; `rejections` counts what makes no bar."""
        self.next = 0
        """The offset of the next record to be taken."""
        self._config = config
        self._group = group
        self._number = number
        self._source = TopicPartition(f"{config.prefix}trades", number)
        self._epoch = epoch
        self._rejections = rejections
        self._producer: AIOKafkaProducer | None = None
        self._bars = Bars()
        self._resume = 0
        """The offset from which on it publishes."""
        self._is_live = False
        self._stood = 0
        """The clock when a trade moved it last, and when that was."""
        self._moved = 0.0

    async def start(self) -> None:
        """Take over: nobody else can publish this partition's bars from now on. Raises KafkaError."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._config.bootstrap,
            transactional_id=f"{self._group}-{self._number}",
            transaction_timeout_ms=TRANSACTION_SECONDS * 1000,
            compression_type="lz4",
            max_batch_size=BATCH_BYTES,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Publish no more, and disconnect."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(_STOP_SECONDS):
                    await producer.stop()
            except (TimeoutError, KafkaError):
                await producer.client.close()

    def begin(self, committed: OffsetAndMetadata | None, beginning: int, end: int) -> None:
        """Begin where the owner before, if any, has left off, in a topic that has these ends. To be done once."""
        place = _place(committed)
        if committed is None or place is None or place.epoch != self._epoch:
            self.next = self._resume = beginning
        else:
            self._bars = Bars(place.clock)
            self._resume = min(max(committed.offset, beginning), end)
            self.next = min(max(place.first, beginning), self._resume)
            if committed.offset < beginning:
                log.error("trades are gone unread", partition=self._number, records=beginning - committed.offset)
            elif place.first < beginning:
                log.warning("trades of the day are gone: late ones and corrections give bars without them",
                            partition=self._number, records=beginning - place.first)  # fmt: skip
        log.info("bars taken over", partition=self._number, begin=self.next, publish_from=self._resume)

    def take(self, record: ConsumerRecord) -> None:
        """Take in the next record; one that was taken already is none."""
        if record.offset < self.next:
            return
        self.reached(record.offset)
        self.next = record.offset + 1
        clock = self._bars.clock
        try:
            self._take(record)
        except ValueError as error:
            if self._is_live:
                where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
                self._rejections.add("trades", error, **where)
        if self._bars.clock != clock:
            self._stood, self._moved = self._bars.clock, time.monotonic()

    def reached(self, position: int) -> None:
        """All below has been read."""
        if not self._is_live and position >= self._resume:
            self._is_live = True
            self._bars.forget_due()
            self._stood, self._moved = self._bars.clock, time.monotonic()

    def caught_up(self) -> None:
        """All that there is has been read: the minute is over where it would be had the clock gone on by itself."""
        end = self._bars.open_end
        if self._is_live and end is not None:
            quiet = time.monotonic() - self._moved - QUIET_SECONDS
            if self._stood + int(quiet * SECOND) >= end:
                self._bars.advance(end)

    async def publish(self) -> None:
        """Publish what is due, all of it or nothing. Raises KafkaError: then this owner is of no more use."""
        if not self._is_live:
            self._bars.forget_due()
            return
        messages = self._bars.drain()
        if not messages:
            return
        producer = self._producer
        assert producer is not None, "start it first"
        await producer.begin_transaction()
        sent = [
            await producer.send(
                self._config.prefix + message.kind,
                key=message.key.encode(),
                value=message.value,
                partition=self._number,
            )
            for message in messages
        ]
        await asyncio.gather(*sent)
        first = self._bars.first
        place = Place(self._epoch, self._bars.clock, self.next if first is None else first)
        committed = OffsetAndMetadata(self.next, msgspec.json.encode(place).decode())
        await producer.send_offsets_to_transaction({self._source: committed}, self._group)
        await producer.commit_transaction()

    def _take(self, record: ConsumerRecord) -> None:
        if record.key is None or record.value is None:
            raise InvalidEvent("no key or no value: a trade has its symbol and itself")
        if len(record.value) > self._config.max_record_bytes:
            raise InvalidEvent(f"{len(record.value)} bytes: max_record_bytes is {self._config.max_record_bytes}")
        event = decode_event("trades", record.value)
        if event.symbol != record.key.decode():  # type: ignore[attr-defined]
            raise InvalidEvent(f"the record's key is {record.key!r}, but its value is of another symbol")
        self._bars.take(record.offset, record.timestamp * 1_000_000, event)  # type: ignore[arg-type]


def _place(committed: OffsetAndMetadata | None) -> Place | None:
    if committed is None:
        return None
    try:
        return _decode_place(committed.metadata)
    except msgspec.DecodeError:
        log.warning("an offset that this program hasn't committed", metadata=committed.metadata[:200])
        return None
