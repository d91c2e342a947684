"""The embedded source: events of this very process, for a first try without Kafka and for a small site."""

import time
import uuid
import zlib
from collections.abc import Mapping, Sequence

import structlog

from feeds.message import Message
from ticker.events import InvalidEvent
from ticker.feed_status import FeedStatus
from ticker.log import Log
from ticker.record import Record
from ticker.source import Listener

PARTITIONS = 6
log = structlog.get_logger()


class EmbeddedSource:
    """A sink that is its own source: what is sent is in the log at once. Every start is a new epoch."""

    def __init__(self, log_: Log, listener: Listener) -> None:
        self._log = log_
        self._listener = listener
        self._next = {kind: [0] * PARTITIONS for kind in log_.kinds}
        self._since = time.time()
        self.invalid = 0
        """Events that were none and so were skipped."""
        epoch = uuid.uuid4().hex
        for kind in log_.kinds:
            log_.open(kind, epoch, [-1] * PARTITIONS)

    async def start(self) -> None:
        """There is nothing to wait for."""
        self._since = time.time()

    async def stop(self) -> None:
        """There is nothing to close."""

    def not_ready(self) -> str | None:
        """Always ready."""
        return None

    def feeds(self) -> Mapping[str, FeedStatus]:
        """Always live."""
        return {kind: FeedStatus(live=True, since=self._since) for kind in self._log.kinds}

    async def send(self, messages: Sequence[Message]) -> None:
        """Append events to the log. Those that are none are counted and skipped."""
        now = time.time()
        for message in messages:
            partition = zlib.crc32(message.key.encode()) % PARTITIONS
            offsets = self._next[message.kind]
            record = Record(message.kind, partition, offsets[partition], message.key, now, message.value)
            offsets[partition] += 1
            try:
                self._log.append(record)
            except InvalidEvent as error:
                self.invalid += 1
                if self.invalid.bit_count() == 1:
                    log.warning(
                        "event skipped", kind=message.kind, key=message.key, error=str(error), so_far=self.invalid
                    )
        self._listener.appended()

    async def flush(self) -> None:
        """All is stored already."""
