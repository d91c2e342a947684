"""What every test may ask for: a real Kafka, a real browser, and an event loop that nobody blocks."""

import asyncio
import inspect
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from blockbuster import blockbuster_ctx
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, Error, Page

from tests.broker.broker import Broker
from tests.broker.cluster import Cluster, three_brokers
from tests.chromium import chromium
from tests.whole.processes import Processes
from tests.wire import cut_all

GIVEN_KAFKA = os.environ.get("TICKER_TEST_KAFKA")
"""The broker to test against, `HOST:PORT`; without it, one is started."""
BROKERS_OF_ITS_OWN = {"own_broker", "cluster"}
"""Fixtures that start, stop and kill brokers, which a given one can't stand in for; a test that does so itself has the
marker `starts_brokers`."""
LEFT_OUT = pytest.StashKey[list[str]]()
MAY_BLOCK = [
    # Nobody is connected yet.
    ("web/server.py", {"make_app", "make_admin_app"}),
    # The traceback of an error shows its source.
    ("structlog/_base.py", {"_proxy_to_logger"}),
]
"""Files, and their functions that may block the event loop."""

# Tests assert counts and states, never times.
settings.register_profile("ticker", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow]))
settings.load_profile("ticker")


@dataclass(frozen=True)
class SharedBroker:
    """The one broker of a run, for everybody: nobody stops it."""

    bootstrap: str
    """`HOST:PORT`."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and say so, what a given broker can't be used for."""
    if GIVEN_KAFKA is None:
        return
    left_out = [
        item
        for item in items
        if BROKERS_OF_ITS_OWN & set(getattr(item, "fixturenames", ())) or item.get_closest_marker("starts_brokers")
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        config.stash[LEFT_OUT] = [item.nodeid for item in left_out]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that prints, where this is one of several that test."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash.get(LEFT_OUT, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Hear of it there. All processes know of all tests."""
    del error
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the tests that weren't run."""
    for name in config.stash.get(LEFT_OUT, []):
        terminalreporter.write_line(
            f"NOT RUN, since TICKER_TEST_KAFKA is set and this starts and stops brokers: {name}"
        )


@pytest.fixture(scope="session")
def broker() -> Iterator[SharedBroker]:
    """The run's Kafka, shared by all tests: give each its own topics with `prefix`."""
    if GIVEN_KAFKA is not None:
        yield SharedBroker(GIVEN_KAFKA)
        return
    started = Broker(Path(tempfile.mkdtemp(prefix="ticker-kafka-")))
    try:
        with asyncio.Runner() as runner:
            runner.run(started.start())
        yield SharedBroker(started.bootstrap)
    finally:
        started.remove()


@pytest.fixture
def prefix() -> str:
    """What this test's topics begin with, and no other test's."""
    return f"test-{secrets.token_hex(6)}."


@pytest.fixture
async def own_broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    """A Kafka for one test, to hang, kill and bring back; an indirect parameter is its extra properties."""
    own = Broker(Path(tempfile.mkdtemp(prefix="ticker-kafka-")), getattr(request, "param", {}))
    try:
        await own.start()
        yield own
    finally:
        own.remove()


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    """Three brokers for one test, to kill one by one or all together."""
    folder = Path(tempfile.mkdtemp(prefix="ticker-kafka-"))
    three = three_brokers(folder)
    try:
        await three.start()
        yield three
    finally:
        three.remove()
        shutil.rmtree(folder)


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    """Starts ticker's commands; all of them end with the test, and well."""
    started = Processes()
    try:
        yield started
    finally:
        try:
            cut_all()
        finally:
            await started.stop()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    async with chromium() as launched:
        yield launched


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A tab, in which no script may fail, and nothing be against the page's own Content-Security-Policy."""
    errors: list[Error | str] = []
    opened = await browser.new_page()
    opened.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    opened.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 (playwright marks what it calls)
    yield opened
    await opened.close()
    assert not errors


@pytest.fixture(autouse=True)
def _event_loop_is_free(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail an asynchronous test in which our own code blocks the event loop."""
    if not inspect.iscoroutinefunction(getattr(request, "function", None)):
        yield
        return
    with blockbuster_ctx(["ticker", "feeds", "web"]) as blockbuster:
        for function in blockbuster.functions.values():
            for file, functions in MAY_BLOCK:
                function.can_block_in(file, functions)
        yield
