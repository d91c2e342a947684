"""The Kafka sink: messages into their topics, acknowledged by every replica in sync, and never doubled."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from feeds.kafka_metadata import MetadataReader
from feeds.log_limit import limit_logs
from feeds.message import Message
from ticker.kinds import KINDS

LINGER_MILLISECONDS = 5
"""How long a batch waits for more."""
BATCH_BYTES = 65_536
"""Of one partition, before compression."""
MOST_IN_FLIGHT = 20_000
"""Messages that may be unacknowledged before `send` waits."""
MISSING_SECONDS = 3.0
"""How long a topic may be unknown: a broker hears of one a moment after it was made."""
_LOOK_SECONDS = 0.1
STOP_SECONDS = 10.0
"""How long `stop` waits for what was sent to be stored."""
STORE_SECONDS = 40
"""How long Kafka may take to store a message before it counts as failed."""
log = structlog.get_logger()


class NotStored(OSError):
    """Messages that Kafka did not take. The text names the first one's topic and key."""


class KafkaSink:
    """Produces with `acks=all` and idempotence. Keys choose partitions as Kafka's own clients do (murmur2)."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        """`bootstrap` is `HOST:PORT`, or several with commas between; topics are named `prefix` and kind."""
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self._existing: frozenset[str] = frozenset()
        self._in_flight: set[asyncio.Future[object]] = set()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._failed: list[tuple[Message, BaseException]] = []

    async def start(self) -> None:
        """Connect. Raises ConnectionError where no broker answers."""
        limit_logs()
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=LINGER_MILLISECONDS,
            max_batch_size=BATCH_BYTES,
            request_timeout_ms=STORE_SECONDS * 1000,
        )
        try:
            await producer.start()
            await self._look()
        except KafkaError as error:
            await producer.stop()
            raise ConnectionError(f"Kafka can't be reached at {self._bootstrap}: {error}") from error
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what is still unsent, and disconnect; give up, and say so, where Kafka takes too long."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await producer.stop()
        except TimeoutError:
            log.error("stopped before Kafka had stored all", messages=len(self._in_flight))
            await producer.client.close()

    async def send(self, messages: Sequence[Message]) -> None:
        """Hand messages over. Waits only where too many are under way.

        Raises NotStored where one can't be handed over, or an earlier one wasn't stored.
        """
        assert self._producer is not None, "start it first"
        for message in messages:
            self._raise_failed()
            await self._has_room.wait()
            if message.kind not in self._existing:
                await self._require(message.kind)
            try:
                future: asyncio.Future[object] = await self._producer.send(
                    self._prefix + message.kind, key=message.key.encode(), value=message.value
                )
            except KafkaError as error:
                self._failed.append((message, error))
                self._raise_failed()
            self._in_flight.add(future)
            if len(self._in_flight) >= MOST_IN_FLIGHT:
                self._has_room.clear()
            future.add_done_callback(partial(self._delivered, message))

    async def flush(self) -> None:
        """Wait until all is stored. Raises NotStored."""
        while self._in_flight:
            await asyncio.wait(self._in_flight)
        self._raise_failed()

    def _delivered(self, message: Message, future: asyncio.Future[object]) -> None:
        self._in_flight.discard(future)
        if len(self._in_flight) < MOST_IN_FLIGHT:
            self._has_room.set()
        if future.cancelled():
            self._failed.append((message, asyncio.CancelledError("cancelled")))
        elif error := future.exception():
            self._failed.append((message, error))

    def _raise_failed(self) -> None:
        if self._failed:
            failed, self._failed = self._failed, []
            message, error = failed[0]
            count = "1 message was" if len(failed) == 1 else f"{len(failed)} messages were"
            where = f"topic {self._prefix}{message.kind}, key {message.key!r}"
            raise NotStored(f"{count} not stored; {where}: {error or type(error).__name__}") from error

    async def _require(self, kind: str) -> None:
        """Make sure that a topic is there: a broker might create it, with settings that lose events."""
        deadline = time.monotonic() + MISSING_SECONDS
        while kind not in self._existing:
            if time.monotonic() >= deadline:
                raise NotStored(f"the topic {self._prefix}{kind} doesn't exist: `ticker topics create` makes it")
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self._look()
            except KafkaError as error:
                raise NotStored(f"no answer whether the topic {self._prefix}{kind} exists: {error}") from error

    async def _look(self) -> None:
        metadata = MetadataReader(self._bootstrap)
        try:
            found = await metadata.read([self._prefix + kind for kind in KINDS])
        finally:
            await metadata.close()
        self._existing = frozenset(name.removeprefix(self._prefix) for name in found)
