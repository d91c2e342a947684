"""What a client of Alpaca's protocol is sent: batches as arrays of events, in the shapes of market-data stream v2."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ticker.disconnects import DISPLACED, NOT_ALLOWED, OVERLOADED, RESTART, REVOKED, SLOW, Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from web.forms import JSON, Form
from web.markets import Market, of_market
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
class AlpacaEncoding:
    """What a client gets beside events: cursors after each batch, and heartbeats, where it asked for them."""

    form: Form = JSON
    cursors: bool = False
    heartbeats: bool = False
    only: Market = ""
    """Where a path has one market and the client asked for everything: that market."""

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        """Frames of events, then one with the cursor."""
        del first
        if self.only:
            entries = of_market(self.only, entries)
        if 0 < len(entries) <= MOST_EVENTS and not self.cursors and self.form is JSON:
            events = b",".join([entry.json for entry in entries])
            size = len(events) + 2
            if 126 <= size < 65_536:
                return b"\x81\x7e%b[%b]" % (size.to_bytes(2, "big"), events)
        event = self.form.event
        frames = [self.form.events(events) for events in split(map(event, entries))]
        if self.cursors and cursor is not None:
            frames.append(self.form.message({"T": "cursor", "cursor": cursor}))
        return b"".join(frames)

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        """`[{"T":"reset",…}]`: forget what you hold of the channels."""
        return self.form.message({"T": "reset", "reason": reason, "channels": list(channels)})

    def gap(self, channels: Sequence[str]) -> bytes:
        """`[{"T":"gap",…}]`: events of these channels are missing."""
        return self.form.message({"T": "gap", "channels": list(channels)})

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """`[{"T":"heartbeat",…}]`, with the cursor where the client gets cursors."""
        if not self.heartbeats:
            return b""
        place = {"cursor": cursor} if self.cursors and cursor is not None else {}
        return self.form.message({"T": "heartbeat", **feeds_object(feeds, now), **place})

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """`[{"T":"status",…}]` under the name `feeds`, since Alpaca's own `s` and `status` are of trading."""
        return self.form.message({"T": "feeds", **feeds_object(feeds, now)}) if self.heartbeats else b""

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        """`[{"T":"shutdown",…}]` for a restart, otherwise Alpaca's error; the close frame follows."""
        if disconnect is RESTART:
            return self.form.message({"T": "shutdown", "delay": int(delay * 1000)})
        code, text = _ERROR_CODES.get(disconnect, (500, disconnect.reason))
        return self.form.message({"T": "error", "code": code, "msg": text})


def split(events: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The events of one frame after the other."""
    within: list[bytes] = []
    size = 0
    for event in events:
        if within and (len(within) == MOST_EVENTS or size + len(event) > MOST_BYTES):
            yield within
            within, size = [], 0
        within.append(event)
        size += len(event) + 1
    if within:
        yield within
