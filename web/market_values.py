"""Market values: what the log holds of a symbol, as Alpaca's REST API says it."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ticker.entry import Entry
from ticker.log import Log
from ticker.timestamp import sortable

Value = dict[str, Any]
"""An event by Alpaca's keys, without `T` and `S`, which its place in an answer says already."""
_NEEDED = {"b": ("n", "vw"), "u": ("n", "vw"), "d": ("n", "vw")}
"""By tag, the keys that alpaca-py takes as null, but doesn't do without."""
_decode = msgspec.json.Decoder(Value).decode


class _Timed(msgspec.Struct, gc=False):
    t: str


_decode_timed = msgspec.json.Decoder(_Timed).decode


def value_of(entry: Entry) -> Value:
    """An event, with all the keys that its producer gave it. It must not be a deletion."""
    return _value(_decode(entry.json))


def _value(event: Value) -> Value:
    tag = event.pop("T")
    del event["S"]
    for name in _NEEDED.get(tag, ()):
        event.setdefault(name, None)
    return event


def time_of(entry: Entry) -> str:
    """An event's own time, `sortable`. It must not be a deletion."""
    return sortable(_decode_timed(entry.json).t)


def latest_quote(log: Log, symbol: str) -> Value | None:
    """The newest quote."""
    entry = next(_held(log, "quotes", symbol), None)
    return value_of(entry) if entry else None


def latest_trade(log: Log, symbol: str) -> Value | None:
    """The newest trade that was not cancelled, as it was corrected."""
    cancelled: set[int] = set()
    corrections: dict[int, Value] = {}
    for entry in _held(log, "trades", symbol):
        event = _decode(entry.json)
        if event["T"] == "x":
            cancelled.add(event["i"])
        elif event["T"] == "c":
            corrections.setdefault(event["oi"], event)
        elif _correct(event, corrections, cancelled):
            return _value(event)
    return None


def _correct(trade: Value, corrections: dict[int, Value], cancelled: set[int]) -> bool:
    """Make a trade what it is after all its corrections; whether it still stands."""
    id_ = trade.get("i")
    while id_ is not None and id_ not in cancelled and (correction := corrections.pop(id_, None)) is not None:
        id_ = correction["ci"]
        trade.update(i=id_, p=correction["cp"], s=correction["cs"])
        if correction.get("cc") is not None:
            trade["c"] = correction["cc"]
    return id_ not in cancelled


def minute_bar(log: Log, symbol: str) -> Value | None:
    """The newest minute's bar, as a late trade changed it."""
    bar = next(_held(log, "bars", symbol), None)
    updated = next(_held(log, "updated_bars", symbol), None)
    if updated and (bar is None or time_of(updated) >= time_of(bar)):
        return value_of(updated)
    return value_of(bar) if bar else None


def daily_bars(log: Log, symbol: str) -> tuple[Value | None, Value | None]:
    """The newest day's bar and the bar of the day before, which a log holds where `daily_bars` is a log kind."""
    held = _held(log, "daily_bars", symbol)
    newest = next(held, None)
    if newest is None:
        return None, None
    day = time_of(newest)
    before = next((entry for entry in held if time_of(entry) < day), None)
    return value_of(newest), value_of(before) if before else None


def bars_by_time(log: Log, kinds: Iterable[str], symbol: str) -> dict[str, Entry]:
    """All bars that are held, by their `time_of`. Of one minute that of a later kind counts, and the newest of each."""
    bars: dict[str, Entry] = {}
    for kind in kinds:
        of_kind: dict[str, Entry] = {}
        for entry in _held(log, kind, symbol):
            of_kind.setdefault(time_of(entry), entry)
        bars.update(of_kind)
    return bars


def _held(log: Log, kind: str, symbol: str) -> Iterator[Entry]:
    """What is held of one symbol, the newest first."""
    for series in log.held_by((f"{kind}/{symbol}",)):
        for entry in reversed(series.history or (series.newest,)):
            if not entry.is_deletion:
                yield entry
