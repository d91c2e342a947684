"""Who may read which channels."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from ticker.kinds import KINDS

_NAMES = re.compile(r"[^\s,*\x00-\x1f]{0,129}\*?")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client shows: the id of a key, and its secret, which no log and no error may show."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one client may read: the holder of a key, or anybody."""

    key: str | None = None
    """The id of the key; None for anybody."""
    patterns: tuple[str, ...] = ("*",)
    """Which channels: `quotes/AAPL`, or all whose names begin with what stands before a final `*`: `quotes/A*`."""
    feeds: tuple[str, ...] = ("*",)
    """Which of the paths' feeds on a WebSocket: `iex`, `us`; `*` for any."""
    most_channels: int | None = None
    """How many channels one connection may read; None for as many as the node allows."""
    most_connections: int | None = None
    """How many connections may be open with the key; with one more the oldest is closed. None for any number."""

    def refused(self, channels: Collection[str]) -> tuple[str, ...]:
        """Those of `channels` that may not be read. `quotes/*` is more than `quotes/A*` allows."""
        if "*" in self.patterns:
            return ()
        return tuple(
            channel for channel in channels if not any(_matches(pattern, channel) for pattern in self.patterns)
        )

    def bound(self, most: int) -> int:
        """How many channels one connection may read on a node that allows `most`."""
        return most if self.most_channels is None else min(most, self.most_channels)

    def allows(self, channels: Collection[str]) -> bool:
        """Whether one connection may read all of `channels` together."""
        return len(channels) <= self.bound(len(channels)) and not self.refused(channels)

    def reads(self, kind: str) -> bool:
        """Whether any channel of a kind may be read."""
        return any(pattern == "*" or pattern.partition("/")[0] == kind for pattern in self.patterns)

    def allows_feed(self, feed: str) -> bool:
        """Whether a WebSocket on the path of that feed may be used."""
        return "*" in self.feeds or feed in self.feeds


class Authorizer(Protocol):
    """Decides what a client may read. It is asked anew for each request and each subscribe."""

    def grant(self, credentials: Credentials | None) -> Grant | None:
        """What the holder of `credentials` (None: nobody known) may read; None where they are wrong or revoked."""

    def renewed(self, grant: Grant) -> Grant | None:
        """What a grant that was given has become meanwhile; None where its key was revoked."""


def check_pattern(pattern: str) -> str:
    """A pattern of channels, as it is. Raises ValueError: its text says what would be right."""
    kind, _, names = pattern.partition("/")
    if pattern == "*" or (kind in KINDS and names and _NAMES.fullmatch(names)):
        return pattern
    raise ValueError(
        f"{pattern[:160]!r} is no pattern of channels: write *, or a channel such as quotes/AAPL, or how channels "
        f"begin and a final *, such as quotes/A*; the kinds are {', '.join(KINDS)}"
    )


def _matches(pattern: str, channel: str) -> bool:
    if pattern.endswith("*"):
        return channel.startswith(pattern[:-1])
    return channel == pattern
