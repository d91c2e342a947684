"""To find things: `GET /v1/symbols`, `GET /v1/games` and `GET /v1/movers`."""

import msgspec
import orjson
from aiohttp import web

from web.admission import answer, answer_unless_known, enter, tagged
from web.games import games_of, read_wanted, readable
from web.movers import MOST_MOVERS
from web.requests import NODE, preflight
from web.rest_parameters import InvalidParameter, bad_request, read_limit, read_options

MOST_SYMBOLS, DEFAULT_SYMBOLS = 100, 20
MOST_GAMES, DEFAULT_GAMES = 500, 100
DEFAULT_MOVERS = 5
LONGEST_SEARCH = 64
"""Characters, as many as a symbol may have."""


async def symbols(request: web.Request) -> web.Response:
    """`{"symbols": […]}`: those that match `search` best."""
    node = request.app[NODE]
    try:
        options = read_options(request, ("search", "limit"))
        limit = read_limit(options, DEFAULT_SYMBOLS, MOST_SYMBOLS)
        search = options.get("search", "")
        if len(search) > LONGEST_SEARCH:
            raise InvalidParameter(f"search has {len(search)} characters: write {LONGEST_SEARCH} at most")
    except InvalidParameter as error:
        return bad_request(error)
    grant = enter(request, ("instruments", "quotes", "trades"))
    if isinstance(grant, web.Response):
        return grant
    found = await node.symbols.find(search, grant, limit)
    return answer_unless_known(request, msgspec.json.encode({"symbols": found}))


async def games(request: web.Request) -> web.Response:
    """`{"games": […]}`: whole, as they stand, in the scoreboard's order."""
    node = request.app[NODE]
    yield_seconds = node.config.hub.yield_seconds
    try:
        options = read_options(request, ("league", "date", "tz", "phase", "limit"))
        limit = read_limit(options, DEFAULT_GAMES, MOST_GAMES)
        wanted = await read_wanted(options)
    except InvalidParameter as error:
        return bad_request(error)
    grant = enter(request, ("games",))
    if isinstance(grant, web.Response):
        return grant
    asked = wanted.channels()
    channels = await readable(node.log, asked, grant, yield_seconds)
    # What is found by less than all that was asked for depends on the key, and isn't remembered by the URL.
    tag = tagged(request, channels, learn=channels == asked)
    if isinstance(tag, web.Response):
        return tag
    entries = (await games_of(node.log, channels, wanted, yield_seconds))[:limit]
    return answer(orjson.dumps({"games": [orjson.Fragment(entry.json) for entry in entries]}), tag)


async def movers(request: web.Request) -> web.Response:
    """`{"gainers": […], "losers": […], "active": […]}`."""
    node = request.app[NODE]
    try:
        limit = read_limit(read_options(request, ("limit",)), DEFAULT_MOVERS, MOST_MOVERS)
    except InvalidParameter as error:
        return bad_request(error)
    grant = enter(request, ("instruments",))
    if isinstance(grant, web.Response):
        return grant
    return answer_unless_known(request, msgspec.json.encode(await node.movers.top(grant, limit)))


def find_routes() -> list[web.RouteDef]:
    """All of them, and what a browser asks before."""
    handlers = {"/v1/symbols": symbols, "/v1/games": games, "/v1/movers": movers}
    return [
        route
        for path, handler in handlers.items()
        for route in (web.get(path, handler, allow_head=False), web.options(path, preflight))
    ]
