"""A symbol's page, in a real browser on a real node."""

import re
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from setup import CHARTS_FILES
from tests.web.conftest import Served
from tests.web.page_states import HOSTILE, data_of
from ticker.events import Cancel, Correction, Trade
from web.symbol_page import line_of, trade_rows

WEB = Path(str(files("web")))
DAY = "2021-01-08T00:00:00Z"


async def fill(served: Served, symbol: str = "AAPL") -> None:
    """A symbol with all that a page can show of it."""
    instrument = {"T": "instrument", "S": symbol, "name": "Apple Inc.", "t": DAY, "decimals": 2, "exchange": "NASDAQ"}
    await served.send("instruments", symbol, {**instrument, "currency": "USD", "previous_close": 100})
    day = {"T": "d", "S": symbol, "o": 100.5, "h": 103, "l": 99, "c": 101, "v": 12_345_678, "t": DAY}
    await served.send("daily_bars", symbol, day)
    await served.quote(symbol, 101, 101.02)
    for minute in range(3):
        await served.send("bars", symbol, bar(minute, 100 + minute, symbol))
    for price in (101, 101.25, 101.5):
        await served.trade(symbol, price)


def bar(minute: int, close: float, symbol: str = "AAPL", tag: str = "b") -> dict[str, object]:
    time = f"2021-01-07T23:{50 + minute}:00Z"
    return {"T": tag, "S": symbol, "o": 100, "h": close + 1, "l": 99, "c": close, "v": 10, "t": time}


async def test_the_page_shows_all_at_once_and_then_moves(served: Served, page: Page) -> None:
    await fill(served)
    await page.goto(f"{served.address}/s/AAPL")
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    shown = page.locator("ticker-symbol")
    for name, text in {
        "name": "Apple Inc.", "exchange": "NASDAQ · USD", "last": "101.50", "change": "+1.50", "percent": "+1.50%",
        "open": "100.50", "low": "99.00", "high": "103.00", "previous": "100.00", "volume": "12.35M", "spread": "0.02",
        "bid": "101.00", "bidSize": "1", "ask": "101.02", "askSize": "1",
    }.items():  # fmt: skip
        await expect(shown.locator(f"[data-field='{name}']")).to_have_text(text)
    await expect(shown.locator("meter")).to_have_js_property("value", 63)
    assert (await shown.locator("[data-trades] td:nth-child(2)").all_inner_texts()) == ["101.50", "101.25", "101.00"]
    await served.trade("AAPL", 98)
    await expect(shown.locator("[data-field='last']")).to_have_text("98.00")
    await expect(shown.locator("[data-field='low']")).to_have_text("98.00")
    await expect(shown.locator("[data-trades] td:nth-child(2)").first).to_have_text("98.00")
    await expect(page).to_have_title("AAPL 98.00: ticker")


async def test_a_corrected_trade_says_so_and_a_cancelled_one_is_gone(served: Served, page: Page) -> None:
    await fill(served)
    await page.goto(f"{served.address}/s/AAPL")
    prices = page.locator("[data-trades] td:nth-child(2)")
    await expect(prices).to_have_count(3)
    correction = {"T": "c", "S": "AAPL", "oi": 3, "ci": 30, "cp": 77, "cs": 5, "t": DAY}
    await served.send("trades", "AAPL", correction)
    await served.send("trades", "AAPL", {"T": "x", "S": "AAPL", "i": 2, "t": DAY})
    await expect(prices).to_have_text(["77.00 corrected", "101.00"])
    await page.reload()
    await expect(prices).to_have_text(["77.00 corrected", "101.00"])
    await expect(page.locator("ticker-symbol [data-field='last']")).to_have_text("77.00")


async def test_a_new_bar_lengthens_the_line_where_there_is_no_library(served: Served, page: Page) -> None:
    await fill(served)
    await page.route("**/vendor/**", lambda route: route.abort())
    await page.goto(f"{served.address}/s/AAPL")
    line = page.locator("ticker-chart polyline")
    # Three bars, and the minute of the newest trade.
    await expect(line).to_have_attribute("points", line_of([100, 101, 102, 101.5]))
    await served.send("bars", "AAPL", bar(3, 105))
    await expect(line).to_have_attribute("points", line_of([100, 101, 102, 105, 101.5]))
    await served.send("updated_bars", "AAPL", bar(3, 106, tag="u"))
    await expect(line).to_have_attribute("points", line_of([100, 101, 102, 106, 101.5]))
    await expect(page.locator("[data-chart-kinds]")).to_be_hidden()


async def test_of_an_unknown_symbol_the_page_says_so_until_its_first_price(served: Served, page: Page) -> None:
    answer = await page.goto(f"{served.address}/s/BTC/USD")
    assert answer is not None
    assert answer.status == 404
    await expect(page.locator(".notice")).to_contain_text("Nothing is known of BTC/USD here.")
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    await served.trade("BTC/USD", 40_000)
    await expect(page.locator("ticker-symbol [data-field='last']")).to_have_text("40,000.00")


async def test_a_symbol_with_a_slash_finds_its_scripts_and_its_stream(served: Served, page: Page) -> None:
    await fill(served, "BTC/USD")
    await page.goto(f"{served.address}/s/BTC/USD")
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    await served.trade("BTC/USD", 7)
    await expect(page.locator("ticker-symbol [data-field='last']")).to_have_text("7.00")
    await page.locator(".brand").click()
    await expect(page).to_have_url(f"{served.address}/")


async def test_a_halt_and_a_closed_market_are_said(served: Served, page: Page) -> None:
    await fill(served)
    await page.goto(f"{served.address}/s/AAPL")
    session = page.locator("ticker-symbol [data-field='session']")
    await served.send("statuses", "AAPL", {"T": "s", "S": "AAPL", "sc": "H", "t": DAY})
    await expect(session).to_have_text("Halted")
    await served.send("statuses", "AAPL", {"T": "s", "S": "AAPL", "sc": "T", "t": DAY})
    closed = {"T": "instrument", "S": "AAPL", "name": "Apple Inc.", "t": DAY, "session": "closed"}
    await served.send("instruments", "AAPL", closed)
    await expect(session).to_have_text("Closed")


async def test_without_javascript_the_values_are_there(served: Served, browser: Browser) -> None:
    await fill(served)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{served.address}/s/AAPL")
    await expect(page.locator("[data-field='last']")).to_have_text("101.50")
    await expect(page.locator("[data-trades] tr")).to_have_count(3)
    await expect(page.locator("ticker-chart polyline")).to_have_attribute("points", line_of([100, 101, 102]))
    await expect(page.locator(".notice")).to_contain_text("Live updates need JavaScript")
    await context.close()


async def test_the_script_writes_what_the_server_rendered(served: Served, browser: Browser) -> None:
    await fill(served)
    texts = (
        "[...document.querySelectorAll('ticker-symbol [data-field]')].map(each => [each.dataset.field, each.innerText])"
    )
    found = []
    for enabled in (False, True):
        context = await browser.new_context(java_script_enabled=enabled)
        page = await context.new_page()
        await page.goto(f"{served.address}/s/AAPL")
        if enabled:
            await expect(page.locator("[data-connection-state='live']")).to_be_visible()
            await served.quote("AAPL", 101, 101.02)
            await page.evaluate("new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))")
        found.append(await page.evaluate(texts))
        await context.close()
    assert len(found[0]) > 15
    assert found[0] == found[1]


async def test_hostile_names_are_only_text(served: Served, page: Page) -> None:
    symbol = "</script><b>".replace(" ", "")
    instrument = {"T": "instrument", "S": symbol, "name": HOSTILE, "t": DAY}
    await served.send("instruments", symbol, instrument)
    await page.goto(f"{served.address}/s/%3C%2Fscript%3E%3Cb%3E")
    await expect(page.locator("ticker-symbol [data-field='name']")).to_have_text(HOSTILE)
    assert data_of(await page.content())["symbol"] == symbol


def trade(id_: int, price: float) -> Trade:
    return Trade(symbol="A", price=price, size=1, time="2021-01-08T00:00:01Z", id=id_)


def test_of_trades_those_are_shown_that_stand_as_they_were_corrected() -> None:
    events: list[Trade | Correction | Cancel] = [trade(1, 10), trade(2, 20), trade(3, 30)]
    time = "2021-01-08T00:00:02Z"
    events.append(
        Correction(symbol="A", original_id=2, corrected_id=4, corrected_price=21, corrected_size=2, time=time)
    )
    events.append(
        Correction(symbol="A", original_id=4, corrected_id=5, corrected_price=22, corrected_size=3, time=time)
    )
    events.append(Cancel(symbol="A", id=3, time=time))
    events.append(Cancel(symbol="A", id=99, time=time))
    rows = trade_rows(events, 2)
    assert [(row.price, row.size, row.is_corrected) for row in rows] == [("22.00", "3", True), ("10.00", "1", False)]
    assert rows[0].clock == "00:00:01"


@pytest.mark.parametrize(
    ("values", "points"),
    [([], ""), ([5.0], ""), ([5.0, 5.0], "0.0,160.0 600.0,160.0"), ([1, 3], "0.0,160.0 600.0,0.0")],
)
def test_a_line_goes_through_its_values(values: list[float], points: str) -> None:
    assert line_of(values) == points


def test_the_chart_and_its_licence_are_looked_for_where_the_build_puts_them() -> None:
    licence = re.findall(r"vendor/([^\"]+)", (WEB / "templates/symbol.html").read_text())
    library = re.findall(r"vendor/([^\"]+)", (WEB / "static/js/chart.js").read_text())
    assert len(licence) == len(library) == 1
    assert {*licence, *library} == set(CHARTS_FILES.values())
