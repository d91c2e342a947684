"""`GET /v1/ws`: events over WebSocket."""

import asyncio

from aiohttp import WSMsgType, web

from ticker.disconnects import Disconnect
from web.credentials import credentials_of
from web.outlet import LINGER_SECONDS, TransportOutlet
from web.requests import NODE
from web.session import Session
from web.socket_encoding import SocketEncoding

PING_SECONDS = 20.0
"""How often a client is pinged; one that doesn't answer within half of that is gone."""


async def websocket(request: web.Request) -> web.StreamResponse:
    """aiohttp does the handshake, the reading, the pings and the close; the hub writes ready frames beside it."""
    node = request.app[NODE]
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
    session = Session(node, outlet, credentials_of(request.headers))
    refusal = node.refusal()
    if refusal is not None:
        node.hub.counts.disconnects[refusal.name] += 1
        outlet.close(refusal, SocketEncoding().goodbye(refusal, 1.0))
    else:
        session.greet()
    try:
        async for message in response:
            if message.type in (WSMsgType.TEXT, WSMsgType.BINARY) and not closing:
                is_binary = message.type is WSMsgType.BINARY
                data = message.data if is_binary else message.data.encode()
                session.receive(data, is_binary=is_binary)
    finally:
        session.leave()
    await asyncio.gather(*closing)
    return response
