"""What becomes of a node when its broker hangs or dies, and when a topic is deleted, made again, or cut short."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from structlog.testing import capture_logs

from feeds.kafka_reading import REQUEST_SECONDS, TopicReading
from feeds.kafka_sink import KafkaSink
from feeds.message import Message
from feeds.topics import create_topics
from tests.broker.broker import Broker
from tests.conftest import SharedBroker
from tests.feeds.kafka import (
    PARTITIONS,
    Node,
    admin_on,
    create,
    delete,
    node_on,
    quote,
    sink_on,
    trade,
    trade_ids,
    until,
)
from ticker.config import LogConfig

SYMBOLS = [f"S{number}" for number in range(7)]
STALE_SECONDS = 3.0
MARGIN_SECONDS = 1.0
"""What a busy machine may add."""


class Sending:
    """Sends trades one after another until it is told to stop, through whatever happens to the broker."""

    def __init__(self, sink: KafkaSink) -> None:
        self.count = 0
        self._sink = sink
        self._is_over = False

    async def run(self) -> None:
        while not self._is_over:
            await self._sink.send([trade(SYMBOLS[self.count % len(SYMBOLS)], self.count)])
            self.count += 1
            await asyncio.sleep(0.002)
        await self._sink.flush()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.run())
            yield
            self._is_over = True


def all_ids(node: Node) -> list[int]:
    """The ids of all trades; of each symbol they must be in order."""
    ids = [trade_ids(node, symbol) for symbol in SYMBOLS]
    assert all(of_one == sorted(of_one) for of_one in ids)
    return sorted(id_ for of_one in ids for id_ in of_one)


async def test_a_broker_that_hangs_and_one_that_dies(
    own_broker: Broker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap = own_broker.bootstrap
    await create_topics(bootstrap, prefix, LogConfig(), PARTITIONS)
    async with AsyncExitStack() as nodes, sink_on(bootstrap, prefix) as sink:
        node = await nodes.enter_async_context(node_on(bootstrap, prefix))
        await until(node.is_ready)
        kinds = set(node.log.kinds)
        sending = Sending(sink)
        async with sending.running():
            await until(lambda: node.log.seq > 100)
            own_broker.hang()
            await until(lambda: node.stale() == kinds, STALE_SECONDS + MARGIN_SECONDS)
            assert "is silent" in (node.source.not_ready() or "")
            # Longer than any request may take: connections are given up and made again.
            await asyncio.sleep(REQUEST_SECONDS + 1)
            own_broker.resume()
            await until(lambda: not node.stale() and node.is_ready())
            own_broker.kill()
            await until(lambda: node.stale() == kinds, STALE_SECONDS + MARGIN_SECONDS)
            late = await nodes.enter_async_context(node_on(bootstrap, prefix))
            await until(lambda: f"no broker answers at {bootstrap}" in (late.source.not_ready() or ""))
            await own_broker.start()
            for one in (node, late):
                await until(lambda one=one: not one.stale() and one.is_ready())  # type: ignore[misc]
            before = sending.count
            await until(lambda: sending.count > before + 100)
        for one in (node, late):
            await until(lambda one=one: one.log.seq == sending.count)  # type: ignore[misc]
            assert all_ids(one) == list(range(sending.count))
        assert node.interruptions == []
        assert any(not any(feed.live for feed in feeds.values()) for feeds in node.changes), "nobody was told"
        last = KafkaSink(bootstrap, prefix)
        await last.start()
        own_broker.hang()
        await last.send([trade("A", 1)])
        monkeypatch.setattr("feeds.kafka_sink.STOP_SECONDS", 0.5)
        with capture_logs() as lines:
            await last.stop()
        assert [line["messages"] for line in lines if "messages" in line] == [1]
        own_broker.kill()
        await until(lambda: node.stale() == kinds, STALE_SECONDS + MARGIN_SECONDS)


async def test_a_log_that_is_cut_short(own_broker: Broker, prefix: str) -> None:
    """As after an unclean election: acknowledged records are gone, and others have their offsets."""
    bootstrap = own_broker.bootstrap
    await create_topics(bootstrap, prefix, LogConfig(), 1)
    async with node_on(bootstrap, prefix) as node:
        await until(node.is_ready)
        async with sink_on(bootstrap, prefix) as sink:
            await sink.send([trade("A", number) for number in range(100)])
        await until(lambda: node.log.seq == 100)
        epoch = node.log.topics["trades"].epoch
        own_broker.kill()
        for file in (own_broker.data / f"{prefix}trades-0").iterdir():
            if file.name != "partition.metadata":
                file.unlink()
        await own_broker.start()
        await until(lambda: node.interruptions == ["trades"])
        await until(node.is_ready)
        async with sink_on(bootstrap, prefix) as sink:
            await sink.send([trade("A", number) for number in range(1000, 1003)])
        await until(lambda: trade_ids(node, "A") == [1000, 1001, 1002])
        assert node.log.topics["trades"].epoch.startswith(f"{epoch}+0.")
        assert node.log.topics["trades"].heads == [2]
        assert node.log.topics["trades"].floors == [-1]


@pytest.mark.parametrize("again", [3, 300], ids=["shorter", "longer"])
async def test_a_topic_made_again_is_never_mixed_with_the_old(again: int, broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    seen: list[tuple[str, bool]] = []
    async with node_on(broker.bootstrap, prefix) as node, admin_on(broker.bootstrap) as admin:
        await until(node.is_ready)

        def look() -> None:
            topic = node.log.topics["trades"]
            ids = [id_ for symbol in SYMBOLS for id_ in trade_ids(node, symbol)]
            seen.append((topic.epoch, any(id_ < 1000 for id_ in ids)))
            assert len({id_ < 1000 for id_ in ids}) <= 1, "old and new in one log"

        async with sink_on(broker.bootstrap, prefix) as sink:
            await sink.send([trade(SYMBOLS[number % 7], number) for number in range(100)])
            await sink.send([quote("A", 1)])
        await until(lambda: node.log.seq == 101)
        node.on_append = look
        new = [trade(SYMBOLS[number % 7], 1000 + number) for number in range(again)]
        # At once, so that nobody notices that the topic was gone.
        await delete(admin, f"{prefix}trades")
        await _create_again(admin, f"{prefix}trades")
        async with sink_on(broker.bootstrap, prefix) as sink:
            await sink.send(new)
        await until(lambda: all_ids(node) == list(range(1000, 1000 + again)))
        await until(node.is_ready)
        assert node.interruptions == ["trades"]
        assert node.events("quotes", "A")
        olds = {epoch for epoch, is_old in seen if is_old}
        assert not olds & {epoch for epoch, is_old in seen if not is_old}
        assert node.stale() == set()


async def test_of_a_topic_made_again_only_so_much_is_held(broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    size = len(trade("A", 1000).value or b"")
    config = LogConfig(history_bytes=size * 10)
    async with node_on(broker.bootstrap, prefix, config) as node, admin_on(broker.bootstrap) as admin:
        await until(node.is_ready)
        epoch = node.log.topics["trades"].epoch
        await delete(admin, f"{prefix}trades")
        await until(lambda: node.stale() == {"trades"})
        # Made when it is filled already: what comes later is live, and the log's own to bound.
        await _create_again(admin, f"{prefix}trades", 1)
        async with sink_on(broker.bootstrap, prefix) as sink:
            await sink.send([trade("A", number) for number in range(1000, 1100)])
            await sink.flush()
        await until(lambda: node.log.topics["trades"].epoch != epoch and node.is_ready())
        await until(lambda: node.log.topics["trades"].heads == [99])
        first = trade_ids(node, "A")[0]
        assert trade_ids(node, "A") == list(range(first, 1100))
        assert node.log.topics["trades"].floors == [first - 1001]


async def _create_again(admin: AIOKafkaAdminClient, topic: str, partitions: int = PARTITIONS) -> None:
    """The controller may still have the old one for a moment."""
    while True:
        try:
            await create(admin, topic, partitions, message_timestamp_type="LogAppendTime")
        except AssertionError:
            continue
        return


async def test_a_deleted_topic_is_stale_until_it_is_made_again(
    broker: SharedBroker, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    async with node_on(broker.bootstrap, prefix) as node, admin_on(broker.bootstrap) as admin:
        await until(node.is_ready)
        async with sink_on(broker.bootstrap, prefix) as sink:
            await sink.send([quote("A", 1), trade("A", 1)])
        await until(lambda: node.log.seq == 2)
        caplog.clear()
        await delete(admin, f"{prefix}quotes")
        why = f"the topic {prefix}quotes doesn't exist any more: `ticker topics create` makes it"
        await until(lambda: node.source.not_ready() == why)
        await until(lambda: node.stale() == {"quotes"})
        assert len([line for line in caplog.records if line.name.startswith("aiokafka")]) < 50
        async with sink_on(broker.bootstrap, prefix) as sink:
            await sink.send([trade("A", 2)])
            await until(lambda: trade_ids(node, "A") == [1, 2])
            assert node.events("quotes", "A")
            await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
            await until(node.is_ready)
            assert node.interruptions == ["quotes"]
            assert node.newest("quotes") == {}
            await sink.send([quote("A", 2)])
            await until(lambda: bool(node.newest("quotes")))
        await until(lambda: node.stale() == set())


async def test_records_deleted_before_they_are_read_are_a_gap(
    broker: SharedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reading fails in a way that nobody foresaw; when it goes on, retention has passed it."""
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    topic = TopicPartition(f"{prefix}trades", 0)
    is_broken = False
    reads = TopicReading.next

    async def broken(reading: TopicReading) -> object:
        if is_broken and reading.partitions == [topic]:
            raise RuntimeError("broken")
        return await reads(reading)

    monkeypatch.setattr(TopicReading, "next", broken)
    async with node_on(broker.bootstrap, prefix) as node, sink_on(broker.bootstrap, prefix) as sink:
        await until(node.is_ready)
        await sink.send([trade("A", number) for number in range(10)])
        await until(lambda: node.log.seq == 10)
        is_broken = True
        why = f"the topic {prefix}trades can't be read: RuntimeError: broken"
        await until(lambda: node.source.not_ready() == why)
        await until(lambda: node.stale() == {"trades"})
        await sink.send([trade("A", number) for number in range(10, 30)])
        await sink.send([Message("quotes", "A", 0, quote("A", 1).value)])
        await sink.flush()
        await until(lambda: bool(node.newest("quotes")))
        async with admin_on(broker.bootstrap) as admin:
            await admin.delete_records({topic: RecordsToDelete(before_offset=20)})
        is_broken = False
        await until(node.is_ready)
        await until(lambda: node.log.topics["trades"].heads == [29])
        assert trade_ids(node, "A") == list(range(20, 30))
        assert node.log.topics["trades"].floors == [19]
        assert node.interruptions == ["trades"]


async def test_reading_goes_on_where_it_failed(
    broker: SharedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    reads = TopicReading.next
    count = 0

    async def flaky(reading: TopicReading) -> object:
        nonlocal count
        records = await reads(reading)
        if records:
            count += 1
            if count % 3 == 0:
                raise asyncio.CancelledError if count % 2 else RuntimeError("flaky")
        return records

    monkeypatch.setattr(TopicReading, "next", flaky)
    async with node_on(broker.bootstrap, prefix) as node, sink_on(broker.bootstrap, prefix) as sink:
        await until(node.is_ready)
        sending = Sending(sink)
        async with sending.running():
            await until(lambda: count > 20)
        await until(lambda: node.log.seq == sending.count)
        assert all_ids(node) == list(range(sending.count))
        assert node.interruptions == []
