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
        ([("quotes", "A,B"), ("removed", "quotes/B")], "'quotes/B' is said to be removed, but is asked for"),
        ([("quotes", "A"), ("removed", "B")], "unknown kind 'B'"),
        ([("quotes", "A"), ("removed", "quotes/B,quotes/C,quotes/D,quotes/E")], "more than 3 channels are removed"),
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


def resumed(cursor: str, names: str, added: str = "", removed: str = "") -> Start:
    """Where a URL with that cursor starts, of some trades."""
    items = [("trades", names), ("cursor", cursor)]
    for option, channels in (("added", added), ("removed", removed)):
        items.append((option, ",".join(f"trades/{name}" for name in channels.split(",") if name)))
    query = parsed(*items)
    return query.start(query.cursor)


@pytest.mark.parametrize(
    ("known", "names", "added", "removed", "kept", "fresh"),
    [
        ("A,B", "A", "", "B", "A", ""),
        ("A,B,C", "A", "", "B,C", "A", ""),
        ("A,B", "A,C", "C", "B", "A", "C"),
        ("A,B", "C", "C", "A,B", "", "C"),
        ("*", "A", "", "*", "A", ""),
        ("A,B", "*", "*", "A,B", "A,B", "*"),
        # A browser repeats its old URL with a newer cursor.
        ("A", "A", "", "B", "A", ""),
        ("A", "A,C", "C", "B", "A", "C"),
        ("A,C", "A,C", "C", "B", "A,C", ""),
    ],
)
def test_a_cursor_that_knows_channels_which_are_removed_resumes_the_others(
    known: str, names: str, added: str, removed: str, kept: str, fresh: str
) -> None:
    def channels(text: str) -> tuple[str, ...]:
        return tuple(f"trades/{name}" for name in text.split(",") if name)

    start = resumed(Subscription(channels(known)).cursor(AT), names, added, removed)
    assert (start.kept, start.void) == (channels(kept), ())
    assert start.fresh == tuple((name, Beginning()) for name in channels(fresh))
    assert start.position.topics["trades"].offsets == (5,)


def test_a_cursor_that_does_not_know_what_is_removed_resets() -> None:
    start = resumed(Subscription(("trades/A", "trades/B")).cursor(AT), "A", removed="C")
    assert (start.kept, start.void, start.reason) == ((), ("trades/A",), "channels")


def test_cursors_of_the_same_channels_begin_alike_and_others_do_not() -> None:
    later = Position({"trades": TopicPosition("t", b"abcd", (900,))})
    heads = [
        Subscription(names).cursor(at).split(".")[0] for names in (("trades/A",), ("trades/B",)) for at in (AT, later)
    ]
    assert heads[0] == heads[1] != heads[2] == heads[3]


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
