import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from feeds.embedded import EmbeddedSource
from tests.keys import Given, Keys
from tests.web.conftest import Served, config_with
from tests.web.rest import bar, get
from tests.web.test_symbols import instrument
from tests.web.turns import turns_during
from ticker.authorizer import Grant
from web.movers import LASTING_SECONDS, MOST_MOVERS, Movers
from web.node import Node
from web.server import serving

TIME = "2021-01-08T00:00:00Z"


@dataclass
class Clock:
    """Stands still until it is told."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(served: Served) -> Clock:
    """That of the node's movers."""
    clock = Clock()
    served.node.movers = Movers(served.node.log, served.node.symbols, 0.002, clock)
    return clock


async def send_day(served: Served, symbol: str, close: float, last: float, volume: float | None = None) -> None:
    await served.send("instruments", symbol, instrument(symbol, f"{symbol} Inc.", previous_close=close, decimals=2))
    await served.trade(symbol, last)
    if volume is not None:
        await served.send("daily_bars", symbol, {**bar(symbol, TIME, last, "d"), "v": volume})


async def send_market(served: Served) -> None:
    await send_day(served, "UP", 100, 110, 5)
    await send_day(served, "UPPER", 10, 15, 20)
    await send_day(served, "DOWN", 100, 50, 1000)
    await send_day(served, "LOW", 100, 98)
    await send_day(served, "SAME", 100, 100, 7)


def symbols(movers: Mapping[str, Any]) -> dict[str, list[str]]:
    return {sort: [mover["symbol"] for mover in found] for sort, found in movers.items()}


async def test_gainers_losers_and_those_traded_most(served: Served) -> None:
    await send_market(served)
    status, body, headers = await get(served.address, "/v1/movers")
    assert status == 200
    assert symbols(body) == {
        "gainers": ["UPPER", "UP"],
        "losers": ["DOWN", "LOW"],
        "active": ["DOWN", "SAME", "UP", "UPPER"],
    }
    assert body["gainers"][0] == {
        "symbol": "UPPER", "name": "UPPER Inc.", "decimals": 2, "last": 15.0, "change": 5.0, "percent": 50.0,
        "volume": 20, "t": TIME,
    }  # fmt: skip
    assert (body["losers"][1]["percent"], body["losers"][1]["volume"]) == (-2.0, None)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert symbols((await get(served.address, "/v1/movers?limit=1"))[1]) == {
        "gainers": ["UPPER"],
        "losers": ["DOWN"],
        "active": ["DOWN"],
    }


async def test_what_no_move_can_be_said_of(served: Served) -> None:
    await served.trade("NONAME", 5)
    await served.send("instruments", "NOCLOSE", instrument("NOCLOSE", "No close"))
    await served.trade("NOCLOSE", 5)
    await send_day(served, "ZERO", 0, 5)
    await served.send("instruments", "NOPRICE", instrument("NOPRICE", "No price", previous_close=5))
    await send_day(served, "HUGE", 1e-300, 1e300)
    await served.send("instruments", "WIDE", instrument("WIDE", "Wide", previous_close=10))
    await served.quote("WIDE", 10**308, 10**308)
    await send_day(served, "MUCH", 10**307, 10**308, 10**308)
    await send_day(served, "OIL", -40, -20)
    await served.send("instruments", "QUOTED", instrument("QUOTED", "Quoted", previous_close=10))
    await served.quote("QUOTED", 10, 12)
    _, body, _ = await get(served.address, "/v1/movers")
    assert symbols(body) == {"gainers": ["MUCH", "OIL", "QUOTED"], "losers": [], "active": []}
    assert [round(mover["percent"]) for mover in body["gainers"]] == [900, 50, 10]
    assert body["gainers"][0]["volume"] == 1e308


async def test_the_price_is_of_the_newest_trade_that_stands(served: Served) -> None:
    await send_day(served, "AAPL", 100, 120)
    wrong = await served.trade("AAPL", 900)
    await served.send("trades", "AAPL", {"T": "x", "S": "AAPL", "i": wrong, "t": TIME})
    _, body, _ = await get(served.address, "/v1/movers")
    assert [mover["last"] for mover in body["gainers"]] == [120.0]


async def test_they_are_found_once_in_two_seconds_for_everybody(served: Served, clock: Clock) -> None:
    await send_day(served, "AAPL", 100, 110)
    _, first, headers = await get(served.address, "/v1/movers")
    tag = {"If-None-Match": headers["ETag"]}
    await send_day(served, "AAPL", 100, 150)
    clock.now += LASTING_SECONDS - 0.01
    assert (await get(served.address, "/v1/movers"))[1] == first
    assert (await get(served.address, "/v1/movers", tag))[0] == 304
    clock.now += 0.01
    status, body, headers = await get(served.address, "/v1/movers", tag)
    assert (status, headers["ETag"] != tag["If-None-Match"]) == (200, True)
    assert [mover["percent"] for mover in body["gainers"]] == [50.0]


async def test_no_more_are_kept_than_may_be_asked_for(served: Served) -> None:
    for number in range(MOST_MOVERS + 20):
        await send_day(served, f"S{number:03}", 100, 101 + number, 1)
    top = await served.node.movers.top(Grant())
    best = [f"S{number:03}" for number in reversed(range(20, MOST_MOVERS + 20))]
    assert [mover.symbol for mover in top.gainers] == [mover.symbol for mover in top.active] == best
    assert [mover.symbol for mover in top.first(2).gainers] == best[:2]


async def test_many_symbols_hold_up_nobody(served: Served) -> None:
    await send_market(served)
    movers = Movers(served.node.log, served.node.symbols, 0.0, Clock())
    await served.node.symbols.listings()
    top, turns = await turns_during(movers.top(Grant()))
    assert [mover.symbol for mover in top.gainers] == ["UPPER", "UP"]
    assert turns >= 2 * 5, "one a symbol while they are found, and one while the first are chosen"


async def test_those_who_ask_at_once_are_told_the_same(served: Served) -> None:
    await send_market(served)
    movers = Movers(served.node.log, served.node.symbols, 0.0, Clock())
    tops = await asyncio.gather(*(movers.top(Grant(), limit) for limit in (1, 2, 3)))
    assert all(top.gainers[0] is tops[0].gainers[0] for top in tops), "found once"


@pytest.mark.parametrize("limit", ["0", "51", "-1", "1.5", ""])
async def test_bad_limits(served: Served, limit: str) -> None:
    status, body, _ = await get(served.address, f"/v1/movers?limit={limit}")
    assert (status, body["error"]["code"]) == (400, "invalid_parameter")
    assert body["error"]["hint"] == "it is a whole number from 1 to 50"


class TestWhoMayFind:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Keys:
        return Keys(tmp_path / "keys.json")

    @pytest.fixture
    def settings(self, file: Keys) -> dict[str, object]:
        return {"auth__keys_file": str(file.path), "auth__anonymous": ["instruments/*", "trades/UP"]}

    @pytest.fixture
    def more(self, file: Keys) -> Given:
        return file.add_at_once(channels=["trades/*", "daily_bars/UPPER"])

    async def test_a_key_finds_what_it_may_read(self, more: Given, served: Served) -> None:
        await send_market(served)
        _, anybodys, headers = await get(served.address, "/v1/movers")
        assert symbols(anybodys) == {"gainers": ["UP"], "losers": [], "active": []}
        assert anybodys["gainers"][0]["volume"] is None
        _, theirs, _ = await get(served.address, "/v1/movers", {**more.bearer, "If-None-Match": headers["ETag"]})
        assert symbols(theirs) == {"gainers": ["UPPER", "UP"], "losers": ["DOWN", "LOW"], "active": ["UPPER"]}
        assert [mover["volume"] for mover in theirs["gainers"]] == [20, None]
        assert (await get(served.address, "/v1/movers"))[1] == anybodys

    async def test_a_key_for_other_things_is_refused(self, file: Keys) -> None:
        quotes = await file.add(channels=["quotes/*"])
        node = Node(config_with(auth__keys_file=str(file.path), auth__anonymous=[]), EmbeddedSource)
        async with serving(node) as (address, _):
            assert (await get(address, "/v1/movers"))[0] == 401
            assert (await get(address, "/v1/movers", quotes.bearer))[0] == 403
