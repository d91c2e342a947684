"""One game as texts: what its own page says of it.

static/js/game-texts.js makes the same texts of the same events.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticker.events import Game, Period, Side
from web.game_cards import Group, group_of
from web.game_clock import shows_clock
from web.game_situation import abbreviation_of, number_text, ordinal
from web.number_texts import UNKNOWN

MOST_PERIODS = 40
"""Periods that the table has columns for: the last ones, where a game has more."""
MOST_SIDES = 64
"""Sides that are shown."""
MOST_TIMEOUTS = 9
PHASES: Mapping[str, str] = {
    "pre": "Upcoming", "live": "Live", "break": "Break", "final": "Final", "closed": "Settled",
    "postponed": "Postponed", "delayed": "Delayed", "suspended": "Suspended", "cancelled": "Cancelled",
    "abandoned": "Abandoned", "forfeit": "Forfeit", "unknown": "Status unknown",
}  # fmt: skip
"""What each phase is called."""
_WITHOUT_SCORES = frozenset({"pre", "postponed"})
_REGULATION = {"football": 4, "basketball": 4, "hockey": 3, "soccer": 2, "rugby": 2}
_MOST_NAMED = 4
_MOST_COUNTED = 99
"""A period's number beyond this is a mistake."""
_PERIODS = {
    "football": "quarter", "basketball": "quarter", "hockey": "period", "soccer": "half", "rugby": "half",
    "baseball": "inning", "tennis": "set", "volleyball": "set", "cricket": "innings",
}  # fmt: skip
_ORDINARY = frozenset(_PERIODS.values())
_HAS_BALL = {"tennis": "Serving", "volleyball": "Serving", "baseball": "At bat", "cricket": "Batting"}
_COLOR = re.compile(r"#?([0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class SideTexts:
    """One of those who play, as texts."""

    id: str
    abbreviation: str
    name: str
    color: str
    """`#203731`; empty where that isn't known."""
    details: str
    """Rank and record."""
    score: str
    is_winner: bool
    ball: str
    """`In possession`, `Serving`; empty for those who don't."""
    timeouts: int | None
    periods: Sequence[str]
    totals: Sequence[str]


@dataclass(frozen=True, slots=True)
class GameTexts:
    """One game as texts."""

    id: str
    title: str
    phase: str
    badge: str
    """The phase in a word, unless the headline says it."""
    headline: str
    start: str | None
    """When it begins, if the headline is that time."""
    reason: str
    group: Group
    about: str
    """Venue and season."""
    sides: Sequence[SideTexts]
    periods: Sequence[str]
    """The heads of the columns in which each side has a score by period."""
    totals: Sequence[str]

    @property
    def has_linescore(self) -> bool:
        """Whether there is anything to say by period."""
        return bool(self.sides) and any(
            self.periods or total != UNKNOWN for side in self.sides for total in side.totals
        )


def game_texts(game: Game) -> GameTexts:
    """The texts of one game."""
    phase = game.status.phase
    start = game.start if phase == "pre" and not game.start_tbd else None
    headline = start_text(start) if start else _headline(game)
    badge = PHASES[phase]
    numbers = _period_numbers(game)
    totals = _totals(game)
    return GameTexts(
        id=game.id,
        title=title_of(game),
        phase=phase,
        badge="" if badge.lower() in headline.lower() else badge,
        headline=headline,
        start=start,
        reason=game.status.reason or "",
        group=group_of(game),
        about=_about(game),
        sides=[_side(side, game, numbers, totals) for side in game.sides[:MOST_SIDES]],
        periods=[_period_head(number, game) for number in numbers],
        totals=list(totals.values()),
    )


def title_of(game: Game) -> str:
    """Who plays whom."""
    names = [side.name or side.short or side.id for side in game.sides]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
    is_visit = [side.role for side in game.sides] == ["away", "home"] and not game.neutral
    return (" at " if is_visit else " v ").join(names) or game.id


def start_text(start: str) -> str:
    """A time as those read it who have no script."""
    return f"{start[:10]} {start[11:16]} UTC"


def period_name(number: int, game: Game) -> str:
    """A period in words: `4th quarter`, `Overtime`."""
    extra = _extra(number, game)
    if not extra:
        return f"{ordinal(number)} {_period_kind(game)}"
    name = "extra time" if game.sport == "soccer" else "overtime"
    return name.capitalize() if extra == 1 else f"{ordinal(extra)} {name}"


def _headline(game: Game) -> str:
    if game.status.phase == "pre":
        return "Time to be set"
    if game.period and shows_clock(game):
        return _period_label(game.period, game)
    if game.status.text:
        return game.status.text
    if game.period and game.status.phase == "live":
        return _period_label(game.period, game)
    return "Final" if game.status.phase == "closed" else PHASES[game.status.phase]


def _period_label(period: Period, game: Game) -> str:
    return period.label or period_name(period.n, game)


def _about(game: Game) -> str:
    season = game.season
    parts = [game.venue]
    if season:
        parts.append(f"Week {season.week}" if season.week is not None else None)
        parts.append(" ".join(str(part) for part in (season.year, season.type) if part))
    return " · ".join(part for part in parts if part)


def _side(side: Side, game: Game, numbers: Sequence[int], totals: Mapping[str, str]) -> SideTexts:
    has_scores = game.status.phase not in _WITHOUT_SCORES
    score = _score(side) if has_scores else ""
    cells = _period_cells(side) if has_scores else []
    extra = side.extra or {}
    name = side.name or side.short or ""
    has_timeouts = side.timeouts is not None and 0 <= side.timeouts <= MOST_TIMEOUTS and group_of(game) == "live"
    color = _COLOR.fullmatch(side.color or "")
    details = (f"No. {side.rank}" if side.rank is not None else None, side.record)
    return SideTexts(
        id=side.id,
        abbreviation=abbreviation_of(side),
        name=name if name != abbreviation_of(side) else "",
        color=f"#{color[1].lower()}" if color else "",
        details=" · ".join(part for part in details if part),
        score=score,
        is_winner=bool(side.winner),
        ball=_ball(side, game),
        timeouts=side.timeouts if has_timeouts else None,
        periods=[cells[number - 1] if number <= len(cells) else UNKNOWN for number in numbers],
        totals=[(score if key == "score" else _number(extra.get(key))) or UNKNOWN for key in totals],
    )


def _ball(side: Side, game: Game) -> str:
    if group_of(game) != "live" or side.id not in (game.possession, (game.situation or {}).get("server")):
        return ""
    return _HAS_BALL.get(game.sport or "", "In possession")


def _score(side: Side) -> str:
    return side.score_text or _number(side.score)


def _period_cells(side: Side) -> list[str]:
    """A side's score in each period: games of sets, runs of innings, or points."""
    for key, cell in (("sets", _set), ("innings", _innings)):
        parts = (side.extra or {}).get(key)
        if isinstance(parts, list):
            return [cell(part) if isinstance(part, Mapping) else _number(part) or UNKNOWN for part in parts]
    return [_number(points) or UNKNOWN for points in side.by_period or ()]


def _set(part: Mapping[str, Any]) -> str:
    tiebreak = _number(part.get("tiebreak"))
    return (_number(part.get("games")) or UNKNOWN) + (f" ({tiebreak})" if tiebreak else "")


def _innings(part: Mapping[str, Any]) -> str:
    wickets = _number(part.get("wickets"))
    score = (_number(part.get("runs")) or UNKNOWN) + (f"/{wickets}" if wickets and wickets != "10" else "")
    return f"{score} d" if part.get("declared") is True else score


def _number(value: Any) -> str:
    return number_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _period_numbers(game: Game) -> range:
    """The periods in the table: those there are, and those that belong to every game."""
    played = max((len(_period_cells(side)) for side in game.sides), default=0)
    now = game.period.n if game.period and game.period.n <= _MOST_COUNTED else 0
    planned = 9 if game.sport == "baseball" else _regulation(game) or 0
    most = max(played, now, min(planned, MOST_PERIODS))
    return range(max(1, most - MOST_PERIODS + 1), most + 1)


def _period_head(number: int, game: Game) -> str:
    extra = _extra(number, game)
    if not extra:
        return str(number)
    if game.period and game.period.n == number and game.period.kind == "shootout":
        return "SO"
    name = "ET" if game.sport == "soccer" else "OT"
    return name if extra == 1 else f"{name}{extra}"


def _regulation(game: Game) -> int | None:
    """How many periods a game has unless it is level."""
    given = game.period.regulation if game.period else None
    return given or _REGULATION.get(game.sport or "")


def _extra(number: int, game: Game) -> int:
    """Which period beyond the usual ones a period is; 0 for those, and in sports that go on counting."""
    regulation = _regulation(game)
    return max(0, number - regulation) if regulation and game.sport != "baseball" else 0


def _period_kind(game: Game) -> str:
    kind = game.period.kind if game.period else None
    return kind if kind in _ORDINARY else _PERIODS.get(game.sport or "", "period")


def _totals(game: Game) -> dict[str, str]:
    """The columns after the periods, by key."""
    counted = {key for side in game.sides for key in ("hits", "errors") if key in (side.extra or {})}
    if not counted:
        return {"score": "T"}
    return {"score": "R", **{key: key[0].upper() for key in ("hits", "errors") if key in counted}}
