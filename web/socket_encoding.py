"""WebSocket: batches as text frames (RFC 6455), each a JSON array, in the shapes of Alpaca's market-data stream v2."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from ticker.disconnects import DISPLACED, NOT_ALLOWED, OVERLOADED, RESTART, REVOKED, SLOW, Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from web.status import feeds_object

MOST_EVENTS = 512
"""Events in a frame; public clients' own queues overflow on more."""
MOST_BYTES = 262_144
"""Bytes in a frame of several events; alpaca-py closes on a frame of 1 MiB."""
_ERROR_CODES = {
    SLOW: (407, "slow client"),
    OVERLOADED: (406, "connection limit exceeded"),
    DISPLACED: (406, f"connection limit exceeded: {DISPLACED.reason}"),
    REVOKED: (402, f"auth failed: {REVOKED.reason}"),
    NOT_ALLOWED: (409, f"insufficient subscription: {NOT_ALLOWED.reason}"),
}


@dataclass(frozen=True, slots=True)
class SocketEncoding:
    """What a client gets beside events: cursors after each batch, and heartbeats, where it asked for them."""

    cursors: bool = False
    heartbeats: bool = False

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        """Frames of events, then one with the cursor."""
        del first
        if 0 < len(entries) <= MOST_EVENTS and not self.cursors:
            events = b",".join([entry.json for entry in entries])
            size = len(events) + 2
            if 126 <= size < 65_536:
                return b"\x81\x7e%b[%b]" % (size.to_bytes(2, "big"), events)
            if size <= MOST_BYTES:
                return text_frame(b"[%b]" % events)
        frames = [text_frame(b"[%b]" % b",".join(events)) for events in _split(entries)]
        if self.cursors and cursor is not None:
            frames.append(control_frame({"T": "cursor", "cursor": cursor}))
        return b"".join(frames)

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        """`[{"T":"reset",…}]`: forget what you hold of the channels."""
        return control_frame({"T": "reset", "reason": reason, "channels": list(channels)})

    def gap(self, channels: Sequence[str]) -> bytes:
        """`[{"T":"gap",…}]`: events of these channels are missing."""
        return control_frame({"T": "gap", "channels": list(channels)})

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """`[{"T":"heartbeat",…}]`, with the cursor where the client gets cursors."""
        if not self.heartbeats:
            return b""
        place = {"cursor": cursor} if self.cursors and cursor is not None else {}
        return control_frame({"T": "heartbeat", **feeds_object(feeds, now), **place})

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """`[{"T":"status",…}]` under the name `feeds`, since Alpaca's own `s` and `status` are of trading."""
        return control_frame({"T": "feeds", **feeds_object(feeds, now)}) if self.heartbeats else b""

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        """`[{"T":"shutdown",…}]` for a restart, otherwise Alpaca's error; the close frame follows."""
        if disconnect is RESTART:
            return control_frame({"T": "shutdown", "delay": int(delay * 1000)})
        code, text = _ERROR_CODES.get(disconnect, (500, disconnect.reason))
        return error_frame(code, text)


def _split(entries: Sequence[Entry]) -> Iterator[list[bytes]]:
    events: list[bytes] = []
    size = 0
    for entry in entries:
        if events and (len(events) == MOST_EVENTS or size + len(entry.json) > MOST_BYTES):
            yield events
            events, size = [], 0
        events.append(entry.json)
        size += len(entry.json) + 1
    if events:
        yield events


def text_frame(payload: bytes) -> bytes:
    """One unmasked, final text frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65_536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), payload)
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def control_frame(message: Mapping[str, object]) -> bytes:
    """A message that is no event: an array of exactly one, as Alpaca's clients expect."""
    return text_frame(orjson.dumps([message]))


def error_frame(code: int, text: str) -> bytes:
    """Alpaca's error message."""
    return control_frame({"T": "error", "code": code, "msg": text})
