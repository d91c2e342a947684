import re

import msgspec
import pytest

from feeds.instruments import instrument_of, load_listings
from ticker.events import canonical


def test_there_are_500_stocks_and_20_pairs_each_once() -> None:
    listings = load_listings()
    stocks = [listing for listing in listings if not listing.is_crypto]
    pairs = [listing for listing in listings if listing.is_crypto]
    assert (len(stocks), len(pairs)) == (500, 20)
    assert len({listing.symbol for listing in listings}) == 520
    assert len({listing.name for listing in listings}) == 520
    assert list(listings) == stocks + pairs


def test_stocks_look_like_stocks_and_pairs_like_pairs() -> None:
    for listing in load_listings():
        assert listing.name.strip() == listing.name != ""
        assert listing.currency == "USD"
        if listing.is_crypto:
            assert re.fullmatch(r"[A-Z]{2,5}/USD", listing.symbol)
        else:
            assert re.fullmatch(r"[A-Z]{1,5}(\.[AB])?", listing.symbol)
            assert listing.exchange in {"NASDAQ", "NYSE", "CBOE"}
            assert listing.decimals == 2


def test_a_close_has_the_decimals_of_its_prices_and_ticks_enough_to_move() -> None:
    for listing in load_listings():
        assert round(listing.previous_close, listing.decimals) == listing.previous_close
        assert listing.previous_close * 10**listing.decimals >= 500


@pytest.mark.parametrize(
    ("symbol", "name", "exchange", "decimals"),
    [
        ("AAPL", "Apple Inc.", "NASDAQ", 2),
        ("BRK.B", "Berkshire Hathaway Inc. Class B", "NYSE", 2),
        ("CBOE", "Cboe Global Markets, Inc.", "CBOE", 2),
        ("BTC/USD", "Bitcoin", "CRYPTO", 2),
        ("DOGE/USD", "Dogecoin", "CRYPTO", 5),
        ("SHIB/USD", "Shiba Inu", "CRYPTO", 8),
    ],
)
def test_some_that_everybody_knows(symbol: str, name: str, exchange: str, decimals: int) -> None:
    [listing] = [listing for listing in load_listings() if listing.symbol == symbol]
    assert (listing.name, listing.exchange, listing.decimals) == (name, exchange, decimals)


def test_an_instrument_is_an_event_of_its_symbol() -> None:
    listing = load_listings()[0]
    value = msgspec.json.encode(instrument_of(listing, "2026-01-02T00:00:00Z", 230.5))
    event = msgspec.json.decode(canonical("instruments", listing.symbol, value))
    assert event == {
        "T": "instrument",
        "S": "AAPL",
        "name": "Apple Inc.",
        "t": "2026-01-02T00:00:00Z",
        "exchange": "NASDAQ",
        "currency": "USD",
        "decimals": 2,
        "previous_close": 230.5,
        "session": "open",
    }
