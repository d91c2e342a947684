"""The strip of games in a real browser on a real node."""

from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.web.conftest import Served

TIME = "2021-01-08T00:00:00Z"


async def play(served: Served, number: int, away: str, home: str, phase: str = "live", **others: Any) -> None:
    """A game as it stands."""
    sides = [
        {"role": "away", "id": away, "abbr": away, "name": f"{away} Away", "score": 3},
        {"role": "home", "id": home, "abbr": home, "name": f"{home} Home", "score": 7},
    ]
    game = {"T": "game", "id": f"nfl.{number}", "league": "nfl", "t": TIME, "status": {"phase": phase}, "sides": sides}
    await served.send("games", f"nfl.{number}", {**game, **others})


async def open_games(served: Served, page: Page) -> None:
    await play(served, 1, "GB", "CHI")
    await play(served, 2, "NYG", "DAL")
    await play(served, 3, "SEA", "STL", "pre", start="2021-01-08T18:30:00Z")
    await play(served, 4, "GB", "SF", "final")
    await play(served, 5, "KC", "HOU", "final")
    await page.goto(served.address)
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()


async def expect_games(page: Page, *numbers: int) -> None:
    await expect(page.locator(".game")).to_have_count(len(numbers))
    for place, number in enumerate(numbers):
        await expect(page.locator(".game").nth(place)).to_have_attribute("data-game", f"nfl.{number}")


async def test_a_favourites_games_come_first_in_their_group_and_are_said_to_be(served: Served, page: Page) -> None:
    await open_games(served, page)
    await expect_games(page, 1, 2, 3, 4, 5)
    star = page.locator("[data-game='nfl.5']").get_by_role("button", name="Favourite: HOU Home")
    await star.focus()
    await star.press("Enter")
    await expect(star).to_have_attribute("aria-pressed", "true")
    await expect(star).to_be_focused()
    await page.locator("[data-game='nfl.2']").get_by_role("button", name="Favourite: DAL Home").click()
    await expect_games(page, 2, 1, 3, 5, 4)
    link = page.locator("[data-game='nfl.2'] .game-link")
    await expect(link).to_have_accessible_name("NYG Away, DAL Home (favourite)")
    await page.reload()
    await expect_games(page, 2, 1, 3, 5, 4)
    await page.locator("[data-game='nfl.2']").get_by_role("button", name="Favourite: DAL Home").click()
    await expect_games(page, 1, 2, 3, 5, 4)
    await expect(link).to_have_accessible_name("NYG Away, DAL Home")
    assert await page.evaluate("localStorage.getItem('ticker.favourites')") == '["nfl/HOU"]'


async def test_a_game_moves_on_and_its_final_score_is_said(served: Served, page: Page) -> None:
    await open_games(served, page)
    await play(served, 1, "GB", "CHI", "final", status={"phase": "final", "text": "Final"})
    await expect_games(page, 2, 3, 1, 4, 5)
    await expect(page.locator("[data-final-scores]")).to_have_text("Final: GB Away 3, CHI Home 7")


async def test_cards_lead_to_their_game_and_their_league_new_ones_too(served: Served, page: Page) -> None:
    await open_games(served, page)
    await play(served, 6, "ATL", "NO")
    for number in (1, 6):
        card = page.locator(f"[data-game='nfl.{number}']")
        await expect(card.locator(".game-link")).to_have_attribute("href", f"g/nfl.{number}")
        await expect(card.get_by_role("link", name="NFL", exact=True)).to_have_attribute("href", "l/nfl")
    await expect(page.locator("[data-game='nfl.6'] .game-link")).to_have_accessible_name("ATL Away, NO Home")


async def test_a_start_is_in_the_viewers_own_zone(served: Served, browser: Browser) -> None:
    context = await browser.new_context(timezone_id="America/New_York", locale="en-US")
    page = await context.new_page()
    await open_games(served, page)
    await expect(page.locator("[data-game='nfl.3'] .game-status")).to_contain_text("1:30")
    await expect(page.locator("[data-game='nfl.3'] .game-status")).to_contain_text("PM")
    await context.close()
