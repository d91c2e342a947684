"""Movers: the symbols that gained, lost and were traded most since the last close."""

import asyncio
import heapq
import math
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from ticker.authorizer import Grant
from ticker.log import Log
from web.market_values import daily_bars, latest_quote, latest_trade
from web.pause import Pause
from web.symbols import Listing, Symbols

MOST_MOVERS = 50
"""Of each sort, what is kept at hand."""
LASTING_SECONDS = 2.0
"""How long movers are good for, once they have been found."""


class Mover(Struct, frozen=True, kw_only=True, gc=False):
    """One symbol, and how far it has moved."""

    symbol: str
    name: str
    decimals: int | None
    """How many its prices are written with, if its instrument says so."""
    last: float
    """The newest trade's price, or the middle of the quote where there is no trade."""
    change: float
    """Since the last close."""
    percent: float
    volume: float | None
    """Of the day; null where there is no daily bar."""
    time: str = field(name="t")
    """That of the trade or the quote."""


class TopMovers(Struct, frozen=True, kw_only=True):
    """The first of each sort."""

    gainers: Sequence[Mover]
    losers: Sequence[Mover]
    active: Sequence[Mover]
    """By the value traded today."""

    def first(self, limit: int) -> "TopMovers":
        """Those with fewer of each sort."""
        return TopMovers(gainers=self.gainers[:limit], losers=self.losers[:limit], active=self.active[:limit])


class _Moved(Struct, frozen=True, gc=False):
    """A mover, and what it is made of."""

    mover: Mover
    price_kind: str
    value: float
    """What was traded today, in money; 0 where that isn't known."""


class Movers:
    """Finds the movers among all symbols: when asked, for everybody at once, and not again for two seconds."""

    def __init__(self, log: Log, symbols: Symbols, yield_seconds: float, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that only grow; the event loop is held up for about `yield_seconds` at a time."""
        self._log = log
        self._symbols = symbols
        self._yield_seconds = yield_seconds
        self._clock = clock
        self._lock = asyncio.Lock()
        self._moved: Sequence[_Moved] = ()
        self._found_at = -math.inf
        self._tops: dict[tuple[str, ...], TopMovers] = {}

    async def top(self, grant: Grant, limit: int = MOST_MOVERS) -> TopMovers:
        """The first `limit` (`MOST_MOVERS` at most) of each sort among those that `grant` lets be read.

        One must be allowed the instrument, and the trades or the quotes that the price is of; without its daily bars,
        the volume isn't said.
        """
        async with self._lock:
            now = self._clock()
            if now - self._found_at >= LASTING_SECONDS:
                self._moved = await self._find()
                self._found_at = now
                self._tops.clear()
            top = self._tops.get(grant.patterns)
            if top is None:
                top = self._tops[grant.patterns] = await self._choose(grant)
        return top.first(limit)

    async def _find(self) -> Sequence[_Moved]:
        pause = Pause(self._yield_seconds)
        moved: list[_Moved] = []
        for listing in await self._symbols.listings():
            await pause.when_due()
            found = _moved(self._log, listing)
            if found is not None:
                moved.append(found)
        return moved

    async def _choose(self, grant: Grant) -> TopMovers:
        pause = Pause(self._yield_seconds)
        gainers: list[Mover] = []
        losers: list[Mover] = []
        active: list[tuple[float, Mover]] = []
        for moved in self._moved:
            await pause.when_due()
            symbol, mover = moved.mover.symbol, moved.mover
            if grant.refused([f"instruments/{symbol}", f"{moved.price_kind}/{symbol}"]):
                continue
            value = moved.value
            if mover.volume is not None and grant.refused([f"daily_bars/{symbol}"]):
                mover, value = replace(mover, volume=None), 0.0
            if mover.percent:
                (gainers if mover.percent > 0 else losers).append(mover)
            if value > 0:
                active.append((value, mover))
        return TopMovers(
            gainers=_first(gainers, lambda mover: mover.percent),
            losers=_first(losers, lambda mover: -mover.percent),
            active=[mover for _, mover in heapq.nlargest(MOST_MOVERS, active, key=lambda pair: pair[0])],
        )


def _first(movers: Iterable[Mover], by: Callable[[Mover], float]) -> Sequence[Mover]:
    return heapq.nlargest(MOST_MOVERS, movers, key=by)


def _moved(log: Log, listing: Listing) -> _Moved | None:
    """How far one symbol has moved; None where that can't be said.

    Whole numbers become floats before they are reckoned with, so that what is too large is infinite and no error.
    """
    symbol, instrument = listing.symbol, listing.instrument
    if instrument is None or not instrument.previous_close:
        return None
    price_kind, price = "trades", latest_trade(log, symbol)
    if price is not None:
        last = float(price["p"])
    else:
        price_kind, price = "quotes", latest_quote(log, symbol)
        if price is None:
            return None
        last = (float(price["bp"]) + float(price["ap"])) / 2
    change = last - instrument.previous_close
    percent = change / abs(instrument.previous_close) * 100
    if not math.isfinite(percent):
        return None
    day, _ = daily_bars(log, symbol)
    volume = None if day is None else float(day["v"])
    value = 0.0 if volume is None or day is None else volume * float(day["c"] if day["vw"] is None else day["vw"])
    mover = Mover(
        symbol=symbol,
        name=instrument.name,
        decimals=instrument.decimals,
        last=last,
        change=change,
        percent=percent,
        volume=volume,
        time=price["t"],
    )
    return _Moved(mover, price_kind, value if math.isfinite(value) else 0.0)
