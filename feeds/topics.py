"""The topics: how each kind's should be set, made where it is missing and checked where it is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError

from ticker.config import LogConfig
from ticker.kinds import Kind, kinds_with

DAY = 86_400_000
"""Milliseconds for which the broker keeps log kinds."""


class TopicsNotCreated(RuntimeError):
    """A topic that the broker would not make. The text says why."""


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What was found and done of one topic."""

    topic: str
    is_new: bool
    differences: list[str] = field(default_factory=list)
    """Of one that existed: what is not as it should be, in words."""


def settings_of(kind: Kind, config: LogConfig, brokers: int) -> dict[str, str]:
    """A topic's settings. Times are the broker's: a replayed Sunday must not be eaten by retention."""
    shared = {"message.timestamp.type": "LogAppendTime"}
    if brokers >= 3:
        shared["min.insync.replicas"] = "2"
    if kind.is_log:
        return {**shared, "cleanup.policy": "delete", "retention.ms": str(DAY)}
    window = str(int(config.deletion_seconds * 1000))
    return {
        **shared,
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": window,
        "delete.retention.ms": window,
        "segment.bytes": str(16 * 1024 * 1024),
        "segment.ms": "600000",
        "min.cleanable.dirty.ratio": "0.1",
    }


async def create_topics(bootstrap: str, prefix: str, config: LogConfig, partitions: int) -> list[TopicReport]:
    """Make the missing topics of all kinds; say what differs on the others.

    Raises KafkaError where no broker answers, and TopicsNotCreated.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        brokers = len((await admin.describe_cluster())["brokers"])
        kinds = {prefix + kind.name: kind for kind in kinds_with(config.log_kinds, config.state_kinds).values()}
        existing = set(await admin.list_topics())
        wanted = {name: settings_of(kind, config, brokers) for name, kind in kinds.items()}
        missing = [name for name in kinds if name not in existing]
        if missing:
            made = await admin.create_topics([NewTopic(name, partitions, -1, {}, wanted[name]) for name in missing])
            for name, code, message, *_ in made.topic_errors:
                if code == TopicAlreadyExistsError.errno:
                    missing.remove(name)
                elif code:
                    raise TopicsNotCreated(f"{name}: {message or f'error {code}'}")
        found = [name for name in kinds if name not in missing]
        counts = (
            {item["topic"]: len(item["partitions"]) for item in await admin.describe_topics(found)} if found else {}
        )
        reports = [TopicReport(name, is_new=True) for name in missing]
        for name in found:
            differences = _differences(await _settings(admin, name), wanted[name])
            if counts[name] != partitions:
                differences.insert(0, f"it has {counts[name]} partitions, not {partitions}; adding some moves keys")
            reports.append(TopicReport(name, is_new=False, differences=differences))
        return sorted(reports, key=lambda report: report.topic)
    finally:
        await admin.close()


async def _settings(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {entry[0]: entry[1] for response in responses for resource in response.resources for entry in resource[4]}


def _differences(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    return [f"{name} is {found.get(name)}, not {value}" for name, value in wanted.items() if found.get(name) != value]
