"""Records: events as they sit in Kafka, or in the embedded source."""

from typing import NamedTuple


class Record(NamedTuple):
    """One event with its place."""

    kind: str
    """The kind's name: the topic's without its prefix."""
    partition: int
    offset: int
    key: str
    time: float
    """When the broker appended it, in seconds since 1970 UTC."""
    value: bytes | None
    """The event as JSON, or None where the key was deleted."""
