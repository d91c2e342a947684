"""Pages of what can't be, of what may not be read, and of a node that isn't ready."""

from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import Served
from tests.web.page_states import data_of
from ticker.disconnects import NOT_READY


async def page_of(served: Served, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{served.address}{path}") as answer:
        return answer.status, await answer.text()


def bar(time: str, close: float) -> dict[str, Any]:
    return {"T": "b", "S": "AAPL", "o": close, "h": close, "l": close, "c": close, "v": 1, "t": time}


@pytest.mark.parametrize("time", ["2016-12-31T23:59:60Z", "2021-02-30T00:00:00Z", "2021-01-08T25:00:00Z"])
async def test_a_moment_that_never_was_is_shown_without_an_age(served: Served, page: Page, time: str) -> None:
    await served.send("trades", "AAPL", {"T": "t", "S": "AAPL", "p": 5, "s": 1, "i": 1, "t": time})
    await served.send("bars", "AAPL", bar(time, 5))
    for path in ("/", "/s/AAPL"):
        assert (await page_of(served, path))[0] == 200
        await page.goto(f"{served.address}{path}")
        await expect(page.locator("[data-connection-state='live']")).to_be_visible()
        await expect(page.locator("[data-field='last']").first).to_have_text("5.00")
    await served.trade("AAPL", 6)
    await expect(page.locator("[data-field='last']").first).to_have_text("6.00")


async def test_prices_of_no_size_that_prices_have_break_no_page(served: Served) -> None:
    for minute, close in enumerate((1e308, -1e308, 0.5, 1e18, 1.25)):
        await served.send("bars", "AAPL", bar(f"2021-01-08T00:0{minute}:00Z", close))
    await served.quote("AAPL", 1e308, 1e308)
    day = {**bar("2021-01-08T00:00:00Z", -1e308), "T": "d"}
    await served.send("daily_bars", "AAPL", day)
    assert (await page_of(served, "/s/AAPL"))[0] == 200
    status, html = await page_of(served, "/")
    assert status == 200
    assert len(data_of(html)["closes"]["AAPL"]) == 2 + 3


async def test_a_corrected_trade_is_the_last_one_on_the_dashboard_too(served: Served) -> None:
    id_ = await served.trade("AAPL", 100)
    correction = {"T": "c", "S": "AAPL", "oi": id_, "ci": 99, "cp": 77, "cs": 5, "t": "2021-01-08T00:00:00Z"}
    await served.send("trades", "AAPL", correction)
    assert '<span data-field="last">77.00</span>' in (await page_of(served, "/"))[1]


async def test_a_node_that_is_not_ready_says_so_instead_of_that_there_is_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.node, "refusal", lambda: NOT_READY)
    for path in ("/", "/s/AAPL", "/g/nfl.1", "/l/nfl"):
        status, text = await page_of(served, path)
        assert (status, "not_ready" in text) == (503, True)


async def test_what_was_unknown_is_no_more_once_it_has_a_price(served: Served, page: Page) -> None:
    await page.goto(f"{served.address}/s/NEW")
    notice = page.locator("[data-unknown]")
    await expect(notice).to_be_visible()
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    await served.trade("NEW", 5)
    await expect(notice).to_be_hidden()


class TestOfAKeyThatMayReadLittle:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {"auth__anonymous": ["quotes/A*"]}

    async def test_the_dashboard_names_nothing_else(self, served: Served, page: Page) -> None:
        for symbol in ("AAPL", "MSFT", "ZZZ"):
            await served.quote(symbol, 100)
            await served.trade(symbol, 200)
        html = (await page_of(served, "/"))[1]
        assert "AAPL" in html
        assert "MSFT" not in html
        assert "ZZZ" not in html
        await page.goto(f"{served.address}/")
        await expect(page.locator("[data-connection-state='live']")).to_be_visible()
        await expect(page.locator("tr[data-symbol='AAPL'] [data-field='last']")).to_have_text("100.50")
        assert (await page_of(served, "/s/MSFT"))[0] == 404

    async def test_what_it_may_not_read_is_refused_in_words(self, served: Served, page: Page) -> None:
        await served.quote("AAPL", 100)
        await page.goto(f"{served.address}/")
        await expect(page.locator("[data-connection-state='live']")).to_be_visible()
        await page.locator(".search-field").fill("MSFT")
        await page.locator(".search-field").press("Enter")
        await expect(page.locator("[data-connection-text]")).to_contain_text("Refused: ")
