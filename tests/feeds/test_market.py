import json
import random
import statistics
from typing import Any

import pytest

from feeds.event_time import DAY, MINUTE, SECOND
from feeds.instruments import Listing, load_listings
from feeds.market import Market
from feeds.message import Message

START = 1_767_312_000 * SECOND  # 2026-01-02T00:00:00Z
LISTINGS = {listing.symbol: listing for listing in load_listings()}
SYMBOLS = ["AAPL", "NVR", "SMCI", "BTC/USD", "DOGE/USD", "SHIB/USD"]


def market_of(symbol: str, seed: int = 1) -> tuple[Listing, Market]:
    listing = LISTINGS[symbol]
    return listing, Market(listing, random.Random(seed), START)


def fields(message: Message) -> dict[str, Any]:
    assert message.value is not None
    event: dict[str, Any] = json.loads(message.value)
    return event


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_bid_is_below_the_ask_and_both_are_whole_ticks(symbol: str) -> None:
    listing, market = market_of(symbol)
    for second in range(2000):
        market.walk(START + second * SECOND)
        quote = fields(market.quote(START + second * SECOND))
        assert 0 < quote["bp"] < quote["ap"] < quote["bp"] * 1.01
        assert quote["bs"] > 0
        assert quote["as"] > 0
        for price in (quote["bp"], quote["ap"]):
            assert round(price, listing.decimals) == price


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_trades_are_at_the_bid_or_the_ask_and_both_happen(symbol: str) -> None:
    _, market = market_of(symbol)
    at_bid = at_ask = 0
    ids = []
    for second in range(500):
        at = START + second * SECOND
        market.walk(at)
        quote, trade = fields(market.quote(at)), fields(market.trade(at))
        at_bid += trade["p"] == quote["bp"]
        at_ask += trade["p"] == quote["ap"]
        assert trade["s"] > 0
        ids.append(trade["i"])
    assert at_bid + at_ask == 500
    assert min(at_bid, at_ask) > 150
    assert ids == sorted(set(ids))
    assert all(isinstance(number, int) and number < 2**53 for number in ids)


def test_a_later_run_has_higher_trade_ids() -> None:
    listing, market = market_of("AAPL")
    first = [fields(market.trade(START))["i"] for _ in range(1000)]
    second = fields(Market(listing, random.Random(1), START + SECOND).trade(START + SECOND))["i"]
    assert second > first[-1]


@pytest.mark.parametrize(("symbol", "least", "most"), [("AAPL", 0.008, 0.022), ("BTC/USD", 0.02, 0.055)])
def test_a_price_moves_a_plausible_way_in_a_day(symbol: str, least: float, most: float) -> None:
    moves = []
    for seed in range(300):
        _, market = market_of(symbol, seed)
        opened = fields(market.quote(START))["bp"]
        for hour in range(1, 25):
            market.walk(START + hour * DAY // 24)
        moves.append(fields(market.quote(START + DAY))["bp"] / opened - 1)
    assert least < statistics.stdev(moves) < most


def test_how_often_it_is_looked_at_does_not_change_how_far_a_price_goes() -> None:
    def spread_of_moves(steps: int) -> float:
        moves: list[float] = []
        for seed in range(300):
            _, market = market_of("AAPL", seed)
            opened = fields(market.quote(START))["bp"]
            for step in range(1, steps + 1):
                market.walk(START + step * DAY // steps)
            moves.append(fields(market.quote(START + DAY))["bp"] / opened - 1)
        return statistics.stdev(moves)

    assert spread_of_moves(1) == pytest.approx(spread_of_moves(100), rel=0.3)


def test_a_minute_without_a_trade_has_no_bar() -> None:
    _, market = market_of("AAPL")
    assert list(market.end_minute(START + MINUTE)) == []
    market.trade(START + MINUTE)
    assert [message.kind for message in market.end_minute(START + 2 * MINUTE)] == ["bars", "daily_bars"]
    assert list(market.end_minute(START + 3 * MINUTE)) == []


def test_the_day_adds_up_and_ends() -> None:
    _, market = market_of("AAPL")
    sizes = [fields(market.trade(START))["s"]]
    list(market.end_minute(START + MINUTE))
    sizes.append(fields(market.trade(START + MINUTE))["s"])
    bar, day = (fields(message) for message in market.end_minute(START + 2 * MINUTE))
    assert (bar["n"], bar["v"], bar["t"]) == (1, sizes[1], "2026-01-02T00:01:00Z")
    assert (day["n"], day["v"], day["t"]) == (2, sum(sizes), "2026-01-02T00:00:00Z")
    new_day = fields(market.end_day(START + DAY))
    assert (new_day["previous_close"], new_day["t"]) == (day["c"], "2026-01-03T00:00:00Z")
    market.trade(START + DAY)
    _, day = (fields(message) for message in market.end_minute(START + DAY + MINUTE))
    assert (day["n"], day["t"]) == (1, "2026-01-03T00:00:00Z")


def test_a_day_without_a_trade_leaves_the_close() -> None:
    listing, market = market_of("AAPL")
    assert fields(market.end_day(START + DAY))["previous_close"] == listing.previous_close
