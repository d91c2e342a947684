"""A relay between clients and a node that cuts connections after a random number of the node's bytes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.wire import SocketParser


@dataclass
class Cuts:
    """What the relays of a test have done together."""

    left: int
    """Connections that are still to be cut; those after them stay."""
    within: int
    """A connection is cut after so many bytes at the most."""
    inside: int = 0
    """Cuts that fell inside a frame."""
    done: int = 0
    rng: random.Random = field(default_factory=lambda: random.Random(11))


@asynccontextmanager
async def cutting_relay(address: str, cuts: Cuts) -> AsyncIterator[str]:
    """A relay to a node's address; its own, `HOST:PORT`."""
    parts = urlsplit(address)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        left: int | None = None
        if cuts.left:
            cuts.left -= 1
            left = cuts.rng.randrange(1, cuts.within)
        from_node, to_node = await asyncio.open_connection(parts.hostname, parts.port)
        asking = asyncio.create_task(_pass_on(reader, to_node))
        parser = SocketParser()
        try:
            while data := await from_node.read(65_536 if left is None else min(65_536, left)):
                writer.write(data)
                parser.feed(data)
                await writer.drain()
                if left is not None:
                    left -= len(data)
                    if left == 0:
                        cuts.done += 1
                        cuts.inside += bool(parser.rest)
                        return
        except (ConnectionError, asyncio.CancelledError):
            # asyncio's streams take the cancellation of their callback for an error of its own.
            return
        finally:
            asking.cancel()
            to_node.transport.abort()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
