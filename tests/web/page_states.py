"""States of pages, made of events without a node."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from ticker.config import FreshnessConfig
from ticker.entry import Entry, Series
from ticker.events import Bar, DailyBar, Event, Game, Instrument, Quote, Trade, decode_event
from web.page_state import PageState
from web.watchlist import Watchlist

NOW = 1_610_064_000.0
TIME = "2021-01-08T00:00:00.278Z"
HOSTILE = "</script><script>alert(1)</script>\"'&<b>"
EMPTY = PageState(cursor="c1", channels=("games/nfl",), now=NOW, feeds={}, freshness=FreshnessConfig(), entries=())
KINDS = {
    "q": "quotes",
    "t": "trades",
    "b": "bars",
    "instrument": "instruments",
    "d": "daily_bars",
    "s": "statuses",
    "game": "games",
}


def state_of(events: Iterable[Event], **others: Any) -> PageState:
    """What a page is made of where the log holds `events`."""
    return replace(EMPTY, entries=[_entry(seq, event) for seq, event in enumerate(events)], **others)


def _entry(seq: int, event: Any) -> Entry:
    value = msgspec.json.encode(event)
    kind = KINDS[json.loads(value)["T"]]
    key = event.id if kind == "games" else event.symbol
    return Entry(
        Series(kind, key, 0, (), is_log=kind in ("trades", "bars")), seq, 0, seq, NOW, value, is_deletion=False
    )


def data_of(html: str) -> Any:
    """What the page's script starts with."""
    block = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert block
    return json.loads(block[1])


def quote(symbol: str, bid: float, ask: float) -> Quote:
    return Quote(symbol=symbol, bid_price=bid, bid_size=1, ask_price=ask, ask_size=2, time=TIME)


def trade(symbol: str, price: float) -> Trade:
    return Trade(symbol=symbol, price=price, size=1, time=TIME, id=7)


def instrument(symbol: str, previous: float | None, decimals: int | None = 2, **others: Any) -> Instrument:
    name = others.pop("name", f"{symbol} Incorporated")
    return Instrument(symbol=symbol, name=name, time=TIME, decimals=decimals, previous_close=previous, **others)


def daily_bar(symbol: str, volume: float) -> DailyBar:
    return DailyBar(symbol=symbol, open=1, high=1, low=1, close=1, volume=volume, time=TIME)


def bar(symbol: str, minute: int, close: float) -> Bar:
    """The bar of a minute of 2021-01-08."""
    time = f"2021-01-08T{minute // 60:02}:{minute % 60:02}:00Z"
    return Bar(symbol=symbol, open=1, high=1, low=1, close=close, volume=1, time=time)


def game(id_: str, phase: str, **others: Any) -> Game:
    away = {"role": "away", "id": "GB", "abbr": "GB", "name": "Green Bay Packers", "score": 31}
    home = {"role": "home", "id": "CHI", "abbr": "CHI", "name": "Chicago Bears", "score": 23, "winner": False}
    sides = [{**away, "winner": phase == "final"}, home]
    status = {"phase": phase, **others.pop("status", {})}
    value = {"T": "game", "id": id_, "league": "nfl", "t": TIME, "status": status, "sides": sides, **others}
    event = decode_event("games", json.dumps(value).encode())
    assert isinstance(event, Game)
    return event


SYMBOLS = ("UP", "DOWN", "FLAT", "MID", "NOTHING", "BARE/USD", "HUGE/USD", "CLOSED", HOSTILE.replace(" ", ""))


WATCHLIST = Watchlist(SYMBOLS)


def whole() -> PageState:
    """A bit of everything that the dashboard can show, of `SYMBOLS`."""
    events: list[Event] = [
        quote("UP", 101, 101.02),
        quote("MID", 0.125, 0.13),
        quote("BARE/USD", 1.14605, 1.1464),
        quote("HUGE/USD", 1e15, 123456789012345.6),
        trade("UP", 101.01),
        trade("DOWN", 1234567.125),
        trade("FLAT", 50.001),
        trade("CLOSED", -37.63),
        trade("BARE/USD", 1.146),
        instrument("UP", 100),
        instrument("DOWN", 2000000),
        instrument("FLAT", 50),
        instrument("MID", 0.1, decimals=3),
        instrument("HUGE/USD", 0, decimals=None),
        instrument("CLOSED", 1, session="closed"),
        instrument(HOSTILE.replace(" ", ""), None, name=HOSTILE),
        daily_bar("UP", 12_345_678),
        daily_bar("DOWN", 999.5),
        *(bar("UP", minute, 100 + minute * 0.37 % 2.1) for minute in range(90) if minute % 7),
        *(bar("FLAT", minute, 50) for minute in range(3)),
        bar("DOWN", 1, 3),
        game("nfl.1", "live", period={"n": 3, "label": "Q3"}, clock={"display": "07:18"}, possession="GB"),
        game("nfl.2", "live", status={"text": "Q4 0:31"}, last_play={"text": "CHI pass, 12 yards"}, possession="CHI"),
        game("nfl.3", "break", status={"text": "Halftime"}),
        game("nfl.4", "pre", start_tbd=True),
        game("nfl.5", "final", start="2021-01-07T18:00:00Z", status={"text": "Final/OT"}),
        game("nfl.6", "final", start="2021-01-07T21:00:00.5Z"),
        game("nfl.7", "postponed"),
        game("nfl.8", "live", sides=[]),
        game(
            "nfl.9",
            "live",
            sides=[{"role": "1", "id": "a", "score": 1234.5}, {"role": "2", "id": "b", "score_text": "15"}],
        ),
    ]
    return state_of(events, channels=("games/nfl", *(f"{kind}/*" for kind in KINDS.values() if kind != "games")))
