"""Trades that stand: those of a row of events that were not cancelled, as they were corrected."""

from collections.abc import Iterable

import msgspec

from ticker.events import Cancel, Correction, Trade


def standing_trades(events: Iterable[Trade | Correction | Cancel]) -> list[tuple[Trade, bool]]:
    """The trades in order, each with whether it was corrected. What is said of a trade that isn't there is left out."""
    trades: list[tuple[Trade, bool]] = []
    for event in events:
        if isinstance(event, Trade):
            trades.append((event, False))
            continue
        known = event.original_id if isinstance(event, Correction) else event.id
        place = next((place for place in reversed(range(len(trades))) if trades[place][0].id == known), None)
        if place is None:
            continue
        if isinstance(event, Correction):
            new = {"id": event.corrected_id, "price": event.corrected_price, "size": event.corrected_size}
            trades[place] = (msgspec.structs.replace(trades[place][0], **new), True)
        else:
            del trades[place]
    return trades
