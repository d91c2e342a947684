"""Reads messages out of Kafka's topics, to record them."""

from collections.abc import AsyncIterator, Iterable, Iterator

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from feeds.kafka_metadata import MetadataReader
from feeds.kafka_reading import disconnect
from feeds.log_limit import limit_logs
from feeds.message import Message
from feeds.rejections import Rejections
from ticker.config import KafkaConfig
from ticker.kinds import KINDS

MOST_RECORDS = 2000
"""In a batch."""
_WAIT_MILLISECONDS = 200
log = structlog.get_logger()


class NoTopics(OSError):
    """There is nothing to record."""


async def recorded(config: KafkaConfig, *, from_beginning: bool) -> AsyncIterator[list[Message]]:
    """What comes through the topics of all kinds, from now or from their beginning, as it came; `at` is its append.

    In order per key: nothing orders two partitions. Values are the producers'. Raises NoTopics, and ConnectionError
    where no broker answers.
    """
    limit_logs()
    try:
        partitions = await _partitions(config)
    except KafkaError as error:
        raise ConnectionError(f"Kafka can't be reached at {config.bootstrap}: {error}") from error
    consumer = AIOKafkaConsumer(
        bootstrap_servers=config.bootstrap,
        auto_offset_reset="none",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    rejections = Rejections()
    try:
        await consumer.start()
        places = await (consumer.beginning_offsets if from_beginning else consumer.end_offsets)(partitions)
        consumer.assign(partitions)
        for partition, offset in places.items():
            consumer.seek(partition, offset)
        while True:
            batches = await consumer.getmany(timeout_ms=_WAIT_MILLISECONDS, max_records=MOST_RECORDS)
            for records in batches.values():
                yield list(_messages(records, config.prefix, rejections))
    finally:
        await disconnect(consumer)


async def _partitions(config: KafkaConfig) -> list[TopicPartition]:
    metadata = MetadataReader(config.bootstrap)
    names = [config.prefix + kind for kind in KINDS]
    try:
        found = await metadata.read(names)
    finally:
        await metadata.close()
    if not found:
        raise NoTopics(f"no topic is named {config.prefix!r} and a kind: `ticker topics create` makes them")
    if missing := [name for name in names if name not in found]:
        log.warning("topics that don't exist are not recorded", topics=missing)
    return [TopicPartition(name, number) for name, info in found.items() for number in range(info.partitions)]


def _messages(records: Iterable[ConsumerRecord], prefix: str, rejections: Rejections) -> Iterator[Message]:
    for record in records:
        kind = record.topic.removeprefix(prefix)
        try:
            if record.key is None:
                raise ValueError("no key: a record's key is its symbol, or its game's id")
            yield Message(kind, record.key.decode(), record.timestamp * 1_000_000, record.value)
        except ValueError as error:
            rejections.add(kind, error, topic=record.topic, partition=record.partition, offset=record.offset)
