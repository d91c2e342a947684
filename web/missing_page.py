"""The page in place of one that there isn't: what was wrong, and what would be right."""

from dataclasses import dataclass

from ticker.authorizer import Grant
from web.node import Node
from web.page_state import read_page
from web.rendering import render_page


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no such page, in words."""

    title: str
    hint: str


UNKNOWN_GAME = Missing(
    "No such game",
    "No feed of this node has it now. If it is yet to come, reload this page then; a game that is long over is "
    "forgotten.",
)
NO_GAME = Missing(
    "This is no game's id",
    "A game's id is its league, a dot, and an id without dots, such as nfl.2015091300 or soccer/eng.1.12345.",
)
UNKNOWN_LEAGUE = Missing(
    "No games of this league",
    "No feed of this node has any now. If there are some to come, reload this page then.",
)
NO_LEAGUE = Missing("This is no league's name", "A league's name has no spaces, commas or stars: nfl, soccer/eng.1.")
NOT_OPEN = Missing(
    "Not everybody may see this",
    "It takes a key that may read it: send Authorization: Bearer KEY.SECRET.",
)
NOT_ALLOWED = Missing("Your key may not read this", "Ask whoever gave it to you, or look at something else.")


def missing_page(node: Node, root: str, missing: Missing, name: str) -> str:
    """The page as HTML; `name` is what was asked for."""
    state = read_page(node, Grant(), {})
    return render_page("not-found.html", root, state, as_of="", data={}, missing=missing, name=name[:200])
