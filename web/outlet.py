"""Outlets: an asyncio transport as the hub sees it."""

import asyncio
import socket
from collections.abc import Callable

from ticker.disconnects import Disconnect

WRITE_LIMIT = 65_536
"""Bytes unsent in this process above which a reader counts as behind, until none are left."""
UNSENT_LIMIT = 16_384
"""Bytes unsent in the kernel above which it takes no more from us; it would hide 4 MB of lag otherwise."""
_TCP_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
LINGER_SECONDS = 5.0
"""How long a connection that is being closed may take over its last bytes."""


class TransportOutlet:
    """Writes ready frames to a transport, and knows whether it keeps up."""

    __slots__ = ("_end", "_is_behind", "_transport")

    def __init__(self, transport: asyncio.Transport, end: Callable[[Disconnect], None]) -> None:
        """`end` ends the connection after the last words."""
        self._transport = transport
        self._end = end
        self._is_behind = False
        transport.set_write_buffer_limits(high=WRITE_LIMIT, low=0)
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_LIMIT)

    def write(self, data: bytes) -> None:
        """Hand over ready frames."""
        if self._transport.is_closing():
            return
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > WRITE_LIMIT:
            self._is_behind = True

    def is_drained(self) -> bool:
        """Whether the socket keeps up: false from when too much is unsent until nothing is."""
        if self._is_behind and self._transport.get_write_buffer_size() == 0:
            self._is_behind = False
        return not self._is_behind

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        """Say `goodbye` and end the connection; what the client has not taken in time is dropped."""
        self.write(goodbye)
        self._end(disconnect)
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self._transport.abort)
