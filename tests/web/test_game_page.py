"""A game's page: as it is rendered, and in a real browser on a real node."""

import re
from html import unescape
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.conftest import Served
from tests.web.game_states import AWAY, CLOCK, GAMES, HOME, game_of, play_of, state_with
from tests.web.page_states import HOSTILE, data_of
from web.game_page import render_game

TOUCHDOWN = play_of(3, "GB touchdown", score_value=6, score={"GB": 23, "CHI": 13}, side="GB", period=3, clock="4:02")
PLAYS = [
    play_of(1, "CHI kickoff", side="CHI", period=1, clock="15:00"),
    play_of(2, "GB pass, 12 yards", side="GB", period=3, clock="4:15"),
]


def still(id_: str = "nfl.1", **others: Any) -> dict[str, Any]:
    """A game whose clock stands."""
    return game_of(id_, clock={**CLOCK, "running": False}, **others)


def scored(away: float, home: float, **others: Any) -> dict[str, Any]:
    return still(sides=[{**AWAY, "score": away}, {**HOME, "score": home}], **others)


async def fill(served: Served, game: dict[str, Any], *plays: dict[str, Any]) -> str:
    """Send a game and its plays; the address of its page."""
    for play in plays:
        await served.send("plays", play["game"], play)
    await served.send("games", game["id"], game)
    return f"{served.address}/g/{game['id']}"


async def open_live(page: Page, address: str) -> None:
    await page.goto(address)
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()


def score_of(page: Page, side: str) -> Any:
    return page.locator(f".game-side[data-side='{side}'] [data-field='score']")


def texts(html: str) -> str:
    without_tags = re.sub(r"<script.*?</script>|<template.*?</template>|<[^>]*>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(without_tags).split())


def test_the_page_holds_the_game_and_from_where_to_go_on() -> None:
    html = render_game(state_with([*PLAYS, TOUCHDOWN, still()]), "nfl.1", "../")
    assert html is not None
    said = texts(html)
    for text in ("Green Bay Packers at Chicago Bears", "No. 4 · 1-0", "Q3", "4:15 Stopped", "Week 17", "3rd & 7"):
        assert text in said, text
    assert "GB 7 3 7 — 17 CHI 3 10 0 — 13" in said
    assert "3rd quarter 4:02 GB GB touchdown GB 23, CHI 13 4:15 GB GB pass, 12 yards 1st quarter" in said
    data = data_of(html)
    assert (data["cursor"], data["game"], data["root"]) == ("c1", "nfl.1", "../")
    assert len(data["events"]) == 4


@pytest.mark.parametrize("name", GAMES)
def test_nothing_in_the_page_needs_inline_code_or_style(name: str) -> None:
    play = play_of(1, HOSTILE, game=GAMES[name]["id"], side=HOSTILE, clock=HOSTILE)
    html = render_game(state_with([GAMES[name], play]), GAMES[name]["id"], "../")
    assert html is not None
    assert re.findall(r"<script(?! (?:type=\"(?:module|application/json)\"|src=))", html) == []
    assert re.findall(r"<style|\sstyle=|<[^>]*\son\w+=|javascript:", html) == []
    assert "<b>" not in html


async def test_values_are_there_without_javascript(served: Served, browser: Browser) -> None:
    address = await fill(served, still(), *PLAYS)
    page = await browser.new_page(java_script_enabled=False)
    response = await page.goto(address)
    assert response is not None
    assert response.status == 200
    assert "default-src 'self'" in (response.headers["content-security-policy"])
    await expect(page.get_by_role("heading", level=1)).to_have_text("Green Bay Packers at Chicago Bears")
    await expect(score_of(page, "GB")).to_have_text("17")
    await expect(page.locator("ticker-clock")).to_contain_text("4:15")
    await expect(page.locator(".play")).to_have_count(2)
    await expect(page.locator("[data-fact='down'] dd")).to_have_text("3rd & 7")
    await page.close()


async def test_the_score_moves_and_plays_appear(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, still(), *PLAYS))
    assert await page.title() == "GB 17, CHI 13 · Q3 · ticker"
    await served.send("plays", "nfl.1", TOUCHDOWN)
    await served.send("games", "nfl.1", scored(23, 13, possession="CHI", situation=None))
    await expect(score_of(page, "GB")).to_have_text("23")
    await expect(page.locator("[data-rows] tr").first.locator(".linescore-total")).to_have_text("23")
    await expect(page.locator(".game-side[data-side='CHI'] [data-field='ball']")).to_have_text("In possession")
    await expect(page.locator("[data-situation]")).to_be_hidden()
    first = page.locator("[data-period='3'] .play").first
    await expect(first.locator("[data-field='text']")).to_have_text("GB touchdown")
    await expect(first.locator("[data-field='score']")).to_have_text("GB 23, CHI 13")
    await expect(page.locator("[data-spoken]")).to_have_text("GB touchdown. GB 23, CHI 13")
    await expect(page).to_have_title("GB 23, CHI 13 · Q3 · ticker")
    await served.send("plays", "nfl.1", play_of(4, "kickoff", period=4))
    await expect(page.locator("[data-period]").first.locator("h3")).to_have_text("4th quarter")
    await expect(page.locator("[data-spoken]")).to_have_text("GB touchdown. GB 23, CHI 13")


async def test_a_score_that_goes_down_is_shown_as_corrected_for_a_while(served: Served, page: Page) -> None:
    await page.clock.install()
    await open_live(page, await fill(served, scored(23, 13)))
    await served.send("games", "nfl.1", scored(17, 13))
    corrected = page.locator(".game-side[data-side='GB'] .game-corrected")
    await expect(corrected).to_have_text("Corrected, was 23")
    await expect(score_of(page, "GB")).to_have_text("17")
    await expect(page.locator("[data-spoken]")).to_have_text("Corrected: Green Bay Packers 17, it had been 23")
    await expect(page.locator(".game-side[data-side='CHI'] .game-corrected")).to_be_hidden()
    for _ in range(5):
        await page.clock.run_for(12_000)
        await served.send("games", "nfl.1", scored(17, 13))
        await page.clock.run_for(1_000)
    await expect(corrected).to_be_hidden()


async def test_a_play_that_was_wrong_is_shown_as_corrected(served: Served, page: Page) -> None:
    await page.clock.install()
    address = await fill(served, still(), *PLAYS, TOUCHDOWN)
    await open_live(page, address)
    await served.send("plays", "nfl.1", play_of(2, "GB pass, 9 yards", side="GB", period=3, clock="4:15"))
    play = page.locator("[data-play='nfl.1.2']")
    await expect(play.locator("[data-field='text']")).to_have_text("GB pass, 9 yards")
    await expect(play.locator("[data-field='note']")).to_have_text("Corrected; it had been: GB pass, 12 yards")
    await expect(page.locator("[data-spoken]")).to_have_text(
        "Corrected: GB pass, 9 yards. It had been: GB pass, 12 yards"
    )
    await served.send("plays", "nfl.1", {**TOUCHDOWN, "op": "delete"})
    removed = page.locator("[data-play='nfl.1.3']")
    await expect(removed).to_have_class(re.compile("is-removed"))
    await expect(removed.locator("[data-field='note']")).to_have_text("Taken back")
    await expect(page.locator("[data-spoken]")).to_have_text("Taken back: GB touchdown")
    for _ in range(6):
        await page.clock.run_for(11_000)
        await served.send("games", "nfl.1", still())
    await expect(removed).to_have_count(0)
    await expect(play.locator("[data-field='note']")).to_have_text("Corrected")
    await page.goto(address)
    await expect(page.locator("[data-play='nfl.1.2'] [data-field='note']")).to_have_text("Corrected")
    await expect(page.locator(".play")).to_have_count(2)


async def test_the_end_is_announced(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, still()))
    winner = [{**AWAY, "winner": True}, HOME]
    await served.send("games", "nfl.1", still(status={"phase": "final", "text": "Final"}, sides=winner))
    await expect(page.locator("[data-spoken]")).to_have_text("Final: Green Bay Packers 17, Chicago Bears 13")
    await expect(page.locator(".game-header [data-field='headline']")).to_have_text("Final")
    await expect(page.locator(".game-side.is-winner")).to_have_attribute("data-side", "GB")
    await expect(page.locator("ticker-clock")).to_be_hidden()
    await served.send("games", "nfl.1", still(status={"phase": "closed"}, sides=winner))
    await expect(page.locator(".game-header [data-field='badge']")).to_have_text("Settled")


@pytest.mark.parametrize("phase", ["postponed", "delayed", "suspended", "cancelled", "abandoned", "forfeit", "unknown"])
async def test_what_keeps_a_game_from_going_on_is_said(served: Served, page: Page, phase: str) -> None:
    await open_live(page, await fill(served, still()))
    await served.send("games", "nfl.1", still(status={"phase": phase, "reason": "Lightning"}))
    await expect(page.locator(".game-headline")).to_have_text(re.compile(phase, re.IGNORECASE))
    await expect(page.locator(".game-reason")).to_have_text("Lightning")


async def test_overtime_adds_a_column(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, still()))
    await expect(page.locator("[data-heads] th:not(.linescore-side)")).to_have_text(["1", "2", "3", "4", "T"])
    sides = [{**side, "by_period": [7, 3, 7, 3, 3]} for side in (AWAY, HOME)]
    await served.send("games", "nfl.1", still(sides=sides, period={"n": 5, "kind": "overtime", "label": "OT"}))
    await expect(page.locator("[data-heads] th:not(.linescore-side)")).to_have_text(["1", "2", "3", "4", "OT", "T"])
    await expect(page.locator("[data-rows] tr").last.locator("td")).to_have_text(["7", "3", "7", "3", "3", "13"])


async def test_bases_and_field_are_drawn(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, GAMES["baseball"]))
    await expect(page.locator("[data-bases]")).to_be_visible()
    await expect(page.locator(".base.is-taken")).to_have_count(2)
    await expect(page.locator("[data-field-marks]")).to_be_hidden()
    await served.send("games", "mlb.1", {**GAMES["baseball"], "situation": {"bases": [False, False, False]}})
    await expect(page.locator(".base.is-taken")).to_have_count(0)
    await open_live(page, await fill(served, still()))
    await expect(page.locator("[data-mark='ball']")).to_have_attribute("cx", "69")
    await served.send("games", "nfl.1", still(situation={"down": 1, "distance": 10, "yard_line": "GB 20"}))
    await expect(page.locator("[data-mark='ball']")).to_have_attribute("cx", "30")


async def test_many_sides_and_none_are_pages_too(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, GAMES["a race"]))
    await expect(page.locator(".game-side")).to_have_count(20)
    await served.send("games", "f1.1", {**GAMES["a race"], "sides": GAMES["a race"]["sides"][:3]})
    await expect(page.locator(".game-side")).to_have_count(3)
    await open_live(page, await fill(served, GAMES["bare"]))
    await expect(page.locator(".game-headline")).to_have_text("Status unknown")
    await expect(page.locator(".plays-none")).to_be_visible()
    await expect(page.locator("[data-linescore]")).to_be_hidden()


async def test_hostile_texts_are_only_text(served: Served, page: Page) -> None:
    hostile = GAMES["hostile"]
    await open_live(page, await fill(served, hostile))
    await served.send("plays", "nfl.1", play_of(1, HOSTILE, side=HOSTILE, clock=HOSTILE, score_value=1))
    await expect(page.locator("[data-play] [data-field='text']")).to_have_text(HOSTILE)
    await expect(page.locator(".game-headline")).to_have_text(HOSTILE)
    await expect(page.locator("main b")).to_have_count(0)


async def test_a_game_that_leaves_the_feed_is_said_to_have_left(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, still()))
    await served.send("games", "nfl.1", None)
    await expect(page.locator(".game-reason")).to_have_text("No longer in the feed")
    await expect(score_of(page, "GB")).to_have_text("17")
    await served.send("games", "nfl.1", scored(20, 13))
    await expect(page.locator(".game-reason")).to_be_hidden()
    await expect(score_of(page, "GB")).to_have_text("20")
    await expect(page.locator(".game-side[data-side='GB'] .game-corrected")).to_be_hidden()


@pytest.mark.parametrize("path", ["soccer/eng.1.7", "soccer%2Feng.1.7"])
async def test_leagues_with_slashes_and_dots_have_pages(served: Served, page: Page, path: str) -> None:
    await fill(served, GAMES["soccer"])
    await open_live(page, f"{served.address}/g/{path}")
    await expect(page.locator(".game-about a")).to_have_attribute("href", re.compile(r"^(\.\./)+l/soccer/eng\.1$"))
    await page.locator(".game-about a").click()
    await expect(page).to_have_url(f"{served.address}/l/soccer/eng.1")


@pytest.mark.parametrize(
    ("path", "title", "hint"),
    [
        ("g/nfl.99", "No such game", "reload this page"),
        ("g/nothing", "This is no game's id", "nfl.2015091300"),
        ("g/", "This is no game's id", "nfl.2015091300"),
        ("g/a%3Cb%3E,c.1", "This is no game's id", "nfl.2015091300"),
        ("g/some/league/that.is.none", "No such game", "reload this page"),
    ],
)
async def test_a_page_that_there_is_not_says_what_would_be_right(
    served: Served, page: Page, path: str, title: str, hint: str
) -> None:
    response = await page.goto(f"{served.address}/{path}")
    assert response is not None
    assert response.status == 404
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.get_by_role("main")).to_contain_text(hint)
    await expect(page.locator(".connection")).to_be_hidden()
    await page.locator(".not-found-link").click()
    await expect(page).to_have_url(f"{served.address}/")


async def test_plays_are_kept_when_the_topic_is_read_again(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, still(), *PLAYS))
    await page.evaluate(
        """async (plays) => {
            const script = document.querySelector("script[type=module]").src;
            const {market} = await import(script.replace("game.js", "page.js"));
            market.forget(["plays/nfl.1"]);
            await new Promise(requestAnimationFrame);
            market.apply(plays);
        }""",
        PLAYS,
    )
    await expect(page.locator(".play")).to_have_count(2)
    await expect(page.locator(".play.is-removed")).to_have_count(0)
    await expect(page.locator("[data-spoken]")).to_have_text("")


async def test_old_plays_make_room_and_are_not_said_to_be_taken_back(served: Served, page: Page) -> None:
    await open_live(page, await fill(served, still(), *PLAYS))
    await page.evaluate(
        """async (play) => {
            const script = document.querySelector("script[type=module]").src;
            const {market} = await import(script.replace("game.js", "page.js"));
            const more = (from, to) => Array.from({length: to - from}, (_, index) => {
                return {...play, id: `nfl.1.${from + index}`, text: `play ${from + index}`};
            });
            market.apply(more(10, 500));
            await new Promise(requestAnimationFrame);
            market.apply(more(500, 520));
        }""",
        PLAYS[0],
    )
    await expect(page.locator("[data-play='nfl.1.519']")).to_be_visible()
    await expect(page.locator(".play")).to_have_count(500)
    await expect(page.locator("[data-play='nfl.1.1']")).to_have_count(0)
    await expect(page.locator(".play.is-removed")).to_have_count(0)
    await expect(page.locator("[data-spoken]")).to_have_text("")
