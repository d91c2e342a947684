"""Polls that were answered lately: while nothing has changed, the next ones get ready bytes before any routing.

The one contact with aiohttp below its documented surface: a `web.Server` gives each new connection its
`request_handler`, and a connection asks of a response no more than `prepare`, `write_eof` and `keep_alive`.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import SERVER_SOFTWARE

from ticker.subscription import Query
from ticker.watched import Watched
from web.credentials import may_read
from web.node import Node

_Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
_POLL_BYTES = 1024
"""What a remembered poll takes in memory, beside what follows."""
_NAME_BYTES = 64
"""What each channel's name takes, beside its characters, which are the URL's."""
_KEY_BYTES = 8
"""What each key takes that the channels hold."""


@dataclass(frozen=True, slots=True)
class _KnownPoll:
    """What was found out about a URL, and is so while its channels are unchanged."""

    names: tuple[str, ...]
    tag: str
    watched: Watched
    unchanged: "_Unchanged"
    size: int
    """Bytes of memory, roughly."""


class KnownPolls:
    """The polls last answered, by URL as it came, in bounded memory."""

    def __init__(self, node: Node) -> None:
        self.answered = 0
        """How many polls were answered from here."""
        self.bytes = 0
        """What is taken of `hub.known_polls_bytes`."""
        self._node = node
        self._known: dict[str, _KnownPoll] = {}
        self._date = _Date()

    def __len__(self) -> int:
        """How many polls are remembered."""
        return len(self._known)

    def learn(self, url: str, query: Query, tag: str, headers: Mapping[str, str]) -> None:
        """The poll `url`, as it came, asks for `query`; now its ETag is `tag`, and a 304 has `headers`."""
        self._forget(url)
        watched = Watched(self._node.log, query.subscription.channels)
        size = _POLL_BYTES + 2 * len(url) + _NAME_BYTES * len(query.names) + _KEY_BYTES * len(watched)
        most = self._node.config.hub.known_polls_bytes
        if size > most:
            return
        self._known[url] = _KnownPoll(query.names, tag, watched, _Unchanged(headers, self._date), size)
        self.bytes += size
        while self.bytes > most:
            self._forget(next(iter(self._known)))

    def _forget(self, url: str) -> None:
        known = self._known.pop(url, None)
        if known is not None:
            self.bytes -= known.size

    def answer_before(self, runner: web.AppRunner) -> None:
        """Answer what can be answered from here on all connections to come, before the application sees it.

        Raises RuntimeError where aiohttp is none that this was written for, or the runner isn't set up.
        """
        server = runner.server
        handler: _Handler | None = getattr(server, "request_handler", None)
        if server is None or handler is None:
            raise RuntimeError(f"a runner that is set up was expected, with the server of aiohttp 3.14: {server!r}")

        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            known = self._known.get(request.raw_path)
            if known is not None and self._is_unchanged(request, known):
                self.answered += 1
                return known.unchanged
            return await handler(request)

        server.request_handler = answer

    def _is_unchanged(self, request: web.BaseRequest, known: _KnownPoll) -> bool:
        """Whether `poll` too would answer with a 304, and nothing about the connection is out of the ordinary."""
        headers = request.headers
        return (
            known.tag in headers.get("If-None-Match", "")
            and request.method == "GET"
            and request.version == HttpVersion11
            and request.keep_alive
            and "Expect" not in headers
            and not request.protocol.writing_paused
            and known.watched.is_unchanged()
            and may_read(self._node.authorizer, headers, known.names)
            and self._node.refusal() is None
        )


KNOWN_POLLS = web.AppKey("known_polls", KnownPolls)


class _Date:
    """The headers that change with the clock, made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._bytes = b""

    def now(self) -> bytes:
        """The end of a response's head."""
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._bytes = f"Date: {formatdate(second, usegmt=True)}\r\nServer: {SERVER_SOFTWARE}\r\n\r\n".encode()
        return self._bytes


class _Unchanged(web.StreamResponse):
    """A 304 for any number of requests on connections that live on: it keeps nothing of them."""

    def __init__(self, headers: Mapping[str, str], date: _Date) -> None:
        super().__init__(status=304)
        self._head = "".join(
            ["HTTP/1.1 304 Not Modified\r\n", *(f"{name}: {value}\r\n" for name, value in headers.items())]
        ).encode()
        self._date = date

    @property
    def keep_alive(self) -> bool:
        """A request that ends its connection is answered elsewhere."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Write it, whole. Raises ConnectionResetError where the client has gone."""
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client has gone")
        transport.write(self._head + self._date.now())
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """It was written whole."""
        del data
