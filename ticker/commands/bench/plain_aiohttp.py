"""The plain ways in aiohttp: a message for every event and client, as one would write it at first."""

import asyncio

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from ticker.commands.bench.pace import Made, run_feed
from ticker.commands.bench.server import Announce, Job
from ticker.commands.running import run

_Client = web.WebSocketResponse | EventSourceResponse


def serve(job: Job, announce: Announce) -> int:
    """Serve until a signal."""
    return run(_serve(job, announce))


async def _serve(job: Job, announce: Announce) -> int:
    plain = _Plain()
    app = web.Application()
    app.add_routes([web.get("/ws", plain.websocket), web.get("/sse", plain.stream), web.get("/304", unchanged)])
    runner = web.AppRunner(app, access_log=None, max_line_size=65_536, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    try:
        await announce(runner.addresses[0][1])
        await run_feed(job.scenario.symbols, job.rate, plain.send, asyncio.sleep)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
    return 0


async def unchanged(request: web.Request) -> web.StreamResponse:
    """An empty 304, whatever was asked."""
    del request
    return web.Response(status=304)


class _Plain:
    """Who listens to which symbol."""

    def __init__(self) -> None:
        self._clients: dict[str, dict[_Client, None]] = {}

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        """A client that gets its symbols' events on a WebSocket."""
        client = web.WebSocketResponse(compress=False)
        await client.prepare(request)
        self._join(client, request)
        async for _ in client:
            pass
        self._leave(client)
        return client

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """A client that gets its symbols' events as SSE."""
        async with sse_response(request) as client:
            self._join(client, request)
            await client.wait()
            self._leave(client)
        return client

    async def send(self, made: list[Made]) -> None:
        """Send each event to each client that listens to its symbol."""
        for symbol, value in made:
            text = value.decode()
            for client in list(self._clients.get(symbol, ())):
                if not isinstance(client, web.WebSocketResponse):
                    await client.send(text)
                elif not client.closed:
                    await client.send_str(text)

    def _join(self, client: _Client, request: web.Request) -> None:
        for symbol in request.query["quotes"].split(","):
            self._clients.setdefault(symbol, {})[client] = None

    def _leave(self, client: _Client) -> None:
        for clients in self._clients.values():
            clients.pop(client, None)
