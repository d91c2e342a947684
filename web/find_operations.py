"""What finds things (`web.finding`) as operations of the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from ticker.events import Phase
from web.finding import DEFAULT_GAMES, DEFAULT_MOVERS, DEFAULT_SYMBOLS, LONGEST_SEARCH, MOST_GAMES, MOST_SYMBOLS
from web.game_cards import Group
from web.games import MOST_LEAGUES
from web.movers import MOST_MOVERS, TopMovers
from web.operations import Document, header, parameter, refusals, response
from web.symbols import FoundSymbol

_PHASES = ", ".join(dict.fromkeys((*get_args(Group), *get_args(Phase))))
_SEARCH = {"type": "string", "maxLength": LONGEST_SEARCH, "description": "A symbol or a name, or a part of one."}
_GAMES: Mapping[str, Document] = {
    "league": {"type": "string", "description": f"At most {MOST_LEAGUES} leagues with commas between: `nfl`."},
    "date": {"type": "string", "format": "date", "description": "The day on which they start: `2015-09-13`."},
    "tz": {
        "type": "string",
        "default": "UTC",
        "description": "The time zone whose day it is, by its IANA name: `America/New_York`.",
    },
    "phase": {
        "type": "string",
        "description": f"Some of {_PHASES}, with commas. `live`, `next` and `over` are the scoreboard's groups.",
    },
}


def find_components() -> dict[str, Any]:
    """The schemas that the operations refer to."""
    _, components = msgspec.json.schema_components([FoundSymbol, TopMovers], ref_template="#/components/schemas/{name}")
    return components


def find_operations() -> Mapping[str, Document]:
    """What each path answers."""
    games = [parameter(name, schema) for name, schema in _GAMES.items()]
    return {
        "/v1/symbols": _operation(
            "symbols",
            "Symbols that match, the best first",
            _list_of("symbols", "FoundSymbol"),
            parameter("search", _SEARCH),
            _limit(DEFAULT_SYMBOLS, MOST_SYMBOLS),
        ),
        "/v1/games": _operation(
            "games", "Games as they stand", _list_of("games", "Game"), *games, _limit(DEFAULT_GAMES, MOST_GAMES)
        ),
        "/v1/movers": _operation(
            "movers",
            "The symbols that gained, lost and were traded most",
            {"$ref": "#/components/schemas/TopMovers"},
            _limit(DEFAULT_MOVERS, MOST_MOVERS, " of each sort"),
        ),
    }


def _limit(default: int, most: int, of: str = "") -> Document:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return parameter("limit", {**schema, "description": f"How many{of} at most."})


def _list_of(name: str, schema: str) -> Document:
    items = {"$ref": f"#/components/schemas/{schema}"}
    return {"type": "object", "required": [name], "properties": {name: {"type": "array", "items": items}}}


def _operation(name: str, summary: str, schema: Document, *parameters: Document) -> Document:
    return {
        "operationId": name,
        "summary": summary,
        "description": "Of what the key may read.",
        "parameters": [*parameters, header("If-None-Match", "The ETag of the last answer.")],
        "responses": {
            "200": response("What was found.", "application/json", schema),
            "304": {"description": "It is what you have."},
            **refusals("400", "401", "403", "503"),
        },
    }
