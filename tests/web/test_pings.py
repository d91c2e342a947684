"""That a WebSocket's pings are answered while the node is busy with everybody else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import pytest

from feeds.message import Message
from tests.web.conftest import Served
from tests.web.test_handover import until
from tests.web.test_websocket import subscribed
from tests.wire import Connection, SocketParser, open_socket

READERS = 200
SYMBOLS = [f"S{number:03}" for number in range(200)]
QUOTE = {"T": "q", "bp": 1, "bs": 1, "ap": 2, "as": 1, "t": "2021-01-08T00:00:00Z"}
QUOTES = [Message("quotes", symbol, 0, json.dumps({**QUOTE, "S": symbol}).encode()) for symbol in SYMBOLS]
"""One turn of the feed, which takes one whenever the event loop has one to give."""
PINGS = 20
LATEST = 10.0
"""Seconds within which a pong comes, even where the machine is busy with other things; without, it is milliseconds."""


@dataclass
class Feed:
    """What was fed so far."""

    turns: int = 0


class Listener(asyncio.Protocol):
    """A reader that takes in all that comes."""

    def __init__(self, watchlist: list[str]) -> None:
        self.size = 0
        self._target = f"/v1/stream?quotes={','.join(watchlist)}&mode=every&interval=0"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        cast(asyncio.Transport, transport).write(f"GET {self._target} HTTP/1.1\r\nHost: node\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        self.size += len(data)


@asynccontextmanager
async def busy(served: Served) -> AsyncIterator[Feed]:
    """Each reader has a watchlist of its own, and the feed never rests."""
    parts = urlsplit(served.address)
    assert parts.hostname
    assert parts.port
    before = served.node.hub.readers
    fed = Feed()

    async def feed() -> None:
        while True:
            await served.source.send(QUOTES)
            fed.turns += 1
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        listeners = []
        for number in range(READERS):
            watchlist = [SYMBOLS[(number + step * 7) % len(SYMBOLS)] for step in range(20)]
            make = partial(Listener, watchlist)
            transport, listener = await asyncio.get_running_loop().create_connection(make, parts.hostname, parts.port)
            stack.callback(transport.abort)
            listeners.append(listener)
        await until(lambda: served.node.hub.readers == before + READERS)
        feeding = asyncio.create_task(feed())
        stack.callback(feeding.cancel)
        await until(lambda: all(listener.size > 10_000 for listener in listeners))
        yield fed


async def answered(socket: Connection, payload: bytes) -> None:
    """Ping, and wait for the pong."""
    assert isinstance(socket.parser, SocketParser)
    before = len(socket.parser.pongs)
    socket.send(payload, opcode=9)
    async with asyncio.timeout(LATEST):
        while len(socket.parser.pongs) == before:
            assert await socket.hear() is not None
    assert socket.parser.pongs[before:] == [payload]


@pytest.mark.on_each_loop
async def test_pings_are_answered_however_busy_the_node_is(served: Served) -> None:
    quiet = await open_socket(served.address)
    await quiet.until("success")
    watching = await subscribed(served, quotes=SYMBOLS[:5])
    async with busy(served) as fed:
        for socket in (quiet, watching):
            turns, writes = fed.turns, served.node.hub.counts.writes
            for number in range(PINGS):
                await answered(socket, f"ping {number}".encode())
            assert fed.turns >= turns + PINGS, "the feed went on"
            assert served.node.hub.counts.writes >= writes + READERS, "so did the readers"
        assert not served.node.hub.counts.disconnects, "nobody was sent away"


async def test_pings_at_once_are_answered_in_their_order(served: Served) -> None:
    socket = await subscribed(served, quotes=SYMBOLS[:5])
    assert isinstance(socket.parser, SocketParser)
    sent = [f"ping {number}".encode() for number in range(PINGS)]
    async with busy(served):
        for payload in sent:
            socket.send(payload, opcode=9)
        async with asyncio.timeout(LATEST):
            while len(socket.parser.pongs) < PINGS:
                assert await socket.hear() is not None
    assert socket.parser.pongs == sent
