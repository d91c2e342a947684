import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from feeds.bar_maker import KINDS_MADE, BarMaker, TopicsUnfit
from feeds.bar_partition import BarPartition
from feeds.message import Message
from feeds.rejections import Rejections
from feeds.topics import create_topics
from tests.broker.broker import Broker, free_ports
from tests.conftest import SharedBroker
from tests.feeds.bar_reference import SYMBOLS, Expected, Values, expected_of, seeded
from tests.feeds.kafka import admin_on, create, sink_on, until
from tests.whole.processes import Command, Processes
from ticker.config import KafkaConfig, LogConfig

PARTITIONS = 4
TRADES = 50_500
CUTS = [37 * 60 + 5, 75 * 60 + 5, 113 * 60 + 5]
"""Seconds. Each is soon after a minute has begun, so that none ends because it is quiet while the test goes on."""
DEADLINE_SECONDS = 50.0


async def whole(bootstrap: str, topic: str, partitions: int = PARTITIONS) -> dict[int, list[ConsumerRecord]]:
    """All that a topic holds for those who read what is committed, by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="none")
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(places)
        found: dict[int, list[ConsumerRecord]] = {number: [] for number in range(partitions)}
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found[place.partition].extend(records)
        return found
    finally:
        await consumer.stop()


def said(record: ConsumerRecord) -> tuple[str, Values]:
    """The minute or day of a bar, and its values."""
    event = json.loads(record.value)
    assert event["S"] == record.key.decode()
    return event["t"], tuple(float(event[name]) for name in ("o", "h", "l", "c", "v", "n", "vw"))


async def found_on(bootstrap: str, prefix: str, trades: dict[str, int]) -> Expected:
    """The bars that there are, in the form of those that are expected. `trades` says which partition a symbol is of."""
    found = Expected()
    topics = {kind: await whole(bootstrap, prefix + kind) for kind in KINDS_MADE}
    for kind, partitions in topics.items():
        for number, records in partitions.items():
            for record in records:
                symbol = record.key.decode()
                assert trades[symbol] == number
                time, values = said(record)
                if kind == "bars":
                    found.bars[symbol].append((time, values))
                    found.minutes.setdefault((symbol, time), values)
                elif kind == "updated_bars":
                    found.minutes[symbol, time] = values
                    found.updated.add((symbol, time))
                else:
                    found.days[symbol, time] = values
    return found


async def produce(bootstrap: str, prefix: str, messages: list[Message]) -> None:
    async with sink_on(bootstrap, prefix) as sink:
        await sink.send(messages)
        await sink.flush()


async def maker(processes: Processes, broker: SharedBroker, prefix: str) -> Command:
    return await processes.start("feed", "bars", "--kafka", broker.bootstrap, "--prefix", prefix)


def taken_over(command: Command) -> dict[object, dict[str, object]]:
    """By partition, how a maker took it over last."""
    return {line["partition"]: line for line in command.lines if line["event"] == "bars taken over"}


async def compare(broker: SharedBroker, prefix: str) -> Expected:
    """Wait for all bars of the trades that there are, and compare each; what was compared."""
    partitions = await whole(broker.bootstrap, f"{prefix}trades")
    trades = {record.key.decode(): number for number, records in partitions.items() for record in records}
    expected = expected_of([[(record.offset, record.value) for record in records] for records in partitions.values()])
    deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
    while True:
        found = await found_on(broker.bootstrap, prefix, trades)
        if found == expected or asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.2)
    # A first bar is there once, and as it was when its minute ended: a second one would be a difference.
    for symbol in trades:
        assert found.bars[symbol] == expected.bars[symbol]
    assert found.minutes == expected.minutes
    assert found.days == expected.days
    assert found.updated == expected.updated
    return expected


def assert_much_was_compared(expected: Expected) -> None:
    assert set(expected.bars) == {*SYMBOLS, "LONE"}
    assert sum(map(len, expected.bars.values())) > 2400
    assert len(expected.updated) > 1000
    assert len(expected.days) == 2 * 24
    emptied = [key for key, values in expected.minutes.items() if values[5] == 0]
    assert len(emptied) > 20


def parts() -> list[list[Message]]:
    """What comes until each of the cuts."""
    coming = seeded(TRADES)
    found = [
        [message for comes, message in coming if begin < comes <= end]
        for begin, end in zip([-1, *CUTS], CUTS, strict=False)
    ]
    trades = sum(b'"T": "t"' in (message.value or b"") for part in found for message in part)
    assert trades > 50_000
    return found


async def test_bars_are_those_of_the_reference(broker: SharedBroker, prefix: str, processes: Processes) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    await produce(broker.bootstrap, prefix, [message for part in parts() for message in part])
    command = await maker(processes, broker, prefix)
    assert_much_was_compared(await compare(broker, prefix))
    assert set(taken_over(command)) == set(range(PARTITIONS))


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGSTOP])
async def test_the_work_of_a_maker_that_is_killed_or_hangs_is_taken_over(
    ending: signal.Signals, broker: SharedBroker, prefix: str, processes: Processes
) -> None:
    first, second, third = parts()
    await create_topics(broker.bootstrap, prefix, LogConfig(), PARTITIONS)
    await produce(broker.bootstrap, prefix, first)
    makers = [await maker(processes, broker, prefix), await maker(processes, broker, prefix)]
    for command in makers:
        await command.logged("bars taken over")
    await compare(broker, prefix)
    survivor = max(makers, key=lambda command: len(taken_over(command)))
    victim = next(command for command in makers if command is not survivor)
    owned = set(taken_over(victim))
    assert owned
    before = {partition: taken_over(survivor).get(partition) for partition in owned}
    # What comes now it begins to take in, and does not end.
    await produce(broker.bootstrap, prefix, second)
    if ending is signal.SIGKILL:
        await processes.kill(victim)
    else:
        victim.process.send_signal(ending)
        await until(lambda: all(taken_over(survivor).get(number) != line for number, line in before.items()))
        # It believes that they are still its own, and would publish what it had begun.
        victim.process.send_signal(signal.SIGCONT)
    await produce(broker.bootstrap, prefix, third)
    assert_much_was_compared(await compare(broker, prefix))
    resumed = taken_over(survivor)
    assert set(resumed) == set(range(PARTITIONS))
    for partition in owned:
        assert int(str(resumed[partition]["publish_from"])) > int(str(resumed[partition]["begin"])) >= 0


@asynccontextmanager
async def making(config: KafkaConfig) -> AsyncIterator[BarMaker]:
    """A maker within this process."""
    maker = BarMaker(config)
    task = asyncio.create_task(maker.run())
    try:
        yield maker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def at(symbol: str, time: str, price: float = 1.0) -> Message:
    value = {"T": "t", "S": symbol, "p": price, "s": 1, "t": f"2026-01-05T{time}Z"}
    return Message("trades", symbol, 0, json.dumps(value).encode())


async def first_bars(bootstrap: str, prefix: str, count: int, kind: str = "bars") -> list[tuple[str, Values]]:
    """All bars in a topic of one partition, once there are so many: a transaction is seen a moment after its end."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while len(records := (await whole(bootstrap, prefix + kind, 1))[0]) < count:
            await asyncio.sleep(0.1)
    return [said(record) for record in records]


async def test_a_quiet_minute_ends_by_itself(broker: SharedBroker, prefix: str) -> None:
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    async with making(KafkaConfig(bootstrap=broker.bootstrap, prefix=prefix)) as maker:
        await produce(broker.bootstrap, prefix, [at("A", "12:00:59.7", 7), Message("trades", "A", 0, b"{}")])
        found = await first_bars(broker.bootstrap, prefix, 1)
        assert found == [("2026-01-05T12:00:00Z", (7, 7, 7, 7, 1, 1, 7))]
        assert maker.rejections.counts == {"trades": 1}
    # Whoever goes on knows that it is over, though no trade says so.
    async with making(KafkaConfig(bootstrap=broker.bootstrap, prefix=prefix)) as maker:
        await produce(broker.bootstrap, prefix, [at("A", "12:00:30", 9)])
        updated = await first_bars(broker.bootstrap, prefix, 1, "updated_bars")
        assert updated == [("2026-01-05T12:00:00Z", (9, 9, 7, 7, 2, 2, 8))]
        assert await first_bars(broker.bootstrap, prefix, 1) == found
        assert not maker.rejections.counts


async def test_who_owned_a_partition_before_publishes_no_more(broker: SharedBroker, prefix: str) -> None:
    config = KafkaConfig(bootstrap=broker.bootstrap, prefix=prefix)
    await create_topics(broker.bootstrap, prefix, LogConfig(), 1)
    await produce(broker.bootstrap, prefix, [at("A", f"12:{minute:02}:00", minute) for minute in range(6)])
    records = (await whole(broker.bootstrap, f"{prefix}trades", 1))[0]
    group = f"{prefix}bars"
    owners = [BarPartition(config, group, 0, "epoch", Rejections()) for _ in range(2)]
    before, after = owners
    place = TopicPartition(f"{prefix}trades", 0)
    try:
        await before.start()
        before.begin(None, 0, len(records))
        for record in records[:3]:
            before.take(record)
        await before.publish()
        await after.start()
        for record in records[3:]:
            before.take(record)
        with pytest.raises(KafkaError):
            await before.publish()
        async with admin_on(broker.bootstrap) as admin:
            committed = (await admin.list_consumer_group_offsets(group, partitions=[place]))[place]
        assert committed.offset == 3
        after.begin(committed, 0, len(records))
        assert after.next == 0
        for record in records:
            after.take(record)
        await after.publish()
    finally:
        for owner in owners:
            await owner.stop()
    found = await first_bars(broker.bootstrap, prefix, 5)
    assert [values[0] for _, values in found] == [0, 1, 2, 3, 4]


async def test_bars_go_on_when_the_broker_is_back(own_broker: Broker, prefix: str) -> None:
    await create_topics(own_broker.bootstrap, prefix, LogConfig(), 1)
    async with making(KafkaConfig(bootstrap=own_broker.bootstrap, prefix=prefix)):
        await produce(own_broker.bootstrap, prefix, [at("A", "12:00:01"), at("A", "12:01:01")])
        await first_bars(own_broker.bootstrap, prefix, 1)
        own_broker.kill()
        # A pause in which all of its connections find out.
        await asyncio.sleep(2)
        await own_broker.start()
        await produce(own_broker.bootstrap, prefix, [at("A", "12:01:02", 2), at("A", "12:02:01")])
        found = await first_bars(own_broker.bootstrap, prefix, 2)
    assert found == [
        ("2026-01-05T12:00:00Z", (1, 1, 1, 1, 1, 1, 1)),
        ("2026-01-05T12:01:00Z", (1, 2, 1, 2, 2, 2, 1.5)),
    ]


async def test_unfit_topics_and_no_broker_are_said(broker: SharedBroker, prefix: str) -> None:
    config = KafkaConfig(bootstrap=broker.bootstrap, prefix=prefix)
    async with admin_on(broker.bootstrap) as admin:
        await create(admin, f"{prefix}trades", 2)
        with pytest.raises(TopicsUnfit, match=f"the topic {prefix}bars doesn't exist: `ticker topics create`"):
            await BarMaker(config).run()
        for kind in KINDS_MADE:
            await create(admin, prefix + kind, 3 if kind == "updated_bars" else 2)
        with pytest.raises(TopicsUnfit, match=f"{prefix}updated_bars has 3 partitions, but {prefix}trades has 2"):
            await BarMaker(config).run()
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(ConnectionError, match=f"can't be reached at {address}"):
        await BarMaker(KafkaConfig(bootstrap=address)).run()
