"""What the tests of the Kafka feeds share: a node's way in without its way out, and topics to break."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from feeds.kafka_sink import KafkaSink
from feeds.kafka_source import KafkaSource
from feeds.message import Message
from ticker.config import KafkaConfig, LogConfig
from ticker.events import canonical
from ticker.feed_status import FeedStatus
from ticker.log import Log

PARTITIONS = 2
AT = "2021-01-08T00:00:00Z"


@dataclass
class Node:
    """A log and the Kafka source that fills it; its listener too."""

    log: Log
    source: KafkaSource = field(init=False)
    interruptions: list[str] = field(default_factory=list)
    changes: list[Mapping[str, FeedStatus]] = field(default_factory=list)
    on_append: Callable[[], None] = lambda: None

    def appended(self) -> None:
        self.on_append()

    def interrupted(self, kind: str) -> None:
        self.interruptions.append(kind)
        self.on_append()

    def feeds_changed(self, feeds: Mapping[str, FeedStatus]) -> None:
        self.changes.append(feeds)

    def is_ready(self) -> bool:
        return self.source.not_ready() is None

    def stale(self) -> set[str]:
        return {kind for kind, feed in self.source.feeds().items() if not feed.live}

    def events(self, kind: str, key: str) -> list[object]:
        """What the log holds of a key: of a state kind its newest, of a log kind all."""
        series = self.log.topics[kind].series.get(key)
        if series is None:
            return []
        assert series.newest is not None
        return [json.loads(entry.json) for entry in (series.history if series.is_log else [series.newest])]

    def newest(self, kind: str) -> dict[str, object]:
        """The newest event of each key."""
        return {key: self.events(kind, key)[-1] for key in self.log.topics[kind].series}


@asynccontextmanager
async def node_on(bootstrap: str, prefix: str, config: LogConfig | None = None) -> AsyncIterator[Node]:
    """A node that has begun to read."""
    node = Node(Log(config or LogConfig(), time))
    node.source = KafkaSource(KafkaConfig(bootstrap=bootstrap, prefix=prefix), node.log, node)
    await node.source.start()
    try:
        yield node
    finally:
        await node.source.stop()


@asynccontextmanager
async def sink_on(bootstrap: str, prefix: str) -> AsyncIterator[KafkaSink]:
    """A sink that is connected."""
    sink = KafkaSink(bootstrap, prefix)
    await sink.start()
    try:
        yield sink
    finally:
        await sink.stop()


@asynccontextmanager
async def producer_on(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that takes anything up to 4 MB."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=4_194_304)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def admin_on(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Who creates and deletes topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def create(admin: AIOKafkaAdminClient, topic: str, partitions: int = PARTITIONS, **settings: object) -> None:
    """Make one topic; `cleanup_policy="compact"` and so on."""
    configs = {name.replace("_", "."): str(value) for name, value in settings.items()}
    response = await admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])
    assert [error for _, error, *_ in response.topic_errors] == [0], response


async def delete(admin: AIOKafkaAdminClient, topic: str) -> None:
    """Delete one topic."""
    response = await admin.delete_topics([topic])
    assert [error for _, error in response.topic_error_codes] == [0], response


async def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition; fail at the deadline."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"not so within {seconds} s"
        await asyncio.sleep(0.01)


def quote(symbol: str, bid: float, **more: object) -> Message:
    value = {"T": "q", "S": symbol, "bp": bid, "bs": 1, "ap": bid + 1, "as": 1, "t": AT, **more}
    return Message("quotes", symbol, 0, json.dumps(value).encode())


def trade(symbol: str, id_: int, price: float = 1.0) -> Message:
    value = {"T": "t", "S": symbol, "p": price, "s": 1, "i": id_, "t": AT}
    return Message("trades", symbol, 0, json.dumps(value).encode())


def trade_ids(node: Node, symbol: str) -> list[int]:
    """The ids of a symbol's trades, in the log's order."""
    return [event["i"] for event in node.events("trades", symbol)]  # type: ignore[index]


def expected(messages: Iterable[Message], kinds: Mapping[str, bool]) -> dict[tuple[str, str], list[bytes]]:
    """What a log must hold after `messages`, by kind and key; `kinds` says which are log kinds."""
    held: dict[tuple[str, str], list[bytes]] = {}
    for message in messages:
        assert message.value is not None
        of_key = held.setdefault((message.kind, message.key), [])
        if not kinds[message.kind]:
            of_key.clear()
        of_key.append(canonical(message.kind, message.key, message.value))
    return held


def held(log: Log) -> dict[tuple[str, str], list[bytes]]:
    """What a log holds, in the same form."""
    found: dict[tuple[str, str], list[bytes]] = {}
    for kind, topic in log.topics.items():
        for key, series in topic.series.items():
            entries: Sequence[object] = series.history if series.is_log else [series.newest]
            found[kind, key] = [entry.json for entry in entries]  # type: ignore[attr-defined]
    return found
