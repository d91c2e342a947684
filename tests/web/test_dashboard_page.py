import re
from dataclasses import replace

import pytest

from tests.web.page_states import (
    EMPTY,
    HOSTILE,
    NOW,
    SYMBOLS,
    TIME,
    WATCHLIST,
    data_of,
    game,
    instrument,
    state_of,
    whole,
)
from ticker.feed_status import FeedStatus
from web.dashboard_page import render_dashboard
from web.watchlist import Watchlist


def test_the_page_holds_the_values_and_from_where_to_go_on() -> None:
    html = render_dashboard(whole(), WATCHLIST, SYMBOLS[:3])
    assert re.search(
        r'<tr data-symbol="UP" data-direction="up">.*?<span data-field="last">101\.01</span>', html, re.DOTALL
    )
    assert re.search(r'data-game="nfl\.1".*?data-side="GB" data-field="score">31<', html, re.DOTALL)
    data = data_of(html)
    assert (data["cursor"], data["channels"][0], data["freshness"]) == (
        "c1",
        "games/nfl",
        {"quotes": 60, "trades": 300},
    )
    assert {"T": "t", "S": "UP", "p": 101.01, "s": 1, "t": TIME, "i": 7} in data["events"]


def test_an_empty_page_is_a_page() -> None:
    html = render_dashboard(EMPTY, Watchlist([]))
    assert "No symbols to show yet." in html
    assert re.search(r"data-scoreboard hidden", html)
    assert data_of(html)["events"] == []


def test_hostile_names_are_only_text() -> None:
    symbol = HOSTILE.replace(" ", "")
    events = [
        instrument(symbol, None, name=HOSTILE),
        game("nfl.x", "live", status={"text": HOSTILE}, last_play={"text": HOSTILE}),
    ]
    html = render_dashboard(
        state_of(events, channels=(HOSTILE,), cursor=HOSTILE), Watchlist([symbol], [HOSTILE]), [symbol]
    )
    assert "alert(1)" in html
    assert "<script>" not in html
    assert "<b>" not in html
    assert html.count("</script>") == 3
    assert data_of(html)["cursor"] == HOSTILE


def test_nothing_in_the_page_needs_inline_code_or_style() -> None:
    html = render_dashboard(whole(), WATCHLIST, SYMBOLS[:3])
    assert re.findall(r"<script(?! (?:type=\"(?:module|application/json)\"|src=))", html) == []
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
    html = render_dashboard(replace(EMPTY, feeds=feeds), Watchlist([]))
    assert 'data-connection-state="stale"' in html
    assert text in html


def test_a_page_never_claims_to_be_live_before_its_stream_is() -> None:
    html = render_dashboard(replace(EMPTY, feeds={"quotes": FeedStatus(True, NOW)}), Watchlist([]))
    assert 'data-connection-state="connecting"' in html
    assert "Connecting…" in html
