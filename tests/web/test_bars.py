import json
from typing import Any

import pytest

from feeds.message import Message
from tests.web.conftest import Served
from tests.web.rest import bar, get, minute, send_bars


async def pages(served: Served, query: str) -> list[dict[str, list[dict[str, Any]]]]:
    """The bars of all pages of a request."""
    found, token = [], ""
    while True:
        status, body, _ = await get(served.address, f"/v2/stocks/bars?timeframe=1Min&{query}{token}")
        assert status == 200
        found.append(body["bars"])
        if body["next_page_token"] is None:
            return found
        token = f"&page_token={body['next_page_token']}"


def closes(bars: dict[str, list[dict[str, Any]]]) -> dict[str, list[float]]:
    return {symbol: [found["c"] for found in of_symbol] for symbol, of_symbol in bars.items()}


async def test_bars_are_sorted_by_symbol_and_time(served: Served) -> None:
    for number in (2, 0, 3, 1):
        await served.send("bars", "MSFT", bar("MSFT", minute(number), number + 1))
    await send_bars(served, "AAPL", 2)
    status, body, headers = await get(served.address, "/v2/stocks/bars?symbols=MSFT,NONE,AAPL&timeframe=1Min")
    assert status == 200
    assert body["next_page_token"] is None
    assert closes(body["bars"]) == {"AAPL": [1, 2], "MSFT": [1, 2, 3, 4]}
    assert body["bars"]["AAPL"][0] == {"o": 1, "h": 1, "l": 1, "c": 1, "v": 10, "t": minute(0), "n": None, "vw": None}
    assert headers["Access-Control-Allow-Origin"] == "*"
    body = (await get(served.address, "/v2/stocks/MSFT/bars?timeframe=1Min&sort=desc&limit=3"))[1]
    assert body["symbol"] == "MSFT"
    assert [found["c"] for found in body["bars"]] == [4, 3, 2]
    body = (await get(served.address, "/v2/stocks/NONE/bars?timeframe=1Min"))[1]
    assert body == {"bars": [], "symbol": "NONE", "next_page_token": None}
    await send_bars(served, "BTC/USD", 2)
    body = (await get(served.address, "/v1beta3/crypto/us/bars?symbols=BTC/USD&timeframe=1Min"))[1]
    assert closes(body["bars"]) == {"BTC/USD": [1, 2]}


@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 11, 12, 13])
async def test_pages_hold_each_bar_once(served: Served, sort: str, limit: int) -> None:
    for symbol, count in (("A", 5), ("B", 1), ("D", 6)):
        await send_bars(served, symbol, count)
    found = await pages(served, f"symbols=D,C,B,A&limit={limit}&sort={sort}")
    sizes = [sum(map(len, page.values())) for page in found]
    assert sizes == [limit] * (12 // limit) + ([12 % limit] if 12 % limit else [])
    together: dict[str, list[float]] = {}
    for page in found:
        for symbol, values in closes(page).items():
            together.setdefault(symbol, []).extend(values)
    expected = {"A": [1, 2, 3, 4, 5], "B": [1], "D": [1, 2, 3, 4, 5, 6]}
    assert together == {symbol: values[:: 1 if sort == "asc" else -1] for symbol, values in expected.items()}
    assert list(together) == ["A", "B", "D"]


async def test_what_comes_between_two_pages_doubles_nothing(served: Served) -> None:
    await send_bars(served, "A", 4)
    body = (await get(served.address, "/v2/stocks/bars?symbols=A&timeframe=1Min&limit=2"))[1]
    await served.send("updated_bars", "A", bar("A", minute(0), 50, "u"))
    await served.send("bars", "A", bar("A", minute(4), 5))
    rest = f"/v2/stocks/bars?symbols=A&timeframe=1Min&page_token={body['next_page_token']}"
    assert closes((await get(served.address, rest))[1]["bars"]) == {"A": [3, 4, 5]}


async def test_a_page_that_does_not_say_holds_a_thousand(served: Served) -> None:
    await send_bars(served, "A", 1001)
    assert [len(page["A"]) for page in await pages(served, "symbols=A")] == [1000, 1]
    assert [len(page["A"]) for page in await pages(served, "symbols=A&limit=10000")] == [1001]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("start=2021-01-08T00:01:00Z", [2, 3, 4]),
        ("start=2021-01-08T00:01:00.000000001Z", [3, 4]),
        ("end=2021-01-08T00:01:00Z", [1, 2]),
        ("start=2021-01-08T01:01:00%2B01:00&end=2021-01-08T00:02:00Z", [2, 3]),
        ("start=2021-01-08", [1, 2, 3, 4]),
        ("end=2021-01-08", [1, 2, 3, 4]),
        ("end=2021-01-07", []),
        ("start=2021-01-08T00:03:00Z&end=2021-01-08T00:03:00Z", [4]),
    ],
)
async def test_from_start_to_end(served: Served, query: str, numbers: list[int]) -> None:
    await send_bars(served, "A", 4)
    assert closes((await pages(served, f"symbols=A&{query}"))[0]).get("A", []) == numbers


async def test_a_late_trade_replaces_its_minute(served: Served) -> None:
    await send_bars(served, "A", 3)
    await served.send("updated_bars", "A", bar("A", minute(1), 20, "u", mine="kept"))
    await served.send("updated_bars", "A", bar("A", minute(1), 21, "u", mine="kept"))
    (found,) = await pages(served, "symbols=A")
    assert closes(found) == {"A": [1, 21, 3]}
    assert found["A"][1]["mine"] == "kept"
    assert {"T", "S"}.isdisjoint(found["A"][1])


async def test_a_day_is_the_days_newest_bar(served: Served) -> None:
    for close in (5, 6):
        await served.send("daily_bars", "A", bar("A", "2021-01-08T00:00:00Z", close, "d"))
    await send_bars(served, "A", 3)
    body = (await get(served.address, "/v2/stocks/bars?symbols=A&timeframe=1Day"))[1]
    assert closes(body["bars"]) == {"A": [6]}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "timeframe is '': it is 1Min or 1Day"),
        ("&timeframe=5Min", "timeframe is '5Min': it is 1Min or 1Day"),
        ("&timeframe=1Min&sort=up", "sort is 'up': it is asc or desc"),
        ("&timeframe=1Min&limit=0", "limit is '0': it is a whole number from 1 to 10000"),
        ("&timeframe=1Min&limit=10001", "limit is '10001': it is a whole number from 1 to 10000"),
        ("&timeframe=1Min&limit=ten", "limit is 'ten': it is a whole number from 1 to 10000"),
        ("&timeframe=1Min&start=monday", "start is 'monday': it is a date, or RFC 3339 such as 2021-01-08T14:30:00Z"),
        ("&timeframe=1Min&end=2021-02-30", "end is '2021-02-30': it is a date, or RFC 3339"),
        ("&timeframe=1Min&start=2021-01-09&end=2021-01-08", "start is after end: ask for a start before '2021-01-08'"),
        ("&timeframe=1Min&page_token=forged", "page_token is none of this request's: use next_page_token as it was"),
        ("&timeframe=1Min&page_token=%C3%A9", "page_token is none of this request's: use next_page_token as it was"),
        ("&timeframe=1Min&days=5", "unknown parameter 'days': known are symbols, timeframe, start, end, limit,"),
    ],
)
async def test_bad_parameters(served: Served, query: str, message: str) -> None:
    status, body, _ = await get(served.address, f"/v2/stocks/bars?symbols=A{query}")
    assert (status, body["code"]) == (400, 40010000)
    assert body["message"].startswith(message)
    assert set(body) == {"code", "message"}


async def test_a_page_token_of_another_request(served: Served) -> None:
    await send_bars(served, "A", 2)
    body = (await get(served.address, "/v2/stocks/bars?symbols=A&timeframe=1Min&limit=1"))[1]
    other = f"/v2/stocks/bars?symbols=B&timeframe=1Min&page_token={body['next_page_token']}"
    assert (await get(served.address, other))[0] == 400


async def test_bars_have_a_tag_that_moves_with_them(served: Served) -> None:
    await send_bars(served, "A", 2)
    path = "/v2/stocks/bars?symbols=A&timeframe=1Min"
    tag = {"If-None-Match": (await get(served.address, path))[2]["ETag"]}
    await served.send("bars", "B", bar("B", minute(0), 1))
    status, _, headers = await get(served.address, path, tag)
    assert (status, headers["ETag"]) == (304, tag["If-None-Match"])
    assert (await get(served.address, f"{path}&limit=1", tag))[0] == 200
    await served.send("updated_bars", "A", bar("A", minute(0), 5, "u"))
    assert closes((await get(served.address, path, tag))[1]["bars"]) == {"A": [5, 2]}


async def test_a_large_answer_lets_others_have_their_turn(served: Served) -> None:
    served.node.config.hub.yield_seconds = 1e-9
    messages = [
        Message("bars", symbol, 0, json.dumps(bar(symbol, minute(number), number + 1)).encode())
        for symbol in ("A", "B", "C")
        for number in range(10)
    ]
    await served.source.send(messages)
    (found,) = await pages(served, "symbols=A,B,C")
    assert closes(found) == {symbol: list(range(1, 11)) for symbol in ("A", "B", "C")}
