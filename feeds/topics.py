"""The topics: how each kind's should be set; made where they are missing, and checked where they are there."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from ticker.config import LogConfig
from ticker.kinds import Kind, kinds_with

SHARED: Mapping[str, str] = {
    # The broker's clock: event time is in the value, and retention must not eat a replayed Sunday of 2015.
    "message.timestamp.type": "LogAppendTime",
}
STATE: Mapping[str, str] = {
    "cleanup.policy": "compact",
    # The segment that is written is never compacted, and every start of a node reads the topic whole.
    "segment.bytes": "16777216",
    "segment.ms": "600000",
    "min.cleanable.dirty.ratio": "0.1",
}
"""Of state kinds. `min.compaction.lag.ms` and `delete.retention.ms` are the resume window's."""
LOG: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "retention.ms": "86400000",
    "segment.ms": "3600000",
}
"""Of log kinds."""
REPLICATED: Mapping[str, str] = {"min.insync.replicas": "2"}
"""Of all, where there are three replicas."""
_BROKERS_DEFAULT = -1
_TRIES = 50
_TRY_SECONDS = 0.1


class TopicsNotCreated(OSError):
    """The broker would not make or show a topic. The text says why."""


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What was found and done of one topic."""

    topic: str
    is_new: bool
    differences: list[str] = field(default_factory=list)
    """Of one that existed: what is not as it should be, in words."""


def settings_of(kind: Kind, config: LogConfig, replicas: int) -> dict[str, str]:
    """What a kind's topic should be set to, where it has so many replicas."""
    window = str(int(config.deletion_seconds * 1000))
    own = LOG if kind.is_log else {**STATE, "min.compaction.lag.ms": window, "delete.retention.ms": window}
    return {**SHARED, **own, **(REPLICATED if replicas >= 3 else {})}


async def create_topics(bootstrap: str, prefix: str, config: LogConfig, partitions: int = 6) -> list[TopicReport]:
    """Make the missing topics of all kinds, with the broker's default replication; say what differs on the others.

    Raises ConnectionError where no broker answers, and TopicsNotCreated.
    """
    kinds = {prefix + kind.name: kind for kind in kinds_with(config.log_kinds, config.state_kinds).values()}
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [name for name in kinds if name not in existing]
        made: set[str] = set()
        if missing:
            replicas = await _default_replicas(admin)
            made = await _create(
                admin, {name: settings_of(kinds[name], config, replicas) for name in missing}, partitions
            )
        await _wait_until_known(admin, kinds)
        reports = []
        for name, kind in sorted(kinds.items()):
            differences = [] if name in made else await _differences(admin, name, kind, config, partitions)
            reports.append(TopicReport(name, name in made, differences))
        return reports
    except KafkaError as error:
        raise ConnectionError(f"Kafka at {bootstrap} doesn't answer as it should: {error}") from error
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, settings: Mapping[str, Mapping[str, str]], partitions: int) -> set[str]:
    """Make topics; those that it made, without the ones that somebody else was quicker to make."""
    # aiokafka takes the broker's default for replication only beside an explicit, if empty, assignment of replicas.
    new = [NewTopic(name, partitions, _BROKERS_DEFAULT, {}, dict(own)) for name, own in settings.items()]
    response = await admin.create_topics(new)
    made = set()
    for name, code, message in response.topic_errors:
        if not code:
            made.add(name)
        elif code != TopicAlreadyExistsError.errno:
            raise TopicsNotCreated(f"{name} can't be created: {message or f'error {code}'}")
    return made


async def _wait_until_known(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> None:
    """Wait for the brokers, which hear of a topic a moment after it was made."""
    for _ in range(_TRIES):
        unknown = set(topics) - set(await admin.list_topics())
        if not unknown:
            return
        await asyncio.sleep(_TRY_SECONDS)
    raise TopicsNotCreated(f"no broker knows {', '.join(sorted(unknown))}, though made")


async def _default_replicas(admin: AIOKafkaAdminClient) -> int:
    cluster = await admin.describe_cluster()
    broker = cluster["brokers"][0]["node_id"]
    name = "default.replication.factor"
    found = await _settings(admin, ConfigResource(ConfigResourceType.BROKER, str(broker), configs={name: ""}))
    return int(found[name])


async def _settings(admin: AIOKafkaAdminClient, resource: ConfigResource) -> dict[str, str]:
    settings: dict[str, str] = {}
    for response in await admin.describe_configs([resource]):
        for code, message, _, name, entries in response.resources:
            if code:
                raise TopicsNotCreated(f"the settings of {name} can't be read: {message or f'error {code}'}")
            settings.update({entry[0]: entry[1] for entry in entries})
    return settings


async def _differences(
    admin: AIOKafkaAdminClient, name: str, kind: Kind, config: LogConfig, partitions: int
) -> list[str]:
    """What of an existing topic isn't as it should be."""
    (topic,) = await admin.describe_topics([name])
    count, replicas = len(topic["partitions"]), len(topic["partitions"][0]["replicas"])
    differences = []
    if count != partitions:
        differences.append(f"it has {count} partitions, not {partitions}; adding some moves keys")
    found = await _settings(admin, ConfigResource(ConfigResourceType.TOPIC, name))
    for setting, value in settings_of(kind, config, replicas).items():
        if found.get(setting) != value:
            differences.append(f"{setting} is {found.get(setting)}, not {value}")
    return differences
