"""Readers: one connection each, a place in the log, and the outlet that takes its bytes."""

from typing import TYPE_CHECKING, Protocol

from ticker.disconnects import Disconnect
from ticker.subscription import Start

if TYPE_CHECKING:
    from ticker.audience import Audience


class Outlet(Protocol):
    """Where a reader's bytes go: a transport, as far as the hub needs one. None of these may wait."""

    def write(self, data: bytes) -> None:
        """Hand over ready frames."""

    def is_drained(self) -> bool:
        """Whether the socket keeps up: false from when too much is unsent until nothing is."""

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        """Say `goodbye` and end the connection. The reader has left the hub by then."""


class Reader:
    """One who reads. Level with its audience it has no position of its own; otherwise `start` says where it stands."""

    __slots__ = ("audience", "deadline", "is_greeted", "outlet", "stalled_since", "start")

    def __init__(self, audience: "Audience", outlet: Outlet, start: Start, *, is_greeted: bool) -> None:
        self.audience = audience
        self.outlet = outlet
        self.start = start
        self.is_greeted = is_greeted
        """Whether it has had its first batch, which is sent even when it is empty."""
        self.deadline = 0.0
        """Until when it may wait for this node to come as far as its cursor; 0 where it doesn't."""
        self.stalled_since = 0.0
        """Since when its socket has been full."""
