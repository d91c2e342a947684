"""`/g/{game}`: one game, its score by period, what is so in it right now, and its plays."""

from ticker.authorizer import Grant
from ticker.events import Game, Play
from web.game_clock import clock_text, runs
from web.game_situation import bases_of, facts_of, field_of
from web.game_texts import game_texts
from web.node import Node
from web.page_state import PageState, read_page
from web.play_texts import MOST_PLAYS, plays_by_period
from web.rendering import newest_time, render_page


def game_page(node: Node, grant: Grant, id_: str, root: str) -> str | None:
    """The page as HTML; None where there is no such game."""
    return render_game(read_page(node, grant, {f"games/{id_}": 1, f"plays/{id_}": MOST_PLAYS}), id_, root)


def render_game(state: PageState, id_: str, root: str) -> str | None:
    """The page of what was read; None where that game isn't in it."""
    game: Game | None = state.newest("games").get(id_)
    if game is None:
        return None
    plays: list[Play] = state.events("plays", id_)
    return render_page(
        "game.html",
        root,
        state,
        as_of=newest_time([game.time, *(play.time for play in plays)]),
        data={"game": id_, "history": MOST_PLAYS},
        league=game.league,
        game=game_texts(game),
        clock=clock_text(game, held_at(state) or state.now),
        clock_runs=runs(game),
        facts=facts_of(game),
        bases=bases_of(game),
        marks=field_of(game),
        may_read_plays=f"plays/{id_}" in state.channels,
        periods=plays_by_period(plays, game),
    )


def held_at(state: PageState) -> float | None:
    """Since when nothing is known of a clock that ran; None while its feed is live. Seconds since 1970 UTC."""
    return min((feed.since for feed in state.feeds.values() if not feed.live), default=None)
