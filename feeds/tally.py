"""Tallies: what trades come to, exactly, whatever order they come in.

Sums are decimals of so many digits that nothing is ever rounded; one division, that of the average price, is.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation

from feeds.candle import CandleFields

LARGEST = 1e15
"""A price or a size of this or above, or of that much below zero, is none."""
SMALLEST = 1e-14
"""A price or a size closer to zero, and not zero, is none. Within these two, 100 digits hold a billion products."""
AVERAGE_DECIMALS = 9
"""Of a volume weighted average price, rounded half to even."""
_EXACT = Context(prec=100, traps=[Inexact, InvalidOperation])
_ROUNDED = Context(prec=100, rounding=ROUND_HALF_EVEN)
_LAST_DECIMAL = Decimal(1).scaleb(-AVERAGE_DECIMALS)
_ZERO = Decimal(0)
Moment = tuple[int, int]
"""What trades are ordered by: the trade's own time, in nanoseconds since 1970 UTC, and its offset where times tie."""


def exact(number: float) -> Decimal:
    """The decimal that a float is written as: 0.1 is 0.1. Raises ValueError where it can't be summed up exactly."""
    if number and not SMALLEST <= abs(number) < LARGEST:
        raise ValueError(f"{number} can't be summed up: right would be 0, or from {SMALLEST} to below {LARGEST}")
    return Decimal(repr(number))


class Tally:
    """Open, high, low, close, volume, value and number of trades."""

    __slots__ = ("close", "count", "first", "high", "last", "low", "open", "value", "volume")

    def __init__(self) -> None:
        self.count = 0
        self.first: Moment = (0, 0)
        """The moment of `open`."""
        self.last: Moment = (0, 0)
        """The moment of `close`."""
        self.open = self.high = self.low = self.close = self.volume = self.value = _ZERO

    def add(self, moment: Moment, price: Decimal, size: Decimal) -> None:
        """Take in a trade."""
        if not self.count:
            self.first = self.last = moment
            self.open = self.high = self.low = self.close = price
        else:
            if moment < self.first:
                self.first, self.open = moment, price
            elif moment > self.last:
                self.last, self.close = moment, price
            self.high = max(self.high, price)
            self.low = min(self.low, price)
        self.count += 1
        self.volume = _EXACT.add(self.volume, size)
        self.value = _EXACT.fma(price, size, self.value)

    def merge(self, other: "Tally") -> None:
        """Take in all trades of another, which has some."""
        if not self.count:
            self.first, self.open, self.last, self.close = other.first, other.open, other.last, other.close
            self.high, self.low = other.high, other.low
        else:
            if other.first < self.first:
                self.first, self.open = other.first, other.open
            if other.last > self.last:
                self.last, self.close = other.last, other.close
            self.high = max(self.high, other.high)
            self.low = min(self.low, other.low)
        self.count += other.count
        self.volume = _EXACT.add(self.volume, other.volume)
        self.value = _EXACT.add(self.value, other.value)

    def empty(self) -> None:
        """Forget all trades; the prices stay, as the last ones known."""
        self.count = 0
        self.volume = self.value = _ZERO

    def fields(self) -> CandleFields:
        """The fields of its bar. The average price is the close where no volume weighs anything."""
        average = self.close
        if self.volume:
            average = _ROUNDED.divide(self.value, self.volume).quantize(_LAST_DECIMAL, context=_ROUNDED)
        return CandleFields(
            open=float(self.open),
            high=float(self.high),
            low=float(self.low),
            close=float(self.close),
            volume=float(self.volume),
            trade_count=self.count,
            average_price=float(average),
        )
