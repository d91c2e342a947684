"""A game's id: its league, a dot, and an id without dots, as in `nfl.2015091300` and `soccer/eng.1.12345`."""

import re
from typing import Annotated

from msgspec import Meta

GAME_ID = r"^[^\s,*\x00-\x1f]{1,64}\.[^\s,*.\x00-\x1f]{1,64}$"
GameId = Annotated[
    str,
    Meta(
        extra_json_schema={"pattern": GAME_ID},
        description="The league, a dot, and an id without dots: `nfl.2015091300`.",
    ),
]
_matches = re.compile(GAME_ID).fullmatch


def is_game_id(text: str) -> bool:
    """Whether a text may be a game's id."""
    return _matches(text) is not None


def is_league(text: str) -> bool:
    """Whether a text may be a league's name."""
    return is_game_id(f"{text}.0")
