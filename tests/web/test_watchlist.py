"""The watchlist in a real browser on a real node: what its viewer can do with it."""

import json
import re

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.web.conftest import Served
from web.watchlist import MOST_SYMBOLS, read_watchlist

TIME = "2021-01-08T00:00:00Z"
PRICES = {"AAPL": 101.0, "MSFT": 103.0, "NVDA": 102.0, "BTC/USD": 100.5}
"""Last prices; all closed at 100."""
LIVE = "[data-connection-state='live']"


async def list_symbol(served: Served, symbol: str, price: float) -> None:
    instrument = {"T": "instrument", "S": symbol, "name": f"The {symbol}", "t": TIME, "decimals": 2}
    await served.send("instruments", symbol, {**instrument, "previous_close": 100})
    await served.quote(symbol, price - 0.5)
    await served.trade(symbol, price)


async def bar(served: Served, symbol: str, minute: int, close: float) -> None:
    prices = {"o": close, "h": close, "l": close, "c": close, "v": 1}
    await served.send("bars", symbol, {"T": "b", "S": symbol, "t": f"2021-01-08T00:{minute:02}:00Z", **prices})


async def open_list(served: Served, page: Page, query: str = "?symbols=AAPL,MSFT,NVDA,BTC/USD") -> None:
    """A dashboard whose stream is there."""
    for symbol, price in PRICES.items():
        await list_symbol(served, symbol, price)
    await page.goto(served.address + query)
    await expect(page.locator(LIVE)).to_be_visible()


def row(page: Page, symbol: str) -> Locator:
    return page.locator(f"tr[data-symbol='{symbol}']")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


async def expect_order(page: Page, *symbols: str) -> None:
    await expect(page.locator("ticker-watchlist tbody th .symbol")).to_have_text(list(symbols))


async def expect_kept(page: Page, symbols: str) -> None:
    await expect(page).to_have_url(re.compile(rf"/\?symbols={re.escape(symbols)}$"))
    assert await page.evaluate("localStorage.getItem('ticker.symbols')") == symbols


async def add(page: Page, typed: str) -> None:
    field = page.get_by_role("combobox", name="Add a symbol to the watchlist")
    await field.fill(typed)
    await field.press("Enter")


async def test_a_symbol_is_added_by_its_name_and_moves_from_then_on(served: Served, page: Page) -> None:
    await list_symbol(served, "TSLA", 250)
    await bar(served, "TSLA", 1, 240)
    await bar(served, "TSLA", 2, 250)
    await open_list(served, page, "?symbols=AAPL")
    await add(page, "tsla")
    await expect_order(page, "TSLA", "AAPL")
    await expect(page.locator("[data-said]")).to_have_text("TSLA added")
    await expect(page.locator("[data-count]")).to_have_text("2")
    await expect(row(page, "TSLA").locator("[data-field='last']")).to_have_text("250.00")
    await expect(row(page, "TSLA").locator("[data-field='name']")).to_have_text("The TSLA")
    await expect(row(page, "TSLA").locator("path")).to_have_attribute("d", "m58 46 1 -44")
    await expect(page.locator(LIVE)).to_be_visible()
    await served.trade("TSLA", 251)
    await served.trade("AAPL", 99)
    await expect(row(page, "TSLA").locator("[data-field='last']")).to_have_text("251.00")
    await expect(row(page, "AAPL").locator("[data-field='last']")).to_have_text("99.00")
    await expect(row(page, "TSLA").get_by_role("link")).to_have_attribute("href", "s/TSLA")


async def test_a_price_that_changed_is_lit_for_a_moment(served: Served, page: Page) -> None:
    await open_list(served, page, "?symbols=AAPL")
    await row(page, "AAPL").evaluate(
        """(row) => {
            window.seen = [];
            const price = row.querySelector("[data-field='last']");
            new MutationObserver(() => seen.push(price.getAttribute("data-light")))
                .observe(price, {attributeFilter: ["data-light"]});
        }"""
    )
    await served.trade("AAPL", 102)
    await page.wait_for_function("() => seen.length === 2")
    await served.trade("AAPL", 99)
    await page.wait_for_function("() => seen.length === 4")
    assert await page.evaluate("seen") == ["up", None, "down", None]


async def test_the_list_is_kept_in_the_address_and_in_the_browser(served: Served, page: Page) -> None:
    await open_list(served, page, "?symbols=AAPL")
    await add(page, "BTC/USD")
    await expect_kept(page, "BTC/USD,AAPL")
    await page.reload()
    await expect_order(page, "BTC/USD", "AAPL")
    await page.goto(served.address)
    await expect_kept(page, "BTC/USD,AAPL")
    await expect_order(page, "BTC/USD", "AAPL")
    await page.goto(f"{served.address}?symbols=MSFT")
    await expect_order(page, "MSFT")


async def test_a_first_visit_has_the_usual_symbols_and_a_clean_address(served: Served, page: Page) -> None:
    await open_list(served, page, "")
    await expect_order(page, "AAPL", "MSFT", "NVDA", "BTC/USD")
    assert page.url == f"{served.address}/"


async def test_a_symbol_is_found_and_chosen_with_the_arrow_keys(served: Served, page: Page) -> None:
    asked: list[str] = []

    async def symbols(route: Route) -> None:
        asked.append(route.request.url.partition("?")[2])
        found = [
            {"symbol": name, "name": f"The {name}", "exchange": "NYSE", "session": "open"} for name in ("F", "FDX")
        ]
        await route.fulfill(body=json.dumps({"symbols": found}), content_type="application/json")

    await page.route("**/v1/symbols?*", symbols)
    await open_list(served, page, "?symbols=AAPL")
    field = page.get_by_role("combobox", name="Add a symbol to the watchlist")
    await field.press_sequentially("f")
    options = page.get_by_role("listbox", name="Symbols").get_by_role("option")
    await expect(options).to_have_text(["F The F NYSE", "FDX The FDX NYSE"])
    await expect(field).to_have_attribute("aria-expanded", "true")
    assert asked == ["search=f&limit=8"]
    await field.press("ArrowDown")
    await field.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await expect(field).to_have_attribute("aria-activedescendant", await options.nth(1).get_attribute("id") or "")
    await field.press("Enter")
    await expect_order(page, "FDX", "AAPL")
    await expect(options).to_have_count(0)
    await field.press_sequentially("f")
    await options.first.click()
    await expect_order(page, "F", "FDX", "AAPL")
    await field.press_sequentially("f")
    await expect(options).to_have_count(2)
    await field.press("Escape")
    await expect(options).to_have_count(0)
    await expect(field).to_have_value("f")
    await field.press("Escape")
    await expect(field).to_have_value("")


async def test_what_can_not_be_added_says_why(served: Served, page: Page) -> None:
    await open_list(served, page)
    await add(page, "msft")
    await expect(page.locator("[data-said]")).to_have_text("MSFT is in the list already")
    await add(page, "two words")
    await expect(page.locator("[data-search-said]")).to_contain_text("no symbol: it has no spaces")
    await expect_order(page, "AAPL", "MSFT", "NVDA", "BTC/USD")
    await page.goto(f"{served.address}?symbols={','.join(f'S{number}' for number in range(MOST_SYMBOLS))}")
    await expect(page.locator(LIVE)).to_be_visible()
    await add(page, "AAPL")
    await expect(page.locator("[data-said]")).to_contain_text("The list is full")
    await expect(page.locator("[data-count]")).to_have_text(str(MOST_SYMBOLS))


async def test_an_unknown_symbol_says_so_until_something_comes(served: Served, page: Page) -> None:
    await open_list(served, page, "?symbols=AAPL,NOPE")
    await expect(row(page, "NOPE").locator("[data-field='name']")).to_have_text("Unknown symbol")
    await add(page, "NADA")
    await expect(row(page, "NADA").locator("[data-field='name']")).to_have_text("Unknown symbol")
    for symbol in ("NOPE", "NADA"):
        await list_symbol(served, symbol, 7)
        await expect(row(page, symbol).locator("[data-field='name']")).to_have_text(f"The {symbol}")


async def test_rows_are_moved_with_the_arrow_keys(served: Served, page: Page) -> None:
    await open_list(served, page)
    handle = button(page, "Move AAPL")
    await handle.focus()
    await handle.press("ArrowDown")
    await expect_order(page, "MSFT", "AAPL", "NVDA", "BTC/USD")
    await expect(page.locator("[data-said]")).to_have_text("AAPL is number 2 of 4")
    await expect(handle).to_be_focused()
    await handle.press("End")
    await expect_order(page, "MSFT", "NVDA", "BTC/USD", "AAPL")
    await handle.press("ArrowDown")
    await handle.press("ArrowUp")
    await expect_order(page, "MSFT", "NVDA", "AAPL", "BTC/USD")
    await expect(handle).to_be_focused()
    await expect_kept(page, "MSFT,NVDA,AAPL,BTC/USD")


async def test_rows_are_dragged_by_their_handles(served: Served, page: Page) -> None:
    await open_list(served, page)
    target = await row(page, "NVDA").bounding_box()
    assert target
    await row(page, "AAPL").hover()
    await button(page, "Move AAPL").hover()
    await page.mouse.down()
    await expect(row(page, "AAPL")).to_have_attribute("data-dragged", "")
    await page.mouse.move(target["x"] + 10, target["y"] + target["height"] * 0.8, steps=8)
    await expect_order(page, "MSFT", "NVDA", "AAPL", "BTC/USD")
    await page.mouse.up()
    await expect(page.locator("[data-dragged]")).to_have_count(0)
    await expect_kept(page, "MSFT,NVDA,AAPL,BTC/USD")
    await served.trade("AAPL", 98)
    await expect(row(page, "AAPL").locator("[data-field='last']")).to_have_text("98.00")


async def test_rows_are_removed_down_to_the_last(served: Served, page: Page) -> None:
    await open_list(served, page, "?symbols=AAPL,MSFT")
    await expect(page.locator("[data-empty]")).to_be_hidden()
    await button(page, "Remove AAPL").focus()
    await page.keyboard.press("Enter")
    await expect_order(page, "MSFT")
    await expect(button(page, "Remove MSFT")).to_be_focused()
    await expect(page.locator("[data-said]")).to_have_text("AAPL removed")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-empty]")).to_be_visible()
    await expect_kept(page, "")
    await page.goto(served.address)
    await expect(page.locator("[data-empty]")).to_be_visible()
    await add(page, "AAPL")
    await expect(page.locator("[data-empty]")).to_be_hidden()
    await expect(row(page, "AAPL").locator("[data-field='last']")).to_have_text("101.00")


async def test_a_heading_sorts_and_the_third_press_goes_back(served: Served, page: Page) -> None:
    await open_list(served, page)
    heading = page.get_by_role("columnheader", name="Last", exact=True)
    await heading.get_by_role("button").click()
    await expect(heading).to_have_attribute("aria-sort", "descending")
    await expect_order(page, "MSFT", "NVDA", "AAPL", "BTC/USD")
    await served.trade("BTC/USD", 150)
    await expect_order(page, "BTC/USD", "MSFT", "NVDA", "AAPL")
    await page.reload()
    await expect_order(page, "BTC/USD", "MSFT", "NVDA", "AAPL")
    await heading.get_by_role("button").click()
    await expect(heading).to_have_attribute("aria-sort", "ascending")
    await expect_order(page, "AAPL", "NVDA", "MSFT", "BTC/USD")
    await heading.get_by_role("button").click()
    await expect_order(page, "AAPL", "MSFT", "NVDA", "BTC/USD")
    assert await heading.get_attribute("aria-sort") is None
    await page.get_by_role("columnheader", name="Symbol", exact=True).get_by_role("button").click()
    await expect_order(page, "AAPL", "BTC/USD", "MSFT", "NVDA")
    await expect(page).to_have_url(re.compile("AAPL,MSFT,NVDA,BTC/USD$"))


async def test_rows_stay_under_the_pointer(served: Served, page: Page) -> None:
    await page.clock.install()
    await open_list(served, page)
    await page.get_by_role("columnheader", name="Last", exact=True).get_by_role("button").click()
    await expect_order(page, "MSFT", "NVDA", "AAPL", "BTC/USD")
    await row(page, "NVDA").hover()
    await served.trade("BTC/USD", 150)
    await expect(row(page, "BTC/USD").locator("[data-field='last']")).to_have_text("150.00")
    await page.clock.run_for(2_000)
    await expect_order(page, "MSFT", "NVDA", "AAPL", "BTC/USD")
    await page.mouse.move(0, 0)
    await page.clock.run_for(2_000)
    await expect_order(page, "BTC/USD", "MSFT", "NVDA", "AAPL")


async def test_a_sorted_list_that_is_moved_by_hand_is_the_viewers_own(served: Served, page: Page) -> None:
    await open_list(served, page)
    await page.get_by_role("columnheader", name="Last", exact=True).get_by_role("button").click()
    await button(page, "Move BTC/USD").focus()
    await page.keyboard.press("ArrowUp")
    await expect_order(page, "MSFT", "NVDA", "BTC/USD", "AAPL")
    await expect_kept(page, "MSFT,NVDA,BTC/USD,AAPL")
    await expect(page.locator("[aria-sort]")).to_have_count(0)


async def test_a_line_grows_with_each_bar_and_forgets_what_is_older_than_an_hour(served: Served, page: Page) -> None:
    await bar(served, "AAPL", 0, 99)
    await bar(served, "AAPL", 1, 100)
    await open_list(served, page, "?symbols=AAPL")
    line = row(page, "AAPL").locator("path")
    await expect(line).to_have_attribute("d", "m58 46 1 -44")
    await bar(served, "AAPL", 3, 101)
    await expect(line).to_have_attribute("d", "m56 46 1 -22 2 -22")
    await bar(served, "AAPL", 59, 100)
    await expect(line).to_have_attribute("d", "m0 46 1 -22 2 -22 56 22")
    await served.send(
        "bars", "AAPL", {"T": "b", "S": "AAPL", "t": "2021-01-08T01:00:00Z", "o": 1, "h": 1, "l": 1, "c": 100, "v": 1}
    )
    await expect(line).to_have_attribute("d", "m0 46 2 -44 56 44 1 0")


@pytest.mark.parametrize("query", ["", "?symbols=MSFT,AAPL"])
async def test_without_scripts_the_values_are_there_and_nothing_to_press(
    served: Served, browser: Browser, query: str
) -> None:
    for symbol, price in PRICES.items():
        await list_symbol(served, symbol, price)
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(served.address + query)
    await expect(row(page, "AAPL").locator("[data-field='last']")).to_have_text("101.00")
    await expect(row(page, "AAPL").locator("[data-field='change']")).to_have_text("+1.00")
    await expect(button(page, "Remove AAPL")).to_be_hidden()
    await expect(page.locator(".search-field")).to_be_hidden()
    await context.close()


async def test_a_phone_has_all_of_it_without_scrolling_sideways(served: Served, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = await context.new_page()
    await open_list(served, page)
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    for cell in ("[data-field='last']", "[data-field='percent']", ".line"):
        await expect(row(page, "AAPL").locator(cell)).to_be_visible()
    await expect(row(page, "AAPL").locator("[data-field='bid']")).to_be_hidden()
    field = page.get_by_role("combobox", name="Add a symbol to the watchlist")
    await expect(field).to_be_in_viewport()
    assert await button(page, "Remove AAPL").evaluate("(button) => getComputedStyle(button).opacity") == "1"
    await button(page, "Remove AAPL").tap()
    await expect_order(page, "MSFT", "NVDA", "BTC/USD")
    await context.close()


async def test_what_is_no_symbol_is_left_out_and_said(served: Served, page: Page) -> None:
    await open_list(served, page, "?symbols=AAPL,two words,AAPL,*")
    await expect_order(page, "AAPL")
    await expect(page.locator(".watchlist-notice")).to_contain_text("Left out: “two words”, “*”.")


def test_a_list_is_bounded() -> None:
    names = [f"S{number}" for number in range(MOST_SYMBOLS + 2)]
    watchlist = read_watchlist(",".join(names))
    assert watchlist.symbols == names[:MOST_SYMBOLS]
    assert watchlist.notices == [f"Only the first {MOST_SYMBOLS} of {MOST_SYMBOLS + 2} symbols are shown."]


def test_a_list_has_each_symbol_once_in_its_order_and_says_what_it_can_not_show() -> None:
    assert read_watchlist(" B,A,,B ").symbols == ["B", "A"]
    assert read_watchlist("").symbols == []
    (notice,) = read_watchlist(f"{'X' * 65},a b,c d,e f,A").notices
    assert notice.startswith(f"Left out: “{'X' * 40}…”, “a b”, “c d” and others. A symbol has no spaces")
