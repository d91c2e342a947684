"""The Kafka source: every partition of every kind's topic, with no consumer group."""

import asyncio
import time
from collections.abc import Mapping

import structlog
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from feeds.kafka_metadata import MetadataReader, TopicInfo
from feeds.kafka_topic import TopicReading
from feeds.log_limit import limit_logs
from ticker.config import KafkaConfig
from ticker.feed_status import FeedStatus
from ticker.log import Log
from ticker.source import Listener

METADATA_SECONDS = 1.0
"""How often topics are looked at, and how long a broker may take to answer that."""
FRESHNESS_SECONDS = 0.25
"""How often each feed is looked at."""
_LONGEST_DELAY = 5.0
log = structlog.get_logger()


class KafkaSource:
    """Reads each topic on its own, so that one in trouble never holds up another."""

    def __init__(self, config: KafkaConfig, log_: Log, listener: Listener) -> None:
        self._config = config
        self._log = log_
        self._listener = listener
        self._metadata = MetadataReader(config.bootstrap)
        self._infos: Mapping[str, TopicInfo] | None = None
        """The topics there are; None before a broker has said."""
        self._readings: dict[str, TopicReading] = {}
        self._failures: dict[str, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._watch: list[asyncio.Task[None]] = []
        now = time.time()
        self._feeds = {kind: FeedStatus(live=False, since=now) for kind in log_.kinds}

    async def start(self) -> None:
        """Begin to look for the topics and to read them."""
        limit_logs()
        self._watch = [asyncio.create_task(self._watch_topics()), asyncio.create_task(self._watch_freshness())]

    async def stop(self) -> None:
        """Stop reading."""
        tasks = [*self._watch, *self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._metadata.close()

    def feeds(self) -> Mapping[str, FeedStatus]:
        """How fresh each kind's feed is."""
        return self._feeds

    def not_ready(self) -> str | None:
        """Why the log can't be trusted to be up to date."""
        if self._infos is None:
            return f"no broker has answered at {self._config.bootstrap}"
        for kind in self._log.kinds:
            topic, info, reading = self._config.prefix + kind, self._infos.get(kind), self._readings.get(kind)
            if info is None:
                return f"the topic {topic} doesn't exist: 'ticker topics create' makes it"
            if kind in self._failures:
                return f"the topic {topic} can't be read: {self._failures[kind]}"
            if reading is None or not reading.is_caught_up:
                return f"the topic {topic} is being read from its beginning"
            if reading.info.partitions != info.partitions:
                return (
                    f"the topic {topic} had {reading.info.partitions} partitions and now has {info.partitions}, which "
                    "moves keys: keep the number; growing is a new prefix"
                )
            if not self._feeds[kind].live:
                return f"Kafka is silent on {topic}"
        return None

    async def _watch_topics(self) -> None:
        """Notice topics that come, go, and are recreated."""
        topics = {self._config.prefix + kind: kind for kind in self._log.kinds}
        while True:
            try:
                found = await self._metadata.read(list(topics), max(METADATA_SECONDS, self._config.silent_seconds))
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("no broker answers", error=str(error) or type(error).__name__)
            except Exception:
                log.exception("metadata could not be read")
            else:
                self._infos = {topics[name]: info for name, info in found.items()}
                for kind in self._log.kinds:
                    await self._follow(kind, self._infos.get(kind))
            await asyncio.sleep(METADATA_SECONDS)

    async def _follow(self, kind: str, info: TopicInfo | None) -> None:
        """Read a topic that is there, and stop reading one that is gone or is another."""
        reading, task = self._readings.get(kind), self._tasks.get(kind)
        if task is not None and reading is not None and (info is None or info.epoch != reading.info.epoch):
            log.warning("topic gone" if info is None else "topic recreated", kind=kind)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            del self._tasks[kind], self._readings[kind]
            task = None
        if task is None and info is not None:
            self._readings[kind] = TopicReading(kind, info, self._config, self._log, self._listener)
            self._tasks[kind] = asyncio.create_task(self._read(kind, info))

    async def _read(self, kind: str, info: TopicInfo) -> None:
        """Read one topic in one epoch, again and again where that fails."""
        delay = 0.2
        while True:
            began = time.monotonic()
            try:
                await self._readings[kind].run()
            except OffsetOutOfRangeError:
                log.warning("the place in the topic is gone", kind=kind)
            except (KafkaError, OSError) as error:
                self._failures[kind] = str(error) or type(error).__name__
                log.warning("topic can't be read: trying again", kind=kind, error=self._failures[kind])
            except Exception as error:
                self._failures[kind] = f"{type(error).__name__}: {error}"
                log.exception("reading failed: trying again", kind=kind)
            delay = 0.2 if time.monotonic() - began > _LONGEST_DELAY else min(delay * 2, _LONGEST_DELAY)
            await asyncio.sleep(delay)
            self._failures.pop(kind, None)
            self._readings[kind] = TopicReading(kind, info, self._config, self._log, self._listener)

    async def _watch_freshness(self) -> None:
        """Notice that Kafka is silent: it never says so itself, and looks just like a quiet market."""
        while True:
            now = time.time()
            feeds = dict(self._feeds)
            for kind, before in self._feeds.items():
                reading = self._readings.get(kind)
                answered = reading.answered_at() if reading is not None and reading.is_caught_up else 0.0
                live = now - answered <= self._config.silent_seconds
                if live != before.live:
                    feeds[kind] = FeedStatus(live=live, since=now if live or not answered else answered)
            if feeds != self._feeds:
                self._feeds = feeds
                self._listener.feeds_changed(feeds)
            await asyncio.sleep(FRESHNESS_SECONDS)
