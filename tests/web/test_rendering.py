import json
import re
from dataclasses import replace
from typing import Any

import pytest

from ticker.config import FreshnessConfig
from ticker.events import DailyBar, Game, Instrument, Quote, Trade, decode_event
from ticker.feed_status import FeedStatus
from web.rendering import MOST_CARDS, Dashboard, format_number, format_volume, game_cards, quote_row, render_dashboard

NOW = 1_610_064_000.0
TIME = "2021-01-08T00:00:00.278Z"
HOSTILE = "</script><script>alert(1)</script>\"'&<b>"
EMPTY = Dashboard(
    cursor="c1",
    channels="games=nfl",
    symbols=[],
    now=NOW,
    feeds={},
    freshness=FreshnessConfig(),
    quotes={},
    trades={},
    instruments={},
    daily_bars={},
    games=[],
)


def quote(symbol: str, bid: float, ask: float) -> Quote:
    return Quote(symbol=symbol, bid_price=bid, bid_size=1, ask_price=ask, ask_size=2, time=TIME)


def trade(symbol: str, price: float) -> Trade:
    return Trade(symbol=symbol, price=price, size=1, time=TIME, id=7)


def instrument(symbol: str, previous: float | None, decimals: int | None = 2, **others: Any) -> Instrument:
    return Instrument(
        symbol=symbol, name=f"{symbol} Incorporated", time=TIME, decimals=decimals, previous_close=previous, **others
    )


def game(id_: str, phase: str, **others: Any) -> Game:
    sides = [
        {
            "role": "away",
            "id": "GB",
            "abbr": "GB",
            "name": "Green Bay Packers",
            "score": 31,
            "winner": phase == "final",
        },
        {"role": "home", "id": "CHI", "abbr": "CHI", "name": "Chicago Bears", "score": 23, "winner": False},
    ]
    status = {"phase": phase, **others.pop("status", {})}
    value = {"T": "game", "id": id_, "league": "nfl", "t": TIME, "status": status, "sides": sides, **others}
    event = decode_event("games", json.dumps(value).encode())
    assert isinstance(event, Game)
    return event


def dashboard(*symbols: str, **known: Any) -> Dashboard:
    return replace(EMPTY, symbols=symbols, **known)


def data_of(html: str) -> Any:
    block = re.search(r'<script type="application/json" id="dashboard-data">(.*?)</script>', html, re.DOTALL)
    assert block
    return json.loads(block[1])


def whole() -> Dashboard:
    """A bit of everything that the page can show."""
    games = [
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
    return dashboard(
        "UP", "DOWN", "FLAT", "MID", "NOTHING", "BARE/USD", "HUGE/USD", "CLOSED", HOSTILE.replace(" ", ""),
        quotes={
            "UP": quote("UP", 101, 101.02),
            "MID": quote("MID", 0.125, 0.13),
            "BARE/USD": quote("BARE/USD", 1.14605, 1.1464),
            "HUGE/USD": quote("HUGE/USD", 1e15, 123456789012345.6),
        },
        trades={
            "UP": trade("UP", 101.01),
            "DOWN": trade("DOWN", 1234567.125),
            "FLAT": trade("FLAT", 50.001),
            "CLOSED": trade("CLOSED", -37.63),
            "BARE/USD": trade("BARE/USD", 1.146),
        },
        instruments={
            "UP": instrument("UP", 100),
            "DOWN": instrument("DOWN", 2000000),
            "FLAT": instrument("FLAT", 50),
            "MID": instrument("MID", 0.1, decimals=3),
            "HUGE/USD": instrument("HUGE/USD", 0, decimals=None),
            "CLOSED": instrument("CLOSED", 1, session="closed"),
            HOSTILE: Instrument(symbol="X", name=HOSTILE, time=TIME),
        },
        daily_bars={
            "UP": DailyBar(symbol="UP", open=1, high=1, low=1, close=1, volume=12_345_678, time=TIME),
            "DOWN": DailyBar(symbol="DOWN", open=1, high=1, low=1, close=1, volume=999.5, time=TIME),
        },
        games=games,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, 2, "—"),
        (float("inf"), 2, "—"),
        (0, 2, "0.00"),
        (-0.001, 2, "0.00"),
        (0.125, 2, "0.13"),
        (2.5, 0, "3"),
        (1.005, 2, "1.00"),
        (-1234.5, 1, "−1,234.5"),
        (1234567.125, 2, "1,234,567.13"),
        (1e22, 2, "1.00e+22"),
        (0.1, 12, "0.100000000000"),
    ],
)
def test_a_number_is_grouped_and_rounded_as_javascript_rounds(value: float | None, decimals: int, text: str) -> None:
    assert format_number(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "—"), (0, "0"), (999, "999"), (1000, "1.00K"), (12_345_678, "12.35M"), (4e12, "4.00T")]
)
def test_a_volume_is_short(value: float | None, text: str) -> None:
    assert format_volume(value) == text


def test_a_row_shows_the_newest_trade_against_the_previous_close() -> None:
    row = quote_row("UP", whole())
    assert (row.last, row.change, row.percent, row.direction) == ("101.01", "+1.01", "+1.01%", "up")
    assert (row.bid, row.ask, row.volume) == ("101.00", "101.02", "12.35M")


def test_a_fall_has_a_true_minus_sign() -> None:
    row = quote_row("DOWN", whole())
    assert (row.last, row.change, row.percent, row.direction) == ("1,234,567.13", "−765,432.88", "−38.27%", "down")


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    row = quote_row("FLAT", whole())
    assert (row.change, row.percent, row.direction) == ("0.00", "0.00%", "flat")


def test_a_percentage_that_rounds_to_nothing_has_no_sign_either() -> None:
    row = quote_row("A", dashboard("A", trades={"A": trade("A", 1000.01)}, instruments={"A": instrument("A", 1000)}))
    assert (row.change, row.percent, row.direction) == ("+0.01", "0.00%", "up")


def test_without_a_trade_the_middle_of_the_quote_is_shown() -> None:
    assert quote_row("MID", whole()).last == "0.128"


def test_without_an_instrument_a_price_is_written_out() -> None:
    row = quote_row("BARE/USD", whole())
    assert (row.last, row.bid, row.ask) == ("1.14600", "1.14605", "1.14640")
    assert (row.name, row.change, row.percent, row.direction) == ("", "—", "—", "flat")


def test_a_symbol_of_which_nothing_is_known_has_its_row() -> None:
    row = quote_row("NOTHING", whole())
    assert (row.last, row.change, row.percent, row.bid, row.ask, row.volume) == ("—",) * 6


def test_games_being_played_come_first_and_the_newest_final_before_older_ones() -> None:
    games = [
        game("nfl.1", "final", start="2021-01-07T18:00:00Z"),
        game("nfl.2", "final", start="2021-01-07T21:00:00Z"),
        game("nfl.3", "pre", start="2021-01-09T18:00:00Z"),
        game("nfl.4", "pre", start="2021-01-08T18:00:00Z"),
        game("nfl.5", "break"),
        game("nfl.0", "live", start="2021-01-08T00:00:00Z"),
    ]
    assert [card.id for card in game_cards(games)] == ["nfl.5", "nfl.0", "nfl.4", "nfl.3", "nfl.2", "nfl.1"]


def test_the_scoreboard_is_bounded() -> None:
    assert len(game_cards([game(f"nfl.{n}", "live") for n in range(MOST_CARDS + 1)])) == MOST_CARDS


def test_a_card_shows_the_clock_the_score_and_who_has_the_ball() -> None:
    card = {card.id: card for card in game_cards(whole().games)}["nfl.1"]
    assert (card.group, card.status, card.note) == ("live", "Q3 07:18", "NFL")
    assert [(side.abbreviation, side.score, side.has_ball) for side in card.sides] == [
        ("GB", "31", True),
        ("CHI", "23", False),
    ]


def test_a_game_to_come_shows_its_time_and_no_score() -> None:
    (card,) = game_cards([game("nfl.1", "pre", start="2021-01-08T18:30:00Z", status={"text": "18:30 UTC"})])
    assert (card.status, card.start) == ("18:30 UTC", "2021-01-08T18:30:00Z")
    assert [side.score for side in card.sides] == ["", ""]


def test_a_final_shows_who_won() -> None:
    (card,) = game_cards([game("nfl.1", "final")])
    assert (card.status, [side.is_winner for side in card.sides]) == ("Final", [True, False])


def test_the_page_holds_the_values_and_from_where_to_go_on() -> None:
    html = render_dashboard(whole())
    assert re.search(
        r'<tr data-symbol="UP" data-direction="up">.*?<span data-field="last">101\.01</span>', html, re.DOTALL
    )
    assert re.search(r'data-game="nfl\.1".*?data-side="GB" data-field="score">31<', html, re.DOTALL)
    data = data_of(html)
    assert (data["cursor"], data["channels"], data["freshness"]) == ("c1", "games=nfl", {"quotes": 60, "trades": 300})
    assert {"T": "t", "S": "UP", "p": 101.01, "s": 1, "t": TIME, "i": 7} in data["events"]


def test_an_empty_page_is_a_page() -> None:
    html = render_dashboard(EMPTY)
    assert "No symbols to show yet." in html
    assert re.search(r"data-scoreboard hidden", html)
    assert data_of(html)["events"] == []


def test_hostile_names_are_only_text() -> None:
    symbol = HOSTILE.replace(" ", "")
    hostile = dashboard(
        symbol,
        channels=HOSTILE,
        cursor=HOSTILE,
        instruments={symbol: Instrument(symbol=symbol, name=HOSTILE, time=TIME)},
        games=[game("nfl.x", "live", status={"text": HOSTILE}, last_play={"text": HOSTILE})],
    )
    html = render_dashboard(hostile)
    assert "alert(1)" in html
    assert "<script>" not in html
    assert "<b>" not in html
    assert html.count("</script>") == 2
    assert data_of(html)["cursor"] == HOSTILE


def test_nothing_in_the_page_needs_inline_code_or_style() -> None:
    html = render_dashboard(whole())
    assert re.findall(r"<script(?! type=\"(?:module|application/json)\")", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", html) == []


@pytest.mark.parametrize(
    ("stale", "text"),
    [
        (["quotes"], "Stale: quotes since 00:00:00 UTC"),
        (["daily_bars", "quotes"], "Stale: daily bars, quotes since 00:00:00 UTC"),
        (["daily_bars", "quotes", "games"], "Stale: all feeds since 00:00:00 UTC"),
    ],
)
def test_a_stale_feed_is_named(stale: list[str], text: str) -> None:
    feeds = {kind: FeedStatus(kind not in stale, NOW) for kind in ("daily_bars", "quotes", "games")}
    html = render_dashboard(replace(EMPTY, feeds=feeds))
    assert 'data-connection-state="stale"' in html
    assert text in html


def test_a_page_never_claims_to_be_live_before_its_stream_is() -> None:
    html = render_dashboard(replace(EMPTY, feeds={"quotes": FeedStatus(True, NOW)}))
    assert 'data-connection-state="reconnecting"' in html
    assert "Connecting…" in html
