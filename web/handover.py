"""The hand-over: once its handshake is done, an SSE connection goes on without aiohttp.

aiohttp keeps a handler, two tasks, a request and a parser for as long as a stream lasts: 12 to 14 KB. Here the
transport is given a protocol of a few words, and all that becomes garbage. This relies on what aiohttp 3.14 keeps to
itself, in `web_protocol.py`; `check` looks whether it is still there:

- `RequestHandler.connection_lost` takes the handler out of the server's registry, so that no shutdown waits for it, and
  cancels its timer. Without a `transport` it leaves the connection alone, without a `_task_handler` the request.
- `RequestHandler.start` ends after the response, without a look at the connection, where `_force_close` is set, as
  `connection_lost` does.
- `RequestHandler.finish_response` asks of a response that it has `prepare` and `write_eof`, and that they return.
"""

import asyncio

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from ticker.disconnects import Disconnect
from ticker.hub import Hub
from ticker.reader import Reader, tell
from web.half_close import HalfCloseHandler
from web.holders import Holder
from web.outlet import LINGER_SECONDS

PROBE_SECONDS = 1.0
"""After how long a client that has closed its side is asked a second time whether it is there."""
_RELIED_ON: dict[type, tuple[str, ...]] = {
    web.RequestHandler: (
        "transport",
        "connection_lost",
        "finish_response",
        "start",
        "_current_request",
        "_force_close",
        "_keepalive_handle",
        "_manager",
        "_messages",
        "_request_count",
        "_task_handler",
        "_upgraded",
        "_waiter",
    ),
    web.Server: ("connection_lost", "connections"),
    web.BaseRequest: ("protocol", "transport"),
    web.StreamResponse: ("prepare", "write_eof", "_length_check"),
}


class UnknownAiohttp(Exception):
    """aiohttp isn't built as the hand-over needs it. The text names its version and what is missing."""


def check() -> None:
    """Raise UnknownAiohttp unless aiohttp has everything that hand-over and half-closing touch; within a loop."""
    missing = [
        f"{kind.__name__}.{name}" for kind, names in _RELIED_ON.items() for name in names if not hasattr(kind, name)
    ]
    if not hasattr(web.Server(_nobody), "_kwargs"):
        missing.append("Server._kwargs")
    if missing:
        raise UnknownAiohttp(
            f"aiohttp {aiohttp.__version__} has no {', '.join(missing)}: "
            "SSE connections can't be handed over; install aiohttp 3.14"
        )


class HandedOver(web.StreamResponse):
    """What a handler returns to aiohttp when the connection is no longer aiohttp's: nothing is written."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Do nothing."""
        del request
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing."""
        del data


async def _nobody(request: web.BaseRequest) -> web.StreamResponse:
    del request
    return HandedOver()


class Streams:
    """What the handed-over connections of a node share. Those that are open are the hub's readers."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.closing: dict[StreamProtocol, float] = {}
        """The connections with last bytes to be taken, and when (in the loop's seconds) they are dropped."""
        self._sweep_timer: asyncio.TimerHandle | None = None

    def take(self, request: web.Request) -> "StreamProtocol":
        """Take the connection of a request whose handshake is done; its handler must then return `HandedOver`.

        The connection must be open, and without TLS.
        """
        former, transport = request.protocol, request.transport
        assert transport is not None
        protocol = StreamProtocol(self, transport)
        transport.set_protocol(protocol)
        former.transport = None
        former._task_handler = None
        former.connection_lost(None)
        if isinstance(former, HalfCloseHandler) and former.is_half_closed:
            protocol.probe_later()
        return protocol

    def linger(self, protocol: "StreamProtocol") -> None:
        """See to it that a connection that is being closed is gone in time."""
        loop = asyncio.get_running_loop()
        self.closing[protocol] = loop.time() + LINGER_SECONDS
        if self._sweep_timer is None:
            self._sweep_timer = loop.call_later(LINGER_SECONDS, self._sweep)

    def abort(self) -> None:
        """Drop the connections that are still being closed."""
        for protocol in self.closing:
            protocol.transport.abort()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
            self._sweep_timer = None

    def _sweep(self) -> None:
        self._sweep_timer = None
        loop = asyncio.get_running_loop()
        for protocol, due in self.closing.items():
            if due > loop.time():
                self._sweep_timer = loop.call_at(due, self._sweep)
                break
            protocol.transport.abort()


class StreamProtocol(asyncio.Protocol):
    """One handed-over connection: what its transport calls, and the hub's outlet."""

    __slots__ = ("_streams", "holder", "reader", "transport")

    def __init__(self, streams: Streams, transport: asyncio.Transport) -> None:
        self._streams = streams
        self.transport = transport
        self.reader: Reader | None = None
        """Who leaves the hub when the connection is lost."""
        self.holder: Holder | None = None
        """Its place among the connections with the same key, where it has one."""

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        """Say `goodbye` and end the connection; what the client has not taken in time is dropped."""
        del disconnect
        if self.transport.is_closing():
            return
        self.reader = None
        self._give_up_place()
        self.transport.write(goodbye)
        self.transport.close()
        self._streams.linger(self)

    def data_received(self, data: bytes) -> None:
        """Read no more: a client has nothing to say here, and the kernel bounds what it says nonetheless."""
        del data
        self.transport.pause_reading()

    def eof_received(self) -> bool:
        """Serve on a client that has closed its side, but find out by heartbeats whether it is there at all.

        One that is gone answers the first with a reset, which only the next write sees.
        """
        self._probe()
        self.probe_later()
        return True

    def probe_later(self) -> None:
        """Find out soon whether a client that has closed its side is there."""
        asyncio.get_running_loop().call_later(PROBE_SECONDS, self._probe)

    def _probe(self) -> None:
        if self.reader is not None:
            tell([self.reader], self._streams.hub.feeds.heartbeat(self.reader.audience, None), 0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave the hub."""
        del exc
        self._streams.closing.pop(self, None)
        self._give_up_place()
        if self.reader is not None:
            self._streams.hub.leave(self.reader)
            self.reader = None

    def _give_up_place(self) -> None:
        if self.holder is not None:
            self.holder.leave()
            self.holder = None
