"""Games as texts: what a scoreboard's card and a game's page say of one game.

static/js/game-card.js makes the same texts of the same events.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ticker.events import Game, Side
from web.number_texts import decimals_of, format_number

MOST_CARDS = 40
"""Games that a scoreboard shows at once."""

Group = Literal["live", "next", "over"]
GROUPS: Mapping[str, Group] = {
    "live": "live", "break": "live", "delayed": "live", "suspended": "live",
    "pre": "next", "unknown": "next", "postponed": "next",
}  # fmt: skip
"""Where in the scoreboard a phase belongs; all others are over."""


@dataclass(frozen=True, slots=True)
class SideRow:
    """One of those who play, as texts."""

    id: str
    abbreviation: str
    name: str
    score: str
    is_winner: bool
    has_ball: bool


@dataclass(frozen=True, slots=True)
class GameCard:
    """One game as texts."""

    id: str
    league: str
    group: Group
    status: str
    start: str | None
    """When it begins, if the status is that time."""
    sides: Sequence[SideRow]
    note: str


def game_cards(games: Iterable[Game], most: int = MOST_CARDS) -> list[GameCard]:
    """The cards of the first games in their order."""
    return [game_card(game) for game in in_order(games)[:most]]


def in_order(games: Iterable[Game]) -> list[Game]:
    """Those being played, those to come, those that are over (the newest first)."""
    by_group: dict[Group, list[Game]] = {"live": [], "next": [], "over": []}
    for game in sorted(games, key=lambda game: game.id):
        by_group[group_of(game)].append(game)
    for group, members in by_group.items():
        members.sort(key=lambda game: game.start or "", reverse=group == "over")
    return [game for members in by_group.values() for game in members]


def group_of(game: Game) -> Group:
    """Whether it is being played, to come or over."""
    return GROUPS.get(game.status.phase, "over")


def game_card(game: Game) -> GameCard:
    """The card of one game."""
    group = group_of(game)
    start = game.start if game.status.phase == "pre" and not game.start_tbd else None
    return GameCard(
        id=game.id,
        league=game.league,
        group=group,
        status=f"{start[11:16]} UTC" if start else _status(game),
        start=start,
        sides=[_side_row(side, game, group) for side in game.sides],
        note=(game.last_play.text if game.last_play and group == "live" else None) or game.venue or "",
    )


def _status(game: Game) -> str:
    if game.status.phase == "pre":
        return "Time to be set"
    if game.status.text:
        return game.status.text
    label = game.period.label if game.period else None
    display = game.clock.display if game.clock else None
    running = " ".join(part for part in (label, display) if part) if game.status.phase == "live" else ""
    return running or game.status.phase.capitalize()


def _side_row(side: Side, game: Game, group: Group) -> SideRow:
    score = side.score_text or format_number(side.score, 0 if side.score is None else decimals_of(side.score, 0))
    return SideRow(
        id=side.id,
        abbreviation=side.abbr or side.short or side.id,
        name=side.short or side.name or "",
        score="" if group == "next" else score,
        is_winner=bool(side.winner),
        has_ball=group == "live" and game.possession == side.id,
    )
