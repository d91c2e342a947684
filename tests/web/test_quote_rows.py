import pytest

from tests.web.page_states import NOW, TIME, instrument, quote, state_of, trade, whole
from ticker.config import FreshnessConfig
from ticker.events import Event, Status
from web.page_state import PageState
from web.quote_rows import QuoteRow, market_of, quote_row


def row_of(symbol: str, state: PageState, now: float = NOW) -> QuoteRow:
    return quote_row(symbol, market_of(state), FreshnessConfig(), now)


def test_a_row_shows_the_newest_trade_against_the_previous_close() -> None:
    row = row_of("UP", whole())
    assert (row.last, row.change, row.percent, row.direction) == ("101.01", "+1.01", "+1.01%", "up")
    assert (row.bid, row.ask, row.spread, row.volume) == ("101.00", "101.02", "0.02", "12.35M")


def test_a_fall_has_a_true_minus_sign() -> None:
    row = row_of("DOWN", whole())
    assert (row.last, row.change, row.percent, row.direction) == ("1,234,567.13", "−765,432.88", "−38.27%", "down")


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    row = row_of("FLAT", whole())
    assert (row.change, row.percent, row.direction) == ("0.00", "0.00%", "flat")


def test_a_percentage_that_rounds_to_nothing_has_no_sign_either() -> None:
    row = row_of("A", state_of([trade("A", 1000.01), instrument("A", 1000)]))
    assert (row.change, row.percent, row.direction) == ("+0.01", "0.00%", "up")


def test_without_a_trade_the_middle_of_the_quote_is_shown() -> None:
    assert row_of("MID", whole()).last == "0.128"


def test_without_an_instrument_a_price_is_written_out() -> None:
    row = row_of("BARE/USD", whole())
    assert (row.last, row.bid, row.ask) == ("1.14600", "1.14605", "1.14640")
    assert (row.name, row.change, row.percent, row.direction) == ("", "—", "—", "flat")


def test_a_symbol_of_which_nothing_is_known_has_its_row() -> None:
    row = row_of("NOTHING", whole())
    assert (row.last, row.change, row.percent, row.bid, row.ask, row.spread, row.volume) == ("—",) * 7


@pytest.mark.parametrize(
    ("seconds", "session", "age"),
    [(299, None, ""), (301, None, "5 min"), (301, "closed", ""), (90_000, "open", "1 d")],
)
def test_a_price_older_than_its_limit_says_its_age_unless_its_market_is_closed(
    seconds: float, session: str | None, age: str
) -> None:
    state = state_of([trade("A", 1), instrument("A", 1, session=session)])
    assert row_of("A", state, NOW + 0.278 + seconds).age == age


def test_a_quote_grows_old_sooner_than_a_trade() -> None:
    assert row_of("A", state_of([quote("A", 1, 2)]), NOW + 62).age == "1 min"


@pytest.mark.parametrize(
    ("code", "session", "said"),
    [("H", "open", "Halted"), ("T", "open", ""), ("T", "pre", "Pre"), ("P", "closed", "Halted"), ("2", None, "Halted")],
)
def test_a_halt_is_said_before_the_session(code: str, session: str | None, said: str) -> None:
    events: list[Event] = [instrument("A", 1, session=session), Status(symbol="A", status_code=code, time=TIME)]
    assert row_of("A", state_of(events)).session == said
