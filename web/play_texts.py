"""A game's plays as texts: the newest first, by period.

static/js/play-texts.js makes the same texts of the same events.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ticker.events import Game, Play
from web.game_situation import abbreviation_of, number_text
from web.game_texts import period_name

MOST_PLAYS = 500
"""Plays that are shown of one game: the newest."""


@dataclass(frozen=True, slots=True)
class PlayTexts:
    """One play as texts."""

    id: str
    clock: str
    side: str
    text: str
    score: str
    """The score after it, of a play that scored; empty of all others."""
    note: str
    """`Corrected`, if it was; otherwise empty."""


@dataclass(frozen=True, slots=True)
class PeriodOfPlays:
    """One period's plays, the newest first."""

    key: str
    name: str
    plays: Sequence[PlayTexts]


@dataclass(frozen=True, slots=True)
class _Standing:
    play: Play
    is_corrected: bool = False


def plays_by_period(plays: Iterable[Play], game: Game) -> list[PeriodOfPlays]:
    """The plays that stand, the last period first."""
    periods: dict[int, list[PlayTexts]] = {}
    number = 0
    for standing in _standing(plays):
        number = number if standing.play.period is None else standing.play.period
        periods.setdefault(number, []).append(_play_texts(standing, game))
    return [
        PeriodOfPlays(str(number), period_name(number, game) if number > 0 else "Plays", periods[number][::-1])
        for number in sorted(periods, reverse=True)
    ]


def _standing(plays: Iterable[Play]) -> list[_Standing]:
    """The last plays as they stand once all corrections are in."""
    standing: dict[str, _Standing] = {}
    for play in plays:
        before = standing.get(play.id)
        if play.op == "delete":
            standing.pop(play.id, None)
        else:
            standing[play.id] = _Standing(play, is_corrected=before is not None and _differs(before, play))
    return list(standing.values())[-MOST_PLAYS:]


def _differs(before: _Standing, play: Play) -> bool:
    """Whether what is shown of a play isn't what was; a play may also come twice as it is."""
    return before.is_corrected or any(
        getattr(before.play, name) != getattr(play, name)
        for name in ("text", "score", "score_value", "clock", "period")
    )


def _play_texts(standing: _Standing, game: Game) -> PlayTexts:
    play = standing.play
    side = next((side for side in game.sides if side.id == play.side), None)
    return PlayTexts(
        id=play.id,
        clock=play.clock or "",
        side=abbreviation_of(side) if side else play.side or "",
        text=play.text,
        score=_score_after(play, game),
        note="Corrected" if standing.is_corrected else "",
    )


def _score_after(play: Play, game: Game) -> str:
    if not play.score_value or play.score_value < 0:
        return ""
    known = [(abbreviation_of(side), play.score.get(side.id)) for side in game.sides] if play.score else []
    scores = [f"{name} {number_text(points)}" for name, points in known if points is not None]
    return ", ".join(scores) or f"+{number_text(play.score_value)}"
