from random import randbytes

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from feeds.kafka_sink import KafkaSink, NotStored
from feeds.message import Message
from tests.broker.broker import free_ports
from tests.conftest import SharedBroker
from tests.feeds.kafka import admin_on, create, delete, quote, sink_on


async def stored(bootstrap: str, topic: str, count: int) -> list[ConsumerRecord]:
    """The first `count` records of a topic."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def test_messages_are_stored_in_order_per_key(broker: SharedBroker, prefix: str) -> None:
    async with admin_on(broker.bootstrap) as admin:
        await create(admin, f"{prefix}quotes", 6)
    sent = [quote(f"Ö{number % 40}", number) for number in range(5000)]
    sent.append(Message("quotes", "Ö1", 0, None))
    async with sink_on(broker.bootstrap, prefix) as sink:
        await sink.send(sent)
        await sink.flush()
        records = await stored(broker.bootstrap, f"{prefix}quotes", len(sent))
    for key in {message.key for message in sent}:
        of_key = [record for record in records if record.key.decode() == key]
        assert [record.value for record in of_key] == [message.value for message in sent if message.key == key]
        assert len({record.partition for record in of_key}) == 1
    assert len({record.partition for record in records}) == 6


async def test_what_can_not_be_stored_is_named(
    broker: SharedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.kafka_sink.MISSING_SECONDS", 0.2)
    async with admin_on(broker.bootstrap) as admin:
        await create(admin, f"{prefix}quotes", 1, max_message_bytes=1000)
    async with sink_on(broker.bootstrap, prefix) as sink:
        with pytest.raises(NotStored, match=f"the topic {prefix}trades doesn't exist: `ticker topics create`"):
            await sink.send([Message("trades", "A", 0, b"{}")])
        # One that the broker refuses, and one that isn't even sent.
        await sink.send([Message("quotes", "A", 0, randbytes(2000))])
        with pytest.raises(NotStored, match=f"1 message was .*; topic {prefix}quotes, key 'A': .*MessageSizeTooLarge"):
            await sink.flush()
        with pytest.raises(NotStored, match=f"topic {prefix}quotes, key 'B': .*bytes"):
            await sink.send([Message("quotes", "B", 0, b"x" * 2_000_000)])
        await sink.send([Message("quotes", "C", 0, b"{}")])
        await sink.flush()
        assert [record.key for record in await stored(broker.bootstrap, f"{prefix}quotes", 1)] == [b"C"]


async def test_only_so_much_is_under_way(broker: SharedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.kafka_sink.MOST_IN_FLIGHT", 10)
    async with admin_on(broker.bootstrap) as admin:
        await create(admin, f"{prefix}quotes", 1)
        async with sink_on(broker.bootstrap, prefix) as sink:
            for number in range(100):
                await sink.send([quote("A", number)])
                assert len(sink._in_flight) <= 10
            await sink.flush()
            assert not sink._in_flight
        await delete(admin, f"{prefix}quotes")


async def test_no_broker_is_said() -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    sink = KafkaSink(address, "any.")
    with pytest.raises(ConnectionError, match=f"Kafka can't be reached at {address}"):
        await sink.start()
    await sink.stop()
