from tests.web.game_states import GAMES, decoded, decoded_play, play_of
from web.play_texts import MOST_PLAYS, plays_by_period

GAME = decoded(GAMES["football"])


def shown(*plays: dict[str, object]) -> list[str]:
    periods = plays_by_period([decoded_play(play) for play in plays], GAME)
    return [
        "|".join([period.name, *(" ".join(filter(None, (play.text, play.score, play.note))) for play in period.plays)])
        for period in periods
    ]


def test_plays_are_grouped_by_period_the_newest_first() -> None:
    plays = [play_of(1, "kickoff"), play_of(2, "run"), play_of(3, "pass", period=2), play_of(4, "punt", period=5)]
    assert shown(*plays) == ["Overtime|punt", "2nd quarter|pass", "1st quarter|run|kickoff"]


def test_a_play_without_a_period_is_of_the_one_before_it() -> None:
    plays = [play_of(1, "coin toss", period=None), play_of(2, "run"), play_of(3, "timeout", period=None)]
    assert shown(*plays) == ["1st quarter|timeout|run", "Plays|coin toss"]


def test_a_play_that_scores_shows_the_score_after_it() -> None:
    touchdown = play_of(1, "touchdown", score_value=6, score={"CHI": 3, "GB": 6.5, "other": 1})
    safety = play_of(2, "safety", score_value=2)
    miss = play_of(3, "miss", score_value=0, score={"GB": 6})
    assert shown(touchdown, safety, miss) == ["1st quarter|miss|safety +2|touchdown GB 6.5, CHI 3"]


def test_corrections_are_merged_and_marked() -> None:
    plays = [
        play_of(1, "run, 3 yards"),
        play_of(2, "pass, 9 yards"),
        play_of(3, "penalty"),
        play_of(1, "run, 5 yards"),
        play_of(2, "pass, 9 yards"),
        play_of(3, "", op="delete"),
        play_of(1, "run, 5 yards"),
    ]
    assert shown(*plays) == ["1st quarter|pass, 9 yards|run, 5 yards Corrected"]


def test_plays_are_bounded_to_the_newest() -> None:
    (period,) = plays_by_period([decoded_play(play_of(n, str(n))) for n in range(MOST_PLAYS + 10)], GAME)
    assert [period.plays[0].text, period.plays[-1].text] == [str(MOST_PLAYS + 9), "10"]
