"""The movers beside the watchlist, in a real browser on a real node."""

from playwright.async_api import Page, Request, expect

from tests.web.conftest import Served
from tests.web.test_movers import Clock, send_day, send_market
from web.movers import Movers

ROWS = "(list) => [...list.children].map((row) => row.innerText.split('\\n'))"


async def test_movers_are_there_at_once_and_looked_for_again(served: Served, page: Page) -> None:
    clock = Clock()
    served.node.movers = Movers(served.node.log, served.node.symbols, 0.002, clock)
    await send_market(served)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/v1/movers" in request.url else None)
    await page.clock.install()
    await page.goto(served.address)
    gainers = page.locator("[data-movers='gainers']")
    assert await gainers.evaluate(ROWS) == [
        ["UPPER", "UPPER Inc.", "15.00", "+50.00%"],
        ["UP", "UP Inc.", "110.00", "+10.00%"],
    ]
    active = page.locator("[data-movers='active']")
    assert (await active.evaluate(ROWS))[0] == ["DOWN", "Vol 1.00K", "50.00", "−50.00%"]
    await expect(page.locator("[data-movers='losers'] li")).to_have_count(2)
    before = await page.locator("ticker-movers").inner_text()

    async with page.expect_response("**/v1/movers?limit=5") as answered:
        await page.clock.run_for(16_000)
    assert (await (await answered.value).all_headers())["etag"]
    await expect(page.locator("ticker-movers")).to_have_text(before, use_inner_text=True)
    async with page.expect_response("**/v1/movers?limit=5") as answered:
        await page.clock.run_for(16_000)
    assert (await answered.value).status == 304

    clock.now += 60
    await send_day(served, "TOP/USD", 10, 20, 1)
    await page.clock.run_for(16_000)
    await expect(gainers.locator("li").first).to_contain_text("TOP/USD")
    await expect(gainers.locator("li").first).to_have_attribute("data-direction", "up")
    await expect(gainers.get_by_role("link").first).to_have_attribute("href", "s/TOP/USD")
    await expect(gainers.locator("li")).to_have_count(3)
    assert len(asked) == 3


async def test_without_movers_there_is_no_panel_until_there_are_some(served: Served, page: Page) -> None:
    await page.clock.install()
    await page.goto(served.address)
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    await expect(page.locator("ticker-movers")).to_be_hidden()
    served.node.movers = Movers(served.node.log, served.node.symbols, 0.002, Clock())
    await send_market(served)
    await page.clock.run_for(16_000)
    await expect(page.locator("ticker-movers")).to_be_visible()
    await expect(page.locator("[data-movers='losers']").get_by_role("link")).to_have_text(["DOWN", "LOW"])


async def test_a_page_that_nobody_looks_at_asks_for_nothing(served: Served, page: Page) -> None:
    await send_market(served)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/v1/movers" in request.url else None)
    await page.add_init_script(
        "window.seen = 'hidden'; Object.defineProperty(document, 'visibilityState', {get: () => window.seen})"
    )
    await page.clock.install()
    await page.goto(served.address)
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    await page.clock.run_for(60_000)
    assert asked == []
    async with page.expect_response("**/v1/movers?limit=5"):
        await page.evaluate("window.seen = 'visible'; document.dispatchEvent(new Event('visibilitychange'))")
    assert len(asked) == 1
