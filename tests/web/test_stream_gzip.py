"""Streams in gzip, as the clients that there are decode them."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Page

from feeds.embedded import EmbeddedSource
from feeds.message import Message
from tests.web.conftest import Served, config_with
from tests.wire import Connection, GzipSseParser, Heard, connect, cut_all, open_gzip_stream, open_socket, open_stream
from web.node import Node
from web.server import serving

QUERY = "trades=*&mode=every&interval=0"


async def send(served: Served, count: int) -> list[int]:
    """So many trades in one batch; their ids."""
    ids = [next(served.ids) for _ in range(count)]
    trade = {"T": "t", "S": "AAPL", "p": 1.5, "s": 1, "t": "2021-01-08T00:00:00Z"}
    await served.source.send([Message("trades", "AAPL", 0, json.dumps({**trade, "i": id_}).encode()) for id_ in ids])
    return ids


class HeadParser:
    """Reads on, and makes nothing of what comes."""

    rest = b""

    def feed(self, data: bytes) -> list[Heard]:
        del data
        return []


async def head_of(address: str, query: str, accept: str | None) -> str:
    """The head of a stream that stays open, whatever its coding; its reader is in the hub."""
    stream = await connect(address, HeadParser())
    stream.get(f"/v1/stream?{query}", {} if accept is None else {"Accept-Encoding": accept})
    while b"\r\n\r\n" not in stream.raw:
        assert await stream.hear() is not None
    return stream.raw.partition(b"\r\n\r\n")[0].decode().lower()


async def events_until(stream: Connection, id_: int) -> list[Heard]:
    """All messages with events, to the one that ends with a trade."""
    heard = [await stream.until("snapshot")]
    while not heard[-1].data or heard[-1].data[-1]["i"] != id_:
        heard.append(await stream.until("events"))
    return heard


async def test_it_says_the_same_in_gzip_whenever_a_reader_came(served: Served) -> None:
    streams: list[tuple[Connection, Connection]] = []
    for count in (1, 2, 40, 300):
        pair = (await open_stream(served.address, QUERY), await open_gzip_stream(served.address, QUERY))
        async with asyncio.timeout(10):
            while served.node.hub.readers < len(streams) * 2 + 2:
                await asyncio.sleep(0.01)
        streams.append(pair)
        last = (await send(served, count))[-1]
    for plain, gzip in streams:
        expected = await events_until(plain, last)
        assert await events_until(gzip, last) == expected
    sizes = [[len(stream.raw) for stream in pair] for pair in streams]
    assert all(gzip < plain * 0.35 for plain, gzip in sizes), sizes
    tails = {bytes(gzip.raw[-500:]) for _, gzip in streams}
    assert len(tails) == 1


@pytest.mark.parametrize(
    ("accept", "is_gzip"),
    [("gzip, deflate, br", True), ("*", True), ("gzip;q=0", False), ("br", False), (None, False)],
)
async def test_gzip_is_for_those_who_accept_it(served: Served, accept: str | None, is_gzip: bool) -> None:
    head = await head_of(served.address, QUERY, accept)
    assert ("content-encoding: gzip" in head) is is_gzip
    assert head.count("content-encoding") == is_gzip
    assert "vary: accept-encoding" in head


@pytest.fixture
async def served_from_three(settings: dict[str, object]) -> AsyncIterator[str]:
    node = Node(config_with(**settings, stream__gzip_readers=3), EmbeddedSource)
    async with serving(node) as (address, _):
        yield address
        cut_all()


async def test_gzip_begins_with_enough_readers_of_the_same(served_from_three: str) -> None:
    address = served_from_three
    socket = await open_socket(address)
    socket.send({"action": "subscribe", "trades": ["*"]})
    await socket.until("subscription")
    codings = []
    for query in (QUERY, QUERY, QUERY, "trades=AAPL", QUERY):
        head = await head_of(address, query, "gzip")
        codings.append("content-encoding: gzip" in head)
    assert codings == [False, False, True, False, True]


async def test_none_is_none() -> None:
    node = Node(config_with(stream__gzip_readers=0), EmbeddedSource)
    async with serving(node) as (address, _):
        head = await head_of(address, QUERY, "gzip")
        assert "content-encoding" not in head
        assert "vary: accept-encoding" in head
        cut_all()


async def test_a_full_node_says_so_in_gzip_too() -> None:
    node = Node(config_with(limits__connections=1), EmbeddedSource)
    async with serving(node) as (address, _):
        first = await open_gzip_stream(address, QUERY)
        await first.until("snapshot")
        second = await open_gzip_stream(address, QUERY)
        heard = await second.until_end()
        assert [(message.name, message.data["reason"]) for message in heard] == [("unavailable", "overloaded")]
        cut_all()


async def lines_until(lines: asyncio.StreamReader | aiohttp.StreamReader, id_: int) -> list[int]:
    """The trades in the lines of a stream, to one of them."""
    got: list[int] = []
    async with asyncio.timeout(20):
        while id_ not in got:
            line = await lines.readline()
            assert line, "the stream ended"
            if line.startswith(b"data: ["):
                got.extend(trade["i"] for trade in json.loads(line.removeprefix(b"data: ")))
    return got


async def test_aiohttp_decodes_it_from_the_middle_to_the_last_words() -> None:
    node = Node(config_with(), EmbeddedSource)
    async with aiohttp.ClientSession() as session:
        async with serving(node) as (address, _):
            assert isinstance(node.source, EmbeddedSource)
            served = Served(node, node.source, address, "")
            early = await open_gzip_stream(address, QUERY)
            await early.until("snapshot")
            (first,) = await send(served, 1)
            response = await session.get(f"{address}/v1/stream?{QUERY}")
            assert response.headers["Content-Encoding"] == "gzip"
            assert await lines_until(response.content, first) == [first]
            ids = await send(served, 200)
            assert await lines_until(response.content, ids[-1]) == ids
            early.cut()
        assert b"event: shutdown" in await response.content.read()


async def test_curl_decodes_it_from_the_middle_to_the_last_words() -> None:
    curl = shutil.which("curl")
    assert curl, "curl is missing: run the tests with `make test`, or install it"
    node = Node(config_with(), EmbeddedSource)
    async with serving(node) as (address, _):
        assert isinstance(node.source, EmbeddedSource)
        served = Served(node, node.source, address, "")
        early = await open_gzip_stream(address, QUERY)
        await early.until("snapshot")
        (first,) = await send(served, 1)
        process = await asyncio.create_subprocess_exec(
            curl, "--silent", "--compressed", "--no-buffer", "--include", f"{address}/v1/stream?{QUERY}",
            stdout=asyncio.subprocess.PIPE, limit=2**20,
        )  # fmt: skip
        assert process.stdout
        head = await process.stdout.readuntil(b"\r\n\r\n")
        assert b"content-encoding: gzip" in head.lower()
        assert await lines_until(process.stdout, first) == [first]
        ids = await send(served, 200)
        assert await lines_until(process.stdout, ids[-1]) == ids
        early.cut()
    assert b"event: shutdown" in await process.stdout.read()
    assert await process.wait() == 0


LISTEN = """query => new Promise((opened, failed) => {
    window.trades = [];
    window.stream = new EventSource(`/v1/stream?${query}`);
    const take = message => window.trades.push(...JSON.parse(message.data).map(trade => trade.i));
    window.stream.addEventListener("snapshot", message => { take(message); opened(); });
    window.stream.onmessage = take;
    window.stream.onerror = () => failed(new Error("the stream broke"));
})"""


async def test_a_browser_decodes_it_from_the_middle(served: Served, page: Page) -> None:
    early = await open_gzip_stream(served.address, QUERY)
    await early.until("snapshot")
    (first,) = await send(served, 1)
    await page.goto(f"{served.address}/healthz")
    async with page.expect_response("**/v1/stream?**") as coming:
        await page.evaluate(LISTEN, QUERY)
    response = await coming.value
    assert response.headers["content-encoding"] == "gzip"
    assert await page.evaluate("window.trades") == [first]
    ids = [first]
    for count in (1, 30, 200):
        ids += await send(served, count)
        await page.wait_for_function("count => window.trades.length >= count", arg=len(ids))
        assert await page.evaluate("window.trades") == ids
    assert isinstance(early.parser, GzipSseParser)
    assert [trade["i"] for message in await events_until_end(early, ids[-1]) for trade in message.data] == ids
    await page.evaluate("window.stream.close()")


async def events_until_end(stream: Connection, id_: int) -> list[Heard]:
    """The messages with events after the snapshot, to the one that ends with a trade."""
    heard = [await stream.until("events")]
    while heard[-1].data[-1]["i"] != id_:
        heard.append(await stream.until("events"))
    return heard
