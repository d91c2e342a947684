"""axe-core finds nothing on any page, light or dark, with its values in it."""

from typing import Any, Literal

import pytest
from playwright.async_api import Browser

from tests.axe import axe_script
from tests.showcase import PAGES, ShownPage, fill, open_page
from tests.web.conftest import Served


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source."""
    return axe_script().read_text()


@pytest.fixture
async def shown(served: Served) -> Served:
    """A node full of what pages show."""
    await fill(served.source)
    return served


def described(violation: dict[str, Any]) -> str:
    places = [f"    {' '.join(map(str, node['target']))}: {node['failureSummary']}" for node in violation["nodes"]]
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *places])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shown_page", PAGES, ids=lambda shown_page: shown_page.name)
async def test_axe_finds_nothing(
    shown: Served, browser: Browser, axe: str, shown_page: ShownPage, scheme: Literal["light", "dark"]
) -> None:
    page = await browser.new_page(color_scheme=scheme)
    await open_page(page, shown.address, shown_page)
    # Evaluated by the debugger, it isn't held up by the page's Content-Security-Policy.
    await page.evaluate(axe)
    found = await page.evaluate("axe.run(document)")
    assert len(found["passes"]) > 5
    assert not found["violations"], "\n".join(["", *map(described, found["violations"])])


async def test_axe_would_find_something(browser: Browser, axe: str) -> None:
    page = await browser.new_page()
    await page.set_content("<title>bad</title><p style='color: #ddd; background: #fff'>Hard to read</p>")
    await page.evaluate(axe)
    found = await page.evaluate("axe.run(document)")
    assert {"color-contrast", "html-has-lang"} <= {violation["id"] for violation in found["violations"]}
