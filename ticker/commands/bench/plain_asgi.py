"""The plain ways in Starlette, where it is installed with uvicorn, websockets and sse-starlette."""

import asyncio
import socket
from collections.abc import AsyncIterator

import uvicorn
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ticker.commands.bench.pace import Made, run_feed
from ticker.commands.bench.server import Announce, Job
from ticker.commands.running import run


def serve(job: Job, announce: Announce) -> int:
    """Serve until a signal."""
    return run(_serve(job, announce))


async def _serve(job: Job, announce: Announce) -> int:
    plain = _Plain()
    app = Starlette(routes=[WebSocketRoute("/ws", plain.websocket), Route("/sse", plain.stream)])
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = uvicorn.Config(app, log_level="critical", ws="websockets-sansio", backlog=4096, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    await announce(listener.getsockname()[1])
    feed = asyncio.ensure_future(run_feed(job.scenario.symbols, job.rate, plain.send, asyncio.sleep))
    await asyncio.wait([serving, feed], return_when=asyncio.FIRST_COMPLETED)
    return 0


class _Plain:
    """Who listens to which symbol."""

    def __init__(self) -> None:
        self._sockets: dict[str, dict[WebSocket, None]] = {}
        self._queues: dict[str, dict[asyncio.Queue[str], None]] = {}

    async def websocket(self, client: WebSocket) -> None:
        """A client that gets its symbols' events on a WebSocket."""
        await client.accept()
        for symbol in client.query_params["quotes"].split(","):
            self._sockets.setdefault(symbol, {})[client] = None
        try:
            while True:
                await client.receive_text()
        except WebSocketDisconnect:
            for clients in self._sockets.values():
                clients.pop(client, None)

    async def stream(self, request: Request) -> EventSourceResponse:
        """A client that gets its symbols' events as SSE."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=1000)
        for symbol in request.query_params["quotes"].split(","):
            self._queues.setdefault(symbol, {})[queue] = None

        async def events() -> AsyncIterator[dict[str, str]]:
            while True:
                yield {"data": await queue.get()}

        return EventSourceResponse(events())

    async def send(self, made: list[Made]) -> None:
        """Send each event to each client that listens to its symbol."""
        for symbol, value in made:
            text = value.decode()
            for client in list(self._sockets.get(symbol, ())):
                await client.send_text(text)
            for queue in list(self._queues.get(symbol, ())):
                await queue.put(text)
