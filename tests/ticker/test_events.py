import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ticker.events import EVENTS, InvalidEvent, canonical
from ticker.kinds import KINDS, kinds_with

TIME = "2021-01-08T00:00:00.123456789Z"
CANDLE = {"S": "A", "o": 1, "h": 2, "l": 1, "c": 2, "v": 10, "n": None, "vw": None, "t": TIME}
SIDES = [{"role": "away", "id": "GB", "score": 0}, {"role": "home", "id": "CHI", "score": 3.0}]
GOOD: list[tuple[str, str, dict[str, Any]]] = [
    ("quotes", "A", {"T": "q", "S": "A", "bp": 1, "bs": 1, "ap": 2, "as": 0, "t": TIME}),
    ("trades", "A", {"T": "t", "S": "A", "p": 1.5, "s": 1, "i": 1, "t": TIME}),
    ("trades", "A", {"T": "c", "S": "A", "oi": 1, "ci": 2, "cp": 1, "cs": 1, "t": TIME}),
    ("trades", "A", {"T": "x", "S": "A", "i": 1, "t": TIME}),
    ("bars", "A", {"T": "b", **CANDLE}),
    ("updated_bars", "A", {"T": "u", **CANDLE}),
    ("daily_bars", "A", {"T": "d", **CANDLE}),
    ("statuses", "A", {"T": "s", "S": "A", "sc": "H", "t": TIME}),
    ("instruments", "A", {"T": "instrument", "S": "A", "name": "A", "t": TIME}),
    (
        "games",
        "nfl.1",
        {"T": "game", "id": "nfl.1", "league": "nfl", "t": TIME, "status": {"phase": "pre"}, "sides": SIDES},
    ),
    ("plays", "nfl.1", {"T": "play", "id": "p", "game": "nfl.1", "league": "nfl", "t": TIME, "text": "run"}),
]
QUOTE = GOOD[0][2]


@pytest.mark.parametrize(("kind", "key", "value"), GOOD)
def test_every_kind_passes_and_unknown_keys_survive(kind: str, key: str, value: dict[str, Any]) -> None:
    value = {**value, "new": {"deep": ["a\nb", None, 1e-9]}}
    passed = canonical(kind, key, json.dumps(value, indent=1).encode())
    assert json.loads(passed) == value
    assert b"\n" not in passed
    assert b": " not in passed


def test_every_kind_is_tried() -> None:
    assert {kind for kind, _, _ in GOOD} == set(EVENTS) == set(KINDS)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"", "truncated"),
        (b"not JSON", "malformed"),
        (b"[]", "array"),
        (b"\xff", "malformed"),
        (json.dumps({**QUOTE, "bp": float("nan")}).encode(), "malformed"),
        (json.dumps({**QUOTE, "bp": float("inf")}).encode(), "malformed"),
        (json.dumps({**QUOTE, "bp": "1"}).encode(), "float"),
        (json.dumps({**QUOTE, "bs": -1}).encode(), ">= 0"),
        (json.dumps({**QUOTE, "t": "yesterday"}).encode(), "`t` must match the regex"),
        (json.dumps({**QUOTE, "t": f"{TIME}\n"}).encode(), "`t` must match the regex"),
        (json.dumps({**QUOTE, "t": TIME.replace("1", "\u0661")}).encode(), "`t` must match the regex"),
        (json.dumps({**QUOTE, "S": "A\n"}).encode(), "`S` must match the regex"),
        (json.dumps({**QUOTE, "S": ""}).encode(), "`S` must match the regex"),
        (json.dumps({**QUOTE, "T": "t"}).encode(), "T"),
        (json.dumps({name: QUOTE[name] for name in QUOTE if name != "T"}).encode(), "`T`"),
        (json.dumps({name: QUOTE[name] for name in QUOTE if name != "bp"}).encode(), "`bp`"),
        (json.dumps({**QUOTE, "T": ""}).encode(), "empty"),
        (json.dumps({**QUOTE, "S": "B"}).encode(), "must be the same"),
        (json.dumps(QUOTE).encode()[:-1] + b',"u":1e999}', "passed on"),
        (json.dumps(QUOTE).encode()[:-1] + b',"u":"\xff"}', "passed on"),
        (json.dumps(QUOTE).encode()[:-1] + b',"S":"B"}', "must be the same"),
        (json.dumps(QUOTE).encode()[:-1] + b',"T":"t"}', "T"),
        (json.dumps(QUOTE).encode()[:-1] + b',"u":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion"),
    ],
)
def test_what_is_no_event_is_refused(value: bytes, said: str) -> None:
    with pytest.raises(InvalidEvent, match=said):
        canonical("quotes", "A", value)


@pytest.mark.parametrize(("kind", "at"), [("games", "id"), ("plays", "game")])
def test_a_games_id_has_a_league(kind: str, at: str) -> None:
    value = next(value for of, _, value in GOOD if of == kind)
    with pytest.raises(InvalidEvent, match=f"`{at}` must match the regex"):
        canonical(kind, "1", json.dumps({**value, at: "1"}).encode())


PIECES = [
    b"\n", b"\r\n", b"\t", b" ", b"\x00", b"\x1f", b"\x7f", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc3\xa9",
    b"\xe2\x80\xa8", b"\\n", b"\\u000a", b"\\u0041", b"\\/", b"\\ud800", b"\\ud83d\\ude00", b"\\q", b'"', b'\\"',
    b",", b":", b"[", b"]", b"{", b"}", b"-", b"-0", b"0", b"1", b".5", b"1e400", b"1.0E+5", b"NaN", b"Infinity",
    b"null", b"9" * 30, b"9" * 400, b"9" * 5000, b'"S":"A",', b'"S":"B",', b'"T":"q",', b'"T":"t",', b'"bp":1,',
    b'"u":{"v":1,"v":[2]},', b'"u":1e999,', b'"u":"\xff",', b"[" * 600 + b"]" * 600, b'data: x\n\n',
]  # fmt: skip
"""What may turn up in a producer's JSON, in the right place or in the wrong one."""


@st.composite
def values(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """An event, spaced in any way, with pieces put in or in the place of others, anywhere."""
    kind, key, event = draw(st.sampled_from(GOOD))
    unknown = draw(st.dictionaries(st.text(), st.recursive(st.none() | st.floats() | st.text(), st.lists), max_size=2))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (",\n", ":\t")]))
    whole = json.dumps({**unknown, **event}, separators=separators, ensure_ascii=draw(st.booleans()))
    value = whole.encode(errors="surrogatepass")
    for _ in range(draw(st.integers(0, 2))):
        places = [match.start() for match in re.finditer(rb"[{,:]", value)]
        at = draw(st.sampled_from(places)) + 1 if draw(st.booleans()) else draw(st.integers(0, len(value)))
        value = value[:at] + draw(st.sampled_from(PIECES)) + value[at + draw(st.integers(0, 3)) :]
    return kind, key, value


@given(values())
@settings(max_examples=300)
def test_what_passes_is_the_same_on_one_line(case: tuple[str, str, bytes]) -> None:
    kind, key, value = case
    try:
        passed = canonical(kind, key, value)
    except InvalidEvent:
        return
    event = json.loads(value.decode())
    assert json.loads(passed.decode()) == event
    between_strings = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", passed)
    assert re.search(rb"[\x00-\x20]", between_strings) is None
    assert re.search(rb"[\x00-\x1f]", passed) is None
    assert event[{"games": "id", "plays": "game"}.get(kind, "S")] == key
    assert msgspec.convert(event, EVENTS[kind])


def test_a_games_league_is_that_of_its_id() -> None:
    game = {**GOOD[9][2], "league": "nba"}
    with pytest.raises(InvalidEvent, match="league"):
        canonical("games", "nfl.1", json.dumps(game).encode())


def test_kinds_can_be_given_the_other_promise() -> None:
    kinds = kinds_with(log=["quotes"], state=["bars"])
    assert kinds["quotes"].is_log
    assert not kinds["bars"].is_log
    with pytest.raises(ValueError, match="unknown kind 'stocks'"):
        kinds_with(log=["stocks"])
    with pytest.raises(ValueError, match="both"):
        kinds_with(log=["quotes"], state=["quotes"])
