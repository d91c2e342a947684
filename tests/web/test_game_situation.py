import pytest

from tests.web.game_states import GAMES, decoded, game_of
from web.game_situation import LONGEST_TEXT, MOST_FACTS, FieldMarks, bases_of, facts_of, field_of


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("football", "Down 3rd & 7|Ball on CHI 41"),
        ("football at the goal", "Down 1st & Goal|Ball on CHI 9|Red zone Yes"),
        ("football somewhere", "Down 4th|Ball on X 41"),
        ("baseball", "Count 2–1|Outs 1|Runners 1st and 3rd|Batter A. Rodgers"),
        ("baseball with nobody on", "Count 0|Runners Bases empty"),
        ("baseball with all on", "Runners Bases loaded|Strikes 2"),
        ("basketball", "Bonus CHI|Fouls GB 5, CHI 3"),
        ("hockey in a shootout", "Strength 5-on-4|Power play GB|Situation code 1,551|Shots GB 31, CHI 28"),
        (
            "soccer",
            "Cards GB card yellow minute 12, CHI card red minute 40|Aggregate GB 3, CHI 2",
        ),
        ("soccer in extra time", "Shootout GB 0"),
        ("tennis", "Serving A. Person|Points A. Person AD, B. Person 40"),
        ("cricket", "Innings 2nd|Target 166|Overs 15.4"),
        ("a sport nobody knows", "Deep a b 1|List 1, two|Raid number 12"),
        ("final", ""),
        ("postponed", ""),
        ("bare", ""),
    ],
)
def test_each_sport_says_what_is_so(name: str, facts: str) -> None:
    assert "|".join(f"{fact.label} {fact.text}" for fact in facts_of(decoded(GAMES[name]))) == facts


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("football", FieldMarks(59, 66)),
        ("football at the goal", FieldMarks(91, 100)),
        ("football of the other side", FieldMarks(5, 0)),
        ("football at midfield", FieldMarks(50, 100)),
        ("football somewhere", None),
        ("odd numbers", None),
        ("soccer", None),
        ("final", None),
    ],
)
def test_the_field_shows_ball_and_line(name: str, marks: FieldMarks | None) -> None:
    assert field_of(decoded(GAMES[name])) == marks


def test_bases_are_three_or_unknown() -> None:
    assert bases_of(decoded(GAMES["baseball"])) == [True, False, True]
    assert bases_of(decoded(GAMES["baseball with nobody on"])) == [False, False, False]
    assert bases_of(decoded(GAMES["football"])) is None


def test_what_a_producer_says_is_bounded() -> None:
    situation = {f"key_{number:03}": "x" * 1000 for number in range(1000)}
    facts = facts_of(decoded(game_of(situation=situation)))
    assert (len(facts), len(facts[0].text)) == (MOST_FACTS, LONGEST_TEXT)
