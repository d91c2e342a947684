"""The Kafka source: every partition of every kind's topic, with no consumer group."""

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from feeds.kafka_metadata import MetadataReader
from feeds.kafka_topic import TopicReader
from feeds.log_limit import limit_logs
from feeds.rejections import Rejections
from ticker.config import KafkaConfig
from ticker.feed_status import FeedStatus
from ticker.log import Log
from ticker.source import Listener

FRESHNESS_SECONDS = 0.25
"""How often each feed is looked at."""
log = structlog.get_logger()


STOP_SECONDS = 1.0
"""After which a task that was told to end is told again."""


class KafkaSource:
    """Reads each topic on its own, with a connection of its own, so that one in trouble never holds up another."""

    def __init__(self, config: KafkaConfig, log: Log, listener: Listener) -> None:
        self.rejections = Rejections()
        """Records that were no events, and so were skipped."""
        self._config = config
        self._listener = listener
        self._metadata = MetadataReader(config.bootstrap)
        self._readers = {
            name: TopicReader(kind, config, log, listener, self._metadata, self.rejections)
            for name, kind in log.kinds.items()
        }
        self._feeds: Mapping[str, FeedStatus] = dict.fromkeys(log.kinds, FeedStatus(live=False, since=time.time()))
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def rejected(self) -> Mapping[str, int]:
        """How many records were skipped since they were no events, by kind."""
        return self.rejections.counts

    async def start(self) -> None:
        """Begin to read. Returns at once, whether or not a broker answers."""
        limit_logs()
        self._tasks = [asyncio.create_task(reader.run()) for reader in self._readers.values()]
        self._tasks.append(asyncio.create_task(self._watch()))

    async def stop(self) -> None:
        """Stop reading, and disconnect."""
        pending = set(self._tasks)
        while pending:
            # Again and again: one cancellation may be lost in aiokafka, which catches some of its own.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=STOP_SECONDS)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._metadata.close()

    def not_ready(self) -> str | None:
        """Why the log can't be trusted to be up to date: each reason with the topics that it holds for."""
        reasons: dict[str, list[str]] = {}
        for name, reader in self._readers.items():
            reason = reader.not_ready()
            if reason is None and not self._feeds[name].live:
                reason = f"is silent: Kafka doesn't answer at {self._config.bootstrap}"
            if reason is not None:
                reasons.setdefault(reason, []).append(self._config.prefix + name)
        return "; ".join(f"{_each(topics)} {reason}" for reason, topics in reasons.items()) or None

    def feeds(self) -> Mapping[str, FeedStatus]:
        """How fresh each kind's feed is."""
        return self._feeds

    async def _watch(self) -> None:
        """Notice that Kafka is silent: it never says so itself, and looks just like a quiet market."""
        while True:
            await asyncio.sleep(FRESHNESS_SECONDS)
            try:
                self._look()
            except Exception:
                log.exception("feeds not looked at")

    def _look(self) -> None:
        now = time.time()
        feeds = dict(self._feeds)
        for name, reader in self._readers.items():
            silence = reader.silence()
            live = silence is not None and silence <= self._config.silent_seconds
            if live != feeds[name].live:
                feeds[name] = FeedStatus(live, now if live or silence is None else now - silence)
        if feeds != self._feeds:
            self._feeds = feeds
            self._listener.feeds_changed(feeds)


def _each(topics: Sequence[str]) -> str:
    return f"the topic {topics[0]}" if len(topics) == 1 else f"each of the topics {', '.join(topics)}"
