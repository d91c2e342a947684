"""The clock: on the server, and in a page while it runs."""

import re
import time
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from tests.web.game_states import CLOCK, GAMES, decoded, game_of
from tests.web.page_states import NOW
from ticker.feed_status import FeedStatus
from ticker.timestamp import format_time
from web.game_clock import LONGEST_RUN, clock_text, runs
from web.node import Node
from web.server import serving

READ = NOW + 0.278
"""When the clocks of these games were read."""
UP = {"n": 1, "kind": "half", "regulation": 2}
CASES: list[tuple[dict[str, Any], float, str]] = [
    (game_of(), 0, "4:15"),
    (game_of(), 0.9, "4:15"),
    (game_of(), 1, "4:14"),
    (game_of(), 15.5, "4:00"),
    (game_of(), 255, "0:00"),
    (game_of(), 300, "0:00"),
    (game_of(), -5, "4:15"),
    (game_of(), LONGEST_RUN + 1, "4:15"),
    (game_of(clock={**CLOCK, "display": "04:15"}), 60, "03:15"),
    (game_of(clock={**CLOCK, "as_of": None}), 5, "4:10"),
    (game_of(clock={**CLOCK, "running": False}), 5, "4:15"),
    (game_of(clock={**CLOCK, "running": None}), 5, "4:15"),
    (game_of(clock={**CLOCK, "dir": "none"}), 5, "4:15"),
    (game_of(clock={**CLOCK, "stoppage": "+2"}), 5, "4:15"),
    (game_of(clock={**CLOCK, "display": "45.3"}), 5, "45.3"),
    (game_of(clock={**CLOCK, "display": None}), 5, "4:10"),
    (game_of(clock={**CLOCK, "display": None, "seconds": None}), 5, ""),
    (game_of(clock={**CLOCK, "as_of": "2021-99-99T00:00:00Z"}), 5, "4:15"),
    (game_of(status={"phase": "break"}), 5, ""),
    (game_of(status={"phase": "final"}), 5, ""),
    (game_of(period=None), 5, ""),
    (game_of(clock=None), 5, ""),
    (GAMES["soccer"], 9, "69'"),
    (GAMES["soccer"], 10, "70'"),
    (GAMES["soccer"], 1500, "90'"),
    (game_of(clock={**CLOCK, "dir": "up"}), 50, "5:05"),
    (game_of(sport="soccer", period=UP, clock={**CLOCK, "dir": "up", "display": "44:58"}), 10, "45:00"),
    (game_of(sport="soccer", period=UP, clock={**CLOCK, "dir": "up", "display": "46:00"}), 10, "46:00"),
    (game_of(sport="soccer", period=UP, clock={**CLOCK, "dir": "up", "display": "90'+8'"}), 10, "90'+8'"),
]


@pytest.mark.parametrize(("game", "passed", "text"), CASES)
def test_the_clock_runs_as_far_as_is_known(game: dict[str, Any], passed: float, text: str) -> None:
    assert clock_text(decoded(game), READ + passed) == text


async def test_the_script_s_clock_is_the_server_s(served: Served, page: Page) -> None:
    await page.goto(f"{served.address}/docs")
    given = [[game, (READ + passed) * 1000] for game, passed, _ in CASES]
    shown = await page.evaluate(
        """async (given) => {
            const {clockText, runs} = await import("/static/js/game-clock.js");
            return given.map(([game, now]) => [clockText(game, now), runs(game)]);
        }""",
        given,
    )
    assert shown == [[text, runs(decoded(game))] for game, _, text in CASES]


def read_now(ago: float = 0, **clock: Any) -> dict[str, Any]:
    """A game whose clock was read `ago` seconds before now."""
    return game_of(clock={**CLOCK, "as_of": format_time(time.time() - ago), **clock})


async def open_live(page: Page, served: Served, game: dict[str, Any]) -> Locator:
    """The page of a game, and the clock in it."""
    await served.send("games", "nfl.1", game)
    await page.goto(f"{served.address}/g/nfl.1")
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    return page.locator("ticker-clock")


async def test_the_clock_runs_between_updates_until_it_is_stopped(served: Served, page: Page) -> None:
    clock = await open_live(page, served, read_now())
    await expect(clock).to_have_attribute("data-runs", "")
    await expect(clock).to_have_text(re.compile("4:1[0-3]"))
    await served.send("games", "nfl.1", read_now(display="2:00", running=False))
    await expect(clock).to_have_text(re.compile(r"2:00\s+Stopped"))
    await expect(clock).not_to_have_attribute("data-runs", "")


async def test_the_clock_runs_out_and_no_further(served: Served, page: Page) -> None:
    clock = await open_live(page, served, read_now(253))
    await expect(clock).to_have_text("0:00")
    await served.send("games", "nfl.1", read_now(1000))
    await expect(clock).to_have_text("0:00")


async def test_a_page_that_comes_late_shows_what_the_clock_shows_now(served: Served, page: Page) -> None:
    await served.send("games", "nfl.1", read_now(60))
    html = await (await page.request.get(f"{served.address}/g/nfl.1")).text()
    assert re.search(r'data-field="clock">3:1[0-5]<', html)


async def test_the_clock_goes_by_the_server_s_time(served: Served, page: Page) -> None:
    await page.clock.install(time="2030-01-01T00:00:00Z")
    clock = await open_live(page, served, read_now(60))
    await expect(clock).to_have_text(re.compile("3:[01][0-9]"))
    await expect(clock).to_have_attribute("data-runs", "")


async def test_the_clock_is_held_while_its_feed_is_stale(served: Served, page: Page) -> None:
    clock = await open_live(page, served, read_now())
    live = served.node.source.feeds()
    stale = {kind: FeedStatus(live=False, since=time.time()) for kind in live}
    served.node.feeds_changed(stale)
    await expect(clock).to_contain_text("Held: the feed is stale")
    await expect(clock).not_to_have_attribute("data-runs", "")
    html = await (await page.request.get(f"{served.address}/g/nfl.1")).text()
    assert re.search(r'data-field="clock">4:1', html)
    served.node.feeds_changed(live)
    await expect(clock).not_to_contain_text("Held")
    await expect(clock).to_have_attribute("data-runs", "")


async def test_a_page_of_a_stale_feed_shows_the_clock_as_it_was(served: Served, page: Page) -> None:
    since = time.time() - 240
    served.node.feeds_changed({kind: FeedStatus(live=False, since=since) for kind in served.node.source.feeds()})
    await served.send("games", "nfl.1", read_now(250.5))
    await page.goto(f"{served.address}/g/nfl.1")
    clock = page.locator("ticker-clock")
    await expect(clock).to_have_text(re.compile(r"4:05\s+Held: the feed is stale"))


async def test_the_clock_is_held_while_the_connection_is_lost(page: Page) -> None:
    node = Node(config_with(), EmbeddedSource)
    async with serving(node) as (address, admin):
        assert isinstance(node.source, EmbeddedSource)
        clock = await open_live(page, Served(node, node.source, address, admin), read_now())
        await expect(clock).to_have_attribute("data-runs", "")
    await expect(clock).to_contain_text("Held: connection lost", timeout=30_000)
    await expect(clock).not_to_have_attribute("data-runs", "")
    again = Node(config_with(server__port=int(address.rsplit(":", 1)[1])), EmbeddedSource)
    async with serving(again) as (_, admin):
        assert isinstance(again.source, EmbeddedSource)
        await Served(again, again.source, address, admin).send("games", "nfl.1", read_now())
        await expect(clock).to_have_attribute("data-runs", "", timeout=30_000)
        await expect(clock).not_to_contain_text("Held")
