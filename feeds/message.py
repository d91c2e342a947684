"""Messages: events on their way in, before Kafka (or the embedded source) gives them a partition and an offset."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Message(NamedTuple):
    """One event as a producer hands it over."""

    kind: str
    """The kind's name, which is the topic's without its prefix: `quotes`."""
    key: str
    """The symbol, or the game's id."""
    at: int
    """When it happened, in nanoseconds since 1970 UTC."""
    value: bytes | None
    """The event as JSON; None deletes the key of a state kind."""


class Sink(Protocol):
    """Where messages go: Kafka, or the embedded source."""

    async def send(self, messages: Sequence[Message]) -> None:
        """Hand over `messages`, in their order per key. For what is accepted but not stored yet, `flush` waits."""

    async def flush(self) -> None:
        """Wait until everything sent is stored. Raises where something could not be."""
