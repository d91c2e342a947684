"""Half-closing: clients that close their sending side together with their request, as `nc -N` does.

TCP lets them go on reading (RFC 9293, section 3.6), but aiohttp drops them before it has looked at the request. Here
they are answered. This relies on what aiohttp 3.14 keeps to itself, which `web.handover.check` looks for.
"""

import asyncio

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from web.errors import error_response

ANSWER_SECONDS = 1.0
"""How long the answer to such a client may take: it may be gone altogether."""


class HalfCloseHandler(web.RequestHandler):
    """aiohttp's protocol of one connection, which stays until the request that came before the end is answered."""

    __slots__ = ("is_half_closed",)

    def __init__(self, server: web.Server) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **server._kwargs)
        self.is_half_closed = False
        """Whether the client has closed its side, and its request was under way."""

    def eof_received(self) -> bool:  # type: ignore[override]
        """Stay where a request is under way, but not over TLS, which has no half-closing in asyncio."""
        transport = self.transport
        is_idle = not self._request_count or (self._waiter is not None and not self._messages)
        if transport is None or is_idle or self._upgraded or transport.get_extra_info("sslcontext") is not None:
            return False
        self.is_half_closed = True
        self.close()
        asyncio.get_running_loop().call_later(ANSWER_SECONDS, self._give_up)
        return True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP. aiohttp would quote it, in its log too, where it may hold a secret."""
        if status != 400 or not isinstance(exc, HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        what = f"the request can't be read ({type(exc).__name__})"
        response = error_response(status, "not_http", what, "send HTTP/1.1 whose headers are short and text")
        response.force_close()
        return response

    def _give_up(self) -> None:
        # Without a transport the connection is lost, or no longer aiohttp's.
        if self.transport is not None:
            self.transport.close()
