"""Replay: a recording again, as it was or as if it happened now."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from feeds.event_time import SECOND, time_at, time_text
from feeds.message import Message
from feeds.recording import read_recording

PAUSE_SECONDS = 300
"""Between two rounds, of the recording's time: 15 seconds at 20 times the speed, to read the last finals."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def replay(path: Path, *, loop: bool = False, skip_seconds: float = 0.0) -> Iterator[Message]:
    """A recording's messages, their values byte for byte, to be paced at any speed.

    What is before `skip_seconds` comes at once. With `loop` a new round follows each, PAUSE_SECONDS after its end: its
    games have new ids, and the games of the round before are deleted. Raises what `read_recording` raises.
    """
    return _rounds(path, None, 1.0, loop, skip_seconds)


def replay_now(
    path: Path,
    speed: float = 1.0,
    *,
    loop: bool = False,
    skip_seconds: float = 0.0,
    clock: Callable[[], int] = time.time_ns,
) -> Iterator[Message]:
    """A recording's messages as if it began now, or rather what is after `skip_seconds` in it; otherwise as `replay`.

    All times, the messages' and those within events, are moved and, at `speed`, squeezed, so that an event's time is
    when it is due: they are to be paced at speed 1. At speed 0 all is now. `clock` gives nanoseconds since 1970 UTC.
    """
    return _rounds(path, clock, speed, loop, skip_seconds)


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Where the recording's times lie in one round of a replay."""

    origin: int
    begin: int
    speed: float

    def of(self, recorded: int) -> int:
        if not self.speed:
            return self.begin
        passed = recorded - self.origin
        return self.begin + (passed if self.speed == 1 else round(passed / self.speed))


def _rounds(
    path: Path, clock: Callable[[], int] | None, speed: float, loop: bool, skip_seconds: float
) -> Iterator[Message]:
    if not (speed >= 0 and skip_seconds >= 0):
        raise ValueError(f"speed {speed}, skip {skip_seconds} s: neither can be below 0")
    begin: int | None = None
    games: dict[str, None] = {}
    number = 1
    while True:
        messages = read_recording(path)
        first = next(messages, None)
        if first is None:
            return
        origin = first.at + round(skip_seconds * SECOND)
        if begin is None:
            begin = clock() if clock else origin
        timeline = _Timeline(origin, begin, speed)
        yield from (Message("games", game, begin, None) for game in games)
        games.clear()
        at = begin
        for message in chain([first], messages):
            at = max(begin, timeline.of(message.at))
            replayed = _replayed(message, at, timeline if clock else None, number)
            if replayed.kind == "games":
                games[replayed.key] = None
            yield replayed
        if not loop:
            return
        begin = at + (round(PAUSE_SECONDS * SECOND / speed) if speed else 0)
        number += 1


def _replayed(message: Message, at: int, timeline: _Timeline | None, number: int) -> Message:
    """A message as it is at `at` in round `number`; with a timeline, the times in its value are moved too."""
    game = message.key if message.kind in ("games", "plays") and number > 1 else None
    key = f"{game}-{number}" if game else message.key
    value = message.value
    if value is None or not (timeline or game):
        return Message(message.kind, key, at, value)

    def changed(text: str) -> str:
        if game and (text == game or text.startswith(f"{game}.")):
            return key + text[len(game) :]
        return _moved(text, timeline) if timeline else text

    try:
        event = msgspec.json.decode(value)
        if timeline and message.kind == "games":
            _move_start_text(event, timeline)
        return Message(message.kind, key, at, msgspec.json.encode(_with_texts(event, changed)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Message(message.kind, key, at, value)


def _with_texts(part: Any, changed: Callable[[str], str]) -> Any:
    """A part of an event with each text in it, wherever it is, replaced by what `changed` makes of it."""
    if isinstance(part, str):
        return changed(part)
    if isinstance(part, dict):
        return {name: _with_texts(value, changed) for name, value in part.items()}
    if isinstance(part, list):
        return [_with_texts(value, changed) for value in part]
    return part


def _moved(text: str, timeline: _Timeline) -> str:
    if _TIME.fullmatch(text):
        try:
            return time_text(timeline.of(time_at(text)))
        except (ValueError, OverflowError):
            return text
    return text


def _move_start_text(game: dict[str, Any], timeline: _Timeline) -> None:
    """A game that has not begun says in its status when it will, for people: `17:00 UTC`."""
    start, status = game.get("start"), game.get("status")
    if isinstance(start, str) and isinstance(status, dict) and status.get("text") == f"{start[11:16]} UTC":
        status["text"] = f"{_moved(start, timeline)[11:16]} UTC"
