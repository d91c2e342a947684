"""Massive's protocol."""

import pytest

from tests.web.conftest import Served
from tests.wire import Connection, open_socket

MARKET_TIME = "2021-01-08T00:00:00.278Z"


async def connected(served: Served, market: str = "stocks") -> Connection:
    socket = await open_socket(served.address, f"/massive/{market}")
    assert (await socket.until("connected")).data[0]["message"] == "Connected Successfully"
    socket.send({"action": "auth", "params": "any.key"})
    assert (await socket.until("auth_success")).data[0]["message"] == "authenticated"
    return socket


async def subscribe(socket: Connection, params: str) -> list[str]:
    socket.send({"action": "subscribe", "params": params})
    return [(await socket.until("success")).data[0]["message"] for _ in params.split(",")]


async def events(socket: Connection, count: int) -> list[dict[str, object]]:
    got: list[dict[str, object]] = []
    while len(got) < count:
        got.extend((await socket.until("events")).data)
    return got


async def test_each_channel_is_answered_and_events_have_its_words(served: Served) -> None:
    socket = await connected(served)
    said = await subscribe(socket, "T.AAPL,Q.AAPL,AM.*")
    assert said == ["subscribed to: AM.*", "subscribed to: Q.AAPL", "subscribed to: T.AAPL"]
    trade = {"T": "t", "S": "AAPL", "p": 1.5, "s": 2, "i": 7, "x": "V", "z": "C", "c": ["@"], "t": MARKET_TIME}
    quote = {"T": "q", "S": "AAPL", "bp": 1, "bs": 2, "ap": 3, "as": 4, "t": MARKET_TIME}
    bar = {
        "T": "b",
        "S": "MSFT",
        "o": 1,
        "h": 3,
        "l": 1,
        "c": 2,
        "v": 10,
        "n": 4,
        "vw": 2.1,
        "t": "2021-01-08T00:01:00Z",
    }
    await served.send("trades", "AAPL", trade)
    await served.send("quotes", "AAPL", quote)
    await served.send("bars", "MSFT", bar)
    first, second, third = await events(socket, 3)
    milliseconds = 1610064000278
    assert first == {
        "ev": "T",
        "sym": "AAPL",
        "x": 0,
        "i": "7",
        "z": 3,
        "p": 1.5,
        "s": 2,
        "c": [],
        "t": milliseconds,
        "q": first["q"],
    }
    assert {name: second[name] for name in ("ev", "sym", "bp", "bs", "ap", "as", "t")} == {
        "ev": "Q",
        "sym": "AAPL",
        "bp": 1,
        "bs": 2,
        "ap": 3,
        "as": 4,
        "t": milliseconds,
    }
    assert third == {
        "ev": "AM",
        "sym": "MSFT",
        "v": 10,
        "vw": 2.1,
        "o": 1,
        "c": 2,
        "h": 3,
        "l": 1,
        "z": 2,
        "s": 1610064060000,
        "e": 1610064120000,
    }


async def test_sequence_numbers_grow(served: Served) -> None:
    socket = await connected(served)
    await subscribe(socket, "T.AAPL")
    for price in range(5):
        await served.trade("AAPL", price)
    numbers = [event["q"] for event in await events(socket, 5)]
    assert numbers == sorted(set(map(int, map(str, numbers))))


async def test_crypto_has_pairs_and_each_market_its_own(served: Served) -> None:
    crypto, stocks = await connected(served, "crypto"), await connected(served)
    assert await subscribe(crypto, "XT.*") == ["subscribed to: XT.*"]
    assert await subscribe(crypto, "XQ.BTC-USD") == ["subscribed to: XQ.BTC-USD"]
    assert await subscribe(stocks, "T.*") == ["subscribed to: T.*"]
    for symbol in ("AAPL", "BTC/USD", "MSFT", "ETH/USD"):
        await served.trade(symbol, 1)
    await served.quote("BTC/USD", 1)
    got = [(event["ev"], event["pair"]) for event in await events(crypto, 3)]
    assert got == [("XT", "BTC-USD"), ("XT", "ETH-USD"), ("XQ", "BTC-USD")]
    assert [event["sym"] for event in await events(stocks, 2)] == ["AAPL", "MSFT"]


async def test_unsubscribe(served: Served) -> None:
    socket = await connected(served)
    await subscribe(socket, "T.AAPL,T.MSFT")
    socket.send({"action": "unsubscribe", "params": "T.AAPL"})
    assert (await socket.until("success")).data[0]["message"] == "unsubscribed from: T.AAPL"
    await served.trade("AAPL", 1)
    await served.trade("MSFT", 1)
    assert [event["sym"] for event in await events(socket, 1)] == ["MSFT"]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"{", "not JSON"),
        ({"action": "dance", "params": ""}, "unknown action"),
        ({"action": "subscribe", "params": ["T.AAPL"]}, "params is a text"),
        ({"action": "subscribe", "params": "A.AAPL"}, "no channel of stocks"),
        ({"action": "subscribe", "params": "T.BTC/USD"}, "there is no trades/BTC/USD here"),
    ],
)
async def test_what_is_wrong_is_said_and_disturbs_nothing(served: Served, message: object, said: str) -> None:
    socket = await connected(served)
    await subscribe(socket, "T.AAPL")
    socket.send(message)
    assert said in (await socket.until("error")).data[0]["message"]
    await served.trade("AAPL", 1)
    assert len(await events(socket, 1)) == 1
