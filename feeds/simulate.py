"""Simulate: markets that never were. The same seed gives the same events."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate

import msgspec

from feeds.instruments import Listing, load_listings
from feeds.message import Message
from ticker.events import Bar, DailyBar, Quote, Trade

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND
_DAY_SECONDS = 23_400
"""Seconds of a trading day, in which a price moves by its daily volatility."""
TRADE_SHARE = 0.3
"""Of the events, how many are trades; the others are quotes."""


def simulate(seed: int, rate: float, start: int) -> Iterator[Message]:
    """Endless messages, `rate` a second, from `start` (nanoseconds since 1970 UTC).

    First come every instrument and its first quote and trade. Then quotes and trades of random walks, busy symbols
    oftener than quiet ones, and after each minute the bars and daily bars of those that traded in it.
    """
    rng = random.Random(seed)  # noqa: S311 (prices, not secrets)
    markets = [_Market(listing, rank, rng) for rank, listing in enumerate(load_listings())]
    at = start
    for market in markets:
        yield Message("instruments", market.listing.symbol, at, market.listing.event(_text(at)))
        yield market.quote(at)
        yield market.trade(at)
    minute = at // _MINUTE
    chances = list(accumulate(1 / (1 + market.rank % 500) ** 0.7 for market in markets))
    step = _SECOND / rate
    while True:
        at += max(1, int(step * rng.uniform(0.5, 1.5)))
        if at // _MINUTE > minute:
            for market in markets:
                yield from market.bars(minute * _MINUTE, at)
            minute = at // _MINUTE
        market = rng.choices(markets, cum_weights=chances)[0]
        market.move(at)
        yield market.trade(at) if rng.random() < TRADE_SHARE else market.quote(at)


class _Market:
    """One instrument's price, spread and minute."""

    def __init__(self, listing: Listing, rank: int, rng: random.Random) -> None:
        self.listing = listing
        self.rank = rank
        self._rng = rng
        self._tick: float = 10**-listing.decimals
        self._price = listing.previous_close * rng.uniform(0.985, 1.015)
        self._volatility = rng.uniform(0.03, 0.06) if listing.is_crypto else rng.uniform(0.008, 0.025)
        self._half_spread = max(self._tick / 2, self._price * rng.uniform(0.00002, 0.0002))
        self._moved_at = 0
        self._trade_id = 0
        self._minute: list[tuple[float, float]] = []
        self._day: list[float] = []
        self._day_volume = self._day_value = 0.0
        self._day_count = 0

    def move(self, at: int) -> None:
        """Let the price walk for the time since it last did, pulled gently back to where the day began."""
        seconds = min(60.0, (at - self._moved_at) / _SECOND) if self._moved_at else 0.0
        self._moved_at = at
        step = self._volatility * (seconds / _DAY_SECONDS) ** 0.5
        pull = (self.listing.previous_close / self._price - 1) * seconds / _DAY_SECONDS
        self._price *= 1 + self._rng.gauss(0, step) + pull

    def _bid_ask(self) -> tuple[float, float]:
        bid = self._rounded(self._price - self._half_spread)
        ask = self._rounded(self._price + self._half_spread)
        return bid, ask if ask > bid else self._rounded(bid + self._tick)

    def _rounded(self, price: float) -> float:
        return max(self._tick, round(price, self.listing.decimals))

    def _size(self) -> float:
        if self.listing.is_crypto:
            return round(self._rng.lognormvariate(0, 1) * 1000 / self._price, 4) or 0.0001
        return 100 * self._rng.randint(1, 12)

    def quote(self, at: int) -> Message:
        """The best bid and ask."""
        bid, ask = self._bid_ask()
        listing = self.listing
        quote = Quote(
            symbol=listing.symbol,
            bid_exchange=listing.exchange[0],
            bid_price=bid,
            bid_size=self._size(),
            ask_exchange=listing.exchange[0],
            ask_price=ask,
            ask_size=self._size(),
            time=_text(at),
        )
        return Message("quotes", listing.symbol, at, msgspec.json.encode(quote))

    def trade(self, at: int) -> Message:
        """A trade at the bid or at the ask."""
        price = self._rng.choice(self._bid_ask())
        size = self._size() if self.listing.is_crypto else float(self._rng.randint(1, 400))
        self._trade_id += 1
        self._minute.append((price, size))
        trade = Trade(
            symbol=self.listing.symbol,
            id=self._trade_id,
            exchange=self.listing.exchange[0],
            price=price,
            size=size,
            time=_text(at),
        )
        return Message("trades", self.listing.symbol, at, msgspec.json.encode(trade))

    def bars(self, minute: int, at: int) -> Iterator[Message]:
        """The bar of the minute that is over, and the day's so far; nothing where nothing was traded."""
        if not self._minute:
            return
        prices = [price for price, _ in self._minute]
        volume = sum(size for _, size in self._minute)
        value = sum(price * size for price, size in self._minute)
        self._day = [
            self._day[0] if self._day else prices[0],
            max([*self._day[1:2], *prices]),
            min([*self._day[2:3], *prices]),
        ]
        self._day_volume += volume
        self._day_value += value
        self._day_count += len(prices)
        self._minute = []
        symbol = self.listing.symbol
        bar = Bar(
            symbol=symbol,
            open=prices[0],
            high=max(prices),
            low=min(prices),
            close=prices[-1],
            volume=round(volume, 8),
            trade_count=len(prices),
            average_price=round(value / volume, 8),
            time=_text(minute),
        )
        day = DailyBar(
            symbol=symbol,
            open=self._day[0],
            high=self._day[1],
            low=self._day[2],
            close=prices[-1],
            volume=round(self._day_volume, 8),
            trade_count=self._day_count,
            average_price=round(self._day_value / self._day_volume, 8),
            time=f"{_text(minute)[:10]}T00:00:00Z",
        )
        yield Message("bars", symbol, at, msgspec.json.encode(bar))
        yield Message("daily_bars", symbol, at, msgspec.json.encode(day))


def _text(at: int) -> str:
    """Nanoseconds since 1970 UTC as RFC 3339."""
    seconds, rest = divmod(at, _SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"
