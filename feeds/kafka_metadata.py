"""What Kafka says of topics: their ids, by which a recreated one is told from the old.

aiokafka's own metadata requests stop at version 5, which has no topic ids. The request and the response are those of
version 12 (kafka.apache.org/protocol, "Metadata API").
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields


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


class MetadataReader:
    """Asks a broker for topics, over a connection of its own."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._client: AIOKafkaClient | None = None

    async def read(self, topics: Sequence[str], seconds: float) -> Mapping[str, TopicInfo]:
        """Those of `topics` that exist. Raises KafkaError, OSError or TimeoutError where no broker answers in time."""
        try:
            async with asyncio.timeout(seconds):
                if self._client is None:
                    client = AIOKafkaClient(bootstrap_servers=self._bootstrap, request_timeout_ms=int(seconds * 1000))
                    try:
                        await client.bootstrap()
                    except BaseException:
                        await client.close()
                        raise
                    self._client = client
                node = self._client.get_random_node()
                response = await self._client.send(node, _MetadataRequest(topics))
        except BaseException:
            await self.close()
            raise
        return {
            name: TopicInfo(f"{response.cluster_id}/{topic_id}", len(partitions))
            for error, name, topic_id, _, partitions, *_ in response.topics
            if error == 0 and partitions
        }

    async def close(self) -> None:
        """Close the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()
