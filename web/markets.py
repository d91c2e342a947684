"""Markets: stocks and crypto share kinds and topics. A path of one of them has nothing of the other."""

from collections.abc import Iterable, Sequence
from typing import Literal

from ticker.channels import kind_of
from ticker.entry import Entry

Market = Literal["", "stocks", "crypto"]
"""Empty for both."""
_KINDS = frozenset({"quotes", "trades", "bars", "updated_bars", "daily_bars", "statuses"})


def _is_other(market: Market, kind: str, symbol: str) -> bool:
    """Whether a symbol of a kind is of the other market: pairs are written with a slash, stocks never are."""
    return kind in _KINDS and ("/" in symbol) is (market == "stocks")


def others(market: Market, channels: Iterable[str]) -> tuple[str, ...]:
    """Those of `channels` that name something of the other market."""
    if not market:
        return ()
    named = ((channel, channel.partition("/")[2]) for channel in channels)
    return tuple(channel for channel, name in named if name != "*" and _is_other(market, kind_of(channel), name))


def has_wildcard(channels: Iterable[str]) -> bool:
    """Whether a `*` among them may hold something of both markets."""
    return any(channel.endswith("/*") and kind_of(channel) in _KINDS for channel in channels)


def of_market(market: Market, entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries without those of the other market."""
    return [entry for entry in entries if not _is_other(market, entry.series.kind, entry.series.key)]
