"""Who may read which channels."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client shows: the id of a key, and its secret."""

    key: str
    secret: str


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

    def refused(self, channels: Iterable[str]) -> tuple[str, ...]:
        """Those of `channels` that may not be read. `quotes/*` is more than `quotes/A*` allows."""
        return tuple(
            channel for channel in channels if not any(_matches(pattern, channel) for pattern in self.patterns)
        )

    def allows_feed(self, feed: str) -> bool:
        """Whether a WebSocket on the path of that feed may be used."""
        return "*" in self.feeds or feed in self.feeds


class Authorizer(Protocol):
    """Decides what a client may read. It is asked anew for each request and each subscribe."""

    def grant(self, credentials: Credentials | None) -> Grant | None:
        """What the holder of `credentials` (None: nobody known) may read; None where they are wrong or revoked."""


class Everybody:
    """Everybody may read everything."""

    def grant(self, credentials: Credentials | None) -> Grant | None:
        """All there is."""
        del credentials
        return _EVERYTHING


_EVERYTHING = Grant()


def _matches(pattern: str, channel: str) -> bool:
    if pattern.endswith("*"):
        return channel.startswith(pattern[:-1])
    return channel == pattern
