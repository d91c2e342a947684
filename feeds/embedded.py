"""The embedded source: events of this very process, for a first try without Kafka and for a small site."""

import time
import uuid
import zlib
from collections.abc import Mapping, Sequence

from feeds.message import Message
from feeds.rejections import Rejections
from ticker.events import InvalidEvent
from ticker.feed_status import FeedStatus
from ticker.log import Log
from ticker.record import Record
from ticker.source import Listener

PARTITIONS = 6
"""Of every kind, as `ticker topics create` makes them in Kafka."""


class EmbeddedSource:
    """A sink that is its own source: what is sent is in the log at once. Every start is a new epoch."""

    def __init__(self, log: Log, listener: Listener) -> None:
        self.rejections = Rejections()
        """Messages that were no events, and so were skipped."""
        self._log = log
        self._listener = listener
        self._next = {kind: [0] * PARTITIONS for kind in log.kinds}
        epoch = uuid.uuid4().hex
        for kind in log.kinds:
            log.open(kind, epoch, [-1] * PARTITIONS)
        self._since = time.time()

    @property
    def rejected(self) -> Mapping[str, int]:
        """How many records were skipped since they were no events, by kind."""
        return self.rejections.counts

    async def start(self) -> None:
        """There is nothing to wait for."""

    async def stop(self) -> None:
        """There is nothing to close."""

    def not_ready(self) -> str | None:
        """Always ready."""
        return None

    def feeds(self) -> Mapping[str, FeedStatus]:
        """Always live."""
        return {kind: FeedStatus(live=True, since=self._since) for kind in self._log.kinds}

    async def send(self, messages: Sequence[Message]) -> None:
        """Append events to the log. Those that are none are counted and skipped, and take up an offset all the same."""
        now = time.time()
        for message in messages:
            partition = zlib.crc32(message.key.encode()) % PARTITIONS
            offset = self._next[message.kind][partition]
            self._next[message.kind][partition] += 1
            try:
                self._log.append(Record(message.kind, partition, offset, message.key, now, message.value))
            except InvalidEvent as error:
                self.rejections.add(message.kind, error, kind=message.kind, key=message.key)
        self._listener.appended()

    async def flush(self) -> None:
        """All is stored already."""
