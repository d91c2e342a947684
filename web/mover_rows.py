"""Movers as texts. static/js/movers.js makes the same texts of what `/v1/movers` answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from web.movers import Mover, TopMovers
from web.number_texts import decimals_of, format_number, format_signed, format_volume, sign_of

MOST_ROWS = 5
"""Of each sort."""


@dataclass(frozen=True, slots=True)
class MoverRow:
    """One symbol that moved, as texts."""

    symbol: str
    name: str
    last: str
    percent: str
    direction: Literal["up", "down", "flat"]
    volume: str


@dataclass(frozen=True, slots=True)
class MoverPanel:
    """One sort of movers."""

    sort: str
    title: str
    rows: Sequence[MoverRow]


def mover_panels(movers: TopMovers) -> list[MoverPanel]:
    """All sorts, those too that have nobody."""
    sorts = (
        ("gainers", "Gainers", movers.gainers),
        ("losers", "Losers", movers.losers),
        ("active", "Most active", movers.active),
    )
    return [MoverPanel(sort, title, [_row(mover) for mover in found[:MOST_ROWS]]) for sort, title, found in sorts]


def _row(mover: Mover) -> MoverRow:
    decimals = decimals_of(mover.last) if mover.decimals is None else mover.decimals
    sign = sign_of(mover.change, decimals)
    return MoverRow(
        symbol=mover.symbol,
        name=mover.name,
        last=format_number(mover.last, decimals),
        percent=f"{format_signed(mover.percent, 2)}%",
        direction="up" if sign == "+" else "down" if sign else "flat",
        volume=f"Vol {format_volume(mover.volume)}",
    )
