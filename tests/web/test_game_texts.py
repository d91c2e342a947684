import pytest

from tests.web.game_states import AWAY, GAMES, HOME, decoded, game_of
from web.game_texts import MOST_PERIODS, game_texts, period_name


def test_a_game_is_named_by_who_visits_whom() -> None:
    assert game_texts(decoded(GAMES["football"])).title == "Green Bay Packers at Chicago Bears"
    assert game_texts(decoded(GAMES["to be set"])).title == "Green Bay Packers v Chicago Bears"
    assert game_texts(decoded(GAMES["tennis"])).title == "A. Person v B. Person"
    assert game_texts(decoded(GAMES["a race"])).title == "Driver 0, Driver 1, Driver 2, Driver 3 and 16 more"
    assert game_texts(decoded(GAMES["nobody plays"])).title == "nfl.2"


@pytest.mark.parametrize(
    ("name", "badge", "headline", "reason"),
    [
        ("football", "Live", "Q3", ""),
        ("overtime", "Live", "2nd overtime", ""),
        ("baseball", "Live", "Top 5th", ""),
        ("live without anything", "", "Live", ""),
        ("break", "Break", "Halftime", ""),
        ("to come", "Upcoming", "Time to be set", ""),
        ("to be set", "Upcoming", "Time to be set", ""),
        ("final", "", "Final/OT", ""),
        ("closed", "Settled", "Final", ""),
        ("postponed", "", "Postponed", "Snow"),
        ("delayed", "Delayed", "Rain delay", "Lightning"),
        ("suspended", "", "Suspended", ""),
        ("cancelled", "", "Cancelled", "Storm"),
        ("abandoned", "", "Abandoned", ""),
        ("forfeit", "", "Forfeit", ""),
        ("unknown", "", "Status unknown", ""),
    ],
)
def test_each_phase_is_said(name: str, badge: str, headline: str, reason: str) -> None:
    texts = game_texts(decoded(GAMES[name]))
    assert (texts.badge, texts.headline, texts.reason) == (badge, headline, reason)


def test_a_game_to_come_shows_when_and_no_scores() -> None:
    texts = game_texts(decoded(game_of(status={"phase": "pre", "text": "23:00 UTC"})))
    assert (texts.headline, texts.start) == ("2021-01-07 23:00 UTC", "2021-01-07T23:00:00Z")
    assert [(side.score, set(side.periods), side.totals) for side in texts.sides] == [("", {"—"}, ["—"])] * 2


def test_sides_show_rank_record_colour_and_who_has_the_ball() -> None:
    away, home = game_texts(decoded(GAMES["football"])).sides
    assert (away.details, away.color, away.ball, away.timeouts) == ("No. 4 · 1-0", "#203731", "In possession", 3)
    assert (home.details, home.color, home.ball, home.timeouts) == ("0-1", "#0b162a", "", 0)


def test_timeouts_count_while_a_game_is_on() -> None:
    assert [side.timeouts for side in game_texts(decoded(GAMES["final"])).sides] == [None, None]
    assert game_texts(decoded(GAMES["odd numbers"])).sides[0].timeouts is None


def test_a_person_is_called_by_name() -> None:
    side = game_texts(decoded(GAMES["tennis"])).sides[0]
    assert (side.abbreviation, side.name) == ("A. Person", "")


def test_a_table_that_would_say_nothing_is_left_out() -> None:
    has = {name: game_texts(decoded(GAMES[name])).has_linescore for name in ("football", "a race", "bare", "tennis")}
    assert has == {"football": True, "a race": False, "bare": False, "tennis": True}


@pytest.mark.parametrize(("name", "ball"), [("tennis", "Serving"), ("baseball", "At bat"), ("final", "")])
def test_having_the_ball_has_its_sport_s_name(name: str, ball: str) -> None:
    assert ball in {side.ball for side in game_texts(decoded(GAMES[name])).sides}


@pytest.mark.parametrize(
    ("name", "heads", "row"),
    [
        ("football", "1 2 3 4|T", "7 3 7 —|17"),
        ("overtime", "1 2 3 4 OT OT2|T", "7 3 7 0 3 0|17"),
        ("baseball", "1 2 3 4 5 6 7 8 9|R H E", "0 2 — 1 — — — — —|17 5 0"),
        ("hockey in a shootout", "1 2 3 OT SO|T", "7 3 7 — —|17"),
        ("soccer in extra time", "1 2 ET ET2|T", "7 3 7 —|17"),
        ("tennis", "1 2 3|T", "7 (4) 2 —|1"),
        ("cricket", "1 2|T", "165/7 —|165/7"),
        ("a race", "|T", "|—"),
    ],
)
def test_the_table_has_a_column_for_each_period(name: str, heads: str, row: str) -> None:
    texts = game_texts(decoded(GAMES[name]))
    side = texts.sides[0]
    assert f"{' '.join(texts.periods)}|{' '.join(texts.totals)}" == heads
    assert f"{' '.join(side.periods)}|{' '.join(side.totals)}" == row


def test_the_table_is_bounded() -> None:
    texts = game_texts(decoded(GAMES["odd numbers"]))
    assert len(texts.periods) == MOST_PERIODS
    assert texts.sides[0].periods[-1] == "49"


def test_a_side_s_colour_is_a_colour() -> None:
    sides = [{**AWAY, "color": '#123456" onload="x'}, {**HOME, "color": None}]
    assert [side.color for side in game_texts(decoded(game_of(sides=sides))).sides] == ["", ""]


@pytest.mark.parametrize(
    ("name", "number", "text"),
    [
        ("football", 1, "1st quarter"),
        ("football", 5, "Overtime"),
        ("football", 7, "3rd overtime"),
        ("soccer", 2, "2nd half"),
        ("soccer", 3, "Extra time"),
        ("baseball", 11, "11th inning"),
        ("tennis", 3, "3rd set"),
        ("a race", 2, "2nd period"),
    ],
)
def test_periods_have_names(name: str, number: int, text: str) -> None:
    assert period_name(number, decoded(GAMES[name])) == text
