"""SSE: batches as the messages of a `text/event-stream` (WHATWG HTML, "Server-sent events")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import orjson

from ticker.disconnects import RESTART, Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from web.status import feeds_object


@dataclass(frozen=True, slots=True)
class SseEncoding:
    """A batch is one message without a name: a JSON array of events, and the cursor as its id."""

    cursors: ClassVar[bool] = True

    def opening(self, retry: float) -> bytes:
        """What each stream begins with: come back in `retry` seconds when the connection is lost."""
        return _retry(int(retry * 1000))

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        """One message; named `snapshot` where it is what a reader begins with."""
        name = b"event: snapshot\ndata: [" if first else b"data: ["
        data = b",".join([entry.json for entry in entries])
        return b"".join((name, data, b"]\n", _id(cursor), b"\n"))

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        """`reset`: forget what you hold of the channels."""
        return message("reset", {"reason": reason, "channels": list(channels)})

    def gap(self, channels: Sequence[str]) -> bytes:
        """`gap`: events of these channels are missing."""
        return message("gap", {"channels": list(channels)})

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """`heartbeat`, with the cursor as its id."""
        return message("heartbeat", feeds_object(feeds, now), cursor)

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """`status`: how the feeds are."""
        return message("status", feeds_object(feeds, now))

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        """`shutdown` for a restart, otherwise `unavailable`, with the milliseconds after which to come back."""
        milliseconds = int(delay * 1000)
        retry = _retry(milliseconds)
        if disconnect is RESTART:
            return retry + message("shutdown", {"delay": milliseconds})
        return retry + message("unavailable", {"reason": disconnect.name, "delay": milliseconds})


def message(name: str, data: Mapping[str, object], cursor: str | None = None) -> bytes:
    """One named message with a JSON object."""
    return b"event: %b\ndata: %b\n%b\n" % (name.encode(), orjson.dumps(data), _id(cursor))


def _retry(milliseconds: int) -> bytes:
    return b"retry: %d\n\n" % milliseconds


def _id(cursor: str | None) -> bytes:
    return b"" if cursor is None else b"id: %b\n" % cursor.encode()
