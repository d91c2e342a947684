import asyncio
from contextlib import aclosing

import pytest

from feeds.kafka_recorder import NoTopics, recorded
from feeds.message import Message
from feeds.topics import create_topics
from tests.broker.broker import free_ports
from tests.conftest import SharedBroker
from tests.feeds.kafka import PARTITIONS, producer_on, quote, sink_on, trade
from ticker.config import KafkaConfig, LogConfig


async def record(config: KafkaConfig, count: int, begun: asyncio.Event, *, from_beginning: bool) -> list[Message]:
    """The next `count` messages of a recording."""
    messages: list[Message] = []
    async with aclosing(recorded(config, from_beginning=from_beginning)) as batches:  # type: ignore[type-var]
        async for batch in batches:
            begun.set()
            messages.extend(batch)
            if len(messages) >= count:
                break
    return messages


async def test_topics_are_recorded_from_their_beginning_and_from_now(broker: SharedBroker, prefix: str) -> None:
    config = KafkaConfig(bootstrap=broker.bootstrap, prefix=prefix)
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    first = [quote(f"S{number % 5}", number) for number in range(50)]
    first.extend(trade("A", number) for number in range(50))
    first.append(Message("quotes", "S1", 0, None))
    async with sink_on(broker.bootstrap, prefix) as sink, producer_on(broker.bootstrap) as producer:
        await sink.send(first)
        await sink.flush()
        for key in (None, b"\xff"):
            await producer.send_and_wait(f"{prefix}trades", key=key, value=b"{}")
        found = await record(config, len(first), asyncio.Event(), from_beginning=True)
        assert _by_key(found) == _by_key(first)
        assert all(message.at > 1.7e18 for message in found)
        # Kafka gives a place to begin with; what is sent from then on is recorded.
        begun = asyncio.Event()
        task = asyncio.create_task(record(config, 1, begun, from_beginning=False))
        number = 1000
        while not task.done():
            await sink.send([trade("A", number)])
            await sink.flush()
            number += 1
        assert (
            min(int(message.value.split(b'"i": ')[1].split(b",")[0]) for message in await task if message.value) >= 1000
        )


def _by_key(messages: list[Message]) -> dict[tuple[str, str], list[bytes | None]]:
    values: dict[tuple[str, str], list[bytes | None]] = {}
    for message in messages:
        values.setdefault((message.kind, message.key), []).append(message.value)
    return values


async def test_nothing_to_record_is_said(broker: SharedBroker, prefix: str) -> None:
    with pytest.raises(NoTopics, match=f"'{prefix}' and a kind: `ticker topics create`"):
        await anext(recorded(KafkaConfig(bootstrap=broker.bootstrap, prefix=prefix), from_beginning=True))
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(ConnectionError, match=f"can't be reached at {address}"):
        await anext(recorded(KafkaConfig(bootstrap=address), from_beginning=False))
