"""What `ticker tail` hears of a node, whichever way it came."""

from dataclasses import dataclass


@dataclass(slots=True)
class Message:
    """Events, or something named."""

    name: str = "message"
    """`message` and `snapshot` for events, otherwise what it is: `reset`, `gap`, `heartbeat` …"""
    data: bytes = b""
    """JSON: an array of events, or an object."""
    id: str | None = None
    """The cursor after it."""


class Refused(Exception):
    """A node refuses what was asked for, and would do so again. The text is what it said."""
