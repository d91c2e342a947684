"""What a client of Massive's protocol is sent: arrays of its trades, quotes and minute bars, in JSON."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from ticker.disconnects import DISPLACED, NOT_ALLOWED, OVERLOADED, REVOKED, SLOW, Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from web.alpaca_encoding import split
from web.forms import JSON, Made, seconds_of
from web.markets import Market, of_market

_TAPES = {"A": 1, "B": 2, "C": 3}
_TIME = re.compile(r"(.{19})(?:\.(\d{1,3}))?")
_STATUSES = {
    SLOW: "slow_consumer",
    OVERLOADED: "max_connections",
    DISPLACED: "max_connections",
    REVOKED: "auth_failed",
    NOT_ALLOWED: "not_authorized",
}
_LARGEST = 2**53
"""Above it a float is no exact whole number."""
Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MassiveEncoding:
    """Events as Massive names them. There are no cursors and no heartbeats in it, and no corrections of trades."""

    only: Market = ""
    """Where the client asked for everything: its market."""
    cursors: ClassVar[bool] = False

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        """Frames of events; nothing where Massive has no word for any of them."""
        del cursor, first
        if self.only:
            entries = of_market(self.only, entries)
        events = [event for entry in entries if (event := _MADE(entry))]
        return b"".join([JSON.events(frame) for frame in split(events)])

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        """Nothing: this protocol has no word for it."""
        del reason, channels
        return b""

    def gap(self, channels: Sequence[str]) -> bytes:
        """Nothing, likewise."""
        del channels
        return b""

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """Nothing, likewise."""
        del cursor, feeds, now
        return b""

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """Nothing, likewise."""
        del feeds, now
        return b""

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        """A status message; the close frame follows."""
        del delay
        return status_message(_STATUSES.get(disconnect, "error"), disconnect.reason)


def status_message(status: str, text: str) -> bytes:
    """`[{"ev":"status","status":…,"message":…}]`."""
    return JSON.message({"ev": "status", "status": status, "message": text})


def _event(entry: Entry) -> bytes:
    """The event as JSON in Massive's words; empty where it has none for it."""
    # Whole numbers that have no room in 64 bits are floats here, and can be said again.
    event = orjson.loads(entry.json)
    words = _WORDS.get(event["T"])
    time = _milliseconds(event.get("t", ""))
    return b"" if words is None or time is None else orjson.dumps(words(event, time, entry.offset))


def _milliseconds(time: str) -> int | None:
    match = _TIME.match(time)
    seconds = seconds_of(match[1]) if match else None
    return None if match is None or seconds is None else seconds * 1000 + int((match[2] or "").ljust(3, "0"))


def _name(symbol: str) -> Event:
    """Crypto has pairs, written with a hyphen."""
    return {"pair": symbol.replace("/", "-")} if "/" in symbol else {"sym": symbol}


def _kind(letter: str, symbol: str) -> str:
    return f"X{letter}" if "/" in symbol else letter


def _numbers(values: object) -> list[int]:
    """Massive's conditions and exchanges are numbers; a code that is none has no place in it."""
    return [value for value in values if isinstance(value, int)] if isinstance(values, list) else []


def _exchange(value: object) -> int:
    return value if isinstance(value, int) else 0


def _trade(event: Event, time: int, sequence: int) -> Event:
    symbol = event["S"]
    return {
        "ev": _kind("T", symbol),
        **_name(symbol),
        "x": _exchange(event.get("x")),
        "i": str(event.get("i", "")),
        "z": _TAPES.get(str(event.get("z")), 0),
        "p": event["p"],
        "s": event["s"],
        "c": _numbers(event.get("c")),
        "t": time,
        "q": sequence,
    }


def _quote(event: Event, time: int, sequence: int) -> Event:
    symbol = event["S"]
    return {
        "ev": _kind("Q", symbol),
        **_name(symbol),
        "bx": _exchange(event.get("bx")),
        "bp": event["bp"],
        "bs": event["bs"],
        "ax": _exchange(event.get("ax")),
        "ap": event["ap"],
        "as": event["as"],
        "c": next(iter(_numbers(event.get("c"))), 0),
        "t": time,
        "q": sequence,
        "z": _TAPES.get(str(event.get("z")), 0),
    }


def _bar(event: Event, time: int, sequence: int) -> Event:
    del sequence
    symbol, count = event["S"], event.get("n")
    return {
        "ev": "XA" if "/" in symbol else "AM",
        **_name(symbol),
        "v": event["v"],
        "vw": event.get("vw"),
        "o": event["o"],
        "c": event["c"],
        "h": event["h"],
        "l": event["l"],
        "z": round(min(event["v"] / count, _LARGEST)) if count else 0,
        "s": time,
        "e": time + 60_000,
    }


_WORDS: Mapping[str, Callable[[Event, int, int], Event]] = {"t": _trade, "q": _quote, "b": _bar, "u": _bar}
_MADE = Made(_event)
