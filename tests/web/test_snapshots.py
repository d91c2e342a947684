import pytest

from tests.web.conftest import Served
from tests.web.rest import bar, get

TIME = "2021-01-08T00:00:00Z"
QUOTE = {"bp": 1, "bs": 1, "ap": 2, "as": 1, "t": TIME}
TRADE = {"p": 5, "s": 1, "i": 1, "t": TIME}


async def test_a_snapshot_is_all_that_is_known(served: Served) -> None:
    await served.quote("AAPL", 1)
    await served.trade("AAPL", 5)
    await served.send("bars", "AAPL", bar("AAPL", TIME, 7, n=3, vw=1.5, mine=[1]))
    await served.send("daily_bars", "AAPL", bar("AAPL", TIME, 8, "d"))
    await served.quote("MSFT", 1)
    status, body, headers = await get(served.address, "/v2/stocks/snapshots?symbols=MSFT,AAPL,NONE&feed=iex")
    assert status == 200
    day = {"o": 1, "h": 8, "l": 1, "c": 8, "v": 10, "t": TIME, "n": None, "vw": None}
    apple = {
        "latestTrade": TRADE,
        "latestQuote": QUOTE,
        "minuteBar": {"o": 1, "h": 7, "l": 1, "c": 7, "v": 10, "t": TIME, "n": 3, "vw": 1.5, "mine": [1]},
        "dailyBar": day,
        "prevDailyBar": None,
    }
    nothing = dict.fromkeys(apple)
    assert body == {"AAPL": apple, "MSFT": {**nothing, "latestQuote": QUOTE}}
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == "no-cache"
    assert (await get(served.address, "/v2/stocks/AAPL/snapshot"))[1] == {"symbol": "AAPL", **apple}
    status, body, _ = await get(served.address, "/v2/stocks/NONE/snapshot")
    assert (status, body["code"]) == (404, 40410000)
    assert (await get(served.address, "/v2/stocks/snapshots?symbols=NONE"))[1] == {}


async def test_crypto_has_its_own_paths(served: Served) -> None:
    await served.quote("BTC/USD", 1)
    await served.trade("BTC/USD", 5)
    status, body, _ = await get(served.address, "/v1beta3/crypto/us/snapshots?symbols=BTC%2FUSD,ETH/USD")
    assert status == 200
    assert list(body) == ["snapshots"]
    assert list(body["snapshots"]) == ["BTC/USD"]
    assert body["snapshots"]["BTC/USD"]["latestTrade"] == TRADE
    for kind, value in (("quotes", QUOTE), ("trades", TRADE)):
        body = (await get(served.address, f"/v1beta3/crypto/eu-1/latest/{kind}?symbols=BTC/USD"))[1]
        assert body == {kind: {"BTC/USD": value}}


async def test_the_latest_of_each_kind(served: Served) -> None:
    await served.quote("AAPL", 1)
    await served.trade("AAPL", 5)
    await served.send("bars", "AAPL", bar("AAPL", TIME, 7))
    minute = {"o": 1, "h": 7, "l": 1, "c": 7, "v": 10, "t": TIME, "n": None, "vw": None}
    for kind, value in (("quotes", QUOTE), ("trades", TRADE), ("bars", minute)):
        body = (await get(served.address, f"/v2/stocks/{kind}/latest?symbols=AAPL,NONE"))[1]
        assert body == {kind: {"AAPL": value}}
        body = (await get(served.address, f"/v2/stocks/AAPL/{kind}/latest"))[1]
        assert body == {"symbol": "AAPL", kind.removesuffix("s"): value}
        assert (await get(served.address, f"/v2/stocks/NONE/{kind}/latest"))[0] == 404


async def price_of_the_latest_trade(served: Served) -> tuple[float, int | None] | None:
    trades = (await get(served.address, "/v2/stocks/trades/latest?symbols=AAPL"))[1]["trades"]
    return (trades["AAPL"]["p"], trades["AAPL"].get("i")) if trades else None


async def test_a_trade_that_was_taken_back_or_corrected(served: Served) -> None:
    first, second, third = [await served.trade("AAPL", price) for price in (1, 2, 3)]
    await served.send("trades", "AAPL", {"T": "x", "S": "AAPL", "i": third, "t": TIME})
    assert await price_of_the_latest_trade(served) == (2, second)
    for number, (old, new) in enumerate(((second, 20), (20, 21), (first, 10))):
        correction = {"T": "c", "S": "AAPL", "oi": old, "ci": new, "cp": 5 + number, "cs": 4, "cc": ["@"], "t": TIME}
        await served.send("trades", "AAPL", correction)
    assert await price_of_the_latest_trade(served) == (6, 21)
    await served.send("trades", "AAPL", {"T": "x", "S": "AAPL", "i": 21, "t": TIME})
    assert await price_of_the_latest_trade(served) == (7, 10)
    await served.send("trades", "AAPL", {"T": "x", "S": "AAPL", "i": first, "t": TIME})
    assert await price_of_the_latest_trade(served) is None
    await served.send("trades", "AAPL", {"T": "t", "S": "AAPL", "p": 9, "s": 1, "t": TIME})
    assert await price_of_the_latest_trade(served) == (9, None)


async def test_a_minute_that_a_late_trade_changed(served: Served) -> None:
    async def close() -> float:
        found = (await get(served.address, "/v2/stocks/bars/latest?symbols=AAPL"))[1]["bars"]["AAPL"]["c"]
        assert isinstance(found, (int, float))
        return found

    await served.send("bars", "AAPL", bar("AAPL", "2021-01-08T00:00:00Z", 7))
    await served.send("updated_bars", "AAPL", bar("AAPL", "2021-01-08T00:00:00.000Z", 8, "u"))
    assert await close() == 8
    await served.send("bars", "AAPL", bar("AAPL", "2021-01-08T00:01:00Z", 9))
    assert await close() == 9
    await served.send("updated_bars", "AAPL", bar("AAPL", "2021-01-08T00:00:00Z", 10, "u"))
    assert await close() == 9


async def test_a_key_that_was_deleted_is_not_known(served: Served) -> None:
    await served.quote("AAPL", 1)
    await served.send("quotes", "AAPL", None)
    assert (await get(served.address, "/v2/stocks/quotes/latest?symbols=AAPL"))[1] == {"quotes": {}}
    assert (await get(served.address, "/v2/stocks/snapshots?symbols=AAPL"))[1] == {}


class TestDailyBarsAsALog:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"log__log_kinds": ["daily_bars"]}

    async def test_the_day_before_is_known(self, served: Served) -> None:
        for time, close in (("2021-01-07", 5), ("2021-01-07", 6), ("2021-01-08", 7), ("2021-01-08", 8)):
            await served.send("daily_bars", "AAPL", bar("AAPL", f"{time}T00:00:00Z", close, "d"))
        body = (await get(served.address, "/v2/stocks/AAPL/snapshot"))[1]
        assert (body["dailyBar"]["c"], body["prevDailyBar"]["c"]) == (8, 6)
        body = (await get(served.address, "/v2/stocks/AAPL/bars?timeframe=1Day"))[1]
        assert [found["c"] for found in body["bars"]] == [6, 8]
