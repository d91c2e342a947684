"""A node on real sockets, fed by the test through the embedded source."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import uvloop
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, WebError

from feeds.embedded import EmbeddedSource
from feeds.message import Message
from tests.web.client_page import Tab, bare_page, open_tab
from tests.wire import cut_all
from ticker.config import Config, load_config
from web.node import Node
from web.server import make_app, serving

CERTIFICATE = Path(__file__).with_name("localhost.pem")
"""With its key, of nobody."""


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Both event loops for tests with the marker `on_each_loop`, asyncio's for all others."""
    loops: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if item.get_closest_marker("on_each_loop"):
        loops["uvloop"] = uvloop.new_event_loop
    return loops


@dataclass
class Served:
    """A node that is up."""

    node: Node
    source: EmbeddedSource
    address: str
    admin: str
    ids: Iterator[int] = field(default_factory=lambda: count(1))

    async def quote(self, symbol: str, bid: float, ask: float | None = None) -> None:
        value = {"T": "q", "S": symbol, "bp": bid, "bs": 1, "ap": ask or bid + 1, "as": 1, "t": "2021-01-08T00:00:00Z"}
        await self.send("quotes", symbol, value)

    async def trade(self, symbol: str, price: float) -> int:
        id_ = next(self.ids)
        await self.send(
            "trades", symbol, {"T": "t", "S": symbol, "p": price, "s": 1, "i": id_, "t": "2021-01-08T00:00:00Z"}
        )
        return id_

    async def send(self, kind: str, key: str, value: object) -> None:
        await self.source.send([Message(kind, key, 0, None if value is None else json.dumps(value).encode())])


def config_with(**settings: object) -> Config:
    """The defaults with free ports, and `settings` such as `hub__slow_seconds=1`."""
    flags: dict[str, object] = {"server.port": 0, "server.admin_port": 0, "server.shutdown_seconds": 2.0}
    flags.update({name.replace("__", ".", 1): value for name, value in settings.items()})
    return load_config(None, {}, flags)[0]


@pytest.fixture
def settings() -> dict[str, object]:
    """Settings of the node; a test module may override this."""
    return {}


@pytest.fixture
async def served(settings: dict[str, object]) -> AsyncIterator[Served]:
    """A node that is up, and that leaves afterwards."""
    node = Node(config_with(**settings), EmbeddedSource)
    async with serving(node) as (address, admin):
        assert isinstance(node.source, EmbeddedSource)
        yield Served(node, node.source, address, admin)
        cut_all()


@pytest.fixture
async def secure_port(served: Served) -> AsyncIterator[int]:
    """A port on which the same node is served over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    runner = web.AppRunner(make_app(served.node), handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield runner.addresses[0][1]
    cut_all()
    await runner.cleanup()


@pytest.fixture
async def bare() -> AsyncIterator[str]:
    """The address of a page of another origin."""
    async with bare_page() as address:
        yield address


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser whose tabs share what tabs share, and in which no script may fail."""
    errors: list[WebError] = []
    opened = await browser.new_context()
    opened.on("weberror", lambda error: errors.append(error))  # noqa: PLW0108 (playwright marks what it calls)
    yield opened
    await opened.close()
    assert [str(error.error) for error in errors] == []


@pytest.fixture
async def tab(context: BrowserContext, bare: str) -> Tab:
    """A tab at a page of another origin."""
    return await open_tab(context, bare)
