"""Reads messages out of Kafka's topics, to record them."""

from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition

from feeds.kafka_metadata import MetadataReader
from feeds.log_limit import limit_logs
from feeds.message import Message
from ticker.config import KafkaConfig
from ticker.kinds import KINDS

_METADATA_SECONDS = 10.0


class NoTopics(RuntimeError):
    """There is nothing to record."""


async def recorded(config: KafkaConfig, *, from_beginning: bool) -> AsyncIterator[list[Message]]:
    """What comes through the topics of all kinds, from now or from their beginning, as batches sorted by time.

    Raises NoTopics, and KafkaError or OSError where no broker answers.
    """
    limit_logs()
    metadata = MetadataReader(config.bootstrap)
    try:
        infos = await metadata.read([config.prefix + kind for kind in KINDS], _METADATA_SECONDS)
    finally:
        await metadata.close()
    if not infos:
        raise NoTopics(f"no topic begins with {config.prefix!r}: 'ticker topics create' makes them")
    partitions = [TopicPartition(name, number) for name, info in infos.items() for number in range(info.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=config.bootstrap, auto_offset_reset="none", enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(partitions)
        begins = consumer.beginning_offsets if from_beginning else consumer.end_offsets
        for partition, offset in (await begins(partitions)).items():
            consumer.seek(partition, offset)
        while True:
            batches = await consumer.getmany(timeout_ms=500)
            messages = [
                Message(
                    record.topic.removeprefix(config.prefix),
                    record.key.decode(errors="replace"),
                    record.timestamp * 1_000_000,
                    record.value,
                )
                for records in batches.values()
                for record in records
                if record.key is not None
            ]
            if messages:
                yield sorted(messages, key=lambda message: message.at)
    finally:
        await consumer.stop()
