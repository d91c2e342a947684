"""What a node or a producer is fed with: messages, and how fast."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from feeds.message import Message
from feeds.replay import replay, replay_now
from feeds.simulate import simulate

SUNDAY = Path(str(files("feeds") / "recordings" / "nfl-2015-09-13.jsonl.gz"))
"""Thirteen real games of one Sunday, play by play."""
PAST_MINUTES = 120
"""How far back the bars of simulated markets go on a node that is its own source, so that there are charts at once."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Messages from when they are asked for, and how many times faster than their `at` they go out (0: at once)."""

    messages: Callable[[], Iterator[Message]]
    speed: float = 1.0


def simulated_feed(rate: float = 500, seed: int = 1, past_minutes: int = 0) -> Feed:
    """Simulated markets: `rate` events per second, after the bars of `past_minutes`.

    Kafka is given no past: a simulator that starts again would publish bars of the same minutes anew.
    """
    return Feed(lambda: simulate(seed, rate, time.time_ns(), past_minutes))


def file_feed(path: Path, speed: float = 1.0, *, now: bool = True, loop: bool = True, skip_seconds: float = 0) -> Feed:
    """A recording: as it was, or with its times moved to now and squeezed by `speed`."""
    if now:
        return Feed(lambda: replay_now(path, speed, loop=loop, skip_seconds=skip_seconds), 1.0 if speed else 0.0)
    return Feed(lambda: replay(path, loop=loop, skip_seconds=skip_seconds), speed)
