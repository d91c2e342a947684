"""`/l/{league}`: a league's games: those being played, those to come and those that are over, day by day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ticker.authorizer import Grant
from ticker.events import Game
from web.game_cards import GameCard, Group, game_card, group_of, in_order
from web.node import Node
from web.page_state import PageState, read_page
from web.rendering import newest_time, render_page

MOST_GAMES = 300
"""Games that the page shows."""
TITLES: Mapping[Group, str] = {"live": "Live", "next": "Upcoming", "over": "Results"}


@dataclass(frozen=True, slots=True)
class Day:
    """Games that belong together: those being played, or those of one day."""

    key: str
    title: str
    games: Sequence[GameCard]


def league_page(node: Node, grant: Grant, league: str, root: str) -> str | None:
    """The page as HTML; None where the league has no games."""
    return render_league(read_page(node, grant, {f"games/{league}": 1}), league, root)


def render_league(state: PageState, league: str, root: str) -> str | None:
    """The page of what was read; None where that holds no games."""
    games: list[Game] = list(state.newest("games").values())
    if not games:
        return None
    return render_page(
        "league.html",
        root,
        state,
        as_of=newest_time(game.time for game in games),
        data={"league": league},
        league=league,
        days=days_of(games),
        most=MOST_GAMES,
    )


def days_of(games: Iterable[Game]) -> list[Day]:
    """The first games in their order, those being played together and the others by the day of UTC they begin on."""
    by_day: dict[tuple[Group, str], list[GameCard]] = {}
    for game in in_order(games)[:MOST_GAMES]:
        group = group_of(game)
        date = "" if group == "live" else (game.start or "")[:10]
        by_day.setdefault((group, date), []).append(game_card(game))
    return [
        Day(f"{group} {date}".strip(), " · ".join(filter(None, (TITLES[group], date))), cards)
        for (group, date), cards in by_day.items()
    ]
