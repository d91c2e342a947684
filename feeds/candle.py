"""Candles: what a row of trades comes to."""

from typing import TypedDict


class CandleFields(TypedDict):
    """What bars of all kinds have in common, by the names of the events' attributes."""

    open: float
    high: float
    low: float
    close: float
    volume: float
    trade_count: int
    average_price: float


class Candle:
    """Open, high, low, close, volume and average price of the trades so far."""

    __slots__ = ("_decimals", "_value", "close", "high", "low", "open", "trade_count", "volume")

    def __init__(self, decimals: int) -> None:
        """`decimals` of the prices: the average has four more."""
        self._decimals = decimals
        self.clear()

    def clear(self) -> None:
        """Begin anew, without a trade."""
        self.open = self.high = self.low = self.close = self.volume = self._value = 0.0
        self.trade_count = 0

    def add(self, price: float, size: float) -> None:
        """Take in a trade."""
        if not self.trade_count:
            self.open = self.high = self.low = price
        elif price > self.high:
            self.high = price
        elif price < self.low:
            self.low = price
        self.close = price
        self.volume += size
        self._value += price * size
        self.trade_count += 1

    def fields(self) -> CandleFields:
        """The fields of its bar. There must have been a trade."""
        return CandleFields(
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=round(self.volume, 8),
            trade_count=self.trade_count,
            average_price=round(self._value / self.volume, self._decimals + 4),
        )
