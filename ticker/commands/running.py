"""Running: an event loop that ends cleanly on SIGINT and SIGTERM."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from ticker.config import Config
from ticker.log import Log
from ticker.source import Listener, Source
from web.node import Node
from web.server import serving

log = structlog.get_logger()


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` until it is done or a signal cancels it; its exit status, 0 for a signal."""
    try:
        import uvloop
    except ImportError:
        factory = None
    else:
        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(_until_signal(work))


async def _until_signal(work: Coroutine[Any, Any, int]) -> int:
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return 0


async def run_node(
    config: Config,
    make_source: Callable[[Log, Listener], Source],
    feeds: Sequence[Coroutine[Any, Any, None]] = (),
    announce: Callable[[str], None] = lambda address: None,
    *,
    reuse_port: bool = False,
    admin_socket: str | None = None,
) -> int:
    """Serve until cancelled, with `feeds` beside the node; the exit status is 1 where an address can't be had.

    `announce` is told the address; the last two are `serving`'s.
    """
    node = Node(config, make_source)
    try:
        async with serving(node, reuse_port=reuse_port, admin_socket=admin_socket) as (address, admin_address):
            log.info("serving", address=address, admin=admin_address)
            announce(address)
            async with asyncio.TaskGroup() as group:
                for feed in feeds:
                    group.create_task(feed)
                await asyncio.Event().wait()
    except OSError as error:
        log.error("can't listen: is another node running? choose other ports", error=str(error))
        return 1
    return 0
