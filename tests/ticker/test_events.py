import json
from typing import Any

import pytest

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
        (json.dumps({**QUOTE, "t": "yesterday"}).encode(), "regex"),
        (json.dumps({**QUOTE, "T": "t"}).encode(), "T"),
        (json.dumps({name: QUOTE[name] for name in QUOTE if name != "T"}).encode(), "`T`"),
        (json.dumps({name: QUOTE[name] for name in QUOTE if name != "bp"}).encode(), "`bp`"),
        (json.dumps({**QUOTE, "T": ""}).encode(), "empty"),
        (json.dumps({**QUOTE, "S": "B"}).encode(), "must be the same"),
        (json.dumps(QUOTE).encode()[:-1] + b',"u":1e999}', "passed on"),
        (json.dumps(QUOTE).encode()[:-1] + b',"u":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion"),
    ],
)
def test_what_is_no_event_is_refused(value: bytes, said: str) -> None:
    with pytest.raises(InvalidEvent, match=said):
        canonical("quotes", "A", value)


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
