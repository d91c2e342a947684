"""Dialects: a WebSocket protocol's words for what every session can do. See docs/dialects.md for how to add one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, Protocol

from ticker.authorizer import Credentials
from ticker.encoding import Encoding


class InvalidMessage(ValueError):
    """A message that can't be read. The text says what was wrong and what would be right."""


class Problem(IntEnum):
    """Why a session can't do what it was told. The numbers are those of Alpaca's error messages."""

    INVALID_MESSAGE = 400
    NOT_AUTHENTICATED = 401
    WRONG_CREDENTIALS = 402
    AUTHENTICATED_ALREADY = 403
    LATE = 404
    """It has not shown credentials in time, where some are needed."""
    TOO_MANY_CHANNELS = 405
    NOT_ALLOWED = 409
    NOT_ON_THIS_PATH = 410
    FAILED = 500
    """The node failed; the operator finds it in the log."""


@dataclass(frozen=True, slots=True)
class Command:
    """One message of a client."""

    action: Literal["auth", "subscribe", "unsubscribe"]
    credentials: Credentials | None = None
    channels: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)
    """Those it named, of: cursor, snapshot, history, mode, interval, heartbeat."""


class Dialect(Protocol):
    """What a client says, and what it hears, as bytes that are ready to be written."""

    @property
    def feed(self) -> str:
        """What the path names, such as `iex`: a key may be for some of them only."""

    def parse(self, data: bytes, *, is_binary: bool) -> Command:
        """What a message says. Raises InvalidMessage."""

    def not_here(self, channels: Iterable[str]) -> tuple[str, ...]:
        """Those of `channels` that this path never has."""

    def encoding(self, channels: Iterable[str], *, cursors: bool, heartbeats: bool) -> Encoding:
        """How events of `channels` are said; cursors and heartbeats where the client asked for them."""

    def connected(self) -> bytes:
        """The first words of a connection."""

    def authenticated(self) -> bytes:
        """The credentials are right."""

    def subscribed(self, command: Command, channels: frozenset[str]) -> bytes:
        """A subscribe or unsubscribe was done; `channels` are all that the client now has."""

    def problem(self, problem: Problem, text: str) -> bytes:
        """Something was not done; `text` says why, and what would be right."""
