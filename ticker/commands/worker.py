"""A worker's side of `ticker serve --workers N`: where the parent put it, and how the two know of each other's life."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import structlog

from ticker.commands.running import run_node
from ticker.config import Config, InvalidConfig
from ticker.log import Log
from ticker.source import Listener, Source

PLACE_VARIABLE = "TICKER_WORKER"
"""What a parent tells its workers by; no setting."""
BEAT_SECONDS = 1.0
"""How often a worker's event loop says that it turns."""
log = structlog.get_logger()


class Place(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where a worker belongs."""

    number: int
    """Which one it is, from 1."""
    port: int
    """The port that all share."""
    admin_socket: str
    """The path of the Unix socket on which the parent asks it."""
    channel: int
    """The descriptor of a socket to the parent. The worker writes a byte each second; it ends when the parent does."""


def place_from(variables: Mapping[str, str]) -> Place | None:
    """The place of this process; None where it is no worker. Raises InvalidConfig."""
    text = variables.get(PLACE_VARIABLE)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Place)
    except msgspec.DecodeError as error:
        raise InvalidConfig(f"{PLACE_VARIABLE} is what ticker serve tells its workers by: unset it ({error})") from None


async def run_worker(config: Config, make_source: Callable[[Log, Listener], Source], place: Place) -> int:
    """Serve as one of several, until cancelled or the parent is gone; the exit status is `run_node`'s."""
    structlog.contextvars.bind_contextvars(worker=place.number)
    shared = msgspec.structs.replace(config, server=msgspec.structs.replace(config.server, port=place.port))
    with _channel(place) as channel:
        loop = asyncio.get_running_loop()
        beating = loop.create_task(_beat(channel))
        watching = loop.create_task(_leave_with_parent(channel, Path(place.admin_socket), asyncio.current_task()))
        try:
            return await run_node(shared, make_source, reuse_port=True, admin_socket=place.admin_socket)
        finally:
            beating.cancel()
            watching.cancel()
            await asyncio.wait((beating, watching))


def _channel(place: Place) -> socket.socket:
    try:
        channel = socket.socket(fileno=place.channel)
    except OSError as error:
        raise InvalidConfig(f"{PLACE_VARIABLE} names no socket: unset it ({error})") from None
    channel.setblocking(False)
    return channel


async def _beat(channel: socket.socket) -> None:
    while True:
        # A parent that doesn't read, or is gone: others notice that.
        with contextlib.suppress(BlockingIOError, ConnectionError):
            channel.send(b".")
        await asyncio.sleep(BEAT_SECONDS)


async def _leave_with_parent(channel: socket.socket, admin_socket: Path, serving: asyncio.Task[int] | None) -> None:
    """Cancel `serving` when the parent is gone, unless it is being stopped already, and tidy up in its stead."""
    with contextlib.suppress(ConnectionError):
        await asyncio.get_running_loop().sock_recv(channel, 1)
    log.warning("the parent is gone: leaving")
    _remove(admin_socket)
    if serving is not None and not serving.cancelling():
        serving.cancel()


def _remove(admin_socket: Path) -> None:
    with contextlib.suppress(OSError):
        admin_socket.unlink(missing_ok=True)
        # The last one succeeds.
        admin_socket.parent.rmdir()
