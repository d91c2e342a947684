"""What screenshots and checks of pages look at: each page, and a node full of what pages show, the same each time."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile

from playwright.async_api import Page, expect

from feeds.embedded import EmbeddedSource
from feeds.event_time import MINUTE
from feeds.message import Message
from feeds.replay import replay_now
from feeds.simulate import simulate
from ticker.commands.feeding import SUNDAY

SEED = 1
RATE = 20.0
"""Quotes and trades a second, of all symbols together."""
KICKED_OFF_SECONDS = 13_500
"""Of the recorded Sunday: the early games are over, the late ones being played, and one is to come."""
READY_MILLISECONDS = 30_000
BATCH = 500


@dataclass(frozen=True)
class ShownPage:
    """A page, and how to know that it is all there."""

    name: str
    path: str
    ready: Mapping[str, int]
    """Selectors, and of how many elements at least each finds one that can be seen."""


PAGES = (
    ShownPage("dashboard", "/", {"[data-connection-state='live']": 1, "[data-symbol]": 24, "[data-game]": 13}),
    ShownPage("docs", "/docs", {"h2": 3, "section": 20}),
)


async def open_page(page: Page, address: str, shown: ShownPage) -> None:
    """Open one on a node, and wait until it is all there."""
    await page.goto(f"{address}{shown.path}")
    for selector, least in shown.ready.items():
        await expect(page.locator(selector).nth(least - 1)).to_be_visible(timeout=READY_MILLISECONDS)


async def fill(source: EmbeddedSource, minutes: int) -> None:
    """Take in a market that has been open for so many minutes until now, and the games of a Sunday."""
    for messages in (_market(minutes), _games()):
        for batch in _batches(messages):
            await source.send(batch)


def _market(minutes: int) -> Iterator[Message]:
    start = time.time_ns() - minutes * MINUTE
    return takewhile(lambda message: message.at <= start + minutes * MINUTE, simulate(SEED, RATE, start))


def _games() -> Iterator[Message]:
    now = time.time_ns()
    messages = replay_now(SUNDAY, skip_seconds=KICKED_OFF_SECONDS, clock=lambda: now)
    return takewhile(lambda message: message.at <= now, messages)


def _batches(messages: Iterable[Message]) -> Iterator[list[Message]]:
    batch: list[Message] = []
    for message in messages:
        batch.append(message)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch
