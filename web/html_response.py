"""A page as an answer, compressed for those who accept it."""

from collections.abc import Mapping

from aiohttp import hdrs, web
from isal import isal_zlib

from web.accept_encoding import accepts_gzip

_LEVEL = 3
"""Of isal's, 0 to 3."""
_GZIP = 31
"""As zlib's window bits: the largest window, in gzip's wrapping."""
_SMALL = 1024
"""Bytes. So little fits into one packet as it is."""


def html_response(request: web.Request, text: str, headers: Mapping[str, str], status: int = 200) -> web.Response:
    """A page of HTML. It is made anew for each request, so the compression is the quick one.

    Pages hold nothing secret, so that it gives nothing away how well something in their URL compresses with the rest.
    """
    body, coding = text.encode(), {}
    if len(body) > _SMALL and accepts_gzip(request.headers.getall(hdrs.ACCEPT_ENCODING, ())):
        body, coding = isal_zlib.compress(body, _LEVEL, _GZIP), {"Content-Encoding": "gzip"}
    common = {"Content-Type": "text/html; charset=utf-8", "Vary": "Accept-Encoding"}
    return web.Response(status=status, body=body, headers={**headers, **common, **coding})
