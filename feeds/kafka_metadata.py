"""What Kafka says of topics: their ids, by which a recreated one is told from the old.

aiokafka's own metadata requests stop at version 5, which has no topic ids. The request and the response are those of
version 12 (kafka.apache.org/protocol, "Metadata API").
"""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    UnknownTopicOrPartitionError,
    UnsupportedVersionError,
    for_code,
)
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

ANSWER_SECONDS = 1.0
"""How long a broker may take to answer before another is asked."""
_ANSWERS = 64
"""How many different ones are kept decoded."""


class _Uuid(AbstractType):
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class _MetadataResponse(Response):
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition_index", Int32),
                        ("leader_id", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("topic_authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )

    @classmethod
    def decode(cls, data: BytesIO | bytes) -> "_MetadataResponse":
        """The answer in `data`. The same bytes are decoded once: a topic that is being written is asked for often."""
        return _decoded(data if isinstance(data, bytes) else data.read())


@lru_cache(maxsize=_ANSWERS)
def _decoded(answer: bytes) -> _MetadataResponse:
    stream = BytesIO(answer)
    return _MetadataResponse(*[field.decode(stream) for field in _MetadataResponse.SCHEMA.fields])


class _MetadataRequestStruct(RequestStruct):
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics: list[tuple[UUID, str, dict[int, bytes]]] = [(UUID(int=0), name, {}) for name in topics]

    def build(self, request_struct_class: type[_MetadataRequestStruct]) -> Any:
        return request_struct_class(self._topics, False, False, {})


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """One topic as it is now."""

    epoch: str
    """The cluster's id and the topic's own."""
    partitions: int
    leader_epochs: tuple[int, ...]
    """How often each partition changed its leader."""


class MetadataReader:
    """Asks brokers for topics, over connections of its own. A topic that it asks for is never created by that."""

    def __init__(self, bootstrap: str) -> None:
        """`bootstrap` is `HOST:PORT`, or several with commas between."""
        self._bootstrap = bootstrap
        self._client: AIOKafkaClient | None = None
        self._connecting = asyncio.Lock()
        self._answering: int | None = None
        """The broker that answered last: one that hangs is asked no second time."""

    async def read(self, topics: Sequence[str]) -> Mapping[str, TopicInfo]:
        """Those of `topics` that exist. Raises KafkaError where no broker answers, or one refuses."""
        client = await self._connected()
        for node in self._nodes(client):
            try:
                response = await client.send(node, _MetadataRequest(topics))
            except NotImplementedError:
                raise UnsupportedVersionError(
                    "the broker knows no topic ids: ticker needs Kafka 2.8 or later"
                ) from None
            except KafkaError:
                continue
            self._answering = node
            return dict(_infos(response))
        await self._disconnect(client)
        raise KafkaConnectionError(f"no broker answers at {self._bootstrap}")

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._disconnect(self._client)

    async def _connected(self) -> AIOKafkaClient:
        async with self._connecting:
            if self._client is None:
                client = AIOKafkaClient(
                    bootstrap_servers=self._bootstrap, request_timeout_ms=int(ANSWER_SECONDS * 1000)
                )
                try:
                    await client.bootstrap()
                except KafkaConnectionError:
                    await client.close()
                    raise KafkaConnectionError(f"no broker answers at {self._bootstrap}") from None
                except BaseException:
                    await client.close()
                    raise
                self._client = client
            return self._client

    def _nodes(self, client: AIOKafkaClient) -> list[int]:
        nodes = [broker.nodeId for broker in client.cluster.brokers()]
        random.shuffle(nodes)
        return sorted(nodes, key=lambda node: node != self._answering)

    async def _disconnect(self, client: AIOKafkaClient) -> None:
        if self._client is client:
            self._client = None
        await client.close()


def _infos(response: Any) -> Iterator[tuple[str, TopicInfo]]:
    for error, name, topic_id, _, partitions, *_ in response.topics:
        if error == UnknownTopicOrPartitionError.errno:
            continue
        if error:
            raise for_code(error)(f"the topic {name}")
        epochs = {number: leader_epoch for _, number, _, leader_epoch, *_ in partitions}
        leader_epochs = tuple(epochs[number] for number in sorted(epochs))
        yield name, TopicInfo(f"{response.cluster_id}/{topic_id}", len(leader_epochs), leader_epochs)
