"""Bars: one partition's trades as minute bars, updated bars and daily bars.

A minute `[t, t + 60 s)` holds the trades whose own time is in it. It is over when the clock has reached its end; the
clock is that of the stream, the newest time of all trades of the partition. What changes a minute after that makes it
an updated bar. A day is UTC's; its bar is of all its minutes that are over.

What comes out depends on the trades, in their order, and on where the clock stood, and on nothing else: whoever reads
them again, from the first of the days held on, has the same bars.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from feeds.event_time import DAY, MINUTE, SECOND, time_at, time_text
from feeds.message import Message
from feeds.tally import Tally, exact
from ticker.events import Bar, Cancel, Correction, DailyBar, Trade, UpdatedBar

LATE = 600 * SECOND
"""Nanoseconds. A day is held for so long after its end; trades of days that are over for longer are refused."""
AHEAD = 10 * SECOND
"""Nanoseconds. A trade that is so much newer than its append by the broker is refused: it would end all minutes."""
HELD_TRADES = 20_000
"""Trades of one symbol and day that are held one by one. Beyond it, those of the oldest minute are let go: their bar
stays and late trades still change it, but corrections and cancels of them are refused."""
_encode = msgspec.json.Encoder().encode


class Refused(ValueError):
    """A trade, a correction or a cancel that makes no bar. The text says why."""


class _Held(NamedTuple):
    """One trade."""

    at: int
    price: Decimal
    size: Decimal
    id: int | None


class _Minute:
    """One symbol's minute."""

    __slots__ = ("start", "tally", "trades")

    def __init__(self, start: int) -> None:
        self.start = start
        self.tally = Tally()
        self.trades: dict[int, _Held] | None = {}
        """By offset; None once they were let go."""

    def recount(self) -> None:
        """Tally the trades that are left."""
        if not self.trades:
            self.tally.empty()
            return
        self.tally = Tally()
        for offset, held in self.trades.items():
            self.tally.add((held.at, offset), held.price, held.size)


class _SymbolDay:
    """One symbol's day."""

    __slots__ = ("held", "ids", "minutes", "tally")

    def __init__(self) -> None:
        self.tally = Tally()
        """Of the minutes that are over."""
        self.minutes: dict[int, _Minute] = {}
        """By their start."""
        self.ids: dict[int, tuple[int, int]] = {}
        """Where a trade is held, by its id: the minute and the offset."""
        self.held = 0

    def hold(self, minute: _Minute, offset: int, held: _Held) -> None:
        """Hold a trade, unless those of its minute were let go; let go others where there are too many."""
        if minute.trades is None:
            return
        minute.trades[offset] = held
        if held.id is not None:
            self.ids[held.id] = (minute.start, offset)
        self.held += 1
        while self.held > HELD_TRADES:
            self._let_go(min(start for start, minute in self.minutes.items() if minute.trades))

    def recount(self, clock: int) -> None:
        """Tally the minutes that are over."""
        tally = Tally()
        for minute in self.minutes.values():
            if minute.tally.count and minute.start + MINUTE <= clock:
                tally.merge(minute.tally)
        if tally.count:
            self.tally = tally
        else:
            self.tally.empty()

    def _let_go(self, start: int) -> None:
        minute = self.minutes[start]
        for offset, held in (minute.trades or {}).items():
            self.held -= 1
            if held.id is not None and self.ids.get(held.id) == (start, offset):
                del self.ids[held.id]
        minute.trades = None


class _Day:
    """All symbols' day."""

    __slots__ = ("first", "symbols")

    def __init__(self, first: int) -> None:
        self.first = first
        """The offset of its first trade."""
        self.symbols: dict[str, _SymbolDay] = {}


class Bars:
    """The bars of one partition."""

    def __init__(self, clock: int = 0) -> None:
        """`clock` is where the clock stood, in nanoseconds since 1970 UTC, where the trades are read again."""
        self.clock = clock
        self._days: dict[int, _Day] = {}
        """By their start."""
        self._open: dict[int, dict[str, None]] = {}
        """The minute that isn't over, by its start, and what was traded in it."""
        self._ready: list[Message] = []
        self._updated: dict[tuple[str, int], None] = {}
        """The symbols and minutes whose updated bars are due."""
        self._daily: dict[tuple[str, int], None] = {}
        """The symbols and days whose daily bars are due."""

    @property
    def first(self) -> int | None:
        """The offset of the first trade of the days held: whoever begins anew must begin there."""
        return min((day.first for day in self._days.values()), default=None)

    @property
    def open_end(self) -> int | None:
        """When the minute that isn't over will be, in nanoseconds since 1970 UTC; None where nothing was traded."""
        return min(self._open) + MINUTE if self._open else None

    def take(self, offset: int, appended: int, event: Trade | Correction | Cancel) -> None:
        """Take in one record. `appended` is when the broker did so, in nanoseconds since 1970 UTC.

        Raises Refused, and ValueError for what is no time, no price or no size.
        """
        if isinstance(event, Trade):
            self._trade(offset, appended, event)
        elif isinstance(event, Correction):
            price, size = exact(event.corrected_price), exact(event.corrected_size)
            of_day, minute, place, trades = self._find(event.symbol, event.original_id)
            trades[place] = _Held(trades[place].at, price, size, event.corrected_id)
            of_day.ids[event.corrected_id] = (minute.start, place)
            self._recount(event.symbol, of_day, minute)
        else:
            of_day, minute, place, trades = self._find(event.symbol, event.id)
            del trades[place]
            of_day.held -= 1
            self._recount(event.symbol, of_day, minute)

    def advance(self, clock: int) -> None:
        """Let the clock go on: minutes are over, and days are forgotten."""
        self.clock = clock
        for start in [start for start in self._open if start + MINUTE <= clock]:
            self._end_minute(start)
        for start in [start for start in self._days if start + DAY + LATE <= clock]:
            self._publish_due()
            del self._days[start]

    def drain(self) -> list[Message]:
        """What is to be published, each time once: bars as they were when their minutes ended, all else as it is."""
        self._publish_due()
        ready, self._ready = self._ready, []
        return ready

    def forget_due(self) -> None:
        """Publish nothing of what is due: it has been."""
        self._ready.clear()
        self._updated.clear()
        self._daily.clear()

    def _trade(self, offset: int, appended: int, event: Trade) -> None:
        at, symbol = time_at(event.time), event.symbol
        price, size = exact(event.price), exact(event.size)
        if at > appended + AHEAD:
            raise Refused(f"a trade of {event.time}, but it was appended at {time_text(appended)}: it can't be so new")
        if at > self.clock:
            self.advance(at)
        day_start, minute_start = at - at % DAY, at - at % MINUTE
        if day_start + DAY + LATE <= self.clock:
            raise Refused(f"a trade of {event.time}, but it is {time_text(self.clock)}: that day is over")
        day = self._days.get(day_start)
        if day is None:
            day = self._days[day_start] = _Day(offset)
        of_day = day.symbols.get(symbol)
        if of_day is None:
            of_day = day.symbols[symbol] = _SymbolDay()
        minute = of_day.minutes.get(minute_start)
        if minute is None:
            minute = of_day.minutes[minute_start] = _Minute(minute_start)
        minute.tally.add((at, offset), price, size)
        of_day.hold(minute, offset, _Held(at, price, size, event.id))
        if minute_start + MINUTE > self.clock:
            self._open.setdefault(minute_start, {})[symbol] = None
        else:
            of_day.tally.add((at, offset), price, size)
            self._changed(symbol, minute_start)

    def _find(self, symbol: str, id_: int) -> tuple[_SymbolDay, _Minute, int, dict[int, _Held]]:
        """Take a trade's id away, and say where it is held. Raises Refused."""
        for start in sorted(self._days, reverse=True):
            of_day = self._days[start].symbols.get(symbol)
            found = of_day.ids.pop(id_, None) if of_day else None
            if of_day and found:
                minute = of_day.minutes[found[0]]
                assert minute.trades is not None, "their ids go with them"
                return of_day, minute, found[1], minute.trades
        raise Refused(f"no trade of {symbol} with the id {id_} is held: it is unknown, taken back or too old")

    def _recount(self, symbol: str, of_day: _SymbolDay, minute: _Minute) -> None:
        minute.recount()
        if minute.start + MINUTE <= self.clock:
            of_day.recount(self.clock)
            self._changed(symbol, minute.start)

    def _changed(self, symbol: str, minute: int) -> None:
        self._updated[symbol, minute] = None
        self._daily[symbol, minute - minute % DAY] = None

    def _end_minute(self, start: int) -> None:
        day = start - start % DAY
        for symbol in self._open.pop(start):
            of_day = self._days[day].symbols[symbol]
            minute = of_day.minutes[start]
            if minute.tally.count:
                bar = Bar(symbol=symbol, time=time_text(start), **minute.tally.fields())
                self._ready.append(Message("bars", symbol, start + MINUTE, _encode(bar)))
                of_day.tally.merge(minute.tally)
                self._daily[symbol, day] = None

    def _publish_due(self) -> None:
        self._ready.extend(self._due())
        self._updated.clear()
        self._daily.clear()

    def _due(self) -> Iterator[Message]:
        for symbol, start in self._updated:
            tally = self._days[start - start % DAY].symbols[symbol].minutes[start].tally
            bar = UpdatedBar(symbol=symbol, time=time_text(start), **tally.fields())
            yield Message("updated_bars", symbol, self.clock, _encode(bar))
        for symbol, start in self._daily:
            tally = self._days[start].symbols[symbol].tally
            daily = DailyBar(symbol=symbol, time=time_text(start), **tally.fields())
            yield Message("daily_bars", symbol, self.clock, _encode(daily))
