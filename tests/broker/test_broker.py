"""The broker that other tests trust: it keeps what it took, through a hang, a death and a cluster's."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition

from tests.broker.broker import Broker, free_ports
from tests.broker.cluster import Cluster
from tests.conftest import SharedBroker


async def create(bootstrap: str, topic: str, replicas: int = 1) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=replicas)])
    finally:
        await admin.close()


async def produce(bootstrap: str, topic: str, values: list[bytes], max_request_size: int = 1 << 20) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=max_request_size) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def consume(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await consumer.getone()).value for _ in range(count)]


async def test_keeps_what_it_is_given(broker: SharedBroker, prefix: str) -> None:
    await create(broker.bootstrap, f"{prefix}quotes")
    await produce(broker.bootstrap, f"{prefix}quotes", [b"1", b"2", b"3"])
    assert await consume(broker.bootstrap, f"{prefix}quotes", 3) == [b"1", b"2", b"3"]


@pytest.mark.parametrize("own_broker", [{"message.max.bytes": 4_000_000}], indirect=True)
async def test_hangs_dies_and_comes_back_with_its_data(own_broker: Broker) -> None:
    large = b"x" * 2_000_000
    await create(own_broker.bootstrap, "quotes")
    await produce(own_broker.bootstrap, "quotes", [large], max_request_size=3_000_000)

    own_broker.hang()
    answer = asyncio.create_task(produce(own_broker.bootstrap, "quotes", [b"hung"]))
    done, _ = await asyncio.wait([answer], timeout=1)
    assert not done, "a broker that hangs answered"
    own_broker.resume()
    await answer

    bootstrap = own_broker.bootstrap
    own_broker.kill()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", own_broker.ports[0])
    await own_broker.start()
    assert own_broker.bootstrap == bootstrap
    assert await consume(bootstrap, "quotes", 2) == [large, b"hung"]


async def test_cluster_survives_the_death_of_one_and_of_all(cluster: Cluster) -> None:
    await create(cluster.bootstrap, "quotes", replicas=3)
    await produce(cluster.bootstrap, "quotes", [b"1"])
    cluster.brokers[0].kill()
    await produce(cluster.bootstrap, "quotes", [b"2"])
    for broker in cluster.brokers[1:]:
        broker.kill()
    await cluster.start()
    await produce(cluster.bootstrap, "quotes", [b"3"])
    assert await consume(cluster.bootstrap, "quotes", 3) == [b"1", b"2", b"3"]


def test_ports_are_out_of_the_way_of_outgoing_connections() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    lowest = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]
    assert max(ports) < int(lowest)


@pytest.mark.starts_brokers
async def test_starts_as_a_cluster_whose_id_looks_like_an_option(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "kafka", cluster="-RKSBcwqT5ibfgIKXMMdKA")
    try:
        await broker.start()
    finally:
        broker.remove()


@pytest.mark.starts_brokers
async def test_says_why_it_does_not_start(tmp_path: Path) -> None:
    broken = Broker(tmp_path / "kafka", {"num.io.threads": "none"})
    with pytest.raises(RuntimeError, match=r"num\.io\.threads"):
        await broken.start()
    broken.remove()
