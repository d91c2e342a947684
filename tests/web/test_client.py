"""ticker's JavaScript client in a real browser, on a real node."""

import asyncio

import pytest

from feeds.embedded import EmbeddedSource
from tests.web.client_page import Tab
from tests.web.conftest import Served, config_with
from web.node import Node
from web.server import serving

TRANSPORTS = ("sse", "long-poll", "poll", "ws")
NATIVE = (
    """() => performance.getEntriesByType("resource").map(({name}) => name).filter((name) => name.includes("/v1/"))"""
)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_page_of_another_origin_is_told_what_is_and_what_comes(
    served: Served, tab: Tab, transport: str
) -> None:
    await served.quote("AAPL", 1)
    await served.trade("AAPL", 10)
    await served.quote("MSFT", 5)
    await tab.subscribe(served.address, ["quotes/AAPL", "trades/AAPL"], transport=transport)
    await tab.until_event("bp", 1)
    await tab.until_event("p", 10)
    await tab.until_live(transport)
    sent = [await served.trade("AAPL", price) for price in range(11, 31)]
    await served.quote("AAPL", 2)
    await served.send("quotes", "AAPL", None)
    await tab.until("got.events.some(({T, key}) => T === 'delete' && key === 'AAPL')")
    await tab.until_event("p", 30)
    assert (await tab.of("i", "t"))[1:] == sent
    assert await tab.of("bp", "q", "MSFT") == []
    assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_channels_come_and_go_and_the_others_go_on(served: Served, tab: Tab, transport: str) -> None:
    for symbol in ("AAPL", "MSFT", "TSLA"):
        await served.quote(symbol, 1)
    sent = [await served.trade("AAPL", 1)]
    await tab.subscribe(served.address, ["trades/AAPL", "quotes/MSFT"], transport=transport)
    await tab.until_event("p", 1)
    await tab.until_event("bp", 1, "MSFT")
    await tab.change("trades/AAPL", "quotes/MSFT", "quotes/TSLA")
    sent += [await served.trade("AAPL", price) for price in range(2, 12)]
    await tab.until_event("bp", 1, "TSLA")
    await tab.change("trades/AAPL", "quotes/TSLA")
    sent += [await served.trade("AAPL", price) for price in range(12, 22)]
    if transport != "poll":
        await tab.until("ticker.state.connection === 'live'")
        await until_channels(served, {"trades/AAPL", "quotes/TSLA"})
    await served.quote("MSFT", 2)
    await served.quote("TSLA", 2)
    sent.append(await served.trade("AAPL", 22))
    await tab.until_event("bp", 2, "TSLA")
    await tab.until_event("p", 22)
    assert await tab.of("i", "t") == sent
    assert await tab.of("bp", "q", "MSFT") == [1]
    assert (await tab.got("resets"), await tab.got("gaps")) == ([], [])


async def until_channels(served: Served, channels: set[str]) -> None:
    """Wait until that is what the node's only reader reads."""
    async with asyncio.timeout(60):
        while {name for one in served.node.hub.audiences() for name in one.subscription.channels} != channels:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_node_that_begins_anew_resets(tab: Tab, transport: str) -> None:
    node = Node(config_with(), EmbeddedSource)
    async with serving(node) as (address, admin):
        assert isinstance(node.source, EmbeddedSource)
        served = Served(node, node.source, address, admin)
        await served.quote("AAPL", 1)
        await tab.subscribe(address, ["quotes/AAPL", "quotes/MSFT"], transport=transport)
        await tab.until_event("bp", 1)
    await tab.until("ticker.state.connection === 'reconnecting'")
    again = Node(config_with(server__port=int(address.rsplit(":", 1)[1])), EmbeddedSource)
    async with serving(again) as (address, admin):
        assert isinstance(again.source, EmbeddedSource)
        served = Served(again, again.source, address, admin)
        await served.quote("AAPL", 7)
        await tab.until_live()
        await tab.until_event("bp", 7)
        assert await tab.got("resets") == [["quotes/AAPL", "quotes/MSFT"]]
        await served.quote("AAPL", 8)
        await tab.until_event("bp", 8)
        assert await tab.of("bp", "q") == [1, 7, 8]
