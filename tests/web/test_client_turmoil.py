"""Tabs that come, go, crash and change what they want, while one of them must miss nothing of a stream that goes on."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from playwright.async_api import BrowserContext, Error

from tests.web.client_page import SECONDS, Tab, open_tab
from tests.web.conftest import Served
from tests.web.test_client_sharing import channels_read, leaders, shared, until

__all__ = ["shared"]
SYMBOLS = ("MSFT", "TSLA", "NVDA", "META")


@asynccontextmanager
async def trading(served: Served) -> AsyncIterator[list[int]]:
    """The ids of the trades that are sent, one after the other, as long as this lasts."""
    sent: list[int] = []

    async def trade() -> None:
        while True:
            sent.append(await served.trade("AAPL", len(sent) + 1))
            await asyncio.sleep(0.01)

    task = asyncio.create_task(trade())
    try:
        yield sent
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def check(served: Served, tab: Tab, sent: list[int]) -> None:
    """The tab has had each trade from the first that it had, in order, and was told of no reset."""
    sent.append(await served.trade("AAPL", len(sent) + 1))
    await tab.until_event("i", sent[-1])
    had = await tab.of("i", "t")
    assert had == sent[sent.index(had[0]) :]
    assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])


async def crash(context: BrowserContext, tab: Tab) -> None:
    """End a tab without a word."""
    session = await context.new_cdp_session(tab.page)
    crashed = asyncio.Event()
    tab.page.on("crash", lambda _: crashed.set())
    task = asyncio.create_task(session.send("Page.crash"))
    async with asyncio.timeout(SECONDS):
        await crashed.wait()
    task.cancel()
    with suppress(asyncio.CancelledError, Error):
        await task


async def test_tabs_that_open_all_at_once_agree(served: Served, shared: BrowserContext, bare: str) -> None:
    await served.quote("AAPL", 1)
    tabs = [await open_tab(shared, bare) for _ in range(5)]
    names = ["trades/AAPL", "quotes/AAPL"]
    async with trading(served) as sent:
        await asyncio.gather(*(tab.subscribe(served.address, names) for tab in tabs))
        for tab in tabs:
            await tab.until_event("bp", 1)
        await until(lambda: served.node.hub.readers == 1)
        count = len(sent)
        await until(lambda: len(sent) > count + 50)
    for tab in tabs:
        await check(served, tab, sent)
    assert sorted(await leaders(tabs)) == [False, False, False, False, True]


async def test_a_leader_that_crashes_is_replaced(served: Served, shared: BrowserContext, bare: str) -> None:
    leading, following = await open_tab(shared, bare), await open_tab(shared, bare)
    async with trading(served) as sent:
        for tab in (leading, following):
            await tab.subscribe(served.address, ["trades/AAPL"])
            await tab.until("got.events.length > 5")
        assert await leading.state("isLeader")
        await crash(shared, leading)
        await following.until("ticker.state.isLeader")
        count = len(sent)
        await until(lambda: len(sent) > count + 50)
    await check(served, following, sent)


@pytest.mark.parametrize("seed", range(2))
async def test_one_of_many_tabs_misses_nothing(served: Served, shared: BrowserContext, bare: str, seed: int) -> None:
    rng = random.Random(seed)
    for symbol in SYMBOLS:
        await served.quote(symbol, 1)

    async def opened(*names: str) -> Tab:
        tab = await open_tab(shared, bare)
        await tab.subscribe(served.address, names)
        return tab

    async with trading(served) as sent:
        others = [await opened("trades/AAPL", "quotes/MSFT")]
        await others[0].until("got.events.length > 5")
        survivor = await opened("trades/AAPL", "quotes/TSLA")
        await survivor.until("got.events.length > 5")
        for _ in range(25):
            what = rng.choice(("open", "close", "change", "change", "change"))
            wanted = [f"quotes/{symbol}" for symbol in rng.sample(SYMBOLS, rng.randint(0, 3))]
            if what == "open" and len(others) < 4:
                others.append(await opened("trades/AAPL", *wanted))
            elif what == "close" and others:
                await others.pop(rng.randrange(len(others))).page.close()
            else:
                await rng.choice([survivor, *others]).change("trades/AAPL", *wanted)
            await asyncio.sleep(rng.choice((0, 0, 0.05, 0.5)))
        await survivor.change("trades/AAPL", "quotes/TSLA")
        await served.quote("TSLA", 2)
        await survivor.until_event("bp", 2, "TSLA")
        for other in others:
            await other.page.close()
        await until(lambda: channels_read(served) == {"trades/AAPL", "quotes/TSLA"})
    await check(served, survivor, sent)
    assert served.node.hub.readers == 1
