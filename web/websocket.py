"""WebSocket: events over `/v1/ws`, on the paths of Alpaca's streams, and in other dialects on paths of their own."""

import asyncio

from aiohttp import WSMsgType, web

from ticker.disconnects import Disconnect
from web.alpaca import Alpaca
from web.credentials import credentials_of
from web.dialect import Dialect
from web.errors import come_back
from web.forms import JSON, MSGPACK, Form
from web.massive import Massive
from web.outlet import LINGER_SECONDS, TransportOutlet
from web.requests import NODE
from web.session import AUTH_SECONDS, Session

PING_SECONDS = 20.0
"""How often a client is pinged; one that doesn't answer within half of that is gone."""


async def alpaca(request: web.Request) -> web.StreamResponse:
    """`/v1/ws`: Alpaca's protocol, with all there is."""
    return await _serve(request, Alpaca("", _form(request)))


async def alpaca_stocks(request: web.Request) -> web.StreamResponse:
    """`/v2/{feed}`: Alpaca's protocol, for stocks."""
    return await _serve(request, Alpaca(request.match_info["feed"], _form(request), "stocks"))


async def alpaca_crypto(request: web.Request) -> web.StreamResponse:
    """`/v1beta3/crypto/{feed}`: Alpaca's protocol, for crypto."""
    return await _serve(request, Alpaca(request.match_info["feed"], _form(request), "crypto"))


async def massive(request: web.Request) -> web.StreamResponse:
    """`/massive/{market}`: Massive's protocol."""
    return await _serve(request, Massive("crypto" if request.match_info["market"] == "crypto" else "stocks"))


def _form(request: web.Request) -> Form:
    """What Alpaca's public clients ask for: a content type on the handshake says what they want to be sent."""
    return MSGPACK if "msgpack" in request.headers.get("Content-Type", "") else JSON


async def _serve(request: web.Request, dialect: Dialect) -> web.StreamResponse:
    """aiohttp does the handshake, the reading, the pings and the close; the hub writes ready frames beside it.

    Compression is never agreed to: one context for each client would cost more than all else.
    """
    node = request.app[NODE]
    refusal = node.refusal()
    if refusal is not None:
        # Not after the handshake: massive forgets its subscriptions when a new connection is closed at once.
        node.hub.counts.disconnects[refusal.name] += 1
        return come_back(refusal.name, refusal.reason)
    response = web.WebSocketResponse(
        compress=False,
        heartbeat=PING_SECONDS,
        max_msg_size=node.config.limits.message_bytes,
        timeout=LINGER_SECONDS,
    )
    await response.prepare(request)
    transport = request.transport
    if transport is None:
        return response
    closing: list[asyncio.Task[bool]] = []

    def end(disconnect: Disconnect) -> None:
        close = response.close(code=disconnect.code, message=disconnect.reason.encode(), drain=False)
        closing.append(asyncio.get_running_loop().create_task(close))

    outlet = TransportOutlet(transport, end)
    session = Session(node, outlet, dialect, credentials_of(request.headers))
    session.greet()
    late = asyncio.get_running_loop().call_later(AUTH_SECONDS, session.require_authentication)
    try:
        async for message in response:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) and not closing:
                is_binary = message.type is WSMsgType.BINARY
                data = message.data if is_binary else message.data.encode()
                session.receive(data, is_binary=is_binary)
    finally:
        late.cancel()
        session.leave()
    await asyncio.gather(*closing)
    return response
