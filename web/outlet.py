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


class TransportOutlet:
    """A connection that aiohttp keeps: its transport, and how it ends."""

    __slots__ = ("_end", "transport")

    def __init__(self, transport: asyncio.Transport, end: Callable[[Disconnect], None]) -> None:
        """`end` ends the connection after the last words."""
        self.transport = transport
        self._end = end
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_LIMIT)

    def write(self, data: bytes) -> None:
        """Hand over ready frames."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        """Say `goodbye` and end the connection; what the client has not taken in time is dropped."""
        self.write(goodbye)
        self._end(disconnect)
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.abort)
