"""What the dashboard's tabs hold together, and what its header says of the connection, in a browser on a real node."""

import time
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.web.conftest import Served
from tests.web.test_client_sharing import until
from tests.web.test_proxies import UPGRADES, nginx
from ticker.feed_status import FeedStatus

HELD_BACK = "proxy_ignore_headers X-Accel-Buffering"
SYMBOLS = ("AAPL", "MSFT", "NVDA")


async def fill(served: Served) -> None:
    for symbol in SYMBOLS:
        instrument = {"T": "instrument", "S": symbol, "name": symbol, "t": "2021-01-08T00:00:00Z"}
        await served.send("instruments", symbol, instrument)
        await served.quote(symbol, 100)
        await served.trade(symbol, 100.5)


def last(page: Page, symbol: str) -> Locator:
    return page.locator(f"tr[data-symbol='{symbol}'] [data-field='last']")


async def is_live(page: Page, transport: str) -> None:
    await expect(page.locator("[data-connection-state='live']")).to_contain_text(f"Live {transport}", timeout=30_000)


async def test_five_tabs_hold_one_stream_that_outlives_its_leader_and_takes_symbols_in(
    served: Served, context: BrowserContext
) -> None:
    await fill(served)
    tabs = []
    for _ in range(5):
        tab = await context.new_page()
        await tab.goto(f"{served.address}/?symbols=AAPL,MSFT")
        await is_live(tab, "SSE")
        tabs.append(tab)
    assert served.node.hub.readers == 1
    await served.trade("AAPL", 101)
    for tab in tabs:
        await expect(last(tab, "AAPL")).to_have_text("101.00")
    await tabs[3].locator(".search-field").fill("NVDA")
    await tabs[3].locator(".search-field").press("Enter")
    await expect(last(tabs[3], "NVDA")).to_have_text("100.50")
    await served.trade("NVDA", 102)
    await expect(last(tabs[3], "NVDA")).to_have_text("102.00")
    await tabs.pop(0).close()
    await served.trade("MSFT", 103)
    for tab in tabs:
        await expect(last(tab, "MSFT")).to_have_text("103.00", timeout=30_000)
        await is_live(tab, "SSE")
    await until(lambda: served.node.hub.readers == 1)
    assert served.node.hub.counts.resumes["proved"] >= 2
    assert (served.node.hub.counts.resumes["reset"], served.node.hub.counts.resumes["gap"]) == (0, 0)


@pytest.mark.parametrize(
    ("directives", "query", "transport"),
    [
        ((), "", "SSE"),
        ((HELD_BACK,), "", "long poll"),
        (UPGRADES, "&transport=ws", "WebSocket"),
        ((), "&transport=ws", "SSE"),
        ((), "&transport=poll", "poll"),
    ],
    ids=["default", "buffered", "upgrades", "stripped", "asked for"],
)
async def test_through_nginx_the_page_works_and_says_how(
    served: Served, page: Page, tmp_path: Path, directives: tuple[str, ...], query: str, transport: str
) -> None:
    await fill(served)
    async with nginx(tmp_path, served.address, directives) as address:
        await page.goto(f"{address}/?symbols=AAPL{query}")
        await expect(last(page, "AAPL")).to_have_text("100.50")
        await is_live(page, transport)
        await served.trade("AAPL", 104)
        await expect(last(page, "AAPL")).to_have_text("104.00", timeout=30_000)
        await page.close()


@pytest.mark.parametrize("query", ["", "&transport=long-poll"])
async def test_a_stale_feed_is_said_and_its_end_too(served: Served, page: Page, query: str) -> None:
    await fill(served)
    await page.goto(f"{served.address}/?symbols=AAPL{query}")
    await is_live(page, "")
    now = time.time()
    served.node.feeds_changed({kind: FeedStatus(kind != "quotes", now) for kind in served.node.log.kinds})
    await expect(page.locator("[data-connection-state='stale']")).to_contain_text("Stale: quotes since")
    await page.reload()
    await expect(page.locator("[data-connection-state='stale']")).to_contain_text("Stale: quotes since")
    served.node.feeds_changed({kind: FeedStatus(True, now) for kind in served.node.log.kinds})
    await is_live(page, "")


async def test_a_halt_and_its_end_are_announced_and_so_is_a_market_that_closes(served: Served, page: Page) -> None:
    await fill(served)
    await page.goto(f"{served.address}/?symbols=AAPL,MSFT")
    await is_live(page, "")
    said = page.locator("ticker-watchlist [data-said][aria-live='polite']")
    session = page.locator("tr[data-symbol='AAPL'] [data-field='session']")
    halt = {"T": "s", "S": "AAPL", "sc": "H", "t": "2021-01-08T00:00:00Z"}
    await served.send("statuses", "AAPL", halt)
    await expect(said).to_have_text("AAPL: Halted")
    await expect(session).to_have_text("Halted")
    await served.send("statuses", "AAPL", {**halt, "sc": "T"})
    await expect(said).to_have_text("AAPL: Open")
    closed = {"T": "instrument", "S": "MSFT", "name": "MSFT", "t": "2021-01-08T00:00:00Z", "session": "closed"}
    await served.send("instruments", "MSFT", closed)
    await expect(said).to_have_text("MSFT: Closed")


async def test_offline_is_said_and_online_goes_on(served: Served, context: BrowserContext) -> None:
    await fill(served)
    page = await context.new_page()
    await page.goto(f"{served.address}/?symbols=AAPL")
    await is_live(page, "SSE")
    await context.set_offline(True)
    await expect(page.locator("[data-connection-state='offline']")).to_contain_text("Offline since")
    await served.trade("AAPL", 105)
    await context.set_offline(False)
    await is_live(page, "SSE")
    await expect(last(page, "AAPL")).to_have_text("105.00")
    await page.close()


async def test_the_colours_chosen_are_those_of_the_next_page_before_it_is_painted(
    served: Served, context: BrowserContext
) -> None:
    await fill(served)
    page = await context.new_page()
    await page.goto(f"{served.address}/?symbols=AAPL")
    background = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(background) == "rgb(243, 245, 248)"
    await page.locator("[data-theme-switch]").select_option("dark")
    assert await page.evaluate(background) == "rgb(11, 14, 20)"
    # What the first script alone does, before any module.
    await context.route("**/*.js", lambda route: route.continue_() if "kept" in route.request.url else route.abort())
    await page.goto(f"{served.address}/s/AAPL")
    assert await page.evaluate(background) == "rgb(11, 14, 20)"
    await page.close()
