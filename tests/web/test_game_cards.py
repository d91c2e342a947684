from tests.web.page_states import game, whole
from web.game_cards import MOST_CARDS, game_cards


def test_games_being_played_come_first_and_the_newest_final_before_older_ones() -> None:
    games = [
        game("nfl.1", "final", start="2021-01-07T18:00:00Z"),
        game("nfl.2", "final", start="2021-01-07T21:00:00Z"),
        game("nfl.3", "pre", start="2021-01-09T18:00:00Z"),
        game("nfl.4", "pre", start="2021-01-08T18:00:00Z"),
        game("nfl.5", "break"),
        game("nfl.0", "live", start="2021-01-08T00:00:00Z"),
    ]
    assert [card.id for card in game_cards(games)] == ["nfl.5", "nfl.0", "nfl.4", "nfl.3", "nfl.2", "nfl.1"]


def test_the_scoreboard_is_bounded() -> None:
    assert len(game_cards([game(f"nfl.{n}", "live") for n in range(MOST_CARDS + 1)])) == MOST_CARDS


def test_a_card_shows_the_clock_the_score_and_who_has_the_ball() -> None:
    card = {card.id: card for card in game_cards(whole().newest("games").values())}["nfl.1"]
    assert (card.group, card.league, card.status, card.note) == ("live", "nfl", "Q3 07:18", "")
    assert [(side.abbreviation, side.score, side.has_ball) for side in card.sides] == [
        ("GB", "31", True),
        ("CHI", "23", False),
    ]


def test_a_game_to_come_shows_its_time_and_no_score() -> None:
    (card,) = game_cards([game("nfl.1", "pre", start="2021-01-08T18:30:00Z", status={"text": "18:30 UTC"})])
    assert (card.status, card.start) == ("18:30 UTC", "2021-01-08T18:30:00Z")
    assert [side.score for side in card.sides] == ["", ""]


def test_a_final_shows_who_won() -> None:
    (card,) = game_cards([game("nfl.1", "final")])
    assert (card.status, [side.is_winner for side in card.sides]) == ("Final", [True, False])
