"""What the scripts make of games is what the server made of them."""

import json
from dataclasses import asdict
from typing import Any

from playwright.async_api import Page

from tests.web.conftest import Served
from tests.web.game_states import GAMES, decoded, decoded_play, play_of, state_with
from tests.web.page_states import HOSTILE
from web.game_page import render_game
from web.game_situation import bases_of, facts_of, field_of
from web.game_texts import game_texts
from web.play_texts import plays_by_period

NAMES = {"is_winner": "isWinner"}
PLAYS = [
    play_of(1, "coin toss", period=None),
    play_of(2, "run", clock="15:00", side="CHI"),
    play_of(3, "touchdown", score_value=6, score={"CHI": 0, "GB": 6}, side="GB"),
    play_of(4, "safety", score_value=2, period=2, side="nobody"),
    play_of(5, HOSTILE, period=5, type="other"),
    play_of(2, "run, 5 yards"),
    play_of(4, "", op="delete"),
    play_of(3, "touchdown", score_value=6, score={"CHI": 0, "GB": 6}, side="GB"),
]
SHOWN = """() => [...document.querySelectorAll("ticker-game *")].filter(element => !element.closest("template"))
    .map(element => [element.tagName, element.className.baseVal ?? element.className, element.hidden ?? null,
        ...[...element.attributes].filter(({name}) => name.startsWith("data-") || ["fill", "cx", "x"].includes(name))
            .map(({name, value}) => `${name}=${value}`).sort(),
        element.children.length ? "" : element.textContent.trim()])"""


def camel(value: Any) -> Any:
    """As the scripts name things."""
    if isinstance(value, dict):
        return {NAMES.get(name, name): camel(item) for name, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list | tuple) else value


async def test_texts_of_games_are_the_same_in_the_script(served: Served, page: Page) -> None:
    await page.goto(f"{served.address}/docs")
    made = await page.evaluate(
        """async (text) => {
            const games = JSON.parse(text);
            const {gameTexts} = await import("/static/js/game-texts.js");
            const {basesOf, factsOf, fieldOf} = await import("/static/js/game-situation.js");
            return games.map((game) => [gameTexts(game), factsOf(game), basesOf(game), fieldOf(game)]);
        }""",
        json.dumps(list(GAMES.values())),
    )
    for (name, value), (texts, *situation) in zip(GAMES.items(), made, strict=True):
        game = decoded(value)
        expected = {key: item for key, item in asdict(game_texts(game)).items() if key not in ("id", "start")}
        assert texts == camel(expected), name
        marks = field_of(game)
        assert situation == [
            [asdict(fact) for fact in facts_of(game)],
            bases_of(game),
            asdict(marks) if marks else None,
        ], name


async def test_texts_of_plays_are_the_same_in_the_script(served: Served, page: Page) -> None:
    await page.goto(f"{served.address}/docs")
    made = await page.evaluate(
        """async ([game, plays]) => {
            const {Market} = await import("/static/js/market.js");
            const {playsByPeriod} = await import("/static/js/play-texts.js");
            const market = new Market();
            market.apply(plays);
            return playsByPeriod(market.last.plays.get(game.id), game);
        }""",
        [GAMES["football"], PLAYS],
    )
    expected = plays_by_period([decoded_play(play) for play in PLAYS], decoded(GAMES["football"]))
    assert made == [camel(asdict(period)) for period in expected]


async def test_the_script_shows_what_the_server_rendered(served: Served, page: Page) -> None:
    await page.route("**/v1/stream?*", lambda route: None)
    for name, value in GAMES.items():
        clock = {**value["clock"], "running": False} if value.get("clock") else None
        events = [{**value, "clock": clock}, *[{**play, "game": value["id"]} for play in PLAYS]]
        html = render_game(state_with(events), value["id"], "../")
        assert html is not None
        await show(page, served, html.replace("static/js/game.js", "static/js/format.js"))
        rendered = await page.evaluate(SHOWN)
        await show(page, served, html)
        await page.evaluate("new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))")
        assert await page.evaluate(SHOWN) == rendered, name
        assert len(rendered) > 40, name


async def show(page: Page, served: Served, html: str) -> None:
    address = f"{served.address}/g/shown"
    await page.unroute(address)
    await page.route(address, lambda route: route.fulfill(body=html, content_type="text/html"))
    await page.goto(address)
