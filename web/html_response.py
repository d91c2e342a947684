"""A page as an answer, compressed for those who accept it."""

import zlib
from collections.abc import Mapping

from aiohttp import hdrs, web

from web.accept_encoding import accepts_gzip

_LEVEL, _LARGE_LEVEL = 6, 1
"""Of zlib's. The usual page, of a hundred KB, takes 2 ms at the first and a sixth more bytes at the second."""
_LARGE = 256 * 1024
"""Bytes. Larger pages are compressed the quick way, so that the node's readers wait less for them."""
_GZIP = 31
"""As zlib's window bits: the largest window, in gzip's wrapping."""
_SMALL = 1024
"""Bytes. So little fits into one packet as it is."""


def html_response(request: web.Request, text: str, headers: Mapping[str, str], status: int = 200) -> web.Response:
    """A page of HTML.

    Pages hold no tokens, so that it gives nothing away how well something in their URL compresses with the rest.
    """
    body, coding = text.encode(), {}
    if len(body) > _SMALL and accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ())):
        body, coding = (
            zlib.compress(body, _LEVEL if len(body) < _LARGE else _LARGE_LEVEL, _GZIP),
            {"Content-Encoding": "gzip"},
        )
    common = {"Content-Type": "text/html; charset=utf-8", "Vary": "Accept-Encoding"}
    return web.Response(status=status, body=body, headers={**headers, **common, **coding})
