"""Markets that never were: one instrument's random walk, and the quotes, trades and bars that it gives.

All markets are open all day.
"""

import math
import random
from collections.abc import Iterator

import msgspec

from feeds.candle import Candle
from feeds.event_time import DAY, MINUTE, time_text
from feeds.instruments import Listing, instrument_of
from feeds.message import Message
from ticker.events import Bar, DailyBar, Quote, Trade

_CRYPTO_TRADE = 1500.0
"""What a crypto trade is worth on average."""
_PAST_TRADES = 4
"""Of each minute before the opening: enough for a candle with a body and wicks."""
_VENUES = {"NASDAQ": "Q", "NYSE": "N", "CBOE": "Z", "CRYPTO": "CBSE"}
"""The exchange's code in quotes and trades."""
_encode = msgspec.json.Encoder().encode


class Market:
    """One instrument. Its price is a geometric random walk; it has a spread and sizes of its own."""

    __slots__ = (
        "_ask", "_bid", "_close", "_day", "_deviation", "_listing", "_minute", "_price", "_random", "_scale",
        "_size_decimals", "_spread", "_trade_id", "_venue", "_walked_at",
    )  # fmt: skip

    def __init__(self, listing: Listing, chance: random.Random, at: int) -> None:
        """`chance` decides everything; the market opens at `at`, somewhere near the previous close."""
        self._listing = listing
        self._random = chance
        self._venue = _VENUES[listing.exchange]
        self._scale = 10**listing.decimals
        self._size_decimals = max(0, 8 - listing.decimals)
        daily = chance.uniform(0.025, 0.05) if listing.is_crypto else chance.uniform(0.01, 0.02)
        self._deviation = daily / math.sqrt(DAY)
        self._spread = chance.uniform(0.00003, 0.0003)
        self._close = listing.previous_close
        self._price = listing.previous_close * math.exp(chance.gauss(0, daily * 0.7))
        self._walked_at = at
        self._trade_id = at // 1000
        self._minute = Candle(listing.decimals)
        self._day = Candle(listing.decimals)
        self.walk(at)

    def past(self, chance: random.Random, minutes: int) -> Iterator[Message]:
        """The bars of the `minutes` before the opening, and its days' bars, all handed over at the opening.

        `chance` decides them, so that what comes later is the same with any past. They lead to the price that the
        market opens at. Where a day ends among them, its last bar's close is the previous close from then on.
        """
        opened = self._walked_at
        step = self._deviation * math.sqrt(MINUTE / _PAST_TRADES)
        prices = [self._price]
        for _ in range(minutes * _PAST_TRADES):
            prices.append(prices[-1] * math.exp(chance.gauss(0, step)))
        this_minute = opened - opened % MINUTE
        for begin in range(this_minute - minutes * MINUTE, this_minute, MINUTE):
            for _ in range(_PAST_TRADES):
                self._count(max(1, round(prices.pop() * self._scale)) / self._scale, self._trade_size(chance))
            yield self._minute_bar(begin, opened)
            if (begin + MINUTE) % DAY == 0:
                yield self._day_bar(begin, opened)
                self._close_day()
        if self._day.trade_count:
            yield self._day_bar(this_minute - MINUTE, opened)

    def walk(self, at: int) -> None:
        """Move the price, as far as prices move in the time since it last did, and the bid and ask with it."""
        self._price *= math.exp(self._random.gauss(0, self._deviation * math.sqrt(at - self._walked_at)))
        self._walked_at = at
        ticks = self._price * self._scale
        spread = max(1, round(ticks * self._spread * self._random.uniform(0.5, 1.5)))
        self._bid = max(1, round(ticks - spread / 2))
        self._ask = self._bid + spread

    def instrument(self, at: int) -> Message:
        """What the symbol is, and the close of the day before."""
        event = instrument_of(self._listing, time_text(at), self._close)
        return Message("instruments", self._listing.symbol, at, _encode(event))

    def quote(self, at: int) -> Message:
        """The best bid and ask."""
        symbol, venue, scale = self._listing.symbol, self._venue, self._scale
        event = Quote(
            symbol=symbol,
            bid_price=self._bid / scale,
            bid_size=self._size(),
            ask_price=self._ask / scale,
            ask_size=self._size(),
            time=time_text(at),
            bid_exchange=venue,
            ask_exchange=venue,
        )
        return Message("quotes", symbol, at, _encode(event))

    def trade(self, at: int) -> Message:
        """A trade at the bid or at the ask. Ids grow, also from one run to the next: they begin at the microsecond."""
        listing = self._listing
        bought = self._random.random() < 0.5
        price = (self._ask if bought else self._bid) / self._scale
        size = self._trade_size(self._random)
        self._trade_id += 1
        self._count(price, size)
        event = Trade(
            symbol=listing.symbol,
            price=price,
            size=size,
            time=time_text(at),
            id=self._trade_id,
            exchange=self._venue,
            taker_side=("B" if bought else "S") if listing.is_crypto else None,
        )
        return Message("trades", listing.symbol, at, _encode(event))

    def end_minute(self, at: int) -> Iterator[Message]:
        """The bar of the minute that ends at `at`, and the day's so far; nothing where nothing was traded."""
        if not self._minute.trade_count:
            return
        yield self._minute_bar(at - MINUTE, at)
        yield self._day_bar(at - MINUTE, at)

    def end_day(self, at: int) -> Message:
        """The instrument with its new previous close, as of the day that begins at `at`."""
        self._close_day()
        return self.instrument(at)

    def _count(self, price: float, size: float) -> None:
        self._minute.add(price, size)
        self._day.add(price, size)

    def _minute_bar(self, begin: int, at: int) -> Message:
        symbol = self._listing.symbol
        bar = Bar(symbol=symbol, time=time_text(begin), **self._minute.fields())
        self._minute.clear()
        return Message("bars", symbol, at, _encode(bar))

    def _day_bar(self, within: int, at: int) -> Message:
        symbol = self._listing.symbol
        day = DailyBar(symbol=symbol, time=time_text(within - within % DAY), **self._day.fields())
        return Message("daily_bars", symbol, at, _encode(day))

    def _close_day(self) -> None:
        if self._day.trade_count:
            self._close = self._day.close
        self._day.clear()

    def _trade_size(self, chance: random.Random) -> float:
        return self._coins(chance) if self._listing.is_crypto else 1 + int(chance.expovariate(0.01))

    def _size(self) -> float:
        if not self._listing.is_crypto:
            return 100 * (1 + int(self._random.expovariate(0.25)))
        return self._coins(self._random)

    def _coins(self, chance: random.Random) -> float:
        coins = _CRYPTO_TRADE / self._price * chance.expovariate(1)
        return round(coins, self._size_decimals) or 1 / 10**self._size_decimals
