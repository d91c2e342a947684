"""An encoding and an outlet of which a test can read everything: one JSON object a line."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticker.config import HubConfig
from ticker.disconnects import Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus

Frame = dict[str, Any]
MOST_BACKLOG = HubConfig().backlog_bytes


def line(frame: Frame) -> bytes:
    return json.dumps(frame).encode() + b"\n"


def frames_in(data: bytes) -> list[Frame]:
    """The frames that are whole."""
    return [json.loads(text) for text in data.split(b"\n")[:-1]]


@dataclass(frozen=True)
class LineEncoding:
    """Says of each entry which it is."""

    name: str = "lines"
    cursors: bool = True

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        said = [[e.series.kind, e.series.key, e.partition, e.offset, e.time, e.json.decode()] for e in entries]
        return line({"is": "batch", "entries": said, "cursor": cursor, "first": first})

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        return line({"is": "reset", "reason": reason, "channels": list(channels)})

    def gap(self, channels: Sequence[str]) -> bytes:
        return line({"is": "gap", "channels": list(channels)})

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        return line({"is": "heartbeat", "cursor": cursor, "feeds": sorted(feeds), "now": now})

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        return line({"is": "status", "live": {kind: feed.live for kind, feed in feeds.items()}, "now": now})

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        return line({"is": "goodbye", "name": disconnect.name, "delay": delay})


class LineOutlet:
    """An outlet, and its own transport, that keeps what it is given. Blocked, it is a socket that nobody reads."""

    def __init__(self) -> None:
        self.transport = self
        self.sent = bytearray()
        self.writes = 0
        self.is_blocked = False
        self.blocks_after_next = False
        self.closed: Disconnect | None = None
        self.on_write: Callable[[list[Frame]], None] | None = None

    def write(self, data: bytes) -> None:
        assert self.closed is None, "written to after the end"
        assert not self.is_blocked, "written to though its socket is full"
        assert data, "an empty write"
        self.sent += data
        self.writes += 1
        self.is_blocked, self.blocks_after_next = self.blocks_after_next, False
        if self.on_write is not None:
            self.on_write(frames_in(data))

    def get_write_buffer_size(self) -> int:
        return MOST_BACKLOG + 1 if self.is_blocked else 0

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        assert self.closed is None, "closed twice"
        self.sent += goodbye
        self.closed = disconnect

    def frames(self, kind: str | None = None) -> list[Frame]:
        return [frame for frame in frames_in(bytes(self.sent)) if kind in (None, frame["is"])]
