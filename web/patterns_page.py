"""`/patterns`: every component of the pages in every state, with made-up values, to look at and to take pictures of."""

from collections.abc import Mapping

from msgspec.structs import replace

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
    Play,
    Quote,
    Side,
    Status,
    Trade,
)  # fmt: skip
from web.game_cards import game_card
from web.game_clock import clock_text, runs
from web.game_situation import bases_of, facts_of, field_of
from web.game_texts import game_texts
from web.play_texts import plays_by_period
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
    ("connecting", "Connecting…", ""),
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
        boards=[_board(game) for game in _games()[:1] + _games()[3:5] + _games()[7:9]],
        periods=plays_by_period(_plays(), _games()[0]),
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


_SIDES = (
    Side(
        role="away",
        id="GB",
        abbr="GB",
        name="Green Bay Packers",
        score=31,
        by_period=[14, 10, 7],
        color="203731",
        timeouts=2,
    ),
    Side(
        role="home",
        id="CHI",
        abbr="CHI",
        name="Chicago Bears",
        score=23,
        by_period=[3, 13, 7],
        color="0b162a",
        timeouts=3,
    ),
)


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
        closes={"UP": dict(enumerate(_LINE)), "DOWN": dict(enumerate(reversed(_LINE)))},
        statuses={"HALTED": Status(symbol="HALTED", status_code="H", time=_TIME)},
    )


def _quote(symbol: str, price: float) -> Quote:
    return Quote(symbol=symbol, bid_price=price - 0.01, bid_size=3, ask_price=price + 0.01, ask_size=1.2, time=_TIME)


def _trade(symbol: str, price: float) -> Trade:
    return Trade(symbol=symbol, price=price, size=100, time=_OLD if symbol == "OLD" else _TIME, id=1)


def _board(game: Game) -> Mapping[str, object]:
    """What a game's page says of it, but for its plays."""
    return {
        "game": game_texts(game),
        "clock": clock_text(game, NOW),
        "clock_runs": runs(game),
        "facts": facts_of(game),
        "bases": bases_of(game),
        "marks": field_of(game),
    }


def _plays() -> list[Play]:
    """One of each sort."""
    score = {"GB": 31.0, "CHI": 23.0}
    return [
        Play(id="1", game="nfl.0", league="nfl", time=_TIME, text="A. Rodgers pass incomplete", period=3, side="GB"),
        Play(id="2", game="nfl.0", league="nfl", time=_TIME, text="Timeout", period=3, clock="7:20"),
        Play(
            id="3",
            game="nfl.0",
            league="nfl",
            time=_TIME,
            text="A. Rodgers pass deep left to D. Adams for 38 yards, touchdown",
            period=3,
            clock="7:18",
            side="GB",
            score_value=6,
            score=score,
        ),
    ]


def _games() -> list[Game]:
    """One game in each phase."""
    return [
        Game(
            id=f"nfl.{number}",
            league="nfl",
            sport="football",
            time=_TIME,
            status=status,
            start="2021-01-08T18:30:00Z",
            period=Period(n=3, label="Q3"),
            clock=GameClock(display="7:18", seconds=438, dir="down", running=phase == "live", as_of=_TIME),
            situation={"down": 3, "distance": 4, "yard_line": "CHI 28", "red_zone": False},
            possession="GB",
            last_play=LastPlay(text="A. Rodgers pass deep left to D. Adams for 38 yards, touchdown"),
            sides=[replace(side, winner=phase == "final" and side.id == "GB") for side in _SIDES],
        )
        for number, (phase, status) in enumerate(_PHASES.items())
    ]
