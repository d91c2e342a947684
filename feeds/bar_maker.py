"""The bar maker: a member of the consumer group that makes bars of trades; its partitions come and go.

The group gives each partition to one member. One that is dead for `SESSION_SECONDS` loses its partitions to the
others. Whatever goes wrong with Kafka, a member forgets all that it knows and joins anew: what counts is in Kafka.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import IllegalOperation, KafkaError

from feeds.bar_partition import BarPartition
from feeds.kafka_metadata import MetadataReader
from feeds.kafka_reading import disconnect
from feeds.log_limit import limit_logs
from feeds.rejections import Rejections
from ticker.config import KafkaConfig

KINDS_MADE = ("bars", "updated_bars", "daily_bars")
SESSION_SECONDS = 6
"""How long a member may be silent before others take its partitions over; brokers allow no less by default."""
MOST_RECORDS = 2000
"""Taken in at once, of all partitions."""
LOOK_SECONDS = 2.0
"""How often it is asked whether the topics are still the same."""
_WAIT_MILLISECONDS = 200
_RETRY_SECONDS = 1.0
_STOP_SECONDS = 5.0
log = structlog.get_logger()


class TopicsUnfit(OSError):
    """Bars can't be made with these topics. The text says why, and what would be right."""


async def _all(works: Iterable[Coroutine[object, object, None]]) -> None:
    """Wait for all, also where one has failed: none goes on behind our back. Raises the first one's error."""
    for result in await asyncio.gather(*works, return_exceptions=True):
        if result is not None:
            raise result


class BarMaker:
    """Makes bars for as long as it runs, in as many processes as one likes."""

    def __init__(self, config: KafkaConfig) -> None:
        self.rejections = Rejections()
        """Records that made no bar."""
        self._config = config
        self._group = f"{config.prefix}bars"
        self._topic = f"{config.prefix}trades"

    async def run(self) -> None:
        """Make bars until cancelled. Raises ConnectionError where no broker answers at first, and TopicsUnfit."""
        limit_logs()
        metadata = MetadataReader(self._config.bootstrap)
        try:
            await self._epoch(metadata)
            while True:
                try:
                    await self._belong(metadata)
                except (KafkaError, IllegalOperation, OSError) as error:
                    log.warning("bars are taken up anew", reason=str(error) or type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
        finally:
            await metadata.close()

    async def _epoch(self, metadata: MetadataReader) -> str:
        """The epoch of the trades. Raises ConnectionError where no broker answers, and TopicsUnfit."""
        try:
            found = await metadata.read([self._topic, *(self._config.prefix + kind for kind in KINDS_MADE)])
        except KafkaError as error:
            raise ConnectionError(f"Kafka can't be reached at {self._config.bootstrap}: {error}") from error
        for name in (self._topic, *(self._config.prefix + kind for kind in KINDS_MADE)):
            if name not in found:
                raise TopicsUnfit(f"the topic {name} doesn't exist: `ticker topics create` makes it")
            if found[name].partitions != found[self._topic].partitions:
                raise TopicsUnfit(
                    f"{name} has {found[name].partitions} partitions, but {self._topic} has "
                    f"{found[self._topic].partitions}: a trade's bar is in the partition of the same number"
                )
        return found[self._topic].epoch

    async def _belong(self, metadata: MetadataReader) -> None:
        """Be a member of the group until something goes wrong."""
        epoch = await self._epoch(metadata)
        membership = _Membership(self._config, self._group, self._topic, epoch, self.rejections)
        looked = time.monotonic()
        try:
            await membership.start()
            while True:
                await membership.turn()
                if time.monotonic() - looked >= LOOK_SECONDS:
                    looked = time.monotonic()
                    with suppress(ConnectionError):
                        if await self._epoch(metadata) != epoch:
                            raise TopicsUnfit(f"the topic {self._topic} was made anew")
        finally:
            await membership.stop()


class _Membership(ConsumerRebalanceListener):
    """One membership of the group, from joining to leaving."""

    def __init__(self, config: KafkaConfig, group: str, topic: str, epoch: str, rejections: Rejections) -> None:
        self._config = config
        self._group = group
        self._topic = topic
        self._epoch = epoch
        self._rejections = rejections
        self._partitions: dict[int, BarPartition] = {}
        """By number; those that are started."""
        self._assigned: frozenset[int] = frozenset()
        self._assignments = 0
        self._has_joined = False
        self._is_settled = False
        """False from when partitions are given back until others were given out."""
        self._working = asyncio.Lock()
        self._admin = AIOKafkaAdminClient(bootstrap_servers=config.bootstrap)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=config.bootstrap,
            client_rack=config.client_rack or None,
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            isolation_level="read_committed",
            # The days of partitions that stay where they are need not be read again.
            partition_assignment_strategy=[StickyPartitionAssignor],
            session_timeout_ms=SESSION_SECONDS * 1000,
            heartbeat_interval_ms=SESSION_SECONDS * 1000 // 4,
        )

    async def start(self) -> None:
        """Join the group. Raises KafkaError."""
        await self._admin.start()
        await self._consumer.start()
        self._consumer.subscribe([self._topic], listener=self)
        self._has_joined = True

    async def stop(self) -> None:
        """Leave the group: others take over at once."""
        await asyncio.gather(*(partition.stop() for partition in self._partitions.values()))
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(_STOP_SECONDS):
                await (disconnect(self._consumer) if self._has_joined else self._consumer.stop())
        await self._admin.close()

    async def turn(self) -> None:
        """Take in what came, and publish what comes of it. Raises KafkaError."""
        async with self._working:
            if self._is_settled:
                await self._settle()
        batches = await self._consumer.getmany(timeout_ms=_WAIT_MILLISECONDS, max_records=MOST_RECORDS)
        assignments = self._assignments
        async with self._working:
            # What was fetched before partitions were given out anew is fetched again.
            if self._is_settled and assignments == self._assignments:
                await self._take(batches)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """Partitions are given back: finish what is being published."""
        self._is_settled = False
        async with self._working:
            pass

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Partitions are given out: go on where we were with those that are still ours."""
        self._assigned = frozenset(partition.partition for partition in assigned)
        for number in self._assigned & self._partitions.keys():
            self._consumer.seek(TopicPartition(self._topic, number), self._partitions[number].next)
        self._assignments += 1
        self._is_settled = True

    async def _settle(self) -> None:
        """Stop the partitions that are others' now, and start those that are ours."""
        for number in self._partitions.keys() - self._assigned:
            await self._partitions.pop(number).stop()
        await _all(self._open(number) for number in self._assigned - self._partitions.keys())

    async def _open(self, number: int) -> None:
        partition = BarPartition(self._config, self._group, number, self._epoch, self._rejections)
        topic = TopicPartition(self._topic, number)
        await partition.start()
        # Only now: what the owner before had begun is committed or gone.
        self._partitions[number] = partition
        found = await self._admin.list_consumer_group_offsets(self._group, partitions=[topic])
        committed = found[topic] if topic in found and found[topic].offset >= 0 else None
        beginnings = await self._consumer.beginning_offsets([topic])
        ends = await self._consumer.end_offsets([topic])
        partition.begin(committed, beginnings[topic], ends[topic])
        self._consumer.seek(topic, partition.next)

    async def _take(self, batches: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        for topic, records in batches.items():
            if topic.partition in self._partitions:
                for record in records:
                    self._partitions[topic.partition].take(record)
        for number, partition in self._partitions.items():
            topic = TopicPartition(self._topic, number)
            position, end = await self._consumer.position(topic), self._consumer.highwater(topic)
            partition.reached(position)
            if end is not None and position >= end:
                partition.caught_up()
        await _all(partition.publish() for partition in self._partitions.values())
