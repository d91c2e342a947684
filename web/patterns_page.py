"""`/patterns`: every component of the pages in every state, with made-up values, to look at and to take pictures of."""

from collections.abc import Mapping

from ticker.config import FreshnessConfig
from ticker.events import (
    DailyBar,
    Game,
    GameClock,
    GameStatus,
    Instrument,
    LastPlay,
    Period,
    Phase,
    Quote,
    Side,
    Status,
    Trade,
)  # fmt: skip
from web.game_cards import game_card
from web.quote_rows import Market, quote_row
from web.rendering import render
from web.sparkline import VIEW_BOX
from web.symbol_page import TradeRow, day_of, line_of

NOW = 1_610_064_000.0
"""When all this is: 8 January 2021, 0:00 UTC."""
_TIME = "2021-01-08T00:00:00Z"
_OLD = "2021-01-07T23:40:00Z"
_CONNECTIONS = (
    ("live", "Live", "SSE"),
    ("live", "Live", "long poll"),
    ("reconnecting", "Connecting…", ""),
    ("reconnecting", "Reconnecting since 14:03:05", ""),
    ("stale", "Stale: quotes since 14:03:05", ""),
    ("stale", "Stale: all feeds since 7 Jan 2021, 14:03:05", ""),
    ("offline", "Offline since 14:03:05", ""),
)
"""States of the connection, as data, text and transport."""
_LINE = (100.0, 101.5, 101.0, 102.5, 104.0, 103.0, 105.5, 105.0, 106.5)


def patterns_page() -> str:
    """The page as HTML."""
    market = _market()
    rows = [quote_row(symbol, market, FreshnessConfig(), NOW) for symbol in _SYMBOLS]
    return render(
        "patterns.html",
        connections=_CONNECTIONS,
        rows=rows,
        heads=[row for row in rows if row.symbol in ("UP", "OLD", "HALTED", "UNKNOWN")],
        day=day_of("UP", market, 2),
        sizes=("300", "1.2"),
        trades=[
            TradeRow(_TIME, "00:00:00", "101.50", "100", is_corrected=False),
            TradeRow(_TIME, "00:00:00", "101.25", "5", is_corrected=True),
        ],
        view_box=VIEW_BOX,
        line=line_of(_LINE),
        cards=[game_card(game) for game in _games()],
    )


_SYMBOLS = ("UP", "DOWN", "FLAT", "LARGE", "BTC/USD", "OLD", "HALTED", "CLOSED", "PRE", "UNKNOWN")
_PHASES: Mapping[Phase, GameStatus] = {
    "live": GameStatus(phase="live", text="Q3 7:18"),
    "break": GameStatus(phase="break", text="Halftime"),
    "delayed": GameStatus(phase="delayed", reason="Weather"),
    "suspended": GameStatus(phase="suspended"),
    "pre": GameStatus(phase="pre"),
    "postponed": GameStatus(phase="postponed"),
    "unknown": GameStatus(phase="unknown"),
    "final": GameStatus(phase="final", text="Final/OT"),
    "closed": GameStatus(phase="closed"),
    "cancelled": GameStatus(phase="cancelled"),
    "abandoned": GameStatus(phase="abandoned"),
    "forfeit": GameStatus(phase="forfeit"),
}


def _market() -> Market:
    prices = {"UP": 101.5, "DOWN": 98.25, "FLAT": 100.0, "LARGE": 1_234_567.891, "BTC/USD": 40_797.05}
    prices |= dict.fromkeys(("OLD", "HALTED", "CLOSED", "PRE"), 101.5)
    names = {"LARGE": "A company whose name is much longer than any column of any table has room for"}
    sessions = {"CLOSED": "closed", "PRE": "pre"}
    return Market(
        quotes={symbol: _quote(symbol, price) for symbol, price in prices.items()},
        trades={symbol: _trade(symbol, price) for symbol, price in prices.items()},
        instruments={
            symbol: Instrument(
                symbol=symbol,
                name=names.get(symbol, f"{symbol.capitalize()} Incorporated"),
                time=_TIME,
                decimals=2,
                previous_close=100.0,
                session=sessions.get(symbol),  # type: ignore[arg-type]
            )
            for symbol in prices
        },
        daily_bars={
            symbol: DailyBar(symbol=symbol, open=100, high=price + 2, low=97, close=price, volume=12e6, time=_TIME)
            for symbol, price in prices.items()
        },
        statuses={"HALTED": Status(symbol="HALTED", status_code="H", time=_TIME)},
    )


def _quote(symbol: str, price: float) -> Quote:
    return Quote(symbol=symbol, bid_price=price - 0.01, bid_size=3, ask_price=price + 0.01, ask_size=1.2, time=_TIME)


def _trade(symbol: str, price: float) -> Trade:
    return Trade(symbol=symbol, price=price, size=100, time=_OLD if symbol == "OLD" else _TIME, id=1)


def _games() -> list[Game]:
    """One game in each phase."""
    return [
        Game(
            id=f"nfl.{number}",
            league="nfl",
            time=_TIME,
            status=status,
            start="2021-01-08T18:30:00Z",
            period=Period(n=3, label="Q3"),
            clock=GameClock(display="7:18"),
            possession="GB",
            last_play=LastPlay(text="A. Rodgers pass deep left to D. Adams for 38 yards, touchdown"),
            sides=[
                Side(role="away", id="GB", abbr="GB", name="Green Bay Packers", score=31, winner=phase == "final"),
                Side(role="home", id="CHI", abbr="CHI", name="Chicago Bears", score=23),
            ],
        )
        for number, (phase, status) in enumerate(_PHASES.items())
    ]
