"""Forms: how what is said on a WebSocket becomes bytes. JSON in text frames, or msgpack in binary ones.

A form makes an event's bytes at most once for all who read it, however many audiences they are in.
"""

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

import msgspec
import orjson

from ticker.entry import Entry
from web.frames import BINARY, TEXT, frame

MOST_MADE = 32_768
"""Events whose bytes in another form than JSON are kept; then all are forgotten, and made again when needed."""
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


class Form(Protocol):
    """What a dialect needs of a form."""

    def event(self, entry: Entry) -> bytes:
        """An event's bytes."""

    def events(self, events: Sequence[bytes]) -> bytes:
        """A frame with an array of events, whose bytes are given."""

    def message(self, message: Mapping[str, object]) -> bytes:
        """A frame with what is no event: an array of exactly one, as trading clients expect."""


class Json:
    """Text frames of JSON."""

    @staticmethod
    def event(entry: Entry) -> bytes:
        """As it is in the log."""
        return entry.json

    @staticmethod
    def events(events: Sequence[bytes]) -> bytes:
        """`[…,…]`."""
        return frame(TEXT, b"[%b]" % b",".join(events))

    @staticmethod
    def message(message: Mapping[str, object]) -> bytes:
        """`[{…}]`."""
        return frame(TEXT, orjson.dumps([message]))


class Made:
    """Events in another form than JSON, each made when it is first needed."""

    def __init__(self, make: Callable[[Entry], bytes]) -> None:
        self._make = make
        self._made: dict[Entry, bytes] = {}

    def __call__(self, entry: Entry) -> bytes:
        """The bytes of an entry."""
        made = self._made.get(entry)
        if made is None:
            if len(self._made) >= MOST_MADE:
                self._made.clear()
            made = self._made[entry] = self._make(entry)
        return made


class Msgpack:
    """Binary frames of msgpack (github.com/msgpack/msgpack, spec.md); times are its Timestamp extension."""

    def __init__(self) -> None:
        # orjson makes floats of whole numbers that msgpack has no room for.
        self.event = Made(lambda entry: pack(orjson.loads(entry.json)))

    @staticmethod
    def events(events: Sequence[bytes]) -> bytes:
        """An array of events."""
        count = len(events)
        head = bytes((0x90 | count,)) if count < 16 else b"\xdc" + count.to_bytes(2, "big")
        return frame(BINARY, head + b"".join(events))

    @staticmethod
    def message(message: Mapping[str, object]) -> bytes:
        """An array of exactly one."""
        return frame(BINARY, b"\x91" + pack(message))


JSON = Json()
MSGPACK = Msgpack()
_pack = msgspec.msgpack.Encoder().encode


def pack(message: Mapping[str, Any]) -> bytes:
    """A message as msgpack; its time `t` as a timestamp, to the nanosecond."""
    time = message.get("t")
    if isinstance(time, str) and (match := _TIME.fullmatch(time)) and (seconds := seconds_of(match[1])) is not None:
        nanoseconds = int((match[2] or "").ljust(9, "0"))
        if 0 <= seconds < 1 << 34:
            stamp = (nanoseconds << 34 | seconds).to_bytes(8, "big")
        else:
            stamp = struct.pack("!Iq", nanoseconds, seconds)
        return _pack({**message, "t": msgspec.msgpack.Ext(-1, stamp)})
    return _pack(message)


@lru_cache(maxsize=1024)
def seconds_of(time: str) -> int | None:
    """Seconds since 1970 UTC of `2021-01-08T00:00:00`; None where there is no such day or time of day."""
    try:
        return int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
