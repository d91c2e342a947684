"""What screenshots and checks of pages look at: each page, and a node full of what pages show, the same each time."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from playwright.async_api import Page, expect

from feeds.embedded import EmbeddedSource
from feeds.event_time import SECOND
from feeds.message import Message
from feeds.replay import replay_now
from feeds.simulate import simulate
from ticker.commands.feeding import PAST_MINUTES, SUNDAY

SEED = 1
RATE = 500.0
"""Quotes and trades a second, of all symbols together."""
LIVE_SECONDS = 10
SUNDAY_SECONDS = 12_900
"""Of the recorded Sunday: most of the early games are over, and the late ones are being played."""
LATER_GAMES = {"nfl.2015091309", "nfl.2015091312"}
LATER_SECONDS = 11_400
"""Where these are, so that some are to come."""
READY_MILLISECONDS = 30_000


@dataclass(frozen=True)
class ShownPage:
    """A page, and how to know that it is all there."""

    name: str
    path: str
    ready: Mapping[str, int]
    """Selectors, and of how many elements at least each finds one that can be seen."""
    is_whole: bool = False
    """Whether a picture shows all of it, however long."""


LIVE = "[data-connection-state='live']"
PAGES = (
    ShownPage("dashboard", "/", {LIVE: 1, "[data-symbol]": 24, "[data-game]": 13}),
    ShownPage("symbol", "/s/AAPL", {LIVE: 1, "ticker-symbol[data-symbol='AAPL']": 1, "[data-trades] tr": 1}),
    ShownPage("game", "/g/nfl.2015091310", {LIVE: 1, "[data-game] .game-score": 2, "ticker-plays li": 10}),
    ShownPage("league", "/l/nfl", {LIVE: 1, "[data-game]": 13}),
    ShownPage("patterns", "/patterns", {"h2": 5, "[data-connection-state]": 4, ".game": 5}, is_whole=True),
    ShownPage("docs", "/docs", {"h2": 3, "section": 20}),
)


async def open_page(page: Page, address: str, shown: ShownPage) -> None:
    """Open one on a node, and wait until it is all there."""
    await page.goto(f"{address}{shown.path}")
    for selector, least in shown.ready.items():
        await expect(page.locator(selector).nth(least - 1)).to_be_visible(timeout=READY_MILLISECONDS)


async def fill(source: EmbeddedSource) -> None:
    """Take in a market with a past, and the games of a Sunday."""
    messages = await asyncio.to_thread(lambda: [*_market(), *_games()])
    await source.send(messages)


def _market() -> Iterator[Message]:
    start = time.time_ns() - LIVE_SECONDS * SECOND
    messages = simulate(SEED, RATE, start, PAST_MINUTES)
    return takewhile(lambda message: message.at <= start + LIVE_SECONDS * SECOND, messages)


def _games() -> Iterator[Message]:
    now = time.time_ns()
    for seconds, is_later in ((SUNDAY_SECONDS, False), (LATER_SECONDS, True)):
        played = takewhile(
            lambda message: message.at <= now, replay_now(SUNDAY, skip_seconds=seconds, clock=lambda: now)
        )
        yield from (message for message in played if (message.key in LATER_GAMES) is is_later)
