"""A page of somebody else's, which uses ticker's JavaScript client and keeps all that it is told."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from playwright.async_api import BrowserContext, Page

SECONDS = 60
"""How long anything may take on a machine that is busy."""
SUBSCRIBE = """async ([address, options, channels, more]) => {
    const { connect } = await import(`${address}/static/js/client.js`);
    window.got = { events: [], resets: [], gaps: [], said: [] };
    window.ticker = connect(options);
    const note = () => { const { connection, transport } = ticker.state; got.said.push(`${connection} ${transport}`); };
    ticker.addEventListener("state", note);
    window.callbacks = {
        events: (events) => got.events.push(...events),
        reset: (channels) => got.resets.push(channels),
        gap: (channels) => got.gaps.push(channels),
    };
    window.subscription = ticker.subscribe(channels, callbacks, more);
}"""


@dataclass
class Tab:
    """One tab, in which the client runs."""

    page: Page
    """At a page of another origin than the node."""

    async def subscribe(self, address: str, channels: Sequence[str], more: object = None, **options: object) -> None:
        """Connect to the node at `address`, and subscribe."""
        await self.page.evaluate(SUBSCRIBE, [address, options, channels, more or {}])

    async def change(self, *channels: str) -> None:
        await self.page.evaluate("(channels) => subscription.change(channels)", channels)

    async def until(self, condition: str, argument: object = None) -> None:
        """Wait until an expression is true; `it` is the argument."""
        await self.page.wait_for_function(f"(it) => {condition}", arg=argument, polling=50, timeout=SECONDS * 1000)

    async def until_live(self, transport: str | None = None) -> None:
        await self.until("ticker.state.connection === 'live' && (!it || ticker.state.transport === it)", transport)

    async def until_event(self, key: str, value: object, symbol: str = "AAPL") -> None:
        await self.until(
            "got.events.some((event) => event.S === it[0] && event[it[1]] === it[2])", [symbol, key, value]
        )

    async def of(self, key: str, tag: str, symbol: str = "AAPL") -> list[Any]:
        """One value of each event of a symbol, in the order they came."""
        found: list[Any] = await self.page.evaluate(
            "(it) => got.events.filter(({T, S}) => T === it[1] && S === it[2]).map((event) => event[it[0]])",
            [key, tag, symbol],
        )
        return found

    async def got(self, what: str) -> Any:
        return await self.page.evaluate("(what) => got[what]", what)

    async def state(self, what: str) -> Any:
        return await self.page.evaluate("(what) => ticker.state[what]", what)


async def open_tab(context: BrowserContext, page_address: str) -> Tab:
    """One more tab of the same browser."""
    page = await context.new_page()
    await page.goto(page_address)
    return Tab(page)


@asynccontextmanager
async def bare_page() -> AsyncIterator[str]:
    """The address of a page without anything in it."""

    async def answer(request: web.Request) -> web.Response:
        del request
        return web.Response(text="<!doctype html><title>bare</title>", content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/", answer), web.get("/favicon.ico", answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()
