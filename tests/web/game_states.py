"""Games and plays of many sports, as producers write them, and states of pages made of them without a node."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tests.web.page_states import EMPTY, HOSTILE, NOW, TIME
from ticker.entry import Entry, Series
from ticker.events import Game, Play, decode_event
from web.page_state import PageState

AWAY = {
    "role": "away", "id": "GB", "abbr": "GB", "short": "Packers", "name": "Green Bay Packers", "score": 17,
    "color": "203731", "record": "1-0", "rank": 4, "timeouts": 3, "by_period": [7, 3, 7],
}  # fmt: skip
HOME = {
    "role": "home", "id": "CHI", "abbr": "CHI", "short": "Bears", "name": "Chicago Bears", "score": 13,
    "color": "#0B162A", "record": "0-1", "timeouts": 0, "by_period": [3, 10, 0],
}  # fmt: skip
CLOCK = {"display": "4:15", "seconds": 255, "dir": "down", "running": True, "as_of": TIME}
LIVE = {"phase": "live", "text": "Q3 4:15"}
THIRD = {"n": 3, "kind": "quarter", "label": "Q3", "regulation": 4}
DOWNS = {"down": 3, "distance": 7, "yard_line": "CHI 41", "red_zone": False}


def game_of(id_: str = "nfl.1", **others: Any) -> dict[str, Any]:
    """A game on the wire: the Packers at the Bears in the third quarter, unless `others` say otherwise."""
    return {
        "T": "game", "id": id_, "league": id_.rpartition(".")[0], "sport": "football", "t": TIME, "status": LIVE,
        "start": "2021-01-07T23:00:00Z", "sides": [AWAY, HOME], "period": THIRD, "clock": CLOCK, "possession": "GB",
        "situation": DOWNS, "venue": "Soldier Field", "season": {"year": 2020, "type": "regular", "week": 17}, **others,
    }  # fmt: skip


def play_of(number: int, text: str, game: str = "nfl.1", **others: Any) -> dict[str, Any]:
    """A play on the wire."""
    league = game.rpartition(".")[0]
    id_ = f"{game}.{number}"
    return {"T": "play", "id": id_, "game": game, "league": league, "t": TIME, "period": 1, "text": text, **others}


def decoded(event: Mapping[str, Any]) -> Game:
    """A game as the server has it."""
    game = decode_event("games", json.dumps(event).encode())
    assert isinstance(game, Game)
    return game


def decoded_play(event: Mapping[str, Any]) -> Play:
    """A play as the server has it."""
    play = decode_event("plays", json.dumps(event).encode())
    assert isinstance(play, Play)
    return play


def state_with(events: Iterable[Mapping[str, Any]], **others: Any) -> PageState:
    """What a page is made of where the log holds these events."""
    return replace(EMPTY, entries=[_entry(seq, event) for seq, event in enumerate(events)], **others)


def _entry(seq: int, event: Mapping[str, Any]) -> Entry:
    kind, key = ("games", event["id"]) if event["T"] == "game" else ("plays", event["game"])
    value = json.dumps(event).encode()
    return Entry(Series(kind, key, 0, (), is_log=kind == "plays"), seq, 0, seq, NOW, value, is_deletion=False)


def _sides(*others: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"role": str(number + 1)[:1], "id": str(9 - number), **side} for number, side in enumerate(others)]


GAMES: Mapping[str, dict[str, Any]] = {
    "football": game_of(),
    "football at the goal": game_of(
        situation={"down": 1, "distance": 9, "yard_line": "CHI 9", "red_zone": True}, possession="GB"
    ),
    "football of the other side": game_of(situation={**DOWNS, "yard_line": "GB 5"}, possession="CHI"),
    "football at midfield": game_of(situation={"down": 4, "yard_line": 50.0, "distance": 110}),
    "football somewhere": game_of(situation={"down": 4, "distance": None, "yard_line": "X 41"}),
    "overtime": game_of(
        period={"n": 6, "kind": "overtime", "label": None, "regulation": 4},
        sides=[{**AWAY, "by_period": [7, 3, 7, 0, 3, 0]}, {**HOME, "by_period": [3, 10, 0, 4, 3]}],
    ),
    "baseball": game_of(
        "mlb.1",
        sport="baseball",
        status={"phase": "live", "text": "Top 5th"},
        period={"n": 5, "kind": "inning", "label": "Top 5th", "half": "top", "regulation": 9},
        clock=None,
        possession="GB",
        sides=[
            {**AWAY, "by_period": [0, 2, None, 1], "timeouts": None, "extra": {"hits": 5, "errors": 0}},
            {**HOME, "by_period": [1, 0, 0, 0], "timeouts": None, "extra": {"hits": 3}},
        ],
        situation={"balls": 2, "strikes": 1, "outs": 1, "bases": [True, False, {"id": 3}], "batter": "A. Rodgers"},
    ),
    "baseball with nobody on": game_of("mlb.2", sport="baseball", situation={"balls": 0, "bases": [0, "", None]}),
    "baseball with all on": game_of("mlb.3", sport="baseball", situation={"strikes": 2, "bases": [1, "a", True]}),
    "basketball": game_of("nba.1", sport="basketball", situation={"bonus": "CHI", "fouls": {"CHI": 3, "GB": 5}}),
    "hockey in a shootout": game_of(
        "nhl.1",
        sport="hockey",
        period={"n": 5, "kind": "shootout", "label": "SO"},
        clock={"display": "0:00", "dir": "none", "running": False},
        sides=[{**AWAY, "extra": {"shots": 31}}, {**HOME, "extra": {"shots": 28, "power_play": None}}],
        situation={"strength": "5-on-4", "power_play": "GB", "situation_code": 1551},
    ),
    "soccer": game_of(
        "soccer/eng.1.7",
        sport="soccer",
        status={"phase": "live", "text": "69'"},
        period={"n": 2, "kind": "half", "label": "2H", "regulation": 2},
        clock={"display": "69'", "seconds": 4130, "dir": "up", "running": True, "as_of": TIME},
        sides=[{**AWAY, "by_period": [1, 0], "score": 1}, {**HOME, "by_period": [0, 2], "score": 2}],
        situation={
            "aggregate": {"GB": 3, "CHI": 2},
            "cards": [{"side": "GB", "minute": 12, "card": "yellow"}, {"side": "CHI", "minute": 40, "card": "red"}],
        },
    ),
    "soccer in extra time": game_of(
        "soccer/eng.1.8", sport="soccer", period={"n": 4, "kind": "overtime"}, situation={"shootout": {"GB": 0}}
    ),
    "tennis": game_of(
        "tennis/wta.1",
        sport="tennis",
        status={"phase": "live", "text": "Set 2"},
        period={"n": 2, "kind": "set"},
        clock=None,
        possession=None,
        venue=None,
        season=None,
        situation={"server": "9", "points": {"8": "40", "9": "AD"}},
        sides=_sides(
            {"name": "A. Person", "score": 1, "extra": {"sets": [{"games": 7, "tiebreak": 4}, {"games": 2}]}},
            {"name": "B. Person", "score": 0, "extra": {"sets": [{"games": 6, "tiebreak": 2}, 3, None]}},
        ),
    ),
    "cricket": game_of(
        "cricket/t20.1",
        sport="cricket",
        status={"phase": "break", "text": "Innings break"},
        period=None,
        clock=None,
        situation={"innings": "2nd", "target": 166, "overs": 15.4},
        sides=_sides(
            {"short": "AUS", "score_text": "165/7", "extra": {"innings": [{"runs": 165, "wickets": 7}]}},
            {"short": "IND", "extra": {"innings": [{"runs": 80, "wickets": 10}, {"runs": 125, "declared": True}]}},
        ),
    ),
    "a sport nobody knows": game_of(
        "kabaddi.1",
        sport="kabaddi",
        period={"n": 2, "kind": "half"},
        clock={"seconds": 61.5},
        situation={
            "raid_number": 12,
            "deep": {"a": {"b": 1}},
            "none": None,
            "list": [1, "two", False, [3]],
            "no": False,
        },
    ),
    "a race": game_of(
        "f1.1",
        sport="motor",
        period=None,
        clock=None,
        possession=None,
        situation=None,
        sides=[{"role": "1", "id": f"car {number}", "name": f"Driver {number}"} for number in range(20)],
    ),
    "nobody plays": game_of("nfl.2", sides=[], period=None, clock=None, situation=None, possession=None),
    "bare": {"T": "game", "id": "x.1", "league": "x", "t": TIME, "status": {"phase": "unknown"}, "sides": []},
    "to come": game_of(status={"phase": "pre"}, start=None, period=None, clock=None, situation=None),
    "to be set": game_of(status={"phase": "pre"}, start_tbd=True, neutral=True),
    "break": game_of(status={"phase": "break", "text": "Halftime"}),
    "final": game_of(status={"phase": "final", "text": "Final/OT"}, sides=[{**AWAY, "winner": True}, HOME]),
    "closed": game_of(status={"phase": "closed"}, sides=[{**AWAY, "winner": True}, HOME]),
    "postponed": game_of(status={"phase": "postponed", "reason": "Snow"}),
    "delayed": game_of(status={"phase": "delayed", "reason": "Lightning", "text": "Rain delay"}),
    "suspended": game_of(status={"phase": "suspended"}),
    "cancelled": game_of(status={"phase": "cancelled", "reason": "Storm"}),
    "abandoned": game_of(status={"phase": "abandoned"}),
    "forfeit": game_of(status={"phase": "forfeit"}),
    "unknown": game_of(status={"phase": "unknown"}),
    "live without anything": game_of(status={"phase": "live"}, period=None, clock=None),
    "odd numbers": game_of(
        period={"n": 10**9, "regulation": 60},
        sides=[{**AWAY, "score": -1.5, "by_period": list(range(50)), "timeouts": 99, "color": "red"}, HOME],
        situation={"down": -1, "distance": 1e300, "yard_line": "CHI 77", "sack": 1e300},
    ),
    "hostile": game_of(
        status={"phase": "delayed", "text": HOSTILE, "reason": HOSTILE},
        venue=HOSTILE,
        situation={HOSTILE: HOSTILE, "__proto__": "x", "constructor": 1},
        sides=[{**AWAY, "name": HOSTILE, "abbr": HOSTILE, "color": HOSTILE, "record": HOSTILE}, HOME],
    ),
}
"""What games look like, by what is special about them."""
