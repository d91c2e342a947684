"""A real browser on a real node."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from web.node import Node
from web.server import serving

GAME = {
    "T": "game",
    "id": "nfl.1",
    "league": "nfl",
    "t": "2021-01-08T00:00:00Z",
    "status": {"phase": "live", "text": "Q1 10:00"},
    "sides": [
        {"role": "away", "id": "GB", "abbr": "GB", "name": "Green Bay Packers", "score": 0},
        {"role": "home", "id": "CHI", "abbr": "CHI", "name": "Chicago Bears", "score": 3},
    ],
}


async def fill(served: Served) -> None:
    instrument = {"T": "instrument", "S": "AAPL", "name": "Apple Inc.", "t": "2021-01-08T00:00:00Z", "decimals": 2}
    await served.send("instruments", "AAPL", {**instrument, "previous_close": 100})
    await served.quote("AAPL", 101)
    await served.trade("AAPL", 101.5)
    await served.send("games", "nfl.1", GAME)


async def test_the_dashboard_shows_values_at_once_and_then_moves(served: Served, page: Page) -> None:
    await fill(served)
    html = await (await page.request.get(served.address)).text()
    assert "101.50" in html
    assert "+1.50" in html
    await page.goto(served.address)
    row = page.locator("tr[data-symbol='AAPL']")
    await expect(row.locator("[data-field='last']")).to_have_text("101.50")
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    await served.trade("AAPL", 98)
    await expect(row.locator("[data-field='last']")).to_have_text("98.00")
    await expect(row.locator("[data-field='change']")).to_contain_text("2.00")
    score = page.locator("[data-game='nfl.1'] [data-side='GB']")
    await expect(score).to_contain_text("0")
    sides = [{**GAME["sides"][0], "score": 7}, GAME["sides"][1]]  # type: ignore[index]
    await served.send("games", "nfl.1", {**GAME, "sides": sides})
    await expect(score).to_contain_text("7")


async def test_the_dashboard_says_when_the_node_is_gone_and_recovers(page: Page) -> None:
    node = Node(config_with(), EmbeddedSource)
    async with serving(node) as (address, _):
        assert isinstance(node.source, EmbeddedSource)
        await fill(Served(node, node.source, address, ""))
        await page.goto(address)
        await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    await expect(page.locator("[data-connection-state='reconnecting']")).to_be_visible(timeout=30_000)
    port = int(address.rsplit(":", 1)[1])
    again = Node(config_with(server__port=port), EmbeddedSource)
    async with serving(again) as (address, _):
        assert isinstance(again.source, EmbeddedSource)
        served = Served(again, again.source, address, "")
        await fill(served)
        await expect(page.locator("[data-connection-state='live']")).to_be_visible(timeout=30_000)
        await served.trade("AAPL", 55.25)
        await expect(page.locator("tr[data-symbol='AAPL'] [data-field='last']")).to_have_text("55.25")


@pytest.fixture
async def other_origin(served: Served) -> AsyncIterator[str]:
    """A page of somebody else's, with the widget in it."""

    async def embedding(request: web.Request) -> web.Response:
        del request
        widget = f'<script type="module" src="{served.address}/widgets/v1/ticker.js"></script>'
        quote = '<ticker-quote symbol="AAPL" interval="1"></ticker-quote>'
        return web.Response(text=f"<!doctype html><title>blog</title>{widget}{quote}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", embedding)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


async def test_the_widget_moves_on_a_page_of_another_origin(served: Served, other_origin: str, page: Page) -> None:
    await fill(served)
    await page.goto(other_origin)
    widget = page.locator("ticker-quote")
    await expect(widget).to_contain_text("101.50")
    await served.trade("AAPL", 103.25)
    await expect(widget).to_contain_text("103.25")
    await expect(widget).to_contain_text("+3.25")
