"""The machinery that other tests trust: a blocked event loop is noticed, a page's errors are too."""

import time
from pathlib import Path
from types import FunctionType

import pytest
from blockbuster import BlockingError
from playwright.async_api import Page

import web


def sleeper_in(file: Path) -> FunctionType:
    """A function that sleeps, as if it stood in a file."""
    names: dict[str, FunctionType] = {}
    exec(compile("def sleep(): time.sleep(0)", file, "exec"), {"time": time}, names)  # noqa: S102
    return names["sleep"]


async def test_our_code_may_not_block_the_event_loop() -> None:
    with pytest.raises(BlockingError):
        sleeper_in(Path(web.__file__))()


async def test_what_a_test_does_on_the_event_loop_is_its_own_affair() -> None:
    sleeper_in(Path(__file__))()


def test_our_code_may_block_where_there_is_no_event_loop() -> None:
    sleeper_in(Path(web.__file__))()


async def test_browser_runs_scripts(page: Page) -> None:
    await page.set_content("<p id=price></p><script>price.textContent = 100 + 1</script>")
    assert await page.text_content("#price") == "101"
