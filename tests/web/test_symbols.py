import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from feeds.embedded import EmbeddedSource
from feeds.message import Message
from tests.keys import Given, Keys
from tests.web.conftest import Served, config_with
from tests.web.rest import get
from tests.web.turns import turns_during
from ticker.authorizer import Grant
from ticker.disconnects import NOT_READY
from web.finding import LONGEST_SEARCH, MOST_SYMBOLS
from web.node import Node
from web.server import serving
from web.symbols import Symbols

NAMES = {
    "AAPL": "Apple Inc.",
    "APP": "AppLovin Corp",
    "APLE": "Apple Hospitality REIT",
    "MAPP": "Harbor Funds",
    "PZZA": "Papa John's Pineapple",
    "SNAP": "Snap Inc.",
    "GAP": "The Gap App-arel",
    "BTC/USD": "Bitcoin",
}


def instrument(symbol: str, name: str, **more: object) -> dict[str, object]:
    return {"T": "instrument", "S": symbol, "name": name, "t": "2021-01-08T00:00:00Z", **more}


async def send_names(served: Served) -> None:
    for symbol, name in NAMES.items():
        await served.send("instruments", symbol, instrument(symbol, name))


async def found(served: Served, query: str, headers: dict[str, str] | None = None) -> list[str]:
    status, body, _ = await get(served.address, f"/v1/symbols{query}", headers)
    assert status == 200
    return [symbol["symbol"] for symbol in body["symbols"]]


async def test_the_best_come_first(served: Served) -> None:
    await send_names(served)
    assert await found(served, "?search=app") == ["APP", "AAPL", "APLE", "GAP", "MAPP", "PZZA"]
    assert await found(served, "?search=App&limit=2") == ["APP", "AAPL"]
    assert await found(served, "?search=AP") == ["APLE", "APP", "AAPL", "GAP", "MAPP", "PZZA", "SNAP"]
    assert await found(served, "?search=apple%20%20inc") == ["AAPL"]
    assert await found(served, "?search=john%27s") == ["PZZA"]
    assert await found(served, "?search=btc/u") == ["BTC/USD"]
    assert await found(served, "?search=nothing") == []
    assert await found(served, "?search=%20") == await found(served, "") == sorted(NAMES)
    assert await found(served, "?limit=3") == ["AAPL", "APLE", "APP"]


async def test_what_is_said_of_a_symbol(served: Served) -> None:
    more = {"exchange": "NASDAQ", "currency": "USD", "decimals": 2, "session": "open", "previous_close": 1.5}
    await served.send("instruments", "AAPL", instrument("AAPL", "Apple Inc.", **more))
    await served.quote("MSFT", 1)
    await served.trade("NVDA", 1)
    del more["previous_close"]
    nothing = dict.fromkeys(("name", *more))
    _, body, headers = await get(served.address, "/v1/symbols")
    assert body["symbols"] == [
        {"symbol": "AAPL", "name": "Apple Inc.", **more},
        {"symbol": "MSFT", **nothing},
        {"symbol": "NVDA", **nothing},
    ]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "no-cache"


async def test_it_follows_instruments_and_keys(served: Served) -> None:
    await served.send("instruments", "META", instrument("META", "Facebook"))
    assert await found(served, "?search=face") == ["META"]
    await served.send("instruments", "META", instrument("META", "Meta Platforms"))
    assert await found(served, "?search=face") == []
    assert await found(served, "?search=plat") == ["META"]
    await served.quote("META", 1)
    await served.send("instruments", "META", None)
    assert await found(served, "?search=plat") == []
    assert await found(served, "?search=meta") == ["META"]
    await served.send("quotes", "META", None)
    assert await found(served, "?search=meta") == []


async def test_the_tag_is_another_when_the_answer_is(served: Served) -> None:
    await send_names(served)
    path = "/v1/symbols?search=apple"
    _, before, headers = await get(served.address, path)
    tag = headers["ETag"]
    await served.quote("AAPL", 1)
    await served.send("instruments", "NVDA", instrument("NVDA", "Nvidia"))
    for given in (tag, f"W/{tag}", f'"other", {tag}'):
        status, _, headers = await get(served.address, path, {"If-None-Match": given})
        assert (status, headers["ETag"], headers["Access-Control-Allow-Origin"]) == (304, tag, "*")
    await served.send("instruments", "AAPL", instrument("AAPL", "Apple Inc.", session="closed"))
    status, after, headers = await get(served.address, path, {"If-None-Match": tag})
    assert (status, headers["ETag"] != tag) == (200, True)
    assert (before["symbols"][0]["session"], after["symbols"][0]["session"]) == (None, "closed")


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("limit=0", "limit is '0'", f"it is a whole number from 1 to {MOST_SYMBOLS}"),
        (f"limit={MOST_SYMBOLS + 1}", f"limit is '{MOST_SYMBOLS + 1}'", "it is a whole number from 1 to 100"),
        ("limit=ten", "limit is 'ten'", "it is a whole number from 1 to 100"),
        ("serach=a", "unknown parameter 'serach'", "known are search, limit"),
        ("search=a&search=b", "'search' is given twice", "give it once"),
        ("search=" + "a" * (LONGEST_SEARCH + 1), "search has 65 characters", "write 64 at most"),
    ],
)
async def test_bad_parameters(served: Served, query: str, message: str, hint: str) -> None:
    status, body, headers = await get(served.address, f"/v1/symbols?{query}")
    assert status == 400
    assert body["error"] == {"code": "invalid_parameter", "message": message, "hint": hint}
    assert headers["Access-Control-Allow-Origin"] == "*"


async def test_many_instruments_hold_up_nobody(served: Served) -> None:
    names = {f"S{n:05}": f"{('Alpha', 'Beta')[n % 2]} company number {n}" for n in range(5000)}
    for symbol, name in names.items():
        await served.source.send([Message("instruments", symbol, 0, json.dumps(instrument(symbol, name)).encode())])
    symbols = Symbols(served.node.log, 0.0)
    listings, turns = await turns_during(symbols.listings())
    assert [listing.symbol for listing in listings] == list(names)
    assert turns >= 50, "one a hundred symbols"
    found, turns = await turns_during(symbols.find("beta company number 9", Grant(), 1000))
    assert [symbol.symbol for symbol in found] == [
        symbol for symbol, name in names.items() if "Beta" in name and " 9" in name
    ]
    assert turns >= 50


async def test_those_who_ask_at_once_share_a_list(served: Served) -> None:
    await send_names(served)
    symbols = Symbols(served.node.log, 0.0)
    lists = await asyncio.gather(*(symbols.listings() for _ in range(5)))
    assert all(one is lists[0] for one in lists)
    await served.quote("AAPL", 1)
    again = await symbols.listings()
    assert again is not lists[0]
    await served.quote("AAPL", 2)
    assert await symbols.listings() is again
    changed = [new.symbol for new, old in zip(again, lists[0], strict=True) if new is not old]
    assert changed == ["AAPL"], "all others are as they were"


class TestWhoMayFind:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Keys:
        return Keys(tmp_path / "keys.json")

    @pytest.fixture
    def settings(self, file: Keys) -> dict[str, object]:
        return {"auth__keys_file": str(file.path), "auth__anonymous": ["instruments/S*"]}

    @pytest.fixture
    def apples(self, file: Keys) -> Given:
        return file.add_at_once(channels=["instruments/APLE", "quotes/AAPL"])

    async def test_a_key_finds_what_it_may_read(self, apples: Given, served: Served) -> None:
        await send_names(served)
        await served.quote("AAPL", 1)
        await served.quote("MSFT", 1)
        for query in ("", "?search=a", "?limit=100"):
            assert await found(served, query) == ["SNAP"]
        assert await found(served, "?search=apple") == []
        assert await found(served, "", apples.bearer) == ["AAPL", "APLE", "SNAP"]
        # The name is the instrument's, which it may not read, and so is nothing to find AAPL by.
        assert await found(served, "?search=apple", apples.bearer) == ["APLE"]
        assert await found(served, "?search=aap", apples.bearer) == ["AAPL"]
        assert await found(served, "?search=msft", apples.bearer) == []
        _, body, headers = await get(served.address, "/v1/symbols?search=aapl", apples.bearer)
        assert [symbol["name"] for symbol in body["symbols"]] == [None]
        assert (await get(served.address, "/v1/symbols?search=aapl", {"If-None-Match": headers["ETag"]}))[0] == 200

    async def test_a_key_for_other_things_is_refused(self, file: Keys) -> None:
        games = await file.add(channels=["games/*"])
        node = Node(config_with(auth__keys_file=str(file.path), auth__anonymous=[]), EmbeddedSource)
        async with serving(node) as (address, _):
            status, body, _ = await get(address, "/v1/symbols")
            assert (status, body["error"]["code"]) == (401, "not_authenticated")
            assert "instruments/*" in body["error"]["message"]
            assert (await get(address, "/v1/symbols", games.bearer))[0] == 403
            wrong = {"Authorization": "Bearer TK0.wrong"}
            assert (await get(address, "/v1/symbols", wrong))[0] == 401


async def test_a_node_that_is_not_ready_sends_elsewhere(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, headers = await get(served.address, "/v1/symbols")
    monkeypatch.setattr(served.node, "refusal", lambda: NOT_READY)
    status, body, answered = await get(served.address, "/v1/symbols", {"If-None-Match": headers["ETag"]})
    assert (status, body["error"]["code"], answered["Retry-After"]) == (503, "not_ready", "2")


async def test_a_page_of_another_origin_may_ask(served: Served) -> None:
    async with aiohttp.ClientSession(served.address) as session:
        for path in ("/v1/symbols", "/v1/games", "/v1/movers"):
            async with session.options(path) as response:
                assert response.status == 204
                assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
