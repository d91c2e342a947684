"""The ticker tape in a real browser on a real node."""

from playwright.async_api import Browser, Locator, Page, expect

from tests.web.conftest import Served

TIME = "2021-01-08T00:00:00Z"
PLACE = "(track) => getComputedStyle(track).transform"


async def open_tape(served: Served, page: Page) -> Locator:
    """A dashboard with three symbols scrolling by, of which its watchlist has none; the tape's track."""
    for symbol in ("AAPL", "MSFT", "BTC/USD"):
        instrument = {"T": "instrument", "S": symbol, "name": symbol, "t": TIME, "decimals": 2, "previous_close": 100}
        await served.send("instruments", symbol, instrument)
        await served.trade(symbol, 101)
    await page.goto(f"{served.address}?symbols=")
    await expect(page.locator("[data-connection-state='live']")).to_be_visible()
    return page.locator(".tape-track")


async def moves(page: Page, track: Locator) -> None:
    """Wait until the tape has moved."""
    before = await track.evaluate(PLACE)
    await page.wait_for_function(f"(before) => ({PLACE})(document.querySelector('.tape-track')) !== before", arg=before)


async def stands(track: Locator) -> None:
    """The tape's animation is paused, and two frames show the same."""
    await expect(track).to_have_css("animation-play-state", "paused")
    before = await track.evaluate(PLACE)
    await track.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert await track.evaluate(PLACE) == before


async def test_the_tape_moves_and_its_prices_do_in_both_of_its_halves(served: Served, page: Page) -> None:
    track = await open_tape(served, page)
    await moves(page, track)
    await served.trade("AAPL", 98)
    for half in (0, 1):
        item = track.locator("ul").nth(half).locator("[data-symbol='AAPL']")
        await expect(item.locator("[data-field='last']")).to_have_text("98.00")
        await expect(item).to_have_attribute("data-direction", "down")


async def test_the_tape_is_read_once(served: Served, page: Page) -> None:
    await open_tape(served, page)
    tape = page.get_by_role("region", name="Ticker tape")
    await expect(tape.get_by_role("link")).to_have_count(3)
    await expect(tape.get_by_role("link").first).to_have_attribute("href", "s/AAPL")
    await expect(tape.locator("ul[aria-hidden='true'][inert]")).to_have_count(1)


async def test_the_tape_pauses_by_its_button_and_under_pointer_and_focus(served: Served, page: Page) -> None:
    track = await open_tape(served, page)
    button = page.get_by_role("button", name="Pause the ticker tape")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    await page.mouse.move(0, 0)
    await stands(track)
    await button.press("Enter")
    await expect(button).to_have_attribute("aria-pressed", "false")
    await moves(page, track)
    await page.locator(".tape-window").hover()
    await stands(track)
    await page.mouse.move(0, 0)
    await moves(page, track)
    await button.press("Tab")
    await stands(track)


async def test_without_motion_the_tape_is_scrolled_by_hand(served: Served, browser: Browser) -> None:
    context = await browser.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 844})
    page = await context.new_page()
    track = await open_tape(served, page)
    await expect(track).to_have_css("animation-name", "none")
    await expect(page.get_by_role("button", name="Pause the ticker tape")).to_be_hidden()
    await expect(track.locator("ul[inert]")).to_be_hidden()
    window = page.locator(".tape-window")
    await window.evaluate("(window) => window.scrollTo(9999, 0)")
    assert await window.evaluate("(window) => window.scrollLeft") > 0
    await context.close()
