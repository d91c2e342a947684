"""`GET /v1/stream`: events over SSE."""

import asyncio
import random

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from ticker.cursor import InvalidCursor
from ticker.disconnects import Disconnect
from ticker.subscription import Query, Start
from web.outlet import TransportOutlet
from web.requests import NODE, read_query
from web.sse_encoding import SseEncoding

INTERVAL = 250
"""Milliseconds between two messages unless the client asks for something else."""
RETRY_SECONDS = (1.0, 3.0)
"""When a client that lost its connection comes back: spread, so that not all come at once."""
_ENCODING = SseEncoding()
_HEADERS = {"Access-Control-Allow-Origin": "*"}


class Handshake(EventSourceResponse):
    """The head of a stream whose body ends with the connection, and which the hub writes."""

    _length_check = False

    def __init__(self) -> None:
        super().__init__(headers=_HEADERS, ping_interval=86_400)
        self.headers["Cache-Control"] = "no-cache, no-transform"
        self.headers["Connection"] = "close"
        self.force_close()


def start_of(query: Query, last_event_id: str | None) -> Start:
    """Where a reader starts; a browser repeats its old URL, so the header's cursor wins over the query's."""
    try:
        return query.start(last_event_id or query.cursor)
    except InvalidCursor:
        return Start(void=query.subscription.channels, reason="cursor", again=query.beginning)


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer 200 whatever happens later, since an EventSource gives up for good on anything else."""
    node = request.app[NODE]
    query = read_query(request, mode="latest", interval=INTERVAL)
    if isinstance(query, web.Response):
        return query
    response = Handshake()
    await response.prepare(request)
    response.stop_streaming()
    transport = request.transport
    if transport is None:
        return response
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(disconnect: Disconnect) -> None:
        del disconnect
        if not ended.done():
            ended.set_result(None)

    outlet = TransportOutlet(transport, end)
    retry = random.uniform(*RETRY_SECONDS)  # noqa: S311 (spreads reconnects, guards nothing)
    outlet.write(b"retry: %d\n\n" % (retry * 1000))
    refusal = node.refusal()
    if refusal is not None:
        outlet.write(_ENCODING.goodbye(refusal, retry))
        return response
    start = start_of(query, request.headers.get("Last-Event-ID"))
    reader = node.hub.join(outlet, query.subscription, _ENCODING, start)
    node.flusher.wake()
    try:
        await ended
    finally:
        node.hub.leave(reader)
    return response
