"""`make page-bench`: what the dashboard costs a browser, by the browser's own counters.

The node and the browser are processes of their own, each on a core of its own. The main thread's share is the
processor time of the page's thread; the heap is what is left after a collection of garbage.
"""

import argparse
import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

from playwright.async_api import Browser, CDPSession, Page, expect

from feeds.instruments import load_listings
from feeds.simulate import TRADE_SHARE
from tests.chromium import chromium

SYMBOLS = 100
QUOTES_PER_SECOND = 5000
MINUTE = 60.0
SETTLE_SECONDS = 10.0
"""Before anything is measured: code is compiled, the flashes of the first values are over."""
FIRST_LOAD_SECONDS = 5.0
READY_MILLISECONDS = 60_000
FLAT_BYTES = 1_000_000
"""A heap that has grown by less from the first minute to the last is called flat."""
WATCH = """
window.seen = {shift: 0, paint: null, live: null};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
new PerformanceObserver((list) => { seen.paint ??= list.getEntriesByName("first-contentful-paint")[0]?.startTime; })
  .observe({type: "paint", buffered: true});
new MutationObserver(() => {
  if (seen.live === null && document.querySelector("[data-connection-state='live']")) seen.live = performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-connection-state"]});
"""
LOADED = ("Document", "Stylesheet", "Script")
"""What counts to the size of the first load."""


@dataclass
class Loading:
    """What a page asks for, as the browser's network counts it."""

    kinds: dict[str, str] = field(default_factory=dict)
    """By request, what is asked for: `Document`, `Script` …"""
    urls: dict[str, str] = field(default_factory=dict)
    caching: dict[str, str] = field(default_factory=dict)
    """By request, the answer's `Cache-Control`."""
    heads: dict[str, int] = field(default_factory=dict)
    """By request, bytes of the answer's head."""
    bodies: dict[str, int] = field(default_factory=dict)
    """By request, bytes of the answer's body as it came, compressed."""
    cached: set[str] = field(default_factory=set)
    """Requests that were answered by the browser's own cache."""

    async def attach(self, session: CDPSession) -> None:
        """Begin to count."""
        session.on("Network.responseReceived", self._received)
        session.on("Network.requestServedFromCache", lambda event: self.cached.add(event["requestId"]))
        session.on("Network.loadingFinished", self._finished)
        await session.send("Network.enable")

    def _received(self, event: dict[str, Any]) -> None:
        request, response = event["requestId"], event["response"]
        self.kinds[request] = event["type"]
        self.urls[request] = response["url"]
        self.heads[request] = int(response["encodedDataLength"])
        headers = {name.lower(): value for name, value in response["headers"].items()}
        self.caching[request] = headers.get("cache-control", "")
        if response.get("fromDiskCache"):
            self.cached.add(request)

    def _finished(self, event: dict[str, Any]) -> None:
        request = event["requestId"]
        self.bodies[request] = int(event["encodedDataLength"]) - self.heads.get(request, 0)

    def bytes_of(self, kind: str) -> int:
        """Bytes of the bodies of all of one kind."""
        return sum(self.bodies.get(request, 0) for request, found in self.kinds.items() if found == kind)


@asynccontextmanager
async def node(core: int) -> AsyncIterator[tuple[str, str]]:
    """A node in a process of its own, on one core, on simulated markets: its address, and its admin listener's."""
    rate = round(QUOTES_PER_SECOND / (1 - TRADE_SHARE))
    command = ["taskset", "--cpu-list", str(core), sys.executable, "-m", "ticker", "demo"]
    flags = ["--rate", str(rate), "--port", "0", "--admin-port", "0"]
    process = await asyncio.create_subprocess_exec(
        *command, *flags, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(30):
        while b'"serving"' not in said:
            line = await process.stderr.readline()
            assert line, f"the node ended: {said.decode()}"
            said += line
    draining = asyncio.create_task(process.stderr.read())
    public, admin = (re.search(rf'"{name}": ?"(http[^"]+)"', said.decode()) for name in ("address", "admin"))
    assert public is not None, said
    assert admin is not None, said
    try:
        yield public[1], admin[1]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()
        await draining


async def metrics_of(session: CDPSession) -> dict[str, float]:
    """The browser's counters of a page."""
    return {metric["name"]: metric["value"] for metric in (await session.send("Performance.getMetrics"))["metrics"]}


async def heap_of(session: CDPSession) -> int:
    """Bytes of JavaScript that are in use."""
    await session.send("HeapProfiler.collectGarbage")
    return int((await metrics_of(session))["JSHeapUsedSize"])


def delivered(admin: str) -> float:
    """Events that the node has written to its readers."""
    with urlopen(f"{admin}/metrics") as response:  # noqa: S310 (an address on this machine)
        found = re.search(r"^ticker_deliveries_total (\S+)", response.read().decode(), re.MULTILINE)
    assert found
    return float(found[1])


async def first_load(browser: Browser, address: str) -> None:
    """What a first visit costs, and a second."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_init_script(WATCH)
    first, page = await _visit(await context.new_page(), address)
    seen = await page.evaluate("seen")
    navigation = await page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd")
    await page.close()
    second, _ = await _visit(await context.new_page(), address)
    print(f"First load of /, {FIRST_LOAD_SECONDS:g} s")
    for kind in LOADED:
        print(f"  {kind.lower():12} {list(first.kinds.values()).count(kind):3}  {first.bytes_of(kind):8,} bytes")
    heads = sum(first.heads[request] for request, kind in first.kinds.items() if kind in LOADED)
    print(f"  together          {sum(map(first.bytes_of, LOADED)):8,} bytes, and {heads:,} of the heads of the answers")
    print(f"  all requests {len(first.kinds):3}, each with its bytes and its Cache-Control:")
    for request, url in first.urls.items():
        print(f"    {first.bodies.get(request, 0):7,}  {url.removeprefix(address)[:80]:60}  {first.caching[request]}")
    times = {"HTML there": navigation, "values painted": seen["paint"], "live": seen["live"]}
    print(f"  after so many ms: {', '.join(f'{what} {value:.0f}' for what, value in times.items())}")
    print(f"  cumulative layout shift {seen['shift']:.4f}")
    asked = [url for request, url in second.urls.items() if request not in second.cached]
    print(f"Second visit: {len(second.cached)} of {len(second.kinds)} from the browser's cache; asked for again:")
    for url in asked:
        print(f"    {url.removeprefix(address)[:80]}")
    await context.close()


async def _visit(page: Page, address: str) -> tuple[Loading, Page]:
    loading = Loading()
    await loading.attach(await page.context.new_cdp_session(page))
    await page.goto(address)
    await expect(page.locator("[data-connection-state='live']")).to_be_visible(timeout=READY_MILLISECONDS)
    await page.wait_for_timeout(FIRST_LOAD_SECONDS * 1000)
    return loading, page


async def busy(browser: Browser, address: str, admin: str, seconds: float) -> None:
    """What a dashboard of many symbols costs for some time."""
    symbols = [listing.symbol for listing in load_listings()][:SYMBOLS]
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await session.send("HeapProfiler.enable")
    await page.goto(f"{address}/?symbols={quote(','.join(symbols), safe=',/')}")
    await expect(page.locator("[data-connection-state='live']")).to_be_visible(timeout=READY_MILLISECONDS)
    rows = await page.locator("tr[data-symbol]").count()
    await page.wait_for_timeout(SETTLE_SECONDS * 1000)
    heaps = [await heap_of(session)]
    before, events, began = await metrics_of(session), delivered(admin), time.monotonic()
    while (left := seconds - (time.monotonic() - began)) > 0:
        await page.wait_for_timeout(min(left, MINUTE) * 1000)
        after, passed = await metrics_of(session), time.monotonic() - began
        events_now = delivered(admin)
        heaps.append(await heap_of(session))
    print(f"A dashboard of {rows} symbols, {QUOTES_PER_SECOND:,} quotes/s in the feed, {passed:.0f} s")
    for name, what in (("ThreadTime", "main thread, processor time"), ("TaskDuration", "of it in tasks")):
        print(f"  {what:28} {(after[name] - before[name]) / passed:6.1%}")
    for name in ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration"):
        print(f"    {name:26} {(after[name] - before[name]) / passed:6.1%}")
    for name, what in (("RecalcStyleCount", "style recalculations"), ("LayoutCount", "layouts")):
        print(f"  {what:28} {(after[name] - before[name]) / passed:6.1f} a second")
    print(f"  {'events read':28} {(events_now - events) / passed:6.0f} a second, {events_now - events:,.0f} in all")
    grown = heaps[-1] - heaps[min(1, len(heaps) - 2)]
    print(f"  heap, each minute, in MB     {' '.join(f'{heap / 1e6:.2f}' for heap in heaps)}")
    verdict = "flat" if grown < FLAT_BYTES else "NOT FLAT"
    print(f"  {verdict}: {grown / 1e6:+.2f} MB from the first minute to the last")
    await page.close()


async def main(seconds: float) -> None:
    """Measure, and print what came out."""
    first, *others = sorted(os.sched_getaffinity(0))
    # The browser's processes inherit this; the node goes to the other core.
    os.sched_setaffinity(0, others or [first])
    async with node(first) as (address, admin), chromium() as browser:
        print(f"Chromium {browser.version}, {time.strftime('%d %B %Y')}\n")
        await first_load(browser, address)
        print()
        await busy(browser, address, admin, seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=300.0, help="How long the busy dashboard is looked at (300 unless set)."
    )
    asyncio.run(main(parser.parse_args().seconds))
