"""Instruments: the stocks and crypto pairs that the simulator trades, from instruments.csv."""

import csv
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from ticker.events import Instrument


@dataclass(frozen=True, slots=True)
class Listing:
    """One instrument as it is listed."""

    symbol: str
    name: str
    exchange: str
    currency: str
    decimals: int
    previous_close: float

    @property
    def is_crypto(self) -> bool:
        """Whether it is a pair that is traded around the clock."""
        return self.exchange == "CRYPTO"

    def event(self, time: str) -> bytes:
        """The instrument's event as JSON, as of `time` (RFC 3339)."""
        return msgspec.json.encode(
            Instrument(
                symbol=self.symbol,
                name=self.name,
                time=time,
                exchange=self.exchange,
                currency=self.currency,
                decimals=self.decimals,
                previous_close=self.previous_close,
                session="open",
            )
        )


def load_listings() -> list[Listing]:
    """500 US stocks, the best known first, and 20 crypto pairs."""
    with (files("feeds") / "instruments.csv").open(encoding="utf-8") as file:
        return [
            Listing(
                row["symbol"],
                row["name"],
                row["exchange"],
                row["currency"],
                int(row["decimals"]),
                float(row["previous_close"]),
            )
            for row in csv.DictReader(file)
        ]
