import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from feeds.topics import create_topics, settings_of
from tests.conftest import SharedBroker
from ticker.config import LogConfig
from ticker.kinds import KINDS


async def test_topics_are_made_as_designed_and_then_found_as_made(broker: SharedBroker, prefix: str) -> None:
    made = await create_topics(broker.bootstrap, prefix, LogConfig(), 6)
    assert [report.topic for report in made] == sorted(prefix + kind for kind in KINDS)
    assert all(report.is_new and not report.differences for report in made)
    again = await create_topics(broker.bootstrap, prefix, LogConfig(), 6)
    assert not any(report.is_new or report.differences for report in again)


async def test_what_differs_is_said(broker: SharedBroker, prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(f"{prefix}quotes", 3, 1, topic_configs={"cleanup.policy": "delete"})])
        while f"{prefix}quotes" not in await admin.list_topics():
            pass
    finally:
        await admin.close()
    reports = {report.topic: report for report in await create_topics(broker.bootstrap, prefix, LogConfig(), 6)}
    differences = reports[f"{prefix}quotes"].differences
    assert not reports[f"{prefix}quotes"].is_new
    assert differences[0] == "it has 3 partitions, not 6; adding some moves keys"
    assert "cleanup.policy is delete, not compact" in differences
    assert reports[f"{prefix}games"].is_new


@pytest.mark.parametrize(("kind", "policy"), [("quotes", "compact"), ("trades", "delete")])
def test_settings_follow_the_promise(kind: str, policy: str) -> None:
    settings = settings_of(KINDS[kind], LogConfig(deletion_seconds=60), 3)
    assert settings["cleanup.policy"] == policy
    assert settings["message.timestamp.type"] == "LogAppendTime"
    assert settings["min.insync.replicas"] == "2"
    assert settings.get("delete.retention.ms", "60000") == "60000"
    assert "min.insync.replicas" not in settings_of(KINDS[kind], LogConfig(), 1)
