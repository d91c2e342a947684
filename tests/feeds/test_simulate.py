import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice, pairwise, takewhile
from typing import Any

import pytest

from feeds.event_time import DAY, MINUTE, SECOND, time_at
from feeds.instruments import load_listings
from feeds.message import Message
from feeds.simulate import simulate
from ticker.events import canonical

START = 1_767_366_030 * SECOND  # 2026-01-02T15:00:30Z: in the middle of a minute
SYMBOLS = [listing.symbol for listing in load_listings()]


def until(end: int, rate: float, start: int = START) -> Iterator[Message]:
    return takewhile(lambda message: message.at < end, simulate(7, rate, start))


def event_of(message: Message) -> dict[str, Any]:
    assert message.value is not None
    event: dict[str, Any] = json.loads(message.value)
    return event


def test_the_same_seed_gives_the_same_messages_whatever_else_is_random() -> None:
    first = list(islice(simulate(7, 200, START), 20_000))
    random.seed(99)
    interleaved = simulate(8, 200, START)
    second = []
    for message in islice(simulate(7, 200, START), 20_000):
        next(interleaved)
        second.append(message)
    assert first == second
    assert len({message.kind for message in first}) == 5
    assert list(islice(simulate(8, 200, START), 20_000)) != first


def test_every_event_is_one_of_its_kind_in_the_form_that_readers_get() -> None:
    compared: Counter[str] = Counter()
    for message in until(START + 150 * SECOND, 200):
        assert message.value is not None
        assert canonical(message.kind, message.key, message.value) == message.value
        compared[message.kind] += 1
    assert compared["instruments"] == 520
    assert compared["bars"] == compared["daily_bars"]
    assert min(compared[kind] for kind in ("quotes", "trades", "bars", "daily_bars")) > 500


def test_all_of_every_instrument_is_there_at_once() -> None:
    opening = list(islice(simulate(7, 200, START), 3 * 520))
    assert {message.at for message in opening} == {START}
    for kind in ("instruments", "quotes", "trades"):
        assert [message.key for message in opening if message.kind == kind] == SYMBOLS


def test_an_event_says_when_it_happened_and_none_is_older_than_the_one_before() -> None:
    messages = list(until(START + 100 * SECOND, 100))
    assert all(earlier.at <= later.at for earlier, later in pairwise(messages))
    told = [message for message in messages if message.kind in ("quotes", "trades")]
    assert len(told) > 5000
    assert all(time_at(event_of(message)["t"]) == message.at for message in told)


@pytest.mark.parametrize("rate", [20, 200, 2000])
def test_the_rate_is_that_of_quotes_and_trades(rate: float) -> None:
    kinds = Counter(message.kind for message in until(START + 50 * SECOND, rate) if message.at > START)
    assert kinds["quotes"] + kinds["trades"] == pytest.approx(50 * rate, rel=0.03)
    assert kinds["trades"] == pytest.approx(0.3 * 50 * rate, rel=0.1)


def test_busy_symbols_have_more_to_say_and_quiet_ones_something() -> None:
    told = Counter(message.key for message in islice(simulate(7, 200, START), 60_000))
    assert told["AAPL"] > 20 * told[SYMBOLS[499]]
    assert told["BTC/USD"] > 5 * told[SYMBOLS[519]]
    assert set(told) == set(SYMBOLS)


def test_bars_are_what_the_trades_come_to() -> None:
    trades: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    bars: dict[tuple[str, int], dict[str, Any]] = {}
    end = START + 250 * SECOND
    for message in until(end, 300):
        event = event_of(message)
        if message.kind == "trades":
            trades[message.key, message.at // MINUTE * MINUTE].append((event["p"], event["s"]))
        elif message.kind == "bars":
            minute = time_at(event["t"])
            assert message.at == minute + MINUTE
            assert (message.key, minute) not in bars
            bars[message.key, minute] = event
    whole_minutes = {name: made for name, made in trades.items() if name[1] + MINUTE <= end - MINUTE}
    assert len(whole_minutes) > 1000
    for name, made in whole_minutes.items():
        bar, prices, volume = bars[name], [price for price, _ in made], math.fsum(size for _, size in made)
        assert (bar["o"], bar["h"], bar["l"], bar["c"]) == (prices[0], max(prices), min(prices), prices[-1])
        assert (bar["n"], bar["v"]) == (len(made), pytest.approx(volume))
        average = math.fsum(price * size for price, size in made) / volume
        assert bar["vw"] == pytest.approx(average, rel=1e-6)
        assert bar["l"] <= bar["vw"] <= bar["h"]
    assert bars.keys() <= trades.keys()


def test_daily_bars_are_the_minutes_so_far() -> None:
    bars: dict[str, list[dict[str, Any]]] = defaultdict(list)
    compared = 0
    for message in until(START + 200 * SECOND, 200):
        if message.kind == "bars":
            bars[message.key].append(event_of(message))
        elif message.kind == "daily_bars":
            day, minutes = event_of(message), bars[message.key]
            assert (day["o"], day["c"]) == (minutes[0]["o"], minutes[-1]["c"])
            assert (day["h"], day["l"]) == (max(bar["h"] for bar in minutes), min(bar["l"] for bar in minutes))
            assert day["n"] == sum(bar["n"] for bar in minutes)
            assert day["v"] == pytest.approx(sum(bar["v"] for bar in minutes))
            assert day["t"] == "2026-01-02T00:00:00Z"
            compared += 1
    assert compared > 1000


def test_prices_stay_plausible_for_a_day_and_a_new_one_begins() -> None:
    start = START - START % DAY
    closes = {listing.symbol: listing.previous_close for listing in load_listings()}
    volatile = {listing.symbol for listing in load_listings() if listing.is_crypto}
    last: dict[str, float] = {}
    reissued: dict[str, float] = {}
    for message in until(start + DAY + MINUTE, 1.0, start):
        if message.at < start + DAY and message.kind == "trades":
            price = last[message.key] = event_of(message)["p"]
            assert abs(price / closes[message.key] - 1) < (0.4 if message.key in volatile else 0.15)
        elif message.at >= start + DAY and message.kind == "instruments":
            assert event_of(message)["t"] == "2026-01-03T00:00:00Z"
            reissued[message.key] = event_of(message)["previous_close"]
    assert len(last) == 520
    assert reissued == last


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
def test_a_rate_is_above_zero(rate: float) -> None:
    with pytest.raises(ValueError, match="events per second above 0"):
        simulate(1, rate, START)


def test_a_rate_below_one_a_minute_skips_minutes() -> None:
    messages = list(islice(simulate(7, 1 / 300, START), 3 * 520 + 2 * 520 + 20))
    assert all(earlier.at <= later.at for earlier, later in pairwise(messages))
    assert {message.kind for message in messages} == {"instruments", "quotes", "trades", "bars", "daily_bars"}


def test_a_past_of_bars_leads_to_the_opening_and_changes_nothing_after_it() -> None:
    with_past = list(islice(simulate(7, 200, START, past_minutes=30), 520 * (30 + 1 + 3) + 3000))
    assert list(islice(simulate(7, 200, START, past_minutes=30), len(with_past))) == with_past
    past = [message for message in with_past if message.at == START and message.kind in ("bars", "daily_bars")]
    assert [message for message in with_past if message not in past] == list(islice(simulate(7, 200, START), 4560))
    minute = START - START % MINUTE
    for symbol in ("AAPL", "SHIB/USD"):
        events = [event_of(message) for message in with_past if message.at == START and message.key == symbol]
        assert [event["T"] for event in events] == ["b"] * 30 + ["d", "instrument", "q", "t"]
        bars, day, trade = events[:30], events[30], events[33]
        assert [time_at(bar["t"]) for bar in bars] == list(range(minute - 30 * MINUTE, minute, MINUTE))
        assert all(bar["l"] <= min(bar["o"], bar["c"]) <= max(bar["o"], bar["c"]) <= bar["h"] for bar in bars)
        assert trade["p"] == pytest.approx(bars[-1]["c"], rel=0.01)
        assert (day["t"], day["o"], day["c"]) == ("2026-01-02T00:00:00Z", bars[0]["o"], bars[-1]["c"])
        assert (day["n"], day["v"]) == (120, pytest.approx(sum(bar["v"] for bar in bars)))
    for message in past:
        assert message.value is not None
        assert canonical(message.kind, message.key, message.value) == message.value


def test_a_day_that_ended_in_the_past_leaves_its_close() -> None:
    midnight = START - START % DAY
    messages = list(islice(simulate(7, 200, midnight + 10 * MINUTE, past_minutes=30), 520 * (30 + 2 + 3)))
    for symbol in ("AAPL", "SHIB/USD"):
        events = [event_of(message) for message in messages if message.key == symbol]
        before, today = (event for event in events if event["T"] == "d")
        last = next(event for event in events if event["t"] == "2026-01-01T23:59:00Z")
        instrument = next(event for event in events if event["T"] == "instrument")
        assert before["t"] == "2026-01-01T00:00:00Z"
        assert before["c"] == last["c"] == instrument["previous_close"]
        assert (today["t"], today["n"]) == ("2026-01-02T00:00:00Z", 40)
