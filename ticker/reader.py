"""Readers: one connection each, a place in the log, and the outlet that takes its bytes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from ticker.disconnects import Disconnect
from ticker.subscription import Start

if TYPE_CHECKING:
    from ticker.audience import Audience


class Transport(Protocol):
    """What takes a reader's bytes, as far as the hub needs one: asyncio's transports are such. Nothing may wait."""

    def write(self, data: bytes) -> None:
        """Hand over ready frames. Raises RuntimeError where the connection is gone."""

    def get_write_buffer_size(self) -> int:
        """Bytes that this process still holds, since the socket doesn't take them."""


class Outlet(Protocol):
    """Where a reader's bytes go, and who ends its connection."""

    @property
    def transport(self) -> Transport:
        """What takes them."""

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        """Say `goodbye` and end the connection. The reader has left the hub by then."""


class Reader:
    """One who reads. Level with its audience, its place is the audience's; otherwise `start` says where it stands."""

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

    def write(self, data: bytes) -> None:
        """Hand over ready frames; those of a connection that is gone are nobody's loss."""
        try:
            self.outlet.transport.write(data)
        except RuntimeError:
            return

    def backlog(self) -> int:
        """Bytes that its socket has not taken."""
        return self.outlet.transport.get_write_buffer_size()


def tell(readers: Iterable[Reader], data: bytes, most_backlog: int) -> None:
    """Write something beside the events to those readers who keep up: it is never worth catching up with."""
    if data:
        for reader in readers:
            if reader.backlog() <= most_backlog:
                reader.write(data)
