from collections.abc import Sequence

import pytest
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaConnectionError, OffsetOutOfRangeError

from feeds.kafka_metadata import MetadataReader, TopicInfo
from feeds.kafka_reading import TopicChanged, TopicReading, in_order_of_time
from tests.broker.broker import free_ports
from tests.conftest import SharedBroker
from tests.feeds.kafka import admin_on, create, delete, producer_on
from ticker.config import KafkaConfig


async def info_of(metadata: MetadataReader, topic: str, *, exists: bool = True) -> TopicInfo | None:
    """What is said of a topic when it is there, or when it is gone."""
    while (topic in (found := await metadata.read([topic]))) is not exists:
        pass
    return found.get(topic)


async def records_of(reading: TopicReading) -> Sequence[ConsumerRecord]:
    """The next records, however long they take."""
    while not (records := await reading.next()):
        pass
    return records


async def test_another_topic_of_the_same_name_is_never_read(broker: SharedBroker, prefix: str) -> None:
    """It has grown past the old offset: Kafka itself would go on in its middle."""
    topic, metadata = f"{prefix}trades", MetadataReader(broker.bootstrap)
    infos = []
    async with admin_on(broker.bootstrap) as admin:
        for _ in range(2):
            await create(admin, topic, 1)
            info = await info_of(metadata, topic)
            assert info is not None
            infos.append(info)
            async with producer_on(broker.bootstrap) as producer:
                for number in range(10):
                    await producer.send_and_wait(topic, key=b"A", value=b"%d" % number)
            if len(infos) == 1:
                await delete(admin, topic)
                await info_of(metadata, topic, exists=False)
    old, new = infos
    assert old.epoch != new.epoch
    assert old.epoch.partition("/")[0] == new.epoch.partition("/")[0]
    config = KafkaConfig(bootstrap=broker.bootstrap, prefix=prefix)
    async with TopicReading(config, topic, old, 1, metadata) as reading:
        reading.seek({0: 5})
        with pytest.raises(TopicChanged):
            await records_of(reading)
    async with TopicReading(config, topic, new, 1, metadata) as reading:
        assert (await reading.beginnings(), await reading.ends()) == ([0], [10])
        assert await reading.since(0) == [0]
        assert await reading.since(4e9) == [None]
        reading.seek({0: 5})
        read: list[bytes] = []
        while not reading.has_reached([10]):
            read.extend(record.value for record in await reading.next())
        assert read == [b"5", b"6", b"7", b"8", b"9"]
        assert reading.ends_heard() == [10]
        reading.seek({0: 11})
        for _ in range(2):
            with pytest.raises(OffsetOutOfRangeError):
                await records_of(reading)
        reading.seek({0: 9})
        while not reading.has_reached([10]):
            read.extend(record.value for record in await reading.next())
        assert read[-1] == b"9"
        async with admin_on(broker.bootstrap) as admin:
            await delete(admin, topic)
        with pytest.raises(TopicChanged):
            await records_of(reading)
    await metadata.close()


async def test_no_broker_is_said_at_once() -> None:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    metadata = MetadataReader(address)
    with pytest.raises(KafkaConnectionError, match=f"no broker answers at {address}"):
        await metadata.read(["any"])
    reading = TopicReading(KafkaConfig(bootstrap=address), "any", TopicInfo("e", 1, (0,)), 1, metadata)
    with pytest.raises(KafkaConnectionError):
        await reading.__aenter__()
    await metadata.close()


async def test_asking_for_a_topic_makes_none(broker: SharedBroker, prefix: str) -> None:
    metadata = MetadataReader(broker.bootstrap)
    for _ in range(2):
        assert await metadata.read([f"{prefix}none"]) == {}
    await metadata.close()


def test_partitions_become_one_by_time_and_each_stays_in_its_order() -> None:
    def batch(partition: int, *times: int) -> list[ConsumerRecord]:
        return [ConsumerRecord("t", partition, n, time, 1, None, None, 0, -1, -1, ()) for n, time in enumerate(times)]

    def places(*batches: list[ConsumerRecord]) -> list[tuple[int, int]]:
        return [(record.partition, record.offset) for record in in_order_of_time(batches)]

    assert places() == []
    assert places(batch(0, 5, 3)) == [(0, 0), (0, 1)]
    assert places(batch(0, 1, 3, 3), batch(1, 1, 2, 4)) == [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2)]
    # A broker's clock was set back.
    assert places(batch(0, 5, 2), batch(1, 3, 4)) == [(1, 0), (1, 1), (0, 0), (0, 1)]
