"""The Kafka sink: messages into their topics, acknowledged by every replica and never doubled."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from feeds.log_limit import limit_logs
from feeds.message import Message

LINGER_MILLISECONDS = 5
MOST_IN_FLIGHT = 20_000
"""Messages that may be unacknowledged before `send` waits."""


class NotStored(RuntimeError):
    """A message that Kafka did not take. The text names its topic and key."""


class KafkaSink:
    """Produces with `acks=all` and idempotence."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._prefix = prefix
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._in_flight: list[tuple[Message, asyncio.Future[object]]] = []

    async def start(self) -> None:
        """Connect. Raises KafkaError where no broker answers."""
        limit_logs()
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=LINGER_MILLISECONDS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def stop(self) -> None:
        """Send what is still unsent, and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def send(self, messages: Sequence[Message]) -> None:
        """Hand messages over. Raises NotStored where an earlier one could not be stored."""
        if self._producer is None:
            raise RuntimeError("send before start")
        for message in messages:
            future = await self._producer.send(
                self._prefix + message.kind, key=message.key.encode(), value=message.value
            )
            self._in_flight.append((message, future))
        if len(self._in_flight) >= MOST_IN_FLIGHT:
            await self.flush()

    async def flush(self) -> None:
        """Wait until all is stored. Raises NotStored."""
        in_flight, self._in_flight = self._in_flight, []
        for message, future in in_flight:
            try:
                await future
            except KafkaError as error:
                raise NotStored(f"{self._prefix}{message.kind}, key {message.key!r}: {error}") from error
