"""What happens to readers when the broker hangs or dies, and when topics are replaced or hold rubbish."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from feeds.kafka_sink import KafkaSink
from feeds.message import Message
from tests.broker.broker import Broker
from tests.conftest import SharedBroker
from tests.whole.processes import NodeProcess, Processes
from tests.wire import Connection, Heard, open_socket, open_stream

STALE_SECONDS = 3.0
MARGIN_SECONDS = 2.0
"""What a busy machine may add."""


def trade(symbol: str, number: int) -> Message:
    value = {"T": "t", "S": symbol, "p": number, "s": 1, "i": number, "t": "2021-01-08T00:00:00Z"}
    return Message("trades", symbol, 0, json.dumps(value).encode())


async def produce(bootstrap: str, prefix: str, messages: Sequence[Message]) -> None:
    sink = KafkaSink(bootstrap, prefix)
    await sink.start()
    try:
        await sink.send(messages)
        await sink.flush()
    finally:
        await sink.stop()


async def started(processes: Processes, bootstrap: str, prefix: str, **variables: str) -> NodeProcess:
    await processes.run("topics", "create", "--kafka", bootstrap, "--prefix", prefix)
    node = await processes.node(bootstrap, prefix, **variables)
    await node.is_ready()
    return node


async def hear_trades(stream: Connection, count: int, seconds: float = 30.0) -> list[int]:
    """The ids of the next trades; a gap or a reset is a failure."""
    ids: list[int] = []
    async with asyncio.timeout(seconds):
        while len(ids) < count:
            message = await stream.following(seconds)
            assert message.name not in ("gap", "reset")
            if message.name in ("events", "snapshot"):
                ids.extend(event["i"] for event in message.data)
    return ids


async def feed_state(stream: Connection, state: str, seconds: float) -> Heard:
    """The next message that says that trades are live, or stale."""
    async with asyncio.timeout(seconds):
        while True:
            heard = await stream.until("status", seconds)
            if heard.data["feeds"]["trades"]["state"] == state:
                return heard


async def test_a_broker_that_hangs_and_one_that_dies(own_broker: Broker, prefix: str, processes: Processes) -> None:
    node = await started(processes, own_broker.bootstrap, prefix)
    stream = await open_stream(node.address, "trades=*&mode=every&interval=0&history=0")
    await feed_state(stream, "live", 10)
    ids = iter(range(1, 10_000))
    sent = [next(ids) for _ in range(200)]
    await produce(own_broker.bootstrap, prefix, [trade(f"S{n % 5}", n) for n in sent])
    assert sorted(await hear_trades(stream, 200)) == sent

    own_broker.hang()
    began = time.monotonic()
    await feed_state(stream, "stale", 10)
    assert time.monotonic() - began < STALE_SECONDS + MARGIN_SECONDS
    assert (await node.readiness())[0] == 503
    await asyncio.sleep(15 - (time.monotonic() - began))
    own_broker.resume()
    await feed_state(stream, "live", 30)
    sent = [next(ids) for _ in range(200)]
    await produce(own_broker.bootstrap, prefix, [trade(f"S{n % 5}", n) for n in sent])
    assert sorted(await hear_trades(stream, 200)) == sent

    own_broker.kill()
    began = time.monotonic()
    await feed_state(stream, "stale", 10)
    assert time.monotonic() - began < STALE_SECONDS + MARGIN_SECONDS
    await own_broker.start()
    await feed_state(stream, "live", 30)
    sent = [next(ids) for _ in range(200)]
    await produce(own_broker.bootstrap, prefix, [trade(f"S{n % 5}", n) for n in sent])
    assert sorted(await hear_trades(stream, 200)) == sent
    late = await open_stream(node.address, "trades=*&mode=every&interval=0&history=500")
    assert sorted(await hear_trades(late, 600)) == list(range(1, 601))
    assert node.command.process.returncode is None


@pytest.fixture
async def admin(broker: SharedBroker) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await client.start()
    yield client
    await client.close()


@pytest.mark.parametrize("again", [3, 300], ids=["shorter", "longer"])
async def test_a_topic_deleted_and_made_again(
    again: int, broker: SharedBroker, prefix: str, processes: Processes, admin: AIOKafkaAdminClient
) -> None:
    node = await started(processes, broker.bootstrap, prefix, TICKER_HUB__HEARTBEAT_SECONDS="1")
    stream = await open_stream(node.address, "trades=*&quotes=*&mode=every&interval=0&history=1")
    await produce(broker.bootstrap, prefix, [trade("S0", n) for n in range(1, 101)])
    await hear_trades(stream, 100)
    while (old := (await stream.until("heartbeat", 20)).cursor) is None:
        pass
    await admin.delete_topics([f"{prefix}trades"])
    async with asyncio.timeout(20):
        while "doesn't exist" not in (await node.readiness())[1]:
            await asyncio.sleep(0.1)
    await processes.run("topics", "create", "--kafka", broker.bootstrap, "--prefix", prefix)
    new = list(range(1001, 1001 + again))
    await produce(broker.bootstrap, prefix, [trade("S0", n) for n in new])
    reset = await stream.until("reset", 30)
    assert reset.data == {"reason": "epoch", "channels": ["trades/*"]}
    await node.is_ready()
    seen: list[int] = []
    async with asyncio.timeout(20):
        while not seen or seen[-1] != new[-1]:
            message = await stream.following()
            if message.name in ("events", "snapshot"):
                seen.extend(event["i"] for event in message.data)
    assert seen == new[-len(seen) :]
    resumed = await open_stream(node.address, "trades=*&quotes=*&mode=every&interval=0&history=1", old)
    assert (await resumed.until("reset")).data["channels"] == ["trades/*"]
    assert [event["i"] for event in (await resumed.until("snapshot")).data] == [new[-1]]


async def test_more_partitions_make_a_node_unready(
    broker: SharedBroker, prefix: str, processes: Processes, admin: AIOKafkaAdminClient
) -> None:
    node = await started(processes, broker.bootstrap, prefix)
    await admin.create_partitions({f"{prefix}games": NewPartitions(8)})
    async with asyncio.timeout(20):
        while (said := await node.readiness())[0] == 200:
            await asyncio.sleep(0.1)
    assert f"{prefix}games had 6 partitions and now has 8" in said[1]
    stream = await open_stream(node.address, "quotes=AAPL")
    await stream.until("snapshot")


async def test_a_node_waits_for_topics_that_are_missing(
    broker: SharedBroker, prefix: str, processes: Processes
) -> None:
    node = await processes.node(broker.bootstrap, prefix)
    async with asyncio.timeout(20):
        while "ticker topics create" not in (said := await node.readiness())[1]:
            await asyncio.sleep(0.1)
    assert said[0] == 503
    refused = await open_stream(node.address, "quotes=AAPL")
    assert (await refused.until("unavailable")).data["reason"] == "not_ready"
    await processes.run("topics", "create", "--kafka", broker.bootstrap, "--prefix", prefix)
    await node.is_ready()


@pytest.mark.parametrize("own_broker", [{"message.max.bytes": 4_000_000}], indirect=True)
async def test_records_that_are_no_events(own_broker: Broker, prefix: str, processes: Processes) -> None:
    node = await started(processes, own_broker.bootstrap, prefix)
    stream = await open_stream(node.address, "trades=*&quotes=*&mode=every&interval=0&history=0")
    socket = await open_socket(node.address)
    socket.send({"action": "subscribe", "trades": ["*"]})
    await socket.until("subscription")
    good = {"T": "t", "S": "A", "p": 1, "s": 1, "i": 1, "t": "2021-01-08T00:00:00Z"}
    bad: list[tuple[bytes | None, bytes | None]] = [
        (b"A", b"not JSON"),
        (b"A", json.dumps({name: value for name, value in good.items() if name != "p"}).encode()),
        (b"A", json.dumps({**good, "p": float("nan")}).encode()),
        (b"B", json.dumps(good).encode()),
        (b"A", json.dumps({**good, "c": ["x" * 2_000_000]}).encode()),
        (None, json.dumps(good).encode()),
        (b"\xff", json.dumps(good).encode()),
        (b"A", None),
    ]
    producer = AIOKafkaProducer(bootstrap_servers=own_broker.bootstrap, max_request_size=4_000_000)
    await producer.start()
    try:
        for number, (key, value) in enumerate(bad, 1):
            await producer.send_and_wait(f"{prefix}trades", key=key, value=value, partition=number % 6)
            after = json.dumps({**good, "i": number}).encode()
            await producer.send_and_wait(f"{prefix}trades", key=b"A", value=after, partition=number % 6)
    finally:
        await producer.stop()
    assert sorted(await hear_trades(stream, len(bad))) == list(range(1, len(bad) + 1))
    ids: list[int] = []
    while len(ids) < len(bad):
        ids.extend(event["i"] for event in (await socket.until("events")).data)
    assert sorted(ids) == list(range(1, len(bad) + 1))
    skipped = await node.command.logged("record skipped")
    assert skipped["topic"] == f"{prefix}trades"
    assert node.command.process.returncode is None


async def test_recording_what_comes_through(
    broker: SharedBroker, prefix: str, processes: Processes, tmp_path: Path
) -> None:
    where = ["--kafka", broker.bootstrap, "--prefix", prefix]
    await processes.run("topics", "create", *where)
    sent = [trade(f"S{n % 3}", n) for n in range(50)]
    await produce(broker.bootstrap, prefix, sent)
    file = tmp_path / "out.jsonl.gz"
    await processes.run("record", str(file), "--from-beginning", "--seconds", "4", *where)
    other = f"{prefix}again."
    await processes.run("topics", "create", "--kafka", broker.bootstrap, "--prefix", other)
    await processes.run("feed", "replay", str(file), "--speed", "0", "--kafka", broker.bootstrap, "--prefix", other)
    node = await processes.node(broker.bootstrap, other)
    await node.is_ready()
    stream = await open_stream(node.address, "trades=*&history=500")
    assert sorted(await hear_trades(stream, 50)) == list(range(50))
