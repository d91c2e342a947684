"""What the handlers of all transports do with a request before they answer it."""

from aiohttp import web

from ticker.authorizer import Grant
from ticker.subscription import InvalidSubscription, Mode, Query, parse_query
from web.credentials import grant_of, refusal_of
from web.errors import error_response
from web.node import Node

NODE = web.AppKey("node", Node)
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag, Date"}
"""Public data may be read from any origin, never with credentials: that is what widgets do."""

_ALLOWED_HEADERS = (
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "Authorization",
    "APCA-API-KEY-ID",
    "APCA-API-SECRET-KEY",
)


def read_query(
    request: web.Request, *, mode: Mode, interval: int, without: tuple[str, ...] = ()
) -> tuple[Query, Grant] | web.Response:
    """The subscription that a URL asks for, and what its client may read; or the answer that refuses it.

    `without` names other options.
    """
    node = request.app[NODE]
    grant = grant_of(node.authorizer, request.headers)
    if isinstance(grant, web.Response):
        return grant
    items = [(name, value) for name, value in request.query.items() if name not in without]
    most = grant.bound(node.config.limits.url_channels)
    try:
        query = parse_query(items, mode=mode, interval=interval, most_channels=most)
    except InvalidSubscription as error:
        what, _, hint = str(error).partition(": ")
        return error_response(400, "invalid_subscription", what, hint)
    return refusal_of(grant, query.names) or (query, grant)


async def preflight(request: web.Request) -> web.Response:
    """What a browser asks before a page of another origin may send `If-None-Match`."""
    del request
    allowed = {
        "Access-Control-Allow-Methods": "GET",
        "Access-Control-Allow-Headers": ", ".join(_ALLOWED_HEADERS),
        "Access-Control-Max-Age": "86400",
    }
    return web.Response(status=204, headers={**OPEN_TO_ALL, **allowed})
