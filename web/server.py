"""The server: the routes, the listeners, and how a node leaves."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from ticker.disconnects import RESTART
from web.documents import asyncapi_json, documents, openapi_json
from web.errors import error_middleware
from web.finding import find_routes
from web.garbage import Garbage
from web.handover import Streams, check
from web.health import healthz, readyz
from web.known_polls import KNOWN_POLLS, KnownPolls
from web.listener import MOST_ACCEPTS, PacedSite, accepts_beside
from web.metrics import metrics
from web.node import Node
from web.pages import dashboard, game, league, patterns, symbol, widget_script
from web.poll import poll
from web.rendering import load_templates
from web.requests import NODE, preflight
from web.rest import rest_routes
from web.static_files import VERSION_PATTERN, static_file, static_files, versioned_static_file
from web.stream import STREAMS, stream
from web.websocket import alpaca, alpaca_crypto, alpaca_stocks, massive

RETURN_SECONDS = (0.5, 5.0)
"""When the readers of a node that leaves come back: spread, so that not all come at once."""
log = structlog.get_logger()


def make_app(node: Node) -> web.Application:
    """All that the public listener answers."""
    static_files()
    load_templates()
    app = web.Application(middlewares=[error_middleware])
    app[NODE] = node
    app[KNOWN_POLLS] = KnownPolls(node)
    app[STREAMS] = Streams(node.hub)
    app.add_routes(
        [
            web.get("/", dashboard),
            web.get("/s/{symbol:[^\\s,*]{1,64}}", symbol),
            web.get("/patterns", patterns),
            web.get("/g/{game:.*}", game),
            web.get("/l/{league:.*}", league),
            web.get("/v1/stream", stream, allow_head=False),
            web.get("/v1/ws", alpaca, allow_head=False),
            web.get("/v2/{feed:[a-z0-9_]{1,32}}", alpaca_stocks, allow_head=False),
            web.get("/v1beta3/crypto/{feed:[a-z0-9-]{1,32}}", alpaca_crypto, allow_head=False),
            web.get("/massive/{market:stocks|crypto}", massive, allow_head=False),
            web.get("/v1/poll", poll, allow_head=False),
            web.options("/v1/poll", preflight),
            web.options("/v1/stream", preflight),
            *find_routes(),
            *rest_routes(),
            web.get("/docs", documents),
            web.get("/docs/openapi.json", openapi_json),
            web.get("/docs/asyncapi.json", asyncapi_json),
            web.get("/widgets/v1/{script:[a-z-]+\\.js}", widget_script),
            web.get(f"/static/{{version:{VERSION_PATTERN}}}/{{path:.+}}", versioned_static_file),
            web.get("/static/{path:.+}", static_file),
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
        ]
    )
    return app


def make_admin_app(node: Node) -> web.Application:
    """What the admin listener answers: health, whatever happens on the public one."""
    app = web.Application(middlewares=[error_middleware])
    app[NODE] = node
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app


@asynccontextmanager
async def serving(
    node: Node, *, reuse_port: bool = False, admin_socket: str | None = None
) -> AsyncIterator[tuple[str, str]]:
    """Start a node with its listeners; their addresses. On the way out its readers are told, and leave first.

    `reuse_port` shares the public port with other processes; `admin_socket` is the path of a Unix socket on which the
    admin app answers, in place of its host and port.
    Raises OSError where an address can't be had, UnknownAiohttp where aiohttp isn't the one that this is written for,
    InvalidConfig where the keys file is none.
    """
    check()
    garbage = Garbage(lambda: node.hub.readers)
    config = node.config.server
    app = make_app(node)
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        access_log=None,
        max_line_size=node.config.limits.request_line_bytes,
        shutdown_timeout=config.shutdown_seconds,
    )
    admin = web.AppRunner(make_admin_app(node), access_log=None)
    # Before the first request: a key that isn't known yet would be refused, and its client gone for good.
    await node.key_watch.start()
    try:
        await runner.setup()
        app[KNOWN_POLLS].answer_before(runner)
        await admin.setup()
        addresses = (
            await _listen(
                runner,
                config.host,
                config.port,
                reuse_port=reuse_port,
                accepts=lambda: accepts_beside(node.flusher.took),
            ),
            await _listen(admin, config.admin_host, config.admin_port)
            if admin_socket is None
            else await _listen_unix(admin, admin_socket),
        )
        await node.start()
        garbage.start()
        try:
            yield addresses
        finally:
            garbage.stop()
            for site in list(runner.sites):
                await site.stop()
            await _say_goodbye(node, app[STREAMS])
            await node.stop()
    finally:
        await runner.cleanup()
        await admin.cleanup()
        await node.key_watch.stop()


async def _listen(
    runner: web.AppRunner,
    host: str,
    port: int,
    *,
    reuse_port: bool = False,
    accepts: Callable[[], int] = lambda: MOST_ACCEPTS,
) -> str:
    await PacedSite(runner, host, port, reuse_port=reuse_port, accepts=accepts).start()
    bound = runner.addresses[0][1]
    return f"http://{f'[{host}]' if ':' in host else host}:{bound}"


async def _listen_unix(runner: web.AppRunner, path: str) -> str:
    await web.UnixSite(runner, path).start()
    return path


async def _say_goodbye(node: Node, streams: Streams) -> None:
    """Tell every reader that it should come back, here or elsewhere, and give it time to hear."""
    node.is_draining = True
    readers = node.hub.everyone()
    log.info("leaving: telling the readers", readers=len(readers))
    for count, reader in enumerate(readers):
        delay = random.uniform(*RETURN_SECONDS)  # noqa: S311 (spreads reconnects, guards nothing)
        node.hub.disconnect(reader, RESTART, delay)
        if count % 100 == 99:
            await asyncio.sleep(0)
    deadline = asyncio.get_running_loop().time() + node.config.server.shutdown_seconds
    while asyncio.get_running_loop().time() < deadline and (
        streams.closing or any(reader.backlog() for reader in readers)
    ):
        await asyncio.sleep(0.05)
    streams.abort()
