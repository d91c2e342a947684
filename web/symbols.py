"""Symbols: all that the log knows of, to be found by what they are called."""

import asyncio
import re
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from ticker.authorizer import Grant
from ticker.entry import Entry, Series
from ticker.events import Instrument
from ticker.log import Log
from web.pause import Pause

_PRICED = ("quotes", "trades")
"""Kinds whose symbols are found though there be no instrument."""
_BETWEEN_LOOKS = 100
"""Symbols between two looks at the clock."""
_BETWEEN_WORDS = re.compile(r"[^\w]+")
_decode = msgspec.json.Decoder(Instrument).decode


class FoundSymbol(Struct, frozen=True, kw_only=True):
    """What is said of a symbol that was found. All but the symbol is null where it has no instrument."""

    symbol: str
    name: str | None = None
    exchange: str | None = None
    currency: str | None = None
    decimals: int | None = None
    session: str | None = None


class Listing(Struct, frozen=True, eq=False, gc=False):
    """One symbol, and what it is found by."""

    symbol: str
    priced: tuple[Series, ...]
    """Its quotes and its trades."""
    entry: Entry | None
    """That of its instrument."""
    instrument: Instrument | None
    short: str
    """The symbol, in small letters."""
    words: str
    """The words of the name in small letters, a space before each."""
    text: str
    """The symbol and the name, in small letters."""

    def rank(self, text: str, words: str, *, by_name: bool) -> int | None:
        """How well it matches, 0 the best; None where it doesn't."""
        if text == self.short:
            return 0
        if self.short.startswith(text):
            return 1
        if by_name and words and words in self.words:
            return 2
        return 3 if text in (self.text if by_name else self.short) else None


class Symbols:
    """All symbols, in order. What is found by is made anew only where instruments or keys have changed."""

    def __init__(self, log: Log, yield_seconds: float) -> None:
        """Works for about `yield_seconds` before it lets the event loop breathe."""
        self._log = log
        self._yield_seconds = yield_seconds
        self._lock = asyncio.Lock()
        self._listings: Sequence[Listing] = ()
        self._seen: tuple[int, object] | None = None

    async def listings(self) -> Sequence[Listing]:
        """Every symbol that has an instrument, quotes or trades, sorted."""
        async with self._lock:
            seen = self._state()
            if seen != self._seen:
                self._listings = await self._list()
                self._seen = seen
        return self._listings

    async def find(self, search: str, grant: Grant, limit: int) -> list[FoundSymbol]:
        """The best `limit` of those that `grant` lets be found; without a `search`, the first.

        First comes the symbol that is meant, then those that begin so, then those of whose names a word does, then
        those that have it anywhere.
        """
        listings = await self.listings()
        pause = Pause(self._yield_seconds)
        text = " ".join(search.casefold().split())
        words = _words(text)
        found: tuple[list[FoundSymbol], ...] = ([], [], [], [])
        for number, listing in enumerate(listings):
            if number % _BETWEEN_LOOKS == 0:
                await pause.when_due()
            rank = listing.rank(text, words, by_name=True)
            # One that may be found by its symbol alone ranks no better.
            if rank is None or len(found[rank]) >= limit:
                continue
            if listing.instrument is not None and not grant.refused([f"instruments/{listing.symbol}"]):
                found[rank].append(_found(listing.symbol, listing.instrument))
            elif any(_is_found(series, grant) for series in listing.priced):
                rank = listing.rank(text, words, by_name=False)
                if rank is not None:
                    found[rank].append(FoundSymbol(symbol=listing.symbol))
        return [symbol for of_rank in found for symbol in of_rank][:limit]

    def _state(self) -> tuple[int, object]:
        """What is another where instruments or keys have changed."""
        topic = self._log.topics.get("instruments")
        return self._log.version, topic and topic.position()

    async def _list(self) -> Sequence[Listing]:
        """All listings; those of which nothing has changed are as they were."""
        pause = Pause(self._yield_seconds)
        before = {listing.symbol: listing for listing in self._listings}
        entries = {symbol: series.newest for symbol, series in self._series("instruments").items()}
        priced = [self._series(kind) for kind in _PRICED]
        listings: list[Listing] = []
        for number, symbol in enumerate(sorted({*entries, *(symbol for held in priced for symbol in held)})):
            if number % _BETWEEN_LOOKS == 0:
                await pause.when_due()
            of_symbol = tuple(held[symbol] for held in priced if symbol in held)
            entry = entries.get(symbol)
            if entry is not None and entry.is_deletion:
                entry = None
            old = before.get(symbol)
            if old is not None and old.entry is entry and old.priced == of_symbol:
                listings.append(old)
            else:
                listings.append(_listing(symbol, of_symbol, entry))
        return listings

    def _series(self, kind: str) -> dict[str, Series]:
        topic = self._log.topics.get(kind)
        return {} if topic is None else dict(topic.series)


def _is_found(series: Series, grant: Grant) -> bool:
    return not series.newest.is_deletion and not grant.refused(series.channels[:1])


def _listing(symbol: str, priced: tuple[Series, ...], entry: Entry | None) -> Listing:
    instrument = None if entry is None else _decode(entry.json)
    name = "" if instrument is None else instrument.name.casefold()
    short, words = symbol.casefold(), _words(name)
    return Listing(symbol, priced, entry, instrument, short, words, f"{short}\n{name}")


def _words(text: str) -> str:
    """The words of a text, a space before each."""
    return " ".join(["", *filter(None, _BETWEEN_WORDS.split(text))])


def _found(symbol: str, instrument: Instrument) -> FoundSymbol:
    return FoundSymbol(
        symbol=symbol,
        name=instrument.name,
        exchange=instrument.exchange,
        currency=instrument.currency,
        decimals=instrument.decimals,
        session=instrument.session,
    )
