import asyncio
import logging

import pytest

from feeds.log_limit import LINES_A_SECOND, LogLimit, limit_logs


@pytest.fixture
def logger() -> logging.Logger:
    limited = logging.getLogger("aiokafka.of.a.test")
    limit_logs()
    return limited


async def test_lines_beyond_the_limit_are_summed_up(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(100):
        logger.error("Topic %s is gone", number)
        logger.error("seldom")
        await asyncio.sleep(0)
    assert caplog.messages.count("seldom") == LINES_A_SECOND
    gone = [text for text in caplog.messages if "is gone" in text]
    assert gone == [f"Topic {number} is gone" for number in range(LINES_A_SECOND)]
    caplog.clear()
    while len(caplog.messages) < 2:
        await asyncio.sleep(0.01)
    more = 100 - LINES_A_SECOND
    assert sorted(caplog.messages) == [
        f"{more} more within a second: Topic %s is gone",
        f"{more} more within a second: seldom",
    ]
    caplog.clear()
    logger.error("Topic %s is gone", "new")
    assert caplog.messages == ["Topic new is gone"]


def test_without_an_event_loop_nothing_is_held_back(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(100):
        logger.error("line")
    assert len(caplog.messages) == 100


def test_limits_are_put_once() -> None:
    limit_logs()
    limit_logs()
    for name in ("aiokafka", "aiokafka.cluster", "aiokafka.consumer.fetcher", "aiokafka.conn"):
        assert sum(isinstance(held, LogLimit) for held in logging.getLogger(name).filters) == 1, name
    assert not logging.getLogger("aiokafkaesque").filters
