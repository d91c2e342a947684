"""What docs/client.md says of the JavaScript client is what it does, and its examples run as they are."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import BrowserContext, expect

from tests.web.client_page import Tab
from tests.web.conftest import Served

TEXT = (Path(__file__).parents[2] / "docs" / "client.md").read_text()
EXAMPLES = re.findall(r"```html\n(.*?)```", TEXT, re.DOTALL)
GAME = "nfl.2015091300"


@pytest.fixture
async def examples(served: Served) -> AsyncIterator[str]:
    """Where the examples are, by their number; on somebody else's server."""

    async def example(request: web.Request) -> web.Response:
        html = EXAMPLES[int(request.match_info["number"])].replace("https://HOST", served.address)
        return web.Response(text=html, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{number:[0-9]}", example)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_example_of_a_quote_runs(served: Served, context: BrowserContext, examples: str) -> None:
    await served.quote("AAPL", 101.5)
    page = await context.new_page()
    await page.goto(f"{examples}/0")
    await expect(page.locator("#price")).to_have_text("101.5")
    await expect(page.locator("#connection")).to_have_text("live")
    await served.quote("AAPL", 102)
    await expect(page.locator("#price")).to_have_text("102")
    await served.send("quotes", "AAPL", None)
    await expect(page.locator("#price")).to_have_text("—")


async def test_the_example_of_a_game_runs(served: Served, context: BrowserContext, examples: str) -> None:
    sides = [{"role": "away", "id": "GB", "score": 7}, {"role": "home", "id": "CHI", "score": 3}]
    about = {"league": "nfl", "t": "2015-09-13T17:00:00Z"}
    await served.send("games", GAME, {"T": "game", "id": GAME, **about, "status": {"phase": "live"}, "sides": sides})
    for number, text in enumerate(("Kickoff", "Pass", "Run")):
        await served.send("plays", GAME, {"T": "play", "id": str(number), "game": GAME, **about, "text": text})
    page = await context.new_page()
    await page.goto(f"{examples}/1")
    await expect(page.locator("#score")).to_have_text("GB 7, CHI 3")
    await expect(page.locator("#plays li")).to_have_text(["Kickoff", "Pass", "Run"])
    await served.send("plays", GAME, {"T": "play", "id": "1", "game": GAME, **about, "text": "Pass, no: fumble"})
    await expect(page.locator("#plays li")).to_have_text(["Kickoff", "Pass, no: fumble", "Run"])
    await served.send("plays", GAME, {"T": "play", "id": "2", "game": GAME, **about, "text": "Run", "op": "delete"})
    await expect(page.locator("#plays li")).to_have_text(["Kickoff", "Pass, no: fumble"])


async def test_every_part_of_the_state_and_every_transport_is_described(served: Served, tab: Tab) -> None:
    await tab.subscribe(served.address, ["quotes/AAPL"])
    described = re.search(r"\| in `ticker.state` \| meaning \|\n(.*?)\n\n", TEXT, re.DOTALL)
    assert described
    assert re.findall(r"^\| `(\w+)` \|", described[1], re.MULTILINE) == await tab.page.evaluate(
        "() => Object.keys(ticker.state)"
    )
    transports = await tab.page.evaluate(
        "async (address) => (await import(`${address}/static/js/client/ladder.js`)).TRANSPORTS", served.address
    )
    assert len(transports) == 5
    for name in transports:
        assert f'`"{name}"`' in TEXT


async def test_a_script_of_a_version_finds_its_node(served: Served, tab: Tab) -> None:
    await served.quote("AAPL", 1)
    await tab.page.evaluate(
        """async (address) => {
            const { connect } = await import(`${address}/static/01234567/js/client.js`);
            window.told = [];
            connect().subscribe(["quotes/AAPL"], { events: (events) => told.push(...events) });
        }""",
        served.address,
    )
    await tab.until("told.length === 1 && told[0].bp === 1")
