import asyncio
import gc
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from feeds.embedded import EmbeddedSource
from tests.web.conftest import CERTIFICATE, Served, config_with
from tests.wire import Connection, SseParser, open_stream
from ticker.config import HubConfig
from ticker.disconnects import RESTART, SLOW
from ticker.reader import Outlet
from web.handover import StreamProtocol, UnknownAiohttp, check
from web.node import Node
from web.outlet import UNSENT_LIMIT
from web.server import serving

pytestmark = pytest.mark.on_each_loop
ASK = b"GET /v1/stream?%b HTTP/1.1\r\nHost: node\r\n\r\n"
TRADES = b"trades=AAPL&mode=every&interval=0"
DIALLED: list[socket.socket] = []
_TCP_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)


@pytest.fixture(autouse=True)
def _everybody_hangs_up() -> Iterator[None]:
    yield
    while DIALLED:
        DIALLED.pop().close()


async def dial(served: Served, first: bytes, receive_bytes: int = 65_536) -> socket.socket:
    """A client that reads only when it is told to."""
    parts = urlsplit(served.address)
    client = socket.socket()
    DIALLED.append(client)
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, (parts.hostname, parts.port))
    await loop.sock_sendall(client, first)
    return client


async def read_until(client: socket.socket, wanted: bytes, before: bytes = b"") -> bytes:
    """What a client reads, from `before` until `wanted` is in it."""
    got = before
    async with asyncio.timeout(20):
        while wanted not in got:
            data = await asyncio.get_running_loop().sock_recv(client, 65_536)
            assert data, f"the node ended the connection before {wanted!r}: {got[-2000:]!r}"
            got += data
    return got


async def read_to_end(client: socket.socket) -> bytes:
    """All that a client is sent until the node ends the connection."""
    got = b""
    async with asyncio.timeout(20):
        while data := await asyncio.get_running_loop().sock_recv(client, 65_536):
            got += data
    return got


async def until(holds: Callable[[], object], work: Callable[[], Awaitable[object]] | None = None) -> None:
    """Wait for a condition, working for it."""
    async with asyncio.timeout(20):
        while not holds():
            if work is not None:
                await work()
            await asyncio.sleep(0.01)


async def trade_a_lot(served: Served) -> list[int]:
    return [await served.trade("AAPL", 1) for _ in range(50)]


def is_behind(stream: Outlet) -> bool:
    """Whether more waits for a client than the hub adds to."""
    return stream.transport.get_write_buffer_size() > HubConfig().backlog_bytes


def only_stream(served: Served) -> StreamProtocol:
    """The protocol of the one reader there is."""
    (reader,) = served.node.hub.everyone()
    assert isinstance(reader.outlet, StreamProtocol)
    return reader.outlet


async def test_bytes_that_came_with_the_request_are_passed_over(served: Served) -> None:
    await served.trade("AAPL", 1)
    client = await dial(served, ASK % TRADES + ASK % b"quotes=MSFT" + b"GET /v1/st")
    got = await read_until(client, b"event: status")
    await asyncio.get_running_loop().sock_sendall(client, b"\0and more")
    await served.trade("AAPL", 2)
    got = await read_until(client, b'"p":2', got)
    assert got.count(b"HTTP/1.1 ") == 1
    assert served.node.hub.readers == 1
    client.close()


async def test_a_client_that_closed_its_side_is_served_on(served: Served) -> None:
    client = await dial(served, ASK % TRADES)
    got = await read_until(client, b"event: status")
    client.shutdown(socket.SHUT_WR)
    got = await read_until(client, b"event: heartbeat", got)
    await served.trade("AAPL", 1)
    got = await read_until(client, b'"p":1', got)
    got = await read_until(client, b"event: heartbeat", got.partition(b'"p":1')[2])
    assert served.node.hub.readers == 1
    client.close()


@pytest.mark.parametrize("is_reset", [False, True])
async def test_a_client_that_dies_leaves_the_hub(served: Served, is_reset: bool) -> None:
    client = await dial(served, ASK % TRADES)
    await read_until(client, b"event: status")
    assert served.node.hub.readers == 1
    if is_reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    await until(lambda: not served.node.hub.readers)


async def test_a_client_that_stops_reading_gets_all_in_order_when_it_reads_on(served: Served) -> None:
    client = await dial(served, ASK % TRADES, receive_bytes=4096)
    got = await read_until(client, b"event: status")
    stream = only_stream(served)
    sent: list[int] = []

    async def trade() -> None:
        sent.extend(await trade_a_lot(served))

    await until(lambda: is_behind(stream), trade)
    assert stream.transport.get_write_buffer_size() > 0
    for _ in range(20):
        await trade()
        await asyncio.sleep(0.005)
    assert is_behind(stream)
    most_unsent = stream.transport.get_write_buffer_size()
    await trade()
    await asyncio.sleep(0.1)
    assert stream.transport.get_write_buffer_size() == most_unsent, "what is behind is written no more"
    got = await read_until(client, b'"i":%d,' % sent[-1], got)
    assert [int(id_) for id_ in re.findall(rb'"i":(\d+)', got)] == sent
    await until(lambda: not stream.transport.get_write_buffer_size())
    client.close()


async def test_a_client_that_floods_is_read_no_more_and_served_on(served: Served) -> None:
    client = await dial(served, ASK % TRADES)
    got = await read_until(client, b"event: status")
    stream = only_stream(served)
    flood = asyncio.ensure_future(asyncio.get_running_loop().sock_sendall(client, b"x" * 2**25))
    await until(lambda: not stream.transport.is_reading())
    await served.trade("AAPL", 1)
    await read_until(client, b'"p":1', got)
    assert not flood.done()
    flood.cancel()
    await asyncio.gather(flood, return_exceptions=True)
    client.close()
    await until(lambda: not served.node.hub.readers, lambda: served.trade("AAPL", 2))


async def test_a_node_that_leaves_waits_for_nobody_for_long() -> None:
    node = Node(config_with(server__shutdown_seconds=1.0), EmbeddedSource)
    async with asyncio.timeout(20):
        async with serving(node) as (address, admin):
            assert isinstance(node.source, EmbeddedSource)
            leaving = Served(node, node.source, address, admin)
            client = await dial(leaving, ASK % b"quotes=AAPL")
            got = await read_until(client, b"event: status")
            deaf = await dial(leaving, ASK % TRADES, receive_bytes=4096)
            await until(lambda: node.hub.readers == 2)
            (stream,) = [
                reader.outlet for reader in node.hub.everyone() if reader.audience.subscription.kinds == ("trades",)
            ]
            await until(lambda: is_behind(stream), lambda: trade_a_lot(leaving))
            ending = asyncio.ensure_future(read_to_end(client))
        got += await ending
    assert got.count(b"event: shutdown") == 1
    assert got.endswith(b"}\n\n")
    assert node.hub.readers == 0
    assert isinstance(stream, StreamProtocol)
    assert stream.transport.is_closing()
    for one in (client, deaf):
        one.close()


async def test_what_a_closed_client_does_not_take_is_dropped(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.handover.LINGER_SECONDS", 0.2)
    clients = [await dial(served, ASK % TRADES, receive_bytes=4096) for _ in range(2)]
    hub = served.node.hub
    await until(lambda: hub.readers == 2)
    readers = hub.everyone()
    await until(lambda: all(is_behind(reader.outlet) for reader in readers), lambda: trade_a_lot(served))
    streams = [reader.outlet for reader in readers if isinstance(reader.outlet, StreamProtocol)]
    shared = streams[0]._streams
    hub.disconnect(readers[0], SLOW)
    await asyncio.sleep(0.1)
    hub.disconnect(readers[1], SLOW)
    assert list(shared.closing) == streams
    await until(lambda: not shared.closing)
    assert shared._sweep_timer is None
    for client in clients:
        assert b"event: unavailable" not in await read_to_end(client)
        client.close()


def from_aiohttp() -> list[object]:
    """What aiohttp keeps of connections, requests and responses."""
    kinds = (web.RequestHandler, web.BaseRequest, web.StreamResponse, aiohttp.abc.AbstractStreamWriter)
    gc.collect()
    return [thing for thing in gc.get_objects() if isinstance(thing, kinds)]


async def test_nothing_of_aiohttp_is_left_of_a_connection(served: Served) -> None:
    kept, tasks = from_aiohttp(), asyncio.all_tasks()
    clients = [await dial(served, ASK % TRADES) for _ in range(5)]
    for client in clients:
        await read_until(client, b"event: status")
    assert served.node.hub.readers == 5
    await until(lambda: asyncio.all_tasks() <= tasks)
    others = {id(thing) for thing in kept}
    assert [thing for thing in from_aiohttp() if id(thing) not in others] == []
    for client in clients:
        client.close()


async def test_connections_inherit_the_limit_of_what_is_unsent(served: Served) -> None:
    client = await dial(served, ASK % TRADES)
    await read_until(client, b"event: status")
    transport = only_stream(served).transport
    accepted = transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT) == UNSENT_LIMIT
    client.close()


async def test_tls_stays_with_aiohttp_and_sends_the_same_bytes(served: Served, secure_port: int) -> None:
    await served.trade("AAPL", 1)
    trust = ssl.create_default_context(cafile=CERTIFICATE)
    plain = await open_stream(served.address, TRADES.decode())
    secure = Connection(*await asyncio.open_connection("127.0.0.1", secure_port, ssl=trust), SseParser())
    secure.get(f"/v1/stream?{TRADES.decode()}")
    for stream in (plain, secure):
        await stream.until("status")
    await served.trade("AAPL", 2)
    for stream in (plain, secure):
        await stream.until("events")
    readers = served.node.hub.everyone()
    assert sorted(isinstance(reader.outlet, StreamProtocol) for reader in readers) == [False, True]
    for reader in readers:
        served.node.hub.disconnect(reader, RESTART, 1.0)
    for stream in (plain, secure):
        await stream.until_end()
    bytes_sent = [
        re.sub(rb'(Date: |^retry: |"(?:t|since)":").*?(?=["\r\n])', rb"\1", bytes(stream.raw), flags=re.MULTILINE)
        for stream in (plain, secure)
    ]
    assert bytes_sent[0] == bytes_sent[1]
    assert bytes_sent[0].startswith(
        b"HTTP/1.1 200 OK\r\n"
        b"Access-Control-Allow-Origin: *\r\n"
        b"Vary: Accept-Encoding\r\n"
        b"Content-Type: text/event-stream\r\n"
        b"Cache-Control: no-cache, no-transform\r\n"
        b"Connection: close\r\n"
        b"X-Accel-Buffering: no\r\n"
        b"Date: \r\n"
    )
    assert re.findall(rb"(?m)^event: (.*)", bytes_sent[0]) == [b"snapshot", b"status", b"shutdown"]
    assert bytes_sent[0].count(b"data: [") == 2


async def test_a_client_that_closes_its_side_before_its_handshake_is_no_error(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await dial(served, ASK % TRADES)
    client.shutdown(socket.SHUT_WR)
    neighbour = await dial(served, ASK % TRADES)
    await read_until(neighbour, b"event: status")
    assert "request failed" not in capsys.readouterr().out


@pytest.mark.parametrize(("kind", "name"), [(web.RequestHandler, "_task_handler"), (web.Server, "connections")])
async def test_a_node_does_not_start_on_an_aiohttp_it_does_not_know(
    kind: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(kind, name)
    said = rf"aiohttp {re.escape(aiohttp.__version__)} has no {kind.__name__}\.{name}"
    with pytest.raises(UnknownAiohttp, match=said):
        async with serving(Node(config_with(), EmbeddedSource)):
            pass


async def test_a_node_does_not_start_on_a_server_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(web.Server):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            del self._kwargs

    monkeypatch.setattr(web, "Server", Other)
    with pytest.raises(UnknownAiohttp, match=r"has no Server\._kwargs"):
        check()
