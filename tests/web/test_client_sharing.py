"""Tabs that share one connection, in a real browser, on a real node."""

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import BrowserContext, Route

from tests.web.client_page import SECONDS, Tab, open_tab
from tests.web.conftest import Served

WITHOUT_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined })"


HANG = """() => {
    const request = new XMLHttpRequest();
    request.open("GET", "/hang", false);
    request.send();
}"""
"""Stops all that a tab does, as a browser's freezing does, until the request is answered."""


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.05)


def channels_read(served: Served) -> set[str]:
    return {name for one in served.node.hub.audiences() for name in one.subscription.channels}


@pytest.fixture(params=["with Web Locks", "without Web Locks"])
async def shared(request: pytest.FixtureRequest, context: BrowserContext) -> BrowserContext:
    """A browser with Web Locks, and one without."""
    if request.param == "without Web Locks":
        await context.add_init_script(WITHOUT_LOCKS)
    return context


async def open_tabs(context: BrowserContext, bare: str, served: Served, *channels: list[str]) -> list[Tab]:
    """Tabs that have the newest of their channels, the first of which leads."""
    tabs = []
    for of_tab in channels:
        tab = await open_tab(context, bare)
        await tab.subscribe(served.address, of_tab)
        await tab.until_live()
        tabs.append(tab)
    return tabs


async def leaders(tabs: list[Tab]) -> list[bool]:
    return [await tab.state("isLeader") for tab in tabs]


async def test_five_tabs_hold_one_stream(served: Served, shared: BrowserContext, bare: str) -> None:
    await served.quote("AAPL", 1)
    await served.trade("AAPL", 10)
    tabs = await open_tabs(shared, bare, served, *[["quotes/AAPL", "trades/AAPL"]] * 5)
    for tab in tabs:
        await tab.until_event("bp", 1)
        await tab.until_event("p", 10)
    assert served.node.hub.readers == 1
    assert await leaders(tabs) == [True, False, False, False, False]
    await served.quote("AAPL", 2)
    sent = [await served.trade("AAPL", price) for price in range(11, 31)]
    for tab in tabs:
        await tab.until_event("bp", 2)
        await tab.until_event("p", 30)
        assert (await tab.of("i", "t"))[1:] == sent
        assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])
        assert await tab.state("transport") == "sse"
    assert served.node.hub.readers == 1


async def test_closing_the_leader_and_adding_a_symbol_lose_and_reset_nothing(
    served: Served, shared: BrowserContext, bare: str
) -> None:
    for symbol in ("AAPL", "MSFT", "TSLA"):
        await served.quote(symbol, 1)
    sent = [await served.trade("AAPL", 0.5)]
    names = ["trades/AAPL", "quotes/MSFT"]
    tabs = await open_tabs(shared, bare, served, names, names, names)
    for tab in tabs:
        await tab.until_event("p", 0.5)

    async def trade() -> None:
        while True:
            sent.append(await served.trade("AAPL", len(sent)))
            await asyncio.sleep(0.01)

    trading = asyncio.create_task(trade())
    await tabs[1].change("trades/AAPL", "quotes/MSFT", "quotes/TSLA")
    await tabs[1].until_event("bp", 1, "TSLA")
    leading = tabs.pop((await leaders(tabs)).index(True))
    await leading.page.close()
    async with asyncio.timeout(SECONDS):
        while True not in await leaders(tabs):
            await asyncio.sleep(0.05)
    for tab in tabs:
        await tab.until("ticker.state.connection === 'live'")
    await tabs[1].change("trades/AAPL", "quotes/MSFT", "quotes/AAPL")
    await tabs[1].until_event("bp", 1)
    count = len(sent)
    await until(lambda: len(sent) > count + 50)
    trading.cancel()
    sent.append(await served.trade("AAPL", -1))
    for tab in tabs:
        await tab.until_event("p", -1)
        assert await tab.of("i", "t") == sent
        assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])
    assert served.node.hub.readers == 1


async def test_a_tab_that_joins_is_given_what_is_held(served: Served, context: BrowserContext, bare: str) -> None:
    first = [await served.trade("AAPL", price) for price in range(1, 11)]
    await served.quote("AAPL", 1)
    [leading] = await open_tabs(context, bare, served, ["trades/AAPL", "quotes/AAPL"])
    await leading.until_event("p", 10)
    second = [await served.trade("AAPL", price) for price in range(11, 14)]
    await leading.until_event("p", 13)
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))
    short, long = await open_tab(context, bare), await open_tab(context, bare)
    await short.subscribe(served.address, ["trades/AAPL", "quotes/AAPL"], {"history": 1})
    await short.until_event("p", 13)
    await short.until_event("bp", 1)
    assert await short.of("i", "t") == second[-1:]
    assert [url for url in requests if "/v1/" in url] == []
    await long.subscribe(served.address, ["trades/AAPL"], {"history": 8})
    await long.until_event("p", 13)
    assert await long.of("i", "t") == (first + second)[-8:]
    third = await served.trade("AAPL", 14)
    for tab in (leading, short, long):
        await tab.until_event("p", 14)
    assert await long.of("i", "t") == [*(first + second)[-8:], third]
    assert served.node.hub.readers == 1


async def test_a_tab_that_vanished_is_noticed_and_its_channels_leave(
    served: Served, context: BrowserContext, bare: str
) -> None:
    await served.quote("MSFT", 1)
    await served.quote("AAPL", 1)
    leading, vanishing = await open_tabs(context, bare, served, ["quotes/AAPL"], ["quotes/MSFT"])
    await vanishing.until_event("bp", 1, "MSFT")
    assert channels_read(served) == {"quotes/AAPL", "quotes/MSFT"}
    session = await context.new_cdp_session(vanishing.page)
    crash = asyncio.create_task(session.send("Page.crash"))
    await until(lambda: channels_read(served) == {"quotes/AAPL"})
    crash.cancel()
    await served.quote("AAPL", 2)
    await leading.until_event("bp", 2)
    assert (await leading.of("bp", "q"), await leading.got("resets")) == ([1, 2], [])


async def test_a_leader_that_is_frozen_is_replaced(served: Served, shared: BrowserContext, bare: str) -> None:
    await served.trade("AAPL", 1)
    leading, following = await open_tabs(shared, bare, served, ["trades/AAPL"], ["trades/AAPL"])
    await following.until_event("p", 1)
    frozen = asyncio.Event()

    async def hang(route: Route) -> None:
        await frozen.wait()
        await route.fulfill(body="")

    await leading.page.route("**/hang", hang)
    hanging = asyncio.create_task(leading.page.evaluate(HANG))
    await following.until("ticker.state.isLeader")
    await served.trade("AAPL", 2)
    await following.until_event("p", 2)
    assert (await following.of("p", "t"), await following.got("resets")) == ([1, 2], [])
    frozen.set()
    await hanging
    await leading.until("!ticker.state.isLeader")
    await served.trade("AAPL", 3)
    await leading.until_event("p", 3)
    assert (await leading.of("p", "t"))[-1] == 3
    await until(lambda: served.node.hub.readers == 1)


async def test_a_visible_tab_takes_over_from_a_hidden_one_whose_timers_are_slow(
    served: Served, shared: BrowserContext, bare: str
) -> None:
    await served.trade("AAPL", 1)
    hidden, visible = await open_tab(shared, bare), await open_tab(shared, bare)
    await hidden.page.evaluate("() => Object.defineProperty(document, 'hidden', { value: true })")
    await hidden.subscribe(served.address, ["trades/AAPL"], transport="long-poll")
    await hidden.until_event("p", 1)
    await visible.subscribe(served.address, ["trades/AAPL"], transport="long-poll")
    await visible.until("ticker.state.isLeader")
    sent = [await served.trade("AAPL", price) for price in range(2, 12)]
    for tab in (hidden, visible):
        await tab.until_event("p", 11)
        assert (await tab.of("i", "t"))[1:] == sent
        assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])
    assert await leaders([hidden, visible]) == [False, True]


async def test_tabs_of_another_kind_do_not_share(served: Served, context: BrowserContext, bare: str) -> None:
    await served.quote("AAPL", 1)
    for options in ({}, {"mode": "every"}, {"interval": 1000}, {"transport": "sse"}, {"share": False}):
        tab = await open_tab(context, bare)
        await tab.subscribe(served.address, ["quotes/AAPL"], **options)
        await tab.until_event("bp", 1)
        assert await tab.state("isLeader")
    assert served.node.hub.readers == 5


async def test_a_tab_whose_channels_do_not_fit_has_a_connection_of_its_own(
    served: Served, context: BrowserContext, bare: str
) -> None:
    await served.quote("A1", 1)
    await served.quote("B1", 1)
    many = [[f"quotes/{letter}{number}" for number in range(600)] for letter in "AB"]
    one, other = await open_tabs(context, bare, served, *many)
    await one.until_event("bp", 1, "A1")
    await other.until_event("bp", 1, "B1")
    assert await leaders([one, other]) == [True, True]
    assert served.node.hub.readers == 2
    refused = await one.page.evaluate(
        "(channels) => { try { ticker.subscribe(channels, callbacks); } catch (error) { return error.message; } }",
        many[1],
    )
    assert refused == "1200 channels are more than 1000: use fewer, or all of a kind with *"
