"""Replay: a recording again, as it was or as if it happened now."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from feeds.message import Message
from feeds.recording import read_recording

_TIME = re.compile(rb'"(t|start|as_of)":\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z"')
_NANOSECONDS = 1_000_000_000
PAUSE_SECONDS = 30
"""Between two rounds, of the recording's time at the speed of the replay."""


def replay(path: Path) -> Iterator[Message]:
    """A recording's messages, byte for byte."""
    return read_recording(path)


def replay_now(path: Path, speed: float = 1.0, *, loop: bool = False, skip_seconds: float = 0.0) -> Iterator[Message]:
    """A recording's messages with their times moved, so that the first after `skip_seconds` happens now.

    At `speed` the recording's time is squeezed, so that an event's time is when it goes out. What is before
    `skip_seconds` comes at once. With `loop` a new round, with new game ids, follows each, after the old one's games
    have been deleted. Raises InvalidRecording.
    """
    began = time.time_ns()
    number = 1
    while True:
        last = began
        games: dict[str, None] = {}
        first: int | None = None
        for message in read_recording(path):
            first = message.at if first is None else first
            origin = first + int(skip_seconds * _NANOSECONDS)
            last = began + int((message.at - origin) / (speed or 1.0))
            yield _moved(message, origin, began, speed or 1.0, number, max(last, began))
            if message.kind == "games":
                games[_renamed(message.key, number)] = None
        if not loop:
            return
        began = last + int(PAUSE_SECONDS * _NANOSECONDS)
        for game in games:
            yield Message("games", game, began, None)
        number += 1


def _moved(message: Message, origin: int, began: int, speed: float, number: int, at: int) -> Message:
    """The message as of round `number`, with its times counted from `origin` moved to count from `began`."""
    value, key = message.value, message.key
    if value is not None:
        value = _TIME.sub(lambda found: _moved_time(found, origin, began, speed), value)
        if message.kind in ("games", "plays") and number > 1:
            value = value.replace(f'"{key}'.encode(), f'"{_renamed(key, number)}'.encode())
    if message.kind in ("games", "plays"):
        key = _renamed(key, number)
    return Message(message.kind, key, at, value)


def _renamed(game: str, number: int) -> str:
    return game if number == 1 else f"{game}-{number}"


def _moved_time(found: re.Match[bytes], origin: int, began: int, speed: float) -> bytes:
    whole = datetime.fromisoformat(found[2].decode()).replace(tzinfo=UTC)
    fraction = found[3][1:].ljust(9, b"0")[:9] if found[3] else b"0"
    at = int(whole.timestamp()) * _NANOSECONDS + int(fraction)
    seconds, rest = divmod(began + int((at - origin) / speed), _NANOSECONDS)
    text = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}"
    return b'"%b":"%bZ"' % (found[1], text.encode())
