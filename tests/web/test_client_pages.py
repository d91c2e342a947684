"""ticker's JavaScript client in pages that the server rendered, and in a browser that goes offline."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import BrowserContext

from tests.web.client_page import SECONDS, Tab, open_tab
from tests.web.conftest import Served
from tests.wire import poll_once

CHANNELS = ["quotes/AAPL", "trades/AAPL"]
TRANSPORTS = ("sse", "long-poll", "poll", "ws")


def quote(bid: float, second: int, symbol: str = "AAPL") -> dict[str, Any]:
    time = f"2021-01-08T00:00:{second:02}Z"
    return {"T": "q", "S": symbol, "bp": bid, "bs": 1, "ap": bid + 1, "as": 1, "t": time}


def trade(id_: int, second: int) -> dict[str, Any]:
    return {"T": "t", "S": "AAPL", "p": id_, "s": 1, "i": id_, "t": f"2021-01-08T00:00:{second:02}Z"}


async def rendered(served: Served) -> dict[str, Any]:
    """What a page says that the server makes now: what is shown, and the cursor it was made at."""
    _, heard, _ = await poll_once(served.address, "quotes=AAPL&trades=AAPL")
    return {"cursor": heard[-1].cursor, "events": heard[-1].data}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_page_goes_on_from_its_cursor(served: Served, tab: Tab, transport: str) -> None:
    await served.send("quotes", "AAPL", quote(1, 1))
    await served.send("trades", "AAPL", trade(1, 1))
    page = await rendered(served)
    for number in (2, 3):
        await served.send("trades", "AAPL", trade(number, number))
    await served.send("quotes", "AAPL", quote(3, 3))
    await tab.subscribe(served.address, CHANNELS, page, transport=transport)
    await tab.until_event("p", 3)
    await tab.until_event("bp", 3)
    assert await tab.of("i", "t") == [2, 3]
    assert await tab.of("bp", "q") == [3]
    assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])


async def test_a_page_that_joins_is_given_what_it_does_not_show(
    served: Served, context: BrowserContext, bare: str
) -> None:
    await served.send("trades", "AAPL", trade(1, 1))
    await served.send("quotes", "AAPL", quote(1, 1))
    leading = await open_tab(context, bare)
    await leading.subscribe(served.address, CHANNELS, {"history": 5})
    await leading.until_event("bp", 1)
    page = await rendered(served)
    for number in (2, 3):
        await served.send("trades", "AAPL", trade(number, number))
    await served.send("quotes", "AAPL", quote(2, 2))
    await leading.until_event("p", 3)
    await leading.until_event("bp", 2)
    joining, late = await open_tab(context, bare), await open_tab(context, bare)
    await joining.subscribe(served.address, CHANNELS, {**page, "history": 5})
    await joining.until_event("p", 3)
    await joining.until_event("bp", 2)
    await served.send("trades", "AAPL", trade(4, 4))
    await joining.until_event("p", 4)
    assert await joining.of("i", "t") == [2, 3, 4]
    assert await joining.of("bp", "q") == [2]
    assert await joining.got("gaps") == []
    # Of a page that is older than what is held, something may be missing: it is told.
    await late.subscribe(served.address, CHANNELS, {**page, "history": 2})
    await late.until_event("p", 4)
    assert await late.of("i", "t") == [3, 4]
    assert await late.got("gaps") == [["trades/AAPL"]]
    assert served.node.hub.readers == 1


async def test_a_page_that_is_newer_than_the_connection_shows_nothing_older(
    served: Served, context: BrowserContext, bare: str
) -> None:
    await served.send("trades", "AAPL", trade(1, 1))
    await served.send("quotes", "AAPL", quote(1, 1))
    leading, joining = await open_tab(context, bare), await open_tab(context, bare)
    await leading.subscribe(served.address, CHANNELS)
    await leading.until_event("bp", 1)
    await joining.page.clock.install()
    newer = {"cursor": "of no use here", "events": [quote(2, 2), quote(9, 9, "MSFT"), trade(1, 1), trade(2, 2)]}
    await joining.subscribe(served.address, [*CHANNELS, "quotes/MSFT"], newer)
    await joining.until("ticker.state.connection === 'live'")
    await served.send("trades", "AAPL", trade(2, 2))
    await served.send("trades", "AAPL", trade(3, 3))
    await joining.until_event("p", 3)
    assert await joining.of("i", "t") == [3]
    await served.send("quotes", "AAPL", quote(2, 2))
    await joining.until_event("bp", 2)
    assert await joining.of("bp", "q") == [2]
    # It was held back only as long as the page might be ahead.
    await joining.page.clock.run_for(2_000)
    await joining.until("got.events.some(({T, key}) => T === 'delete' && key === 'MSFT')")
    assert await joining.of("bp", "q") == [2]
    await served.send("quotes", "AAPL", quote(1, 1))
    await joining.until_event("bp", 1)


async def test_offline_is_said_and_online_goes_on_at_once(served: Served, context: BrowserContext, tab: Tab) -> None:
    sent = [await served.trade("AAPL", 1)]
    await tab.subscribe(served.address, CHANNELS)
    await tab.until_event("p", 1)
    await context.set_offline(True)
    await tab.until("ticker.state.connection === 'offline'")
    async with asyncio.timeout(SECONDS):
        while served.node.hub.readers:
            await asyncio.sleep(0.05)
    sent += [await served.trade("AAPL", price) for price in range(2, 12)]
    await context.set_offline(False)
    await tab.until_event("p", 11)
    assert await tab.state("connection") == "live"
    assert await tab.of("i", "t") == sent
    assert await tab.got("resets") == []


async def test_what_the_browser_says_of_the_network_does_not_stop_it(served: Served, tab: Tab) -> None:
    await served.quote("AAPL", 1)
    await tab.page.evaluate("() => Object.defineProperty(navigator, 'onLine', { value: false })")
    await tab.subscribe(served.address, ["quotes/AAPL"])
    await tab.until_event("bp", 1)
    await tab.until_live()
    assert (await tab.got("said"))[0] == "offline sse"


async def test_a_page_that_is_left_and_come_back_to_goes_on(served: Served, tab: Tab) -> None:
    sent = [await served.trade("AAPL", 1)]
    await tab.subscribe(served.address, ["trades/AAPL"])
    await tab.until_event("p", 1)
    await tab.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    async with asyncio.timeout(SECONDS):
        while served.node.hub.readers:
            await asyncio.sleep(0.05)
    sent += [await served.trade("AAPL", price) for price in range(2, 12)]
    await tab.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    await tab.until_event("p", 11)
    assert await tab.of("i", "t") == sent
    assert await tab.got("resets") == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("ticker.subscribe(['stocks/AAPL'], callbacks)", '"stocks/AAPL" is no channel'),
        ("ticker.subscribe(['quotes/A*'], callbacks)", '"quotes/A*" is no channel'),
        ("ticker.subscribe('quotes/AAPL', callbacks)", "channels are a list"),
        ("ticker.subscribe(['quotes/AAPL'], {})", "needs a function for its events"),
        ("ticker.subscribe(['quotes/AAPL'], callbacks, {history: 501})", "history is 501: it is a whole number"),
        ("subscription.change(['AAPL'])", '"AAPL" is no channel'),
        ("new ticker.constructor({transport: 'http'})", "it is one of auto, ws, sse, long-poll, poll"),
        ("new ticker.constructor({mode: 'all'})", 'it is "latest" or "every"'),
        ("new ticker.constructor({interval: -1})", "interval is -1: it is a whole number from 0 to 5000"),
    ],
)
async def test_mistakes_are_told_what_would_be_right(served: Served, tab: Tab, call: str, said: str) -> None:
    await tab.subscribe(served.address, ["quotes/AAPL"])
    got = await tab.page.evaluate(f"() => {{ try {{ {call}; }} catch (error) {{ return error.message; }} }}")
    assert said in got


async def test_a_callback_that_fails_stops_nobody_else(served: Served, context: BrowserContext, bare: str) -> None:
    await served.quote("AAPL", 1)
    tab = await open_tab(context, bare)
    await tab.page.evaluate(
        "() => addEventListener('error', (event) => { window.failed = event.message; event.preventDefault(); })"
    )
    await tab.subscribe(served.address, ["quotes/AAPL"], share=False)
    await tab.page.evaluate(
        "() => void ticker.subscribe(['quotes/AAPL'], { events() { throw new Error('of the page'); } })"
    )
    await tab.until("window.failed?.includes('of the page')")
    await served.quote("AAPL", 2)
    await tab.until_event("bp", 2)


async def test_closing_ends_the_connection(served: Served, tab: Tab) -> None:
    await tab.subscribe(served.address, ["quotes/AAPL"])
    await tab.until_live()
    await tab.page.evaluate("() => ticker.close()")
    async with asyncio.timeout(SECONDS):
        while served.node.hub.readers:
            await asyncio.sleep(0.05)
