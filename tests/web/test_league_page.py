"""A league's page: as it is rendered, and in a real browser on a real node."""

import re
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.web.conftest import Served
from tests.web.game_states import AWAY, GAMES, HOME, decoded, game_of, state_with
from web.league_page import MOST_GAMES, days_of, render_league

LATER = {"phase": "pre"}
OVER = {"phase": "final", "text": "Final"}
LEAGUE = [
    game_of("nfl.1"),
    game_of("nfl.2", status={"phase": "break", "text": "Halftime"}),
    game_of("nfl.3", status=LATER, start="2021-01-10T18:00:00Z"),
    game_of("nfl.4", status=LATER, start="2021-01-09T23:30:00Z"),
    game_of("nfl.5", status=OVER, start="2021-01-02T18:00:00Z"),
    game_of("nfl.6", status=OVER, start="2021-01-03T18:00:00Z"),
    game_of("nfl.7", status={"phase": "postponed"}, start=None),
]
DAYS = [
    ("Live", ["nfl.1", "nfl.2"]),
    ("Upcoming", ["nfl.7"]),
    ("Upcoming · 2021-01-09", ["nfl.4"]),
    ("Upcoming · 2021-01-10", ["nfl.3"]),
    ("Results · 2021-01-03", ["nfl.6"]),
    ("Results · 2021-01-02", ["nfl.5"]),
]
SHOWN = """() => [...document.querySelectorAll("[data-day]")].map((day) =>
    [day.dataset.day, [...day.querySelectorAll("[data-game]")].map((game) => game.dataset.game)])"""


async def fill(served: Served, games: list[dict[str, Any]]) -> None:
    for game in games:
        await served.send("games", game["id"], game)


async def open_live(page: Page, address: str) -> None:
    await page.goto(address)
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()


def card_of(page: Page, game: str) -> Any:
    return page.locator(f"[data-game='{game}']")


def test_games_are_grouped_by_day() -> None:
    days = days_of(decoded(game) for game in LEAGUE)
    assert [(day.title, [card.id for card in day.games]) for day in days] == DAYS


def test_a_league_s_games_are_bounded() -> None:
    days = days_of(decoded(game_of(f"nfl.{number}")) for number in range(MOST_GAMES + 1))
    assert sum(len(day.games) for day in days) == MOST_GAMES


def test_nothing_in_the_page_needs_inline_code_or_style() -> None:
    html = render_league(state_with([{**game, "league": "nfl"} for game in GAMES.values()]), "nfl", "../")
    assert html is not None
    assert re.findall(r"<script(?! (?:type=\"(?:module|application/json)\"|src=))", html) == []
    assert re.findall(r"<style|\sstyle=|<[^>]*\son\w+=|javascript:", html) == []
    assert "<b>" not in html


async def test_values_are_there_without_javascript(served: Served, browser: Browser) -> None:
    await fill(served, LEAGUE)
    page = await browser.new_page(java_script_enabled=False)
    await page.goto(f"{served.address}/l/nfl")
    await expect(page.get_by_role("heading", level=1)).to_have_text("NFL")
    await expect(page.locator("[data-field='day']")).to_have_text([title for title, _ in DAYS])
    await expect(card_of(page, "nfl.1").locator("[data-side='GB']")).to_have_text("17")
    await page.close()


async def test_the_script_keeps_the_server_s_order(served: Served, browser: Browser) -> None:
    await fill(served, LEAGUE)
    page = await browser.new_page(timezone_id="UTC", locale="en-GB")
    await open_live(page, f"{served.address}/l/nfl")
    titles = [title.split(" · ")[0] for title, _ in DAYS]
    await expect(page.locator("[data-field='day']")).to_have_text([re.compile(f"^{title}") for title in titles])
    await expect(page.locator("[data-field='day']").nth(2)).to_contain_text("9 January 2021")
    assert [games for _, games in await page.evaluate(SHOWN)] == [games for _, games in DAYS]
    await page.close()


async def test_days_are_the_viewer_s(served: Served, browser: Browser) -> None:
    await fill(served, LEAGUE)
    page = await browser.new_page(timezone_id="Asia/Tokyo", locale="en-GB")
    await open_live(page, f"{served.address}/l/nfl")
    await expect(page.locator("[data-day='next 2021-01-10'] [data-game]")).to_have_attribute("data-game", "nfl.4")
    await expect(page.locator("[data-day='next 2021-01-11'] [data-game]")).to_have_attribute("data-game", "nfl.3")
    await expect(page.locator("[data-day='next 2021-01-09']")).to_have_count(0)
    await page.close()


async def test_games_move_when_they_begin_and_end(served: Served, page: Page) -> None:
    await fill(served, LEAGUE)
    await open_live(page, f"{served.address}/l/nfl")
    live = page.locator("[data-day='live'] [data-game]")
    await expect(live).to_have_count(2)
    await served.send("games", "nfl.4", {**LEAGUE[3], "status": {"phase": "live", "text": "Q1 15:00"}})
    await expect(live).to_have_count(3)
    await expect(card_of(page, "nfl.4").locator("[data-field='status']")).to_have_text("Q1 15:00")
    sides = [{**AWAY, "score": 24, "winner": True}, HOME]
    await served.send("games", "nfl.1", game_of("nfl.1", status=OVER, sides=sides))
    await expect(live).to_have_count(2)
    await expect(page.locator("[data-day^='over'] [data-game='nfl.1'] [data-side='GB']")).to_have_text("24")
    await expect(page.locator("[data-final-scores]")).to_have_text("Final: Packers 24, Bears 13")
    for game in LEAGUE:
        await served.send("games", game["id"], None)
    await expect(page.locator("[data-game]")).to_have_count(0)
    await expect(page.locator("[data-no-games]")).to_be_visible()
    await served.send("games", "nfl.8", game_of("nfl.8"))
    await expect(page.locator("[data-day='live'] [data-game='nfl.8'] [data-side='GB']")).to_have_text("17")
    await card_of(page, "nfl.8").locator(".game-link").click()
    await expect(page).to_have_url(f"{served.address}/g/nfl.8")


async def test_a_score_moves_in_its_card(served: Served, page: Page) -> None:
    await fill(served, [GAMES["soccer"]])
    await open_live(page, f"{served.address}/l/soccer/eng.1")
    score = card_of(page, "soccer/eng.1.7").locator("[data-side='GB']")
    await expect(score).to_have_text("1")
    sides = [{**AWAY, "score": 2}, {**HOME, "score": 2}]
    await served.send("games", "soccer/eng.1.7", {**GAMES["soccer"], "sides": sides})
    await expect(score).to_have_text("2")
    await card_of(page, "soccer/eng.1.7").locator(".game-link").click()
    await expect(page).to_have_url(f"{served.address}/g/soccer/eng.1.7")


async def test_a_league_that_there_is_not_is_a_404(served: Served, page: Page) -> None:
    for path, title in (("l/nothing", "No games of this league"), ("l/a%20b", "This is no league's name")):
        response = await page.goto(f"{served.address}/{path}")
        assert response is not None
        assert response.status == 404
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def test_a_start_that_is_no_time_breaks_nothing(served: Served, page: Page) -> None:
    await fill(served, [game_of("nfl.1", status=LATER, start="2021-99-99T99:99:99Z"), game_of("nfl.2")])
    await open_live(page, f"{served.address}/l/nfl")
    await expect(page.locator("[data-day='next'] [data-game='nfl.1'] [data-field='status']")).to_have_text(
        "Time to be set"
    )
    await expect(page.locator("[data-day='live'] [data-game='nfl.2']")).to_be_visible()
    await open_live(page, f"{served.address}/g/nfl.1")
    await expect(page.locator(".game-headline")).to_have_text("Time to be set")
