"""Simulate: 500 stocks and 20 crypto pairs on random walks. The same seed gives the same events."""

import math
import random
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate

from feeds.event_time import DAY, MINUTE, SECOND
from feeds.instruments import load_listings
from feeds.market import Market
from feeds.message import Message

TRADE_SHARE = 0.3
"""Of the quotes and trades, how many are trades."""
_STEEPNESS = 0.8
"""How much busier the busiest are: the n-th of the stocks, or of the pairs, has n to the power of this less to say."""


def simulate(seed: int, rate: float, start: int, past_minutes: int = 0) -> Iterator[Message]:
    """Endless messages from `start` (nanoseconds since 1970 UTC), the same for the same arguments.

    First, at once, come every instrument and its first quote and trade, after the bars of the `past_minutes` before
    `start`, which change nothing of what follows but the day's bars and previous closes. Then `rate` quotes and trades
    a second, and beside them, when a minute is over, the bars and daily bars of what was traded in it and, when a day
    is over (UTC), every instrument with its new previous close. Raises ValueError for a rate that is none.
    """
    if not (rate > 0 and math.isfinite(rate)):
        raise ValueError(f"no rate: {rate}: it is a number of events per second above 0")
    chance, past = random.Random(seed), random.Random(f"before {seed}")  # noqa: S311 (prices, not secrets)
    return _messages(chance, past, past_minutes, SECOND / rate, start)


def _messages(
    chance: random.Random, past: random.Random, past_minutes: int, gap: float, start: int
) -> Iterator[Message]:
    listings = load_listings()
    markets = [Market(listing, chance, start) for listing in listings]
    for market in markets:
        yield from market.past(past, past_minutes)
        yield market.instrument(start)
        yield market.quote(start)
        yield market.trade(start)
    stocks = sum(not listing.is_crypto for listing in listings)
    ranks = [*range(1, stocks + 1), *range(1, len(listings) - stocks + 1)]
    shares = list(accumulate(rank**-_STEEPNESS for rank in ranks))
    at, minute = start, start // MINUTE
    while True:
        at += max(1, round(gap * chance.uniform(0.5, 1.5)))
        if at // MINUTE != minute:
            yield from _minute_over(markets, (minute + 1) * MINUTE, at)
            minute = at // MINUTE
        market = markets[bisect(shares, chance.random() * shares[-1])]
        if chance.random() < TRADE_SHARE:
            yield market.trade(at)
        else:
            market.walk(at)
            yield market.quote(at)


def _minute_over(markets: list[Market], end: int, now: int) -> Iterator[Message]:
    for market in markets:
        yield from market.end_minute(end)
    if (midnight := now - now % DAY) >= end:
        for market in markets:
            yield market.end_day(midnight)
