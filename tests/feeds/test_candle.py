import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.candle import Candle

TRADES = st.lists(
    st.tuples(st.integers(1, 10**9).map(lambda cents: cents / 100), st.floats(0.000001, 1e6)), min_size=1, max_size=50
)


@given(TRADES)
def test_a_candle_is_what_its_trades_come_to(trades: list[tuple[float, float]]) -> None:
    candle = Candle(2)
    for price, size in trades:
        candle.add(price, size)
    prices = [price for price, _ in trades]
    volume = sum(size for _, size in trades)
    fields = candle.fields()
    assert (fields["open"], fields["close"], fields["trade_count"]) == (prices[0], prices[-1], len(prices))
    assert (fields["high"], fields["low"]) == (max(prices), min(prices))
    assert fields["volume"] == pytest.approx(volume)
    assert fields["average_price"] == pytest.approx(sum(p * s for p, s in trades) / volume, rel=1e-9, abs=1e-6)


@given(TRADES, TRADES)
def test_a_cleared_candle_has_forgotten(before: list[tuple[float, float]], after: list[tuple[float, float]]) -> None:
    used, fresh = Candle(2), Candle(2)
    for trade in before:
        used.add(*trade)
    used.clear()
    assert used.trade_count == 0
    for trade in after:
        used.add(*trade)
        fresh.add(*trade)
    assert used.fields() == fresh.fields()
