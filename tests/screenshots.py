"""`make screenshots`: the pages in each of their states, as pictures in docs/screenshots.

The market and the games are the same each time; the times on the pages are those of the day.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

import msgspec
from playwright.async_api import Browser, Page, Route, ViewportSize, expect

from feeds.embedded import EmbeddedSource
from feeds.message import Message
from setup import CHARTS, CHARTS_FILES, CHARTS_INTEGRITY, VENDOR, fetch_package
from tests.chromium import chromium
from tests.showcase import PAGES, READY_MILLISECONDS, ShownPage, fill, open_page
from tests.web.conftest import config_with
from ticker.disconnects import RESTART
from ticker.events import Instrument, decode_event
from ticker.feed_status import FeedStatus
from web.node import Node
from web.server import serving

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
CHARTS_TO_COME = "ticker-symbol ticker-chart:not([data-loaded])"
"""Charts whose library hasn't come yet."""
STALE_KINDS = ("quotes", "trades")


@dataclass(frozen=True)
class Screen:
    """What one looks at a page on."""

    size: ViewportSize
    is_mobile: bool = False


SCREENS = {
    "desktop": Screen({"width": 1440, "height": 900}),
    "phone": Screen({"width": 390, "height": 844}, is_mobile=True),
}


@asynccontextmanager
async def as_it_is(node: Node, page: Page) -> AsyncIterator[None]:
    """Live."""
    del node, page
    yield


@asynccontextmanager
async def stale(node: Node, page: Page) -> AsyncIterator[None]:
    """Kafka is silent on some topics."""
    live = node.hub.feeds.by_kind
    node.feeds_changed({**live, **dict.fromkeys(STALE_KINDS, FeedStatus(live=False, since=time.time() - 42))})
    await _says(page, "stale")
    yield
    node.feeds_changed(live)


@asynccontextmanager
async def offline(node: Node, page: Page) -> AsyncIterator[None]:
    """The browser has no network, and what was open is gone."""
    await page.context.set_offline(True)
    _send_all_away(node)
    await _says(page, "offline")
    yield


@asynccontextmanager
async def reconnecting(node: Node, page: Page) -> AsyncIterator[None]:
    """The node sent everybody away, and can't be reached."""

    async def refuse(route: Route) -> None:
        await route.abort()

    await page.route("**/v1/**", refuse)
    _send_all_away(node)
    await _says(page, "reconnecting")
    yield


@asynccontextmanager
async def closed(node: Node, page: Page) -> AsyncIterator[None]:
    """All stock markets are closed."""
    before = list(_instruments(node))
    await _send(node, [msgspec.structs.replace(instrument, session="closed") for instrument in before])
    await expect(page.get_by_text("Closed").first).to_be_visible(timeout=READY_MILLISECONDS)
    yield
    await _send(node, before)


@dataclass(frozen=True)
class Shot:
    """One picture."""

    shown: ShownPage
    screen: str
    scheme: Scheme
    state: Callable[[Node, Page], AbstractAsyncContextManager[None]] = as_it_is

    @property
    def name(self) -> str:
        """Of its file, without the suffix."""
        state = "" if self.state is as_it_is else f"-{self.state.__name__}"
        return f"{self.shown.name}{state}-{self.screen}-{self.scheme}"


DASHBOARD = PAGES[0]
SHOTS = (
    *(Shot(shown, screen, scheme) for shown, screen, scheme in product(PAGES, SCREENS, SCHEMES)),
    Shot(DASHBOARD, "desktop", "light", stale),
    Shot(DASHBOARD, "phone", "dark", stale),
    Shot(DASHBOARD, "desktop", "light", offline),
    Shot(DASHBOARD, "phone", "light", offline),
    Shot(DASHBOARD, "desktop", "dark", reconnecting),
    Shot(DASHBOARD, "desktop", "light", closed),
)


async def take(shot: Shot, node: Node, address: str, browser: Browser) -> Path:
    """Take a picture of a node's page; its file."""
    screen = SCREENS[shot.screen]
    context = await browser.new_context(
        viewport=screen.size, is_mobile=screen.is_mobile, has_touch=screen.is_mobile, color_scheme=shot.scheme
    )
    page = await context.new_page()
    await open_page(page, address, shot.shown)
    await expect(page.locator(CHARTS_TO_COME)).to_have_count(0, timeout=READY_MILLISECONDS)
    path = FOLDER / f"{shot.name}.png"
    async with shot.state(node, page):
        await page.screenshot(path=path, full_page=shot.shown.is_whole, scale="css", animations="disabled")
    await context.close()
    return path


async def main() -> None:
    """Take them all, and remove those that are no more."""
    FOLDER.mkdir(exist_ok=True)
    fetch_package(CHARTS, CHARTS_INTEGRITY, CHARTS_FILES, VENDOR)
    node = Node(config_with(), EmbeddedSource)
    async with serving(node) as (address, _), chromium() as browser:
        await fill(_source(node))
        written = [await take(shot, node, address, browser) for shot in SHOTS]
    for path in written:
        print(f"{path.relative_to(FOLDER.parents[1])}  {path.stat().st_size // 1024} KB")
    for path in set(FOLDER.glob("*.png")) - set(written):
        path.unlink()
        print(f"{path.relative_to(FOLDER.parents[1])}  removed")


async def _says(page: Page, state: str) -> None:
    await expect(page.locator(f"[data-connection-state='{state}']")).to_be_visible(timeout=READY_MILLISECONDS)


def _send_all_away(node: Node) -> None:
    for reader in node.hub.everyone():
        node.hub.disconnect(reader, RESTART, 0.5)


def _instruments(node: Node) -> Iterator[Instrument]:
    for series in node.log.topics["instruments"].series.values():
        if "/" not in series.key:
            instrument = decode_event("instruments", series.newest.json)
            assert isinstance(instrument, Instrument)
            yield instrument


async def _send(node: Node, instruments: list[Instrument]) -> None:
    await _source(node).send([Message("instruments", one.symbol, 0, msgspec.json.encode(one)) for one in instruments])


def _source(node: Node) -> EmbeddedSource:
    assert isinstance(node.source, EmbeddedSource)
    return node.source


if __name__ == "__main__":
    asyncio.run(main())
