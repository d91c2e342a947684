import asyncio
import re
import socket
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from aiohttp.web import Application, AppRunner

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from tests.web.rest import get
from tests.wire import PollParser, connect, poll_once
from ticker.authorizer import Credentials, Grant
from ticker.log import Log
from web.known_polls import KnownPolls
from web.node import Node
from web.requests import read_query
from web.server import serving

HEADS = re.compile(rb"HTTP/1\.[01] (\d{3}) .*?\r\n\r\n", re.DOTALL)
DATE = re.compile(rb"\r\nDate: ([^\r]*)")


class Counts:
    """What was done for the polls of a node."""

    def __init__(self) -> None:
        self.polls: KnownPolls | None = None
        self.parsed = 0
        self.asked = 0

    @property
    def known(self) -> KnownPolls:
        assert self.polls is not None
        return self.polls

    def all(self) -> tuple[int, int, int]:
        """Polls that were parsed, that the log was asked for, and that were answered early."""
        return self.parsed, self.asked, self.known.answered


@pytest.fixture(autouse=True)
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Set up before the node is."""
    counts = Counts()
    reached = Log.reached

    def known_polls(node: Node) -> KnownPolls:
        counts.polls = KnownPolls(node)
        return counts.polls

    def counted_read(*args: object, **kwargs: object) -> object:
        counts.parsed += 1
        return read_query(*args, **kwargs)  # type: ignore[arg-type]

    def counted_reached(*args: object) -> object:
        counts.asked += 1
        return reached(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("web.server.KnownPolls", known_polls)
    monkeypatch.setattr("web.poll.read_query", counted_read)
    monkeypatch.setattr(Log, "reached", counted_reached)
    return counts


async def exchange(address: str, *requests: bytes, answers: int = 1) -> tuple[list[int], bytes]:
    """The statuses of the answers to raw requests sent at once, and all that came: the end too, for 0 answers."""
    reader, writer = await asyncio.open_connection(urlsplit(address).hostname, urlsplit(address).port)
    writer.write(b"".join(requests))
    heard = b""
    async with asyncio.timeout(20):
        while not answers or len(HEADS.findall(heard)) < answers:
            data = await reader.read(65_536)
            heard += data
            if not data:
                break
    writer.transport.abort()
    return [int(status) for status in HEADS.findall(heard)], heard


def request(query: str, tag: str, *, method: str = "GET", version: str = "1.1", more: str = "") -> bytes:
    return f"{method} /v1/poll?{query} HTTP/{version}\r\nHost: node\r\nIf-None-Match: {tag}\r\n{more}\r\n".encode()


async def tag_of(served: Served, query: str) -> dict[str, str]:
    """What a client sends that has polled once."""
    status, _, headers = await poll_once(served.address, query)
    assert status == 200
    return {"If-None-Match": headers["etag"]}


async def test_an_unchanged_poll_is_not_parsed_and_the_log_not_asked(served: Served, counts: Counts) -> None:
    await served.quote("AAPL", 1)
    tag = await tag_of(served, "quotes=AAPL,MSFT")
    assert counts.all() == (1, 1, 0)
    for number in range(1, 4):
        assert (await poll_once(served.address, "quotes=AAPL,MSFT", tag))[0] == 304
        assert counts.all() == (1, 1, number)
    weak_among_others = {"If-None-Match": f'"other", W/{tag["If-None-Match"]}'}
    assert (await poll_once(served.address, "quotes=AAPL,MSFT", weak_among_others))[0] == 304
    assert counts.all() == (1, 1, 4)


async def test_nor_is_a_snapshot_over_rest(served: Served, counts: Counts) -> None:
    await served.quote("AAPL", 1)
    path = "/v2/stocks/snapshots?symbols=AAPL"
    tag = {"If-None-Match": (await get(served.address, path))[2]["ETag"]}
    for number in range(1, 4):
        assert (await get(served.address, path, tag))[0] == 304
        assert counts.all() == (0, 1, number)
    await served.trade("AAPL", 5)
    status, body, headers = await get(served.address, path, tag)
    assert (status, body["AAPL"]["latestTrade"]["p"]) == (200, 5)
    assert (await get(served.address, path, {"If-None-Match": headers["ETag"]}))[0] == 304
    assert counts.all() == (0, 2, 4)


async def test_nor_while_other_channels_change(served: Served, counts: Counts) -> None:
    await served.quote("AAPL", 1)
    await served.quote("GOOG", 1)
    tag = await tag_of(served, "quotes=AAPL")
    for number in range(1, 4):
        await served.quote("GOOG", number)
        assert (await poll_once(served.address, "quotes=AAPL", tag))[0] == 304
    assert counts.all() == (1, 1, 3)
    await served.quote("AAPL", 2)
    status, heard, headers = await poll_once(served.address, "quotes=AAPL", tag)
    assert (status, heard[-1].data[0]["bp"]) == (200, 2)
    assert (await poll_once(served.address, "quotes=AAPL", {"If-None-Match": headers["etag"]}))[0] == 304
    assert counts.all() == (2, 2, 4)


async def test_a_channel_that_gains_a_key_or_a_new_topic_is_a_change(served: Served, counts: Counts) -> None:
    await served.quote("AAPL", 1)
    tag = await tag_of(served, "quotes=*")
    await served.quote("MSFT", 1)
    status, heard, headers = await poll_once(served.address, "quotes=*", tag)
    assert (status, len(heard[-1].data)) == (200, 2)
    served.node.log.open("quotes", "another epoch", served.node.log.topics["quotes"].heads)
    status, heard, _ = await poll_once(served.address, "quotes=*", {"If-None-Match": headers["etag"]})
    assert (status, heard[-1].data) == (200, [])
    assert counts.known.answered == 0


async def test_it_is_the_answer_of_the_long_way(served: Served, counts: Counts) -> None:
    await served.quote("AAPL", 1)
    tag = (await tag_of(served, "quotes=AAPL"))["If-None-Match"]
    _, early = await exchange(served.address, request("quotes=AAPL", tag))
    assert counts.known.answered == 1
    served.node.config.hub.known_polls_bytes = 1
    await poll_once(served.address, "quotes=AAPL")
    assert (len(counts.known), counts.known.bytes) == (0, 0)
    _, late = await exchange(served.address, request("quotes=AAPL", tag))
    assert counts.known.answered == 1
    assert DATE.sub(b"", early) == DATE.sub(b"", late)
    assert DATE.search(early)


async def test_the_date_goes_with_the_clock(served: Served, counts: Counts, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = (await tag_of(served, "quotes=AAPL"))["If-None-Match"]
    dates = []
    for now in (1_610_064_000.9, 1_610_064_001.0):
        monkeypatch.setattr("web.known_polls.time", SimpleNamespace(time=lambda now=now: now))
        _, heard = await exchange(served.address, request("quotes=AAPL", tag))
        dates.extend(DATE.findall(heard))
    assert dates == [b"Fri, 08 Jan 2021 00:00:00 GMT", b"Fri, 08 Jan 2021 00:00:01 GMT"]
    assert counts.known.answered == 2


async def test_pipelined_polls_are_answered_in_order(served: Served, counts: Counts) -> None:
    tag = (await tag_of(served, "quotes=AAPL"))["If-None-Match"]
    same, other = request("quotes=AAPL", tag), request("quotes=AAPL", '"other"')
    statuses, _ = await exchange(
        served.address, same, other, same, same, b"GET /nothing HTTP/1.1\r\nHost: node\r\n\r\n", answers=5
    )
    assert statuses == [304, 200, 304, 304, 404]
    assert counts.known.answered == 3


async def test_a_request_that_comes_in_pieces(served: Served, counts: Counts) -> None:
    tag = await tag_of(served, "quotes=AAPL")
    connection = await connect(served.address, PollParser())
    for _ in range(3):
        connection.get("/v1/poll?quotes=AAPL", tag)
        await connection.until("unchanged")
    raw = request("quotes=AAPL", tag["If-None-Match"])
    reader, writer = await asyncio.open_connection(urlsplit(served.address).hostname, urlsplit(served.address).port)
    writer.write(raw[:30])
    await writer.drain()
    await poll_once(served.address, "quotes=AAPL", tag)
    writer.write(raw[30:])
    async with asyncio.timeout(20):
        assert (await reader.readline()).startswith(b"HTTP/1.1 304 ")
    writer.transport.abort()
    assert counts.known.answered == 5


async def test_a_client_that_asks_and_does_not_read_goes_the_long_way(served: Served, counts: Counts) -> None:
    raw, number = request("quotes=AAPL", (await tag_of(served, "quotes=AAPL"))["If-None-Match"]), 40_000
    address = urlsplit(served.address)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, (address.hostname, address.port))
        reader, writer = await asyncio.open_connection(sock=client, limit=4096)
        writer.write(raw * number)
        async with asyncio.timeout(60):
            while counts.parsed < 2:
                await asyncio.sleep(0.01)
            heard, rest = 0, b""
            while heard < number:
                *whole, rest = (rest + await reader.read(2**20)).split(b"\r\n\r\n")
                heard += sum(head.startswith(b"HTTP/1.1 304 ") for head in whole)
        writer.transport.abort()
    assert counts.known.answered + counts.parsed - 1 == number


@pytest.mark.parametrize(
    ("how", "status", "is_kept"),
    [
        ({"more": "Connection: close\r\n"}, 304, False),
        ({"version": "1.0"}, 304, False),
        ({"version": "1.0", "more": "Connection: keep-alive\r\n"}, 304, True),
        ({"more": "Expect: 100-continue\r\n"}, 100, True),
        ({"method": "POST"}, 405, True),
        ({"method": "HEAD"}, 405, True),
    ],
)
async def test_anything_out_of_the_ordinary_goes_the_long_way(
    served: Served, counts: Counts, how: dict[str, str], status: int, *, is_kept: bool
) -> None:
    tag = (await tag_of(served, "quotes=AAPL"))["If-None-Match"]
    statuses, heard = await exchange(served.address, request("quotes=AAPL", tag, **how), answers=int(is_kept))
    assert statuses[0] == status, heard
    assert counts.known.answered == 0


class Secretive:
    """Nobody reads without a password, and nobody at all once it is `closed`."""

    closed = False

    def grant(self, credentials: Credentials | None) -> Grant:
        knows = credentials == Credentials("key", "password") and not self.closed
        return Grant("key", ("*",) if knows else ())

    def renewed(self, grant: Grant) -> Grant:
        return grant


async def test_who_may_read_is_asked_every_time(counts: Counts) -> None:
    authorizer = Secretive()
    node = Node(config_with(), EmbeddedSource, authorizer)
    async with serving(node) as (address, _):
        password = {"Authorization": "Bearer key.password"}
        status, _, headers = await poll_once(address, "quotes=AAPL", password)
        assert status == 200
        tag = {"If-None-Match": headers["etag"]}
        assert (await poll_once(address, "quotes=AAPL", {**tag, **password}))[0] == 304
        assert (await poll_once(address, "quotes=AAPL", tag))[0] == 403
        authorizer.closed = True
        assert (await poll_once(address, "quotes=AAPL", {**tag, **password}))[0] == 403
        assert counts.known.answered == 1


async def test_a_node_that_leaves_sends_them_elsewhere(served: Served, counts: Counts) -> None:
    tag = await tag_of(served, "quotes=AAPL")
    assert (await poll_once(served.address, "quotes=AAPL", tag))[0] == 304
    served.node.is_draining = True
    assert (await poll_once(served.address, "quotes=AAPL", tag))[0] == 503
    assert counts.known.answered == 1


async def test_what_is_remembered_is_bounded(served: Served, counts: Counts) -> None:
    served.node.config.hub.known_polls_bytes = 10_000
    tags = {query: await tag_of(served, query) for query in (f"quotes=S{number}" for number in range(20))}
    known = counts.known
    assert 5 < len(known) < 15
    assert 5_000 < known.bytes <= 10_000
    for query, tag in tags.items():
        assert (await poll_once(served.address, query, tag))[0] == 304
    size = len(known), known.bytes
    assert known.answered == 0
    assert (await poll_once(served.address, query, tag))[0] == 304
    assert known.answered == 1
    too_large = "quotes=" + ",".join(f"S{number}" for number in range(200))
    assert (await poll_once(served.address, too_large, await tag_of(served, too_large)))[0] == 304
    assert (len(known), known.bytes) == size


async def test_it_says_what_it_expected_of_aiohttp(served: Served, counts: Counts) -> None:
    assert counts.known.answered == 0
    with pytest.raises(RuntimeError, match=r"aiohttp 3\.14"):
        counts.known.answer_before(AppRunner(Application()))
    assert served.address
