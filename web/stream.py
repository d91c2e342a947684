"""`GET /v1/stream`: events over SSE."""

import asyncio
import random

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from ticker.authorizer import Grant
from ticker.cursor import InvalidCursor
from ticker.disconnects import Disconnect
from ticker.reader import Outlet, Reader
from ticker.subscription import Query, Start, Subscription
from web.accept_encoding import accepts_gzip
from web.gzip_encoding import GzipEncoding
from web.handover import HandedOver, Streams
from web.holders import AWAY_SECONDS, Holder
from web.node import Node
from web.outlet import TransportOutlet
from web.requests import NODE, read_query
from web.sse_encoding import SseEncoding

INTERVAL = 250
"""Milliseconds between two messages unless the client asks for something else."""
RETRY_SECONDS = (1.0, 3.0)
"""When a client that lost its connection comes back: spread, so that not all come at once."""
STREAMS = web.AppKey("STREAMS", Streams)
"""The connections that aiohttp has handed over."""
_PLAIN = SseEncoding()
_GZIP = GzipEncoding(_PLAIN)
_HEADERS = {"Access-Control-Allow-Origin": "*", "Vary": "Accept-Encoding"}


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


def encoding_for(request: web.Request, node: Node, subscription: Subscription) -> SseEncoding | GzipEncoding:
    """Gzip where the client takes it and enough others read the same; those who have begun keep what they have."""
    enough = node.config.stream.gzip_readers
    if not enough or not accepts_gzip(request.headers.getall("Accept-Encoding", ())):
        return _PLAIN
    return _GZIP if node.hub.readers_of(subscription, _PLAIN, _GZIP) + 1 >= enough else _PLAIN


async def stream(request: web.Request) -> web.StreamResponse:
    """Answer 200 whatever happens later, since an EventSource gives up for good on anything else."""
    node = request.app[NODE]
    asked = read_query(request, mode="latest", interval=INTERVAL)
    if isinstance(asked, web.Response):
        return asked
    query, grant = asked
    start = start_of(query, request.headers.get("Last-Event-ID"))
    transport = request.transport
    if transport is None or transport.is_closing():
        return HandedOver()
    response = Handshake()
    encoding = encoding_for(request, node, query.subscription)
    if encoding is _GZIP:
        response.headers["Content-Encoding"] = "gzip"
    await response.prepare(request)
    response.stop_streaming()
    if transport.get_extra_info("sslcontext") is not None:
        await _serve_within_aiohttp(node, transport, query.subscription, encoding, start, grant)
        return response
    protocol = request.app[STREAMS].take(request)
    protocol.reader = _begin(node, protocol, query.subscription, encoding, start)
    protocol.holder = _hold(node, protocol.reader, grant)
    return HandedOver()


def _begin(
    node: Node,
    outlet: Outlet,
    subscription: Subscription,
    encoding: SseEncoding | GzipEncoding,
    start: Start,
) -> Reader | None:
    """Write what a stream begins with, and join the hub; None where the node can't take the reader, and says so."""
    retry = random.uniform(*RETRY_SECONDS)  # noqa: S311 (spreads reconnects, guards nothing)
    outlet.transport.write(encoding.opening(retry))
    refusal = node.refusal()
    if refusal is not None:
        node.hub.counts.disconnects[refusal.name] += 1
        outlet.close(refusal, encoding.goodbye(refusal, retry))
        return None
    reader = node.hub.join(outlet, subscription, encoding, start)
    node.flusher.wake()
    return reader


def _hold(node: Node, reader: Reader | None, grant: Grant) -> Holder | None:
    """The place of a reader among those with the same key; those of anybody need none, and cost nothing."""
    if reader is None or grant.key is None:
        return None

    def close(disconnect: Disconnect) -> None:
        node.hub.disconnect(reader, disconnect, AWAY_SECONDS)

    return node.holders.admit(grant, close, reader.audience.subscription.channels)


async def _serve_within_aiohttp(
    node: Node,
    transport: asyncio.Transport,
    subscription: Subscription,
    encoding: SseEncoding | GzipEncoding,
    start: Start,
    grant: Grant,
) -> None:
    """Hold the connection, which is TLS and stays with aiohttp, until it ends."""
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(disconnect: Disconnect) -> None:
        del disconnect
        if not ended.done():
            ended.set_result(None)

    reader = _begin(node, TransportOutlet(transport, end), subscription, encoding, start)
    holder = _hold(node, reader, grant)
    try:
        await ended
    finally:
        if holder is not None:
            holder.leave()
        if reader is not None:
            node.hub.leave(reader)
