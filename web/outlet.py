"""Outlets: an asyncio transport as the hub sees it."""

import asyncio
import socket
from collections.abc import Callable

from ticker.disconnects import Disconnect

UNSENT_LIMIT = 16_384
"""Bytes unsent in the kernel above which it takes no more from us; it would hide 4 MB of lag otherwise."""
_TCP_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
LINGER_SECONDS = 5.0
"""How long a connection that is being closed may take over its last bytes."""


def bound_unsent(listening: socket.socket) -> None:
    """Set `UNSENT_LIMIT` for all connections that a listening socket will accept: on Linux they inherit it."""
    listening.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_LIMIT)


class TransportOutlet:
    """A connection that aiohttp keeps: its transport, and how it ends."""

    __slots__ = ("_end", "transport")

    def __init__(self, transport: asyncio.Transport, end: Callable[[Disconnect], None]) -> None:
        """`end` ends the connection after the last words."""
        self.transport = transport
        self._end = end

    def write(self, data: bytes) -> None:
        """Hand over ready frames."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        """Say `goodbye` and end the connection; what the client has not taken in time is dropped."""
        self.write(goodbye)
        self._end(disconnect)
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.abort)
