import pytest

from ticker.authorizer import Credentials, Grant, check_pattern


@pytest.mark.parametrize(
    ("patterns", "allowed", "refused"),
    [
        (("*",), ("quotes/AAPL", "quotes/*", "games/nfl"), ()),
        ((), (), ("quotes/AAPL", "quotes/*")),
        (("quotes/A*",), ("quotes/A", "quotes/AAPL"), ("quotes/*", "quotes/MSFT", "quotes/a", "trades/AAPL")),
        (("quotes/*",), ("quotes/*", "quotes/BTC/USD"), ("trades/*", "daily_bars/A")),
        (("games/nfl",), ("games/nfl",), ("games/nfl.1", "games/nflx", "plays/nfl", "games/*")),
        (("games/nfl.*", "plays/nfl.1"), ("games/nfl.1", "plays/nfl.1"), ("games/nfl", "plays/nfl", "plays/nfl.12")),
    ],
)
def test_what_patterns_allow(patterns: tuple[str, ...], allowed: tuple[str, ...], refused: tuple[str, ...]) -> None:
    grant = Grant("key", patterns)
    assert grant.refused((*allowed, *refused)) == refused
    assert grant.allows(allowed)
    assert grant.allows((*allowed, *refused)) is not bool(refused)


def test_a_grant_bounds_the_channels() -> None:
    assert Grant().bound(10) == 10
    assert Grant(most_channels=3).bound(10) == 3
    assert Grant(most_channels=30).bound(10) == 10
    assert Grant(most_channels=2).allows(("quotes/A", "quotes/B"))
    assert not Grant(most_channels=1).allows(("quotes/A", "quotes/B"))


@pytest.mark.parametrize("pattern", ["*", "quotes/*", "quotes/A*", "quotes/AAPL", "trades/BTC/USD", "games/nfl.1*"])
def test_patterns(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern", ["", "quotes", "quotes/", "quotes*", "qoutes/A", "quotes/A*B", "quotes/**", "quotes/A B", "**", "/A"]
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is no pattern of channels: write \*"):
        check_pattern(pattern)


def test_a_secret_is_not_shown() -> None:
    assert "hidden" not in repr(Credentials("key", "hidden"))
