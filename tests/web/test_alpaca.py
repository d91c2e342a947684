"""Alpaca's protocol: its forms, its paths, its login and its errors."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import msgpack
import pytest

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from tests.wire import Connection, SocketParser, cut_all, open_socket
from ticker.authorizer import Credentials, Grant
from web import websocket
from web.node import Node
from web.server import serving

MSGPACK = {"Content-Type": "application/msgpack"}


class Keys:
    """One key, which may read some stocks on one feed; nobody else may read anything."""

    key = Grant("key", ("quotes/A*", "trades/AAPL"), feeds=("iex",), most_channels=3)

    def grant(self, credentials: Credentials | None) -> Grant | None:
        if credentials is None:
            return Grant(None, ())
        return self.key if credentials == Credentials("key", "secret") else None

    def renewed(self, grant: Grant) -> Grant | None:
        return grant


class Broken:
    """One that fails."""

    def grant(self, credentials: Credentials | None) -> Grant | None:
        del credentials
        return Grant()

    def renewed(self, grant: Grant) -> Grant | None:
        raise RuntimeError(f"no keys today for {grant}")


@asynccontextmanager
async def closed_node(authorizer: Keys | Broken) -> AsyncIterator[Served]:
    node = Node(config_with(), EmbeddedSource, authorizer)
    async with serving(node) as (address, admin):
        assert isinstance(node.source, EmbeddedSource)
        yield Served(node, node.source, address, admin)
        cut_all()


async def connected(address: str, path: str = "/v2/iex", headers: dict[str, str] | None = None) -> Connection:
    socket = await open_socket(address, path, headers)
    assert (await socket.until("success")).data["msg"] == "connected"
    return socket


async def problem(socket: Connection) -> int:
    code: int = (await socket.until("error")).data["code"]
    return code


def opcodes(socket: Connection) -> set[int]:
    assert isinstance(socket.parser, SocketParser)
    return socket.parser.opcodes


async def test_who_asks_for_msgpack_is_sent_nothing_else_and_the_same(served: Served) -> None:
    packed = await connected(served.address, headers=MSGPACK)
    text = await connected(served.address)
    packed.send(msgpack.packb({"action": "auth", "key": "k", "secret": "s"}), opcode=2)
    assert (await packed.until("success")).data["msg"] == "authenticated"
    subscribe = {"action": "subscribe", "quotes": ["*"], "trades": ["AAPL"], "cursor": "", "heartbeat": True}
    packed.send(msgpack.packb(subscribe), opcode=2)
    text.send(subscribe)
    states = [(await socket.until("subscription")).data for socket in (packed, text)]
    assert states[0] == states[1]
    for number in range(40):
        await served.quote(f"S{number}", number + 0.25)
        await served.trade("AAPL", number)
    events: list[list[dict[str, object]]] = [[], []]
    for socket, got in zip((packed, text), events, strict=True):
        while len(got) < 80:
            got.extend((await socket.until("events")).data)
        assert (await socket.until("cursor")).cursor
    times = [event.pop("t") for event in events[0]]
    assert all(isinstance(time, msgpack.Timestamp) for time in times)
    assert {event.pop("t") for event in events[1]} == {"2021-01-08T00:00:00Z"}
    assert {time.to_unix() for time in times if isinstance(time, msgpack.Timestamp)} == {1610064000}
    assert events[0] == events[1]
    assert (opcodes(packed), opcodes(text)) == ({2}, {1})


@pytest.mark.parametrize(
    ("time", "seconds", "nanoseconds"),
    [
        ("2021-01-08T00:00:00.123456789Z", 1610064000, 123456789),
        ("1969-12-31T23:59:59.5Z", -1, 500_000_000),
        ("2600-01-01T00:00:00Z", 19880899200, 0),
    ],
)
async def test_times_in_msgpack_are_exact(served: Served, time: str, seconds: int, nanoseconds: int) -> None:
    socket = await connected(served.address, headers=MSGPACK)
    socket.send({"action": "subscribe", "trades": ["AAPL"]})
    await socket.until("subscription")
    await served.send("trades", "AAPL", {"T": "t", "S": "AAPL", "p": 1, "s": 1, "t": time})
    (event,) = (await socket.until("events")).data
    assert (event["t"].seconds, event["t"].nanoseconds) == (seconds, nanoseconds)


async def test_a_time_that_no_calendar_has_disturbs_nobody(served: Served) -> None:
    socket = await connected(served.address, headers=MSGPACK)
    socket.send({"action": "subscribe", "trades": ["AAPL"]})
    await socket.until("subscription")
    await served.send("trades", "AAPL", {"T": "t", "S": "AAPL", "p": 1, "s": 1, "t": "2021-02-30T25:00:00Z"})
    one = await served.trade("AAPL", 2)
    got: list[dict[str, object]] = []
    while len(got) < 2:
        got.extend((await socket.until("events")).data)
    assert got[0]["t"] == "2021-02-30T25:00:00Z"
    assert got[1]["i"] == one


async def test_a_number_that_has_no_room_in_64_bits_disturbs_nobody(served: Served) -> None:
    socket = await connected(served.address, headers=MSGPACK)
    massive = await open_socket(served.address, "/massive/stocks")
    socket.send({"action": "subscribe", "bars": ["AAPL"]})
    await socket.until("subscription")
    massive.send({"action": "subscribe", "params": "AM.AAPL"})
    await massive.until("success")
    bar = {"T": "b", "S": "AAPL", "o": 1, "h": 1, "l": 1, "c": 1, "v": 1e300, "n": 1, "t": "2021-01-08T00:00:00Z"}
    await served.send("bars", "AAPL", {**bar, "extra": 10**30})
    await served.send("bars", "AAPL", {**bar, "v": 2})
    for one in (socket, massive):
        got: list[dict[str, object]] = []
        while len(got) < 2:
            got.extend((await one.until("events")).data)
        assert [event["v"] for event in got] == [1e300, 2]


async def test_more_than_a_frame_holds_comes_in_several(served: Served) -> None:
    sent = [await served.trade(f"S{number % 7}", number) for number in range(1100)]
    socket = await connected(served.address, headers=MSGPACK)
    socket.send({"action": "subscribe", "trades": ["*"], "history": 500})
    got: list[int] = []
    sizes = []
    while len(got) < len(sent):
        events = (await socket.until("events")).data
        sizes.append(len(events))
        got.extend(event["i"] for event in events)
    assert got == sent
    assert max(sizes) == 512


async def test_each_path_has_its_market(served: Served) -> None:
    everything = await connected(served.address, "/v1/ws")
    stocks = await connected(served.address, "/v2/sip")
    crypto = await connected(served.address, "/v1beta3/crypto/us")
    for socket in (everything, stocks, crypto):
        socket.send({"action": "subscribe", "quotes": ["*"], "games": ["nfl"]})
        assert (await socket.until("subscription")).data["quotes"] == ["*"]
    for symbol in ("AAPL", "BTC/USD", "MSFT", "ETH/USD"):
        await served.quote(symbol, 1)

    async def symbols(socket: Connection, count: int) -> list[str]:
        got: list[str] = []
        while len(got) < count:
            got.extend(event["S"] for event in (await socket.until("events")).data)
        return got

    assert await symbols(everything, 4) == ["AAPL", "BTC/USD", "MSFT", "ETH/USD"]
    assert await symbols(stocks, 2) == ["AAPL", "MSFT"]
    assert await symbols(crypto, 2) == ["BTC/USD", "ETH/USD"]
    stocks.send({"action": "subscribe", "quotes": ["BTC/USD"]})
    assert await problem(stocks) == 410
    crypto.send({"action": "subscribe", "quotes": ["AAPL"]})
    assert await problem(crypto) == 410
    crypto.send({"action": "subscribe", "statuses": ["BTC/USD"]})
    assert await problem(crypto) == 410


async def test_a_node_for_holders_of_keys() -> None:
    async with closed_node(Keys()) as served:
        socket = await connected(served.address)
        socket.send({"action": "subscribe", "quotes": ["AAPL"]})
        assert await problem(socket) == 401
        socket.send({"action": "auth", "key": "key", "secret": "guess"})
        assert await problem(socket) == 402
        socket.send({"action": "auth", "key": "key", "secret": "secret"})
        assert (await socket.following()).data["msg"] == "authenticated"
        socket.send({"action": "auth", "key": "key", "secret": "secret"})
        assert await problem(socket) == 403
        for refused in ({"quotes": ["MSFT"]}, {"quotes": ["*"]}, {"trades": ["A"]}, {"bars": ["AAPL"]}):
            socket.send({"action": "subscribe", **refused})
            assert await problem(socket) == 409
        socket.send({"action": "subscribe", "quotes": ["AA", "AB", "AC", "AD"]})
        assert await problem(socket) == 405
        socket.send({"action": "subscribe", "quotes": ["AAPL"]})
        assert (await socket.until("subscription")).data["quotes"] == ["AAPL"]
        for symbol in ("MSFT", "AAPL"):
            await served.quote(symbol, 1)
        assert [event["S"] for event in (await socket.until("events")).data] == ["AAPL"]
        other = await connected(served.address, "/v2/sip", {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"})
        other.send({"action": "subscribe", "quotes": ["AAPL"]})
        assert await problem(other) == 409


async def test_headers_log_in_and_an_auth_that_follows_is_right_too() -> None:
    async with closed_node(Keys()) as served:
        headers = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}
        socket = await connected(served.address, headers=headers)
        socket.send({"action": "auth", "key": "key", "secret": "secret"})
        assert (await socket.following()).data["msg"] == "authenticated"
        bare = await connected(served.address, headers={"Authorization": "Bearer key.secret"})
        bare.send({"action": "subscribe", "quotes": ["AAPL"]})
        assert (await bare.until("subscription")).data["quotes"] == ["AAPL"]


async def test_who_shows_nothing_in_time_is_sent_away_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "AUTH_SECONDS", 0.3)
    async with closed_node(Keys()) as served:
        right = await connected(served.address, headers={"Authorization": "Bearer key.secret"})
        right.send({"action": "subscribe", "quotes": ["AAPL"]})
        silent = await connected(served.address)
        assert await problem(silent) == 404
        await silent.until_end()
        assert isinstance(silent.parser, SocketParser)
        assert silent.parser.closed is not None
        assert silent.parser.closed[0] == 1008
        await right.until("subscription")
        await served.quote("AAPL", 1)
        assert len((await right.until("events")).data) == 1


async def test_a_failure_of_ours_is_said_and_closes_nothing() -> None:
    async with closed_node(Broken()) as served:
        socket = await connected(served.address)
        for _ in range(2):
            socket.send({"action": "subscribe", "quotes": ["AAPL"]})
            assert await problem(socket) == 500


async def test_compression_is_never_agreed_to(served: Served) -> None:
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    socket = await connected(served.address, headers=offer)
    assert isinstance(socket.parser, SocketParser)
    assert socket.parser.head is not None
    assert b"101" in socket.parser.head
    assert b"extensions" not in socket.parser.head.lower()


def fragments(message: dict[str, object], size: int) -> Iterable[tuple[bytes, int, bool]]:
    data = json.dumps(message).encode()
    for begin in range(0, len(data), size):
        yield data[begin : begin + size], 0 if begin else 1, begin + size >= len(data)


async def test_a_large_subscribe_comes_in_fragments_with_pings_between(served: Served) -> None:
    socket = await connected(served.address)
    symbols = [f"S{number}" for number in range(8001)]
    count = 0
    for data, opcode, is_final in fragments({"action": "subscribe", "trades": symbols}, 32_768):
        socket.send(data, opcode=opcode, is_final=is_final)
        socket.send(b"are you there", opcode=9)
        count += 1
    assert count > 2
    assert len((await socket.until("subscription")).data["trades"]) == 8001
    assert socket.raw.count(b"\x8a\x0dare you there") >= count - 1
