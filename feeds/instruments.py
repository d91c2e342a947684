"""Instruments: the stocks and crypto pairs that the simulator trades, from instruments.csv."""

import csv
from importlib.resources import files

import msgspec

from ticker.events import Instrument


class Listing(msgspec.Struct, frozen=True):
    """One instrument as it is listed."""

    symbol: str
    name: str
    exchange: str
    currency: str
    decimals: int
    """Of its prices."""
    previous_close: float

    @property
    def is_crypto(self) -> bool:
        """Whether it is a crypto pair."""
        return self.exchange == "CRYPTO"


def load_listings() -> tuple[Listing, ...]:
    """500 US stocks, the busiest first, then 20 crypto pairs, the busiest first."""
    lines = (files("feeds") / "instruments.csv").read_text(encoding="utf-8").splitlines()
    return tuple(msgspec.convert(row, Listing, strict=False) for row in csv.DictReader(lines))


def instrument_of(listing: Listing, time: str, previous_close: float) -> Instrument:
    """The event that tells of an instrument in an open session, as of `time` (RFC 3339)."""
    return Instrument(
        symbol=listing.symbol,
        name=listing.name,
        time=time,
        exchange=listing.exchange,
        currency=listing.currency,
        decimals=listing.decimals,
        previous_close=previous_close,
        session="open",
    )
