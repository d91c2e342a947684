"""The pages' scripts in a real browser, against a service that says just what the test wants."""

import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Page, Route, expect

from tests.web.page_states import SYMBOLS, WATCHLIST, data_of, whole
from web.dashboard_page import render_dashboard
from web.number_texts import format_number, format_volume
from web.rendering import load_templates
from web.static_files import static_files

STATIC = files("web") / "static"
VERSION = static_files().version
SITE = "http://ticker.test/"
TEXTS = """() => [...document.querySelectorAll("[data-field], [data-symbol], .game, .side, polyline, path, a, button")]
    .filter(element => !element.closest("[inert]"))
    .map(element => [element.dataset.field ?? element.getAttribute("class"),
                     element.dataset.direction ?? element.dataset.group,
                     element.dataset.field ? element.textContent : "", element.ariaLabel, element.dataset.long,
                     element.getAttribute("points") ?? element.getAttribute("d") ?? element.getAttribute("href")])"""
FRAMES = "new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))"
Answer = tuple[int, str] | None
"""Status and body of a stream; None for one that says nothing and stays."""


@pytest.fixture(autouse=True)
def _templates_are_read() -> None:
    load_templates()


@dataclass
class Service:
    """What the dashboard talks to."""

    html: str
    streams: list[Answer]
    """The answers to the streams it opens, one after the other; then no more."""
    asked: list[str] = field(default_factory=list)
    """The streams it opened."""

    async def __call__(self, route: Route) -> None:
        path = route.request.url.split("?")[0].removeprefix(SITE)
        if path.startswith("static/"):
            await route.fulfill(path=str(STATIC / path.removeprefix("static/").removeprefix(f"{VERSION}/")))
        elif path != "v1/stream":
            await route.fulfill(body=self.html, content_type="text/html")
        else:
            self.asked.append(route.request.url)
            answer = self.streams.pop(0) if self.streams else None
            if answer is not None:
                await route.fulfill(status=answer[0], body=answer[1], content_type="text/event-stream")


def message(data: object, name: str = "message", cursor: str = "") -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n{f'id: {cursor}' if cursor else ''}\n\n"


async def open_dashboard(page: Page, *streams: Answer) -> Service:
    service = Service(render_dashboard(whole(), WATCHLIST, SYMBOLS[:4]), list(streams))
    await page.route(f"{SITE}**", service)
    await page.goto(SITE)
    return service


async def test_the_script_writes_what_the_server_rendered(page: Page) -> None:
    html = render_dashboard(whole(), WATCHLIST, SYMBOLS[:4])
    await page.route(f"{SITE}**", Service(html.replace("/js/dashboard.js", "/js/format.js"), []))
    await page.goto(SITE)
    rendered = await page.evaluate(TEXTS)
    await page.unroute_all()
    replaced = message({"reason": "epoch"}, "reset") + message(
        [json.loads(entry.json) for entry in whole().entries], "snapshot", "c2"
    )
    service = await open_dashboard(page, (200, replaced))
    await expect(page.locator("[data-connection-text]")).to_contain_text("Reconnecting since")
    await page.evaluate(FRAMES)
    assert len(rendered) > 100
    assert await page.evaluate(TEXTS) == rendered
    asked = parse_qs(urlsplit(service.asked[0]).query)
    assert (asked["games"], asked["history"], asked["cursor"]) == (["nfl"], ["60"], ["c1"])


async def test_numbers_are_the_same_in_the_script_as_in_the_page(page: Page) -> None:
    rng = random.Random(20150913)
    values = [0.0, -0.0, 0.5, 1.5, 2.5, 0.125, 1e-7, 999.995, 1e15, 1e15 - 1, -1e21, 1e300, 5e-324]
    values += [round(rng.uniform(-10, 10) ** rng.randint(1, 14), rng.randint(0, 9)) for _ in range(3000)]
    pairs = [(value, rng.randint(0, 12)) for value in values]
    await page.route(f"{SITE}**", Service("<!doctype html><title>numbers</title>", []))
    await page.goto(SITE)
    written = await page.evaluate(
        """async (pairs) => {
            const {formatNumber, formatVolume} = await import("/static/js/format.js");
            return pairs.map(([value, decimals]) => [formatNumber(value, decimals), formatVolume(value)]);
        }""",
        pairs,
    )
    assert written == [[format_number(value, decimals), format_volume(value)] for value, decimals in pairs]


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ([{"T": "t", "S": "UP", "i": 8, "p": 102, "s": 1, "t": "2021-01-08T00:00:01Z"}], "102.00"),
        ([{"T": "c", "S": "UP", "oi": 7, "ci": 9, "cp": 103, "cs": 1, "t": "2021-01-08T00:00:01Z"}], "103.00"),
        ([{"T": "c", "S": "UP", "oi": 6, "ci": 9, "cp": 103, "cs": 1, "t": "2021-01-08T00:00:01Z"}], "101.01"),
        ([{"T": "x", "S": "UP", "i": 6, "t": "2021-01-08T00:00:01Z"}], "101.01"),
        ([{"T": "delete", "kind": "trades", "key": "UP"}, {"T": "delete", "kind": "quotes", "key": "UP"}], "—"),
    ],
)
async def test_last_follows_trades_and_what_is_said_of_them(page: Page, events: list[Any], last: str) -> None:
    moved = {"T": "t", "S": "DOWN", "i": 1, "p": 5, "s": 1, "t": "2021-01-08T00:00:01Z"}
    await open_dashboard(page, (200, message([*events, moved], cursor="c2")))
    await expect(page.locator("tr[data-symbol='DOWN'] [data-field='last']")).to_have_text("5.00")
    await expect(page.locator("tr[data-symbol='UP'] [data-field='last']")).to_have_text(last)


async def test_a_cancelled_trade_leaves_the_middle_of_the_quote(page: Page) -> None:
    quote = {"T": "q", "S": "UP", "bp": 200, "bs": 1, "ap": 201, "as": 1, "t": "2021-01-08T00:00:01Z"}
    cancel = {"T": "x", "S": "UP", "i": 7, "t": "2021-01-08T00:00:01Z"}
    await open_dashboard(page, (200, message([quote, cancel], cursor="c2")))
    await expect(page.locator("tr[data-symbol='UP'] [data-field='last']")).to_have_text("200.50")


async def test_games_come_and_go(page: Page) -> None:
    fresh = {**data_of(render_dashboard(whole(), WATCHLIST, SYMBOLS[:4]))["events"][-1], "id": "nfl.new"}
    events = [{"T": "delete", "kind": "games", "key": "nfl.1"}, fresh]
    await open_dashboard(page, (200, message(events, cursor="c2")))
    await expect(page.locator("[data-game='nfl.new'] [data-side='b']")).to_have_text("15")
    await expect(page.locator("[data-game='nfl.1']")).to_have_count(0)


async def test_a_reset_of_some_channels_forgets_those_alone(page: Page) -> None:
    await open_dashboard(page, (200, message({"reason": "epoch", "channels": ["games/nfl"]}, "reset")))
    await expect(page.locator("[data-game]")).to_have_count(0)
    await expect(page.locator("tr[data-symbol='UP'] [data-field='last']")).to_have_text("101.01")


async def test_a_stale_feed_is_named_with_its_time(page: Page) -> None:
    feeds = {"quotes": {"state": "stale", "since": "2021-01-08T00:00:00Z"}, "games": {"state": "live", "since": ""}}
    status = {"t": "2021-01-08T00:00:09Z", "feeds": feeds}
    await page.add_init_script(
        """window.seen = [];
        new MutationObserver(() => seen.push(document.querySelector("[data-connection-text]")?.textContent))
            .observe(document, {subtree: true, characterData: true, childList: true})"""
    )
    await open_dashboard(page, (200, message(status, "status")))
    await expect(page.locator("[data-connection-text]")).to_contain_text("Reconnecting since")
    seen = await page.evaluate("seen")
    assert any(text and text.startswith("Stale: quotes since ") for text in seen)
    assert "Live" not in seen


@dataclass
class Polled:
    """What the widget talks to."""

    address: str = ""
    page: str = ""
    """The address of a page of another origin, and what is in it."""
    html: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """The queries, each with the ETag that came along."""

    async def poll(self, request: web.Request) -> web.Response:
        given = request.headers.get("If-None-Match")
        self.asked.append((request.query["quotes"], given))
        tag = f'"{len(self.events)}"'
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
        if self.status != 200:
            return web.json_response({"error": {"message": "not allowed"}}, status=self.status, headers=headers)
        headers |= {"ETag": tag, "Cache-Control": "no-cache"}
        if given == tag:
            return web.Response(status=304, headers=headers)
        return web.json_response({"events": self.events, "cursor": "c", "reset": None, "gap": []}, headers=headers)

    async def script(self, request: web.Request) -> web.FileResponse:
        script = STATIC / "widgets/v1" / request.match_info["script"]
        return web.FileResponse(str(script), headers={"Access-Control-Allow-Origin": "*"})

    async def blog(self, request: web.Request) -> web.Response:
        del request
        return web.Response(text=self.html, content_type="text/html")

    async def until(self, condition: Callable[[], bool], page: Page) -> None:
        while not condition():
            await page.wait_for_timeout(50)


@pytest.fixture
async def polled() -> AsyncIterator[Polled]:
    service = Polled()
    app = web.Application()
    app.add_routes([web.get("/v1/poll", service.poll), web.get("/widgets/v1/{script}", service.script)])
    app.add_routes([web.get("/", service.blog), web.get("/favicon.ico", service.blog)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    for _ in range(2):
        await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.address, service.page = (f"http://127.0.0.1:{port}" for _, port in runner.addresses)
    yield service
    await runner.cleanup()


async def embed(page: Page, service: Polled, *symbols: str) -> None:
    elements = "".join(f'<ticker-quote symbol="{symbol}" interval="1"></ticker-quote>' for symbol in symbols)
    script = f'<script type="module" src="{service.address}/widgets/v1/ticker.js"></script>'
    service.html = f"<!doctype html><title>blog</title>{script}{elements}"
    await page.goto(service.page)


def quote(symbol: str, bid: float, time: str = "2021-01-08T00:00:00Z") -> dict[str, Any]:
    return {"T": "q", "S": symbol, "bp": bid, "bs": 1, "ap": bid + 1, "as": 1, "t": time}


async def test_all_widgets_of_a_page_share_one_request_with_an_etag(polled: Polled, page: Page) -> None:
    polled.events = [quote("AAPL", 100), quote("BTC/USD", 39_000)]
    await embed(page, polled, "AAPL", "BTC/USD", "AAPL", "two words", "")
    await expect(page.locator("ticker-quote").nth(1)).to_contain_text("39,000.50")
    await polled.until(lambda: len(polled.asked) >= 3, page)
    assert polled.asked[:3] == [("AAPL,BTC/USD", None), ("AAPL,BTC/USD", '"2"'), ("AAPL,BTC/USD", '"2"')]
    await expect(page.locator("ticker-quote").nth(2)).to_contain_text("100.50")
    await expect(page.locator("ticker-quote").nth(3)).to_contain_text("Not a symbol")
    await expect(page.locator("ticker-quote").nth(4)).to_contain_text("No symbol given")


async def test_a_widget_says_that_a_symbol_is_unknown(polled: Polled, page: Page) -> None:
    await embed(page, polled, "NOPE")
    await expect(page.locator("ticker-quote[data-state='unknown']")).to_contain_text("Unknown symbol")


async def test_a_widget_says_how_old_its_price_is(polled: Polled, page: Page) -> None:
    polled.events = [quote("AAPL", 100)]
    await embed(page, polled, "AAPL")
    await expect(page.locator("ticker-quote[data-state='stale']")).to_contain_text("Stale")


async def test_a_widget_says_that_it_is_cut_off_and_recovers(polled: Polled, page: Page) -> None:
    polled.events = [quote("AAPL", 100)]
    await embed(page, polled, "AAPL")
    await expect(page.locator("ticker-quote")).to_contain_text("100.50")
    polled.status = 503
    await expect(page.locator("ticker-quote[data-state='disconnected']")).to_contain_text("Offline")
    await expect(page.locator("ticker-quote")).to_contain_text("100.50")
    polled.status = 200
    await expect(page.locator("ticker-quote[data-state='stale']")).to_be_visible(timeout=30_000)


async def test_a_widget_shows_why_it_is_refused(polled: Polled, page: Page) -> None:
    polled.status = 403
    await embed(page, polled, "AAPL")
    await expect(page.locator("ticker-quote")).to_contain_text("not allowed")


async def test_a_hidden_page_asks_nothing(polled: Polled, page: Page) -> None:
    await page.clock.install()
    await embed(page, polled, "AAPL")
    await polled.until(lambda: len(polled.asked) >= 1, page)
    hide = """(isHidden) => {
        Object.defineProperty(document, "hidden", {get: () => isHidden, configurable: true});
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    await page.evaluate(hide, True)
    await page.wait_for_timeout(100)
    before = len(polled.asked)
    await page.clock.run_for(60_000)
    assert len(polled.asked) == before
    await page.evaluate(hide, False)
    await page.clock.run_for(100)
    await polled.until(lambda: len(polled.asked) > before, page)
