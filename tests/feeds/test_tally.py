from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.tally import LARGEST, SMALLEST, Tally, exact

NUMBERS = st.one_of(
    st.just(0.0),
    st.floats(SMALLEST, LARGEST, exclude_max=True),
    st.integers(1, 10**9).map(lambda cents: cents / 100),
)
TRADES = st.lists(st.tuples(st.tuples(st.integers(0, 5), st.integers(0, 5)), NUMBERS, NUMBERS), min_size=1, max_size=30)


def tally_of(trades: list[tuple[tuple[int, int], float, float]]) -> Tally:
    tally = Tally()
    for moment, price, size in trades:
        tally.add(moment, exact(price), exact(size))
    return tally


@given(TRADES)
def test_a_tally_is_what_its_trades_come_to_exactly(trades: list[tuple[tuple[int, int], float, float]]) -> None:
    tally = tally_of(trades)
    prices = [Fraction(repr(price)) for _, price, _ in trades]
    sizes = [Fraction(repr(size)) for _, _, size in trades]
    fields = tally.fields()
    assert Fraction(tally.volume) == sum(sizes)
    assert (fields["high"], fields["low"]) == (float(max(prices)), float(min(prices)))
    assert fields["trade_count"] == len(trades)
    if volume := sum(sizes):
        value = sum(price * size for price, size in zip(prices, sizes, strict=True))
        assert fields["average_price"] == float(round(value / volume, 9))
    else:
        assert fields["average_price"] == fields["close"]
    # What is first and last by time decides, whatever came first.
    assert fields["open"] == min(trades, key=lambda trade: trade[0])[1]
    latest = max(moment for moment, _, _ in trades)
    assert fields["close"] == next(price for moment, price, _ in trades if moment == latest)


@given(TRADES, TRADES)
def test_tallies_merge_to_that_of_all_their_trades(
    left: list[tuple[tuple[int, int], float, float]], right: list[tuple[tuple[int, int], float, float]]
) -> None:
    # A moment is a trade's own: the offset tells two of the same time apart.
    left = [((time, offset), price, size) for (time, offset), price, size in left]
    right = [((time, offset + 10), price, size) for (time, offset), price, size in right]
    merged = Tally()
    merged.merge(tally_of(left))
    merged.merge(tally_of(right))
    assert merged.fields() == tally_of(left + right).fields()


def test_an_emptied_tally_keeps_its_prices_until_a_trade_comes() -> None:
    tally = tally_of([((1, 1), 10.0, 2.0), ((2, 2), 12.5, 1.0)])
    tally.empty()
    assert tally.fields() == {
        "open": 10.0, "high": 12.5, "low": 10.0, "close": 12.5, "volume": 0.0, "trade_count": 0, "average_price": 12.5,
    }  # fmt: skip
    tally.add((3, 3), Decimal(7), Decimal(1))
    assert tally.fields() == tally_of([((3, 3), 7.0, 1.0)]).fields()


def test_decimals_do_not_drift() -> None:
    tally = tally_of([((number, 0), 0.1, 0.1) for number in range(100_000)])
    assert tally.fields()["volume"] == 10_000.0
    assert tally.fields()["average_price"] == 0.1


@pytest.mark.parametrize("number", [1e15, -1e15, 1e-15, 1e300, float("inf"), float("nan")])
def test_what_can_not_be_summed_up_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="can't be summed up: right would be 0, or from 1e-14 to below"):
        exact(number)
