import pytest

from ticker.game_id import is_game_id, is_league


@pytest.mark.parametrize("text", ["nfl.2015091300", "soccer/eng.1.12345", "a..b", "é.ü"])
def test_a_league_a_dot_and_an_id_are_a_game_s_id(text: str) -> None:
    assert is_game_id(text)


@pytest.mark.parametrize("text", ["", "nfl", "nfl.", ".1", "n f.1", "a,b.1", "*.1", "nfl.1\n", f"{'x' * 65}.1"])
def test_anything_else_is_none(text: str) -> None:
    assert not is_game_id(text)


@pytest.mark.parametrize(("text", "is_one"), [("nfl", True), ("soccer/eng.1", True), ("", False), ("a b", False)])
def test_a_league_s_name_is_what_stands_before_the_dot(text: str, is_one: bool) -> None:
    assert is_league(text) == is_one
