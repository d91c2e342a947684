import asyncio

import aiohttp

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from tests.wire import SocketParser, cut_all, open_socket, open_stream, poll_once
from web.node import Node
from web.server import serving


async def test_health_on_both_listeners(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        for address in (served.address, served.admin):
            for path in ("/healthz", "/readyz"):
                async with session.get(address + path) as response:
                    assert response.status == 200
        async with session.get(f"{served.admin}/v1/poll") as response:
            assert response.status == 404
        async with session.get(f"{served.address}/nothing") as response:
            assert (await response.json())["error"]["code"] == "not_found"
        async with session.post(f"{served.address}/v1/poll") as response:
            assert response.status == 405


async def test_a_node_that_leaves_tells_every_reader() -> None:
    node = Node(config_with(server__shutdown_seconds=2.0), EmbeddedSource)
    async with serving(node) as (address, _):
        stream = await open_stream(address, "quotes=AAPL")
        await stream.until("snapshot")
        socket = await open_socket(address)
        await socket.until("success")
        socket.send({"action": "subscribe", "quotes": ["AAPL"]})
        await socket.until("subscription")
        _, heard, _ = await poll_once(address, "quotes=AAPL")
        poll = asyncio.create_task(poll_once(address, f"quotes=AAPL&cursor={heard[-1].cursor}&wait=20"))
        async with asyncio.timeout(10):
            while node.hub.readers < 3:
                await asyncio.sleep(0.01)
        listening = asyncio.gather(stream.until_end(), socket.until_end(), poll)
    streamed, socketed, (status, _, headers) = await listening
    assert next(said.data["delay"] for said in streamed if said.name == "shutdown") >= 500
    assert next(said.data["delay"] for said in socketed if said.name == "shutdown") >= 500
    assert isinstance(socket.parser, SocketParser)
    assert socket.parser.closed is not None
    assert socket.parser.closed[0] == 1012
    assert (status, headers["retry-after"]) == (503, "2")
    assert node.hub.readers == 0
    cut_all()


async def test_a_full_node_says_so_to_the_next() -> None:
    node = Node(config_with(limits__connections=1), EmbeddedSource)
    async with serving(node) as (address, _):
        first = await open_stream(address, "quotes=AAPL")
        await first.until("snapshot")
        second = await open_stream(address, "quotes=AAPL")
        assert (await second.until("unavailable")).data["reason"] == "overloaded"
        third = await open_socket(address)
        assert isinstance(third.parser, SocketParser)
        while third.parser.head is None:
            await third.hear()
        assert third.parser.head.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 2" in third.parser.head
        cut_all()
