"""The Kafka source on a real Kafka: what it reads, when it is ready, and what it refuses."""

import asyncio
import json
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import NewPartitions

from feeds.message import Message
from feeds.recording import read_recording
from feeds.topics import create_topics
from tests.broker.broker import free_ports
from tests.conftest import SharedBroker
from tests.feeds.kafka import (
    AT,
    PARTITIONS,
    admin_on,
    create,
    expected,
    held,
    node_on,
    producer_on,
    quote,
    sink_on,
    trade,
    trade_ids,
    until,
)
from ticker.config import LogConfig
from ticker.events import canonical

RECORDINGS = sorted((Path(__file__).parents[1] / "data").glob("*.jsonl.gz"))
MANY = 2000


@pytest.fixture(params=RECORDINGS, ids=lambda path: path.name.partition("-")[0])
def messages(request: pytest.FixtureRequest) -> list[Message]:
    """The first messages of a recording."""
    every = read_recording(request.param)
    return [message for message, _ in zip(every, range(MANY), strict=False)]


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) == 3


async def test_nodes_hold_what_was_sent(messages: list[Message], broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    async with node_on(broker.bootstrap, prefix) as early, sink_on(broker.bootstrap, prefix) as sink:
        await until(early.is_ready)
        await sink.send(messages)
        await sink.flush()
        wanted = expected(messages, {kind: promise.is_log for kind, promise in early.log.kinds.items()})
        await until(lambda: early.log.seq == len(messages))
        assert held(early.log) == wanted
        async with node_on(broker.bootstrap, prefix) as late:
            await until(late.is_ready)
            assert held(late.log) == wanted
            for kind, topic in early.log.topics.items():
                other = late.log.topics[kind]
                assert (topic.epoch, topic.heads) == (other.epoch, other.heads)
                assert topic.floors == other.floors == other.horizons == [-1] * PARTITIONS
                assert topic.ends == topic.heads
            assert early.stale() == late.stale() == set()
            assert early.interruptions == late.interruptions == []
    assert early.source.rejections.counts.total() == 0


async def test_ready_means_caught_up(broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    async with sink_on(broker.bootstrap, prefix) as sink:
        await sink.send([trade(f"S{number % 50}", number) for number in range(30_000)])
        await sink.flush()
    async with node_on(broker.bootstrap, prefix) as node:
        assert node.source.not_ready() is not None
        assert node.stale() == set(node.log.kinds)
        seen = set()
        while (why := node.source.not_ready()) is not None:
            seen.add("read to its end" in why)
            await asyncio.sleep(0)
        assert node.log.seq == 30_000
        assert True in seen


async def test_only_survivors_are_decoded(broker: SharedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    async with sink_on(broker.bootstrap, prefix) as sink:
        await sink.send([quote(f"S{number % 40}", number) for number in range(4000)])
        await sink.send([Message("quotes", "S0", 0, None), Message("quotes", "S1", 0, None), quote("S1", 4000)])
        await sink.flush()
    decoded: list[str] = []

    def counting(kind: str, key: str, value: bytes) -> bytes:
        decoded.append(key)
        return canonical(kind, key, value)

    monkeypatch.setattr("ticker.log.canonical", counting)
    async with node_on(broker.bootstrap, prefix) as node:
        await until(node.is_ready)
        assert sorted(decoded) == sorted(f"S{number}" for number in range(1, 40))
        topic = node.log.topics["quotes"]
        assert sum(topic.heads) == 4003 - PARTITIONS
        assert node.events("quotes", "S0") == [{"T": "delete", "kind": "quotes", "key": "S0"}]
        assert {event["bp"] for event in node.newest("quotes").values() if "bp" in event} == {  # type: ignore[index, operator]
            *range(3962, 4000),
            4000,
        }
        assert topic.horizons == [-1] * PARTITIONS


async def test_deletions_older_than_the_window_are_not_promised(broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    async with sink_on(broker.bootstrap, prefix) as sink:
        await sink.send([quote("A", 1), quote("B", 1), Message("quotes", "A", 0, None)])
        await sink.flush()
    await asyncio.sleep(0.01)
    async with node_on(broker.bootstrap, prefix, LogConfig(deletion_seconds=0.001)) as node:
        await until(node.is_ready)
        topic = node.log.topics["quotes"]
        assert set(topic.series) == {"B"}
        assert topic.horizons == topic.heads
        assert sum(topic.heads) == 3 - PARTITIONS


async def test_compaction_leaves_holes_and_no_more(broker: SharedBroker, prefix: str) -> None:
    async with admin_on(broker.bootstrap) as admin:
        await create(
            admin,
            f"{prefix}quotes",
            1,
            cleanup_policy="compact",
            segment_ms=50,
            min_cleanable_dirty_ratio=0.001,
            message_timestamp_type="LogAppendTime",
        )
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    async with node_on(broker.bootstrap, prefix) as early, sink_on(broker.bootstrap, prefix) as sink:
        for number in range(20):
            await sink.send([quote("A", number), quote("B", number)])
            await sink.flush()
            await asyncio.sleep(0.1)
        count = 40
        while count > 20:
            async with node_on(broker.bootstrap, prefix) as node:
                await until(node.is_ready)
                assert node.newest("quotes") == early.newest("quotes")
                assert node.log.topics["quotes"].heads == [39]
            count = await _count(broker.bootstrap, f"{prefix}quotes")
        async with node_on(broker.bootstrap, prefix) as late:
            await until(late.is_ready)
            assert [event["bp"] for event in late.newest("quotes").values()] == [19, 19]  # type: ignore[index]
            await sink.send([quote("A", 20)])
            await sink.flush()
            for node in (early, late):
                await until(lambda node=node: node.log.topics["quotes"].heads == [40])  # type: ignore[misc]
                assert [event["bp"] for event in node.newest("quotes").values()] in ([20, 19], [19, 20])  # type: ignore[index]


async def _count(bootstrap: str, topic: str) -> int:
    """How many records a topic of one partition still has."""
    from aiokafka import AIOKafkaConsumer, TopicPartition

    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        await consumer.seek_to_beginning(partition)
        count = 0
        while await consumer.position(partition) < end:
            count += sum(map(len, (await consumer.getmany(timeout_ms=200)).values()))
        return count
    finally:
        await consumer.stop()


async def test_history_begins_a_window_back(broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    async with sink_on(broker.bootstrap, prefix) as sink:
        await sink.send([trade("A", number) for number in range(100)])
        await sink.flush()
        await asyncio.sleep(1.5)
        await sink.send([quote("A", 1)])
        await sink.flush()
        async with node_on(broker.bootstrap, prefix, LogConfig(history_seconds=1, history_entries=10)) as quiet:
            await until(quiet.is_ready)
            # Nothing within the window: as many entries as a key may have, for the newest of each.
            assert trade_ids(quiet, "A") == list(range(90, 100))
            assert quiet.log.topics["trades"].floors == [89]
            assert quiet.log.topics["quotes"].floors == [-1]
        await sink.send([trade("A", number) for number in range(100, 105)])
        await sink.flush()
    async with node_on(broker.bootstrap, prefix, LogConfig(history_seconds=1)) as node:
        await until(node.is_ready)
        assert trade_ids(node, "A") == list(range(100, 105))
        assert node.log.topics["trades"].floors == [99]


def rubbish(good: dict[str, object]) -> list[tuple[bytes | None, bytes | None]]:
    """Records that are no trades of A, as key and value."""
    without_price = {name: value for name, value in good.items() if name != "p"}
    return [
        (b"A", b"not JSON"),
        (b"A", b"[" * 100_000),
        (b"A", json.dumps(without_price).encode()),
        (b"A", json.dumps({**good, "p": float("nan")}).encode()),
        (b"B", json.dumps(good).encode()),
        (b"A", json.dumps({**good, "c": ["x" * 2_000_000]}).encode()),
        (None, json.dumps(good).encode()),
        (b"\xff", json.dumps(good).encode()),
        (b"A", None),
    ]


async def test_what_is_no_event_is_counted_and_disturbs_nothing(broker: SharedBroker, prefix: str) -> None:
    async with admin_on(broker.bootstrap) as admin:
        for kind in ("trades", "quotes"):
            await create(admin, f"{prefix}{kind}", 1, max_message_bytes=4_000_000)
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    good: dict[str, object] = {"T": "t", "S": "A", "p": 1, "s": 1, "i": 1, "t": AT}
    bad = rubbish(good)
    async with node_on(broker.bootstrap, prefix) as node, producer_on(broker.bootstrap) as producer:
        await until(node.is_ready)
        for number, (key, value) in enumerate(bad):
            await producer.send_and_wait(f"{prefix}trades", key=key, value=value)
            await _send(producer, f"{prefix}trades", {**good, "i": number})
        await until(lambda: node.log.seq == len(bad))
        assert trade_ids(node, "A") == list(range(len(bad)))
        assert node.source.rejections.counts == {"trades": len(bad)}
        assert node.is_ready()
        # A state kind's newest may be rubbish, too large to be kept, or without a key.
        await _send(producer, f"{prefix}quotes", {"T": "q", "S": "A", "bp": 1, "bs": 1, "ap": 2, "as": 1, "t": AT})
        await producer.send_and_wait(f"{prefix}quotes", key=b"A", value=b"x" * 2_000_000)
        await producer.send_and_wait(f"{prefix}quotes", key=b"\xff", value=b"{}")
        await producer.send_and_wait(f"{prefix}quotes", key=b"B", value=b"{}")
        await until(lambda: node.source.rejections.counts["quotes"] == 3)
        async with node_on(broker.bootstrap, prefix) as late:
            await until(late.is_ready)
            assert held(late.log) == held(node.log)
            assert late.source.rejections.counts == {"trades": len(bad), "quotes": 3}


async def _send(producer: AIOKafkaProducer, topic: str, value: dict[str, object]) -> None:
    await producer.send_and_wait(topic, key=b"A", value=json.dumps(value).encode())


async def test_a_topic_that_is_missing_is_waited_for(broker: SharedBroker, prefix: str) -> None:
    async with node_on(broker.bootstrap, prefix) as node:
        every = ", ".join(prefix + kind for kind in node.log.kinds)
        missing = "doesn't exist: `ticker topics create` makes it"
        await until(lambda: node.source.not_ready() == f"each of the topics {every} {missing}")
        await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
        await until(node.is_ready)
        async with sink_on(broker.bootstrap, prefix) as sink:
            await sink.send([trade("A", 1)])
        await until(lambda: node.log.seq == 1)


async def test_more_partitions_are_no_longer_the_same_topic(broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    async with node_on(broker.bootstrap, prefix) as node, admin_on(broker.bootstrap) as admin:
        await until(node.is_ready)
        await admin.create_partitions({f"{prefix}trades": NewPartitions(PARTITIONS + 1)})
        why = f"the topic {prefix}trades had 2 partitions and now has 3, which moves keys: growing is a new prefix"
        await until(lambda: node.source.not_ready() == why)
        async with producer_on(broker.bootstrap) as producer:
            for partition in range(PARTITIONS):
                value = trade("A", partition).value
                await producer.send_and_wait(f"{prefix}trades", key=b"A", value=value, partition=partition)
        await until(lambda: node.log.seq == PARTITIONS)
        assert node.source.not_ready() == why
        assert node.stale() == set()
        assert node.interruptions == []


async def test_a_broker_that_is_not_there_is_waited_for(prefix: str) -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    async with node_on(address, prefix) as node:
        await until(lambda: "can't be read" in (node.source.not_ready() or ""))
        assert address in (node.source.not_ready() or "")
        assert node.stale() == set(node.log.kinds)
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def test_what_a_transaction_took_back_is_not_read(broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=prefix)
    await producer.start()
    async with node_on(broker.bootstrap, prefix) as early:
        try:
            await until(early.is_ready)
            for number in range(4):
                await producer.begin_transaction()
                await producer.send_and_wait(f"{prefix}trades", key=b"A", value=trade("A", number).value)
                await (producer.abort_transaction if number % 2 else producer.commit_transaction)()
        finally:
            await producer.stop()
        async with sink_on(broker.bootstrap, prefix) as sink:
            await sink.send([trade("A", 4)])
        async with node_on(broker.bootstrap, prefix) as late:
            await until(late.is_ready)
            for node in (early, late):
                await until(lambda node=node: node.log.seq == 3)  # type: ignore[misc]
                assert trade_ids(node, "A") == [0, 2, 4]
