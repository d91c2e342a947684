"""What is so in a game right now, as texts: down and distance, bases and count, cards, or whatever a sport says.

static/js/game-situation.js makes the same texts of the same events.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticker.events import Game, Side
from web.number_texts import UNKNOWN, decimals_of, format_number

MOST_FACTS = 24
"""Facts that are shown of one game."""
MOST_PARTS = 8
"""Values that are shown of one fact."""
LONGEST_TEXT = 160
"""Characters that are shown of one value."""
_NOW = frozenset({"live", "break", "delayed", "suspended"})
"""Phases in which there is a situation."""
_FIRST = (
    "down", "yard_line", "red_zone", "balls", "outs", "bases", "batter", "pitcher", "bonus", "fouls",
    "strength", "power_play", "shots", "cards", "aggregate", "server", "points", "sets", "innings", "target",
)  # fmt: skip
"""The order of what is known; the rest follows by name."""
_LABELS = {"yard_line": "Ball on", "server": "Serving"}
_IN_LINESCORE = frozenset({"sets", "innings", "hits", "errors"})
"""What is said of each side in the table of periods."""
_BASES = ("1st", "2nd", "3rd")
_YARD_LINE = re.compile(r"(?:(.{1,32}) )?([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is so."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldMarks:
    """Where a football lies: yards from the goal line of the side named first, and where the next first down is."""

    ball: int
    line: int | None


def facts_of(game: Game) -> list[Fact]:
    """What is so, in the order in which a sport's followers ask for it."""
    names = {side.id: abbreviation_of(side) for side in game.sides}
    situation = (game.situation or {}) if game.status.phase in _NOW else {}
    facts = [_fact(key, situation, game, names) for key in _in_order(situation)]
    for key in _in_order({key: None for side in game.sides for key in side.extra or {}}):
        if key not in _IN_LINESCORE:
            said = {side.id: (side.extra or {}).get(key) for side in game.sides}
            facts.append(Fact(f"side-{key}", _label(key), readable(said, names)))
    return [fact for fact in facts if fact.text][:MOST_FACTS]


def bases_of(game: Game) -> Sequence[bool] | None:
    """Which of the three bases are taken; None where that isn't known."""
    bases = (game.situation or {}).get("bases") if game.status.phase in _NOW else None
    if not isinstance(bases, list) or len(bases) != len(_BASES):
        return None
    return [bool(base) for base in bases]


def field_of(game: Game) -> FieldMarks | None:
    """Where the ball is on a football field; None where that isn't known."""
    situation = (game.situation or {}) if game.status.phase in _NOW else {}
    match = _YARD_LINE.fullmatch(readable(situation.get("yard_line"), {}))
    if game.sport != "football" or len(game.sides) != 2 or not match or int(match[2]) > 50:
        return None
    first, second = game.sides
    yards = int(match[2])
    if match[1] in (first.id, first.abbr):
        ball = yards
    elif match[1] in (second.id, second.abbr) or yards == 50:
        ball = 100 - yards
    else:
        return None
    distance = _whole(situation.get("distance"))
    if distance is None or game.possession not in (first.id, second.id):
        return FieldMarks(ball, None)
    return FieldMarks(ball, min(100, ball + distance) if game.possession == first.id else max(0, ball - distance))


def abbreviation_of(side: Side) -> str:
    """What a side is called in short: a person by name."""
    return side.abbr or side.short or side.name or side.id


def readable(value: Any, names: Mapping[str, str]) -> str:
    """A value of any form as text, as far as it can be read; `names` are the sides' by id."""
    if isinstance(value, Mapping):
        return ", ".join(_pairs(value, names))
    if isinstance(value, list):
        texts = (
            " ".join(_pairs(part, names)) if isinstance(part, Mapping) else _plain(part, names)
            for part in value[:MOST_PARTS]
        )
        return ", ".join(text for text in texts if text)
    return _plain(value, names)


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def number_text(value: float) -> str:
    """A number with as many decimals as it needs."""
    try:
        number = float(value)
    except OverflowError:
        return UNKNOWN
    return format_number(number, decimals_of(number, 0))


def _fact(key: str, situation: Mapping[str, Any], game: Game, names: Mapping[str, str]) -> Fact:
    value = situation[key]
    if key == "down" and (down := _whole(value)) is not None:
        return Fact(key, "Down", _down_and_distance(down, situation.get("distance"), game))
    if key == "balls" and (balls := _whole(value)) is not None:
        strikes = _whole(situation.get("strikes"))
        return Fact(key, "Count", f"{balls}–{strikes}" if strikes is not None else str(balls))
    if key == "bases" and (bases := bases_of(game)):
        return Fact(key, "Runners", _runners(bases))
    return Fact(key, _label(key), readable(value, names))


def _down_and_distance(down: int, distance: Any, game: Game) -> str:
    yards = _whole(distance)
    if yards is None:
        return ordinal(down)
    marks = field_of(game)
    return f"{ordinal(down)} & {'Goal' if marks and marks.line in (0, 100) else yards}"


def _runners(bases: Sequence[bool]) -> str:
    taken = [name for name, is_taken in zip(_BASES, bases, strict=True) if is_taken]
    if len(taken) == len(_BASES):
        return "Bases loaded"
    return " and ".join(taken) or "Bases empty"


def _in_order(situation: Mapping[str, Any]) -> list[str]:
    """The keys that say something of their own."""
    said_with = {"distance": "down", "strikes": "balls"}
    alone = [key for key in situation if said_with.get(key) not in situation]
    known = [key for key in _FIRST if key in alone]
    return known + sorted(key for key in alone if key not in _FIRST)


def _pairs(value: Mapping[str, Any], names: Mapping[str, str]) -> Iterable[str]:
    """Name and value of each part, the sides first; a part that says which side it is of begins with that."""
    keys = [key for key in names if key in value] + sorted(
        value.keys() - names.keys(), key=lambda key: (key != "side", key)
    )
    for key in keys[:MOST_PARTS]:
        part = value[key]
        text = " ".join(_inner(part, names)) if isinstance(part, Mapping) else _plain(part, names)
        if text:
            yield text if key == "side" else f"{names.get(key) or _label(key).lower()} {text}"


def _inner(value: Mapping[str, Any], names: Mapping[str, str]) -> Iterable[str]:
    """A part's own parts, as deep as is looked."""
    for key in sorted(value)[:MOST_PARTS]:
        if text := _plain(value[key], names):
            yield f"{_label(key).lower()} {text}"


def _plain(value: Any, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "Yes" if value else ""
    if isinstance(value, int | float):
        return number_text(value)
    return names.get(value, value)[:LONGEST_TEXT] if isinstance(value, str) else ""


def _label(key: str) -> str:
    text = _LABELS.get(key) or key.replace("_", " ")[:LONGEST_TEXT]
    return text[:1].upper() + text[1:]


def _whole(value: Any) -> int | None:
    """A number between 0 and 999 as a whole one."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 <= value < 1000 else None
