import pytest

from ticker.channels import absorb, channels_of
from ticker.position import Position, TopicPosition
from ticker.subscription import (
    Beginning,
    InvalidSubscription,
    Query,
    Start,
    Subscription,
    begin,
    parse_query,
    resubscribe,
    resume,
)

AT = Position({"trades": TopicPosition("t", b"abcd", (5,))})


def parsed(*items: tuple[str, str]) -> Query:
    return parse_query(items, mode="latest", interval=250, most_channels=3)


def test_the_grammar() -> None:
    query = parsed(
        ("quotes", "MSFT,AAPL"), ("trades", "BTC/USD"), ("interval", "101"), ("mode", "every"), ("history", "9")
    )
    assert query.subscription == Subscription(("quotes/AAPL", "quotes/MSFT", "trades/BTC/USD"), "every", 250)
    assert query.beginning == Beginning(snapshot=True, history=9)
    assert query.subscription.kinds == ("quotes", "trades")
    assert parsed(("games", "nfl")).subscription == Subscription(("games/nfl",), "latest", 250)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], "no channels"),
        ([("quotes", "")], "no channels"),
        ([("stocks", "AAPL")], "unknown kind or option 'stocks'"),
        ([("quotes", "A*")], "is no channel"),
        ([("quotes", "A B")], "is no channel"),
        ([("quotes", "A,B,C,D")], "more than 3 channels"),
        ([("quotes", "A"), ("mode", "all")], "it is 'every' or 'latest'"),
        ([("quotes", "A"), ("mode", "every"), ("mode", "latest")], "given twice"),
        ([("quotes", "A"), ("interval", "5001")], "from 0 to 5000"),
        ([("quotes", "A"), ("history", "x")], "from 0 to 500"),
        ([("quotes", "A"), ("added", "quotes/B")], "isn't asked for"),
        ([("quotes", "A"), ("added", "B")], "unknown kind 'B'"),
    ],
)
def test_what_is_wrong_is_said(items: list[tuple[str, str]], said: str) -> None:
    with pytest.raises(InvalidSubscription, match=said.replace("*", ".")):
        parsed(*items)


def test_a_star_absorbs_the_names_beside_it() -> None:
    assert absorb(["trades/A", "trades/*", "quotes/B", "quotes/B"]) == ("quotes/B", "trades/*")


def test_the_league_is_all_before_the_last_dot() -> None:
    assert channels_of("games", "soccer/eng.1.123") == ("games/soccer/eng.1.123", "games/soccer/eng.1", "games/*")
    assert channels_of("quotes", "BRK.B") == ("quotes/BRK.B", "quotes/*")


def test_a_cursor_of_the_same_channels_resumes_them() -> None:
    subscription = Subscription(("trades/A", "trades/B"))
    cursor = subscription.cursor(AT)
    start = resume(cursor, subscription.channels, (), Beginning(), Beginning())
    assert (start.kept, start.fresh, start.void) == (subscription.channels, (), ())
    assert start.position.topics["trades"].offsets == (5,)
    wider = resume(cursor, [*subscription.channels, "trades/C"], ["trades/C"], Beginning(), Beginning())
    assert (wider.kept, wider.fresh) == (subscription.channels, (("trades/C", Beginning()),))
    whole = resume(cursor, [*subscription.channels, "trades/*"], ["trades/*"], Beginning(), Beginning())
    assert (whole.kept, whole.fresh) == (subscription.channels, (("trades/*", Beginning()),))


def test_a_cursor_of_other_channels_resets() -> None:
    cursor = Subscription(("trades/A",)).cursor(AT)
    start = resume(cursor, ["trades/B"], (), Beginning(), Beginning())
    assert (start.void, start.reason) == (("trades/B",), "channels")


def test_resubscribing_keeps_what_is_kept() -> None:
    old = Start(("trades/A", "trades/B"), AT)
    changed = resubscribe(old, ("trades/B", "trades/C"), Beginning())
    assert (changed.kept, changed.fresh, changed.position) == (("trades/B",), (("trades/C", Beginning()),), AT)
    wider = resubscribe(old, ("trades/*",), Beginning())
    assert (wider.kept, wider.fresh) == (("trades/A", "trades/B"), (("trades/*", Beginning()),))
    narrower = resubscribe(Start(("trades/*",), AT), ("trades/A",), Beginning())
    assert (narrower.kept, narrower.fresh) == (("trades/A",), ())
    asked = resubscribe(old, ("trades/A",), Beginning(), Beginning(history=9))
    assert (old.again, asked.again, narrower.again) == (Beginning(), Beginning(history=9), Beginning())
    unserved = resubscribe(begin(["quotes/A"], Beginning(history=7)), ("quotes/A", "quotes/B"), Beginning())
    assert unserved.fresh == (("quotes/A", Beginning(history=7)), ("quotes/B", Beginning()))
