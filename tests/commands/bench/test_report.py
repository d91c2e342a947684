"""When a run says nothing, and how the ways are compared."""

from ticker.commands.bench.report import figures_of, ratios, table, why_invalid
from ticker.commands.bench.scenario import SCENARIOS

WATCHLIST = SCENARIOS["watchlist"]
GOOD = {
    "seconds": 10.0,
    "server_cpu": 8.0,
    "load_cpu": 5.0,
    "events": WATCHLIST.due,
    "due": WATCHLIST.due,
    "messages": 1_000_000,
    "reads": 1_000_000,
    "bytes": 540_000_000,
    "p50": 0.01,
    "p99": 0.03,
    "worst": 0.05,
    "closed": 0,
}


def test_what_is_due_is_exact() -> None:
    assert WATCHLIST.due == 4_000_000
    assert SCENARIOS["broadcast"].due == 20_000_000
    assert SCENARIOS["dashboard"].due == 8_000_000
    assert SCENARIOS["slow"].due == 3_600_000


def test_a_good_run_is_valid() -> None:
    assert why_invalid(WATCHLIST, "ticker", GOOD) is None


def test_a_run_with_an_event_missing_is_not() -> None:
    why = why_invalid(WATCHLIST, "ticker", {**GOOD, "events": WATCHLIST.due - 1})
    assert why == "3,999,999 events came of 4,000,000 that were due"


def test_a_run_whose_load_was_busy_is_not() -> None:
    why = why_invalid(WATCHLIST, "ticker", {**GOOD, "load_cpu": 9.1})
    assert why == "the load's core was 91% busy: it measured itself"


def test_a_run_in_which_connections_were_lost_is_not() -> None:
    assert why_invalid(WATCHLIST, "ticker", {**GOOD, "closed": 1}) == "the server closed 1 connections"
    assert why_invalid(WATCHLIST, "ticker", {**GOOD, "unanswered": 3}) == "3 connections were not answered"


def test_where_a_tenth_is_decoded_the_figures_are_of_all() -> None:
    packed = {**GOOD, "events": WATCHLIST.due // 10, "messages": 100_000, "counted": 0.1}
    figures, whole = figures_of(WATCHLIST, "ticker", packed), figures_of(WATCHLIST, "ticker", GOOD)
    assert figures["us_each"] == whole["us_each"]
    assert figures["us_write"] == whole["us_write"]
    assert figures["message_bytes"] == whole["message_bytes"]


def test_ratios_are_of_a_write_to_the_floor_and_of_a_delivery_to_the_plain_ways() -> None:
    floor = {**GOOD, "server_cpu": 4.0, "message_bytes": 540}
    plain = {**GOOD, "events": 800_000}
    figures = {
        "ticker": figures_of(WATCHLIST, "ticker", GOOD),
        "floor": figures_of(WATCHLIST, "floor", floor),
        "aiohttp send_str": figures_of(WATCHLIST, "aiohttp send_str", plain),
    }
    assert figures["ticker"]["us_each"] == 2.0
    assert figures["ticker"]["us_write"] == 8.0
    assert "p99" not in figures["aiohttp send_str"]
    assert ratios(figures) == {
        "CPU of a write, times the floor's": 2.0,
        "CPU of a delivery, times less than aiohttp send_str": 5.0,
    }
    shown = table(figures, {"floor": "why"})
    assert "floor INVALID" in shown
    assert "400,000" in shown


def test_where_a_plain_way_has_the_same_events_its_latency_is_shown_and_none_may_be_missing() -> None:
    quiet = SCENARIOS["quiet"]
    figures = figures_of(quiet, "aiohttp send_str", {**GOOD, "events": quiet.due})
    assert figures["p99"] == 0.03
    why = why_invalid(quiet, "aiohttp send_str", {**GOOD, "events": quiet.due - 1, "due": quiet.due})
    assert why == "399,999 events came of 400,000 that were due"
