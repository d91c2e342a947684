"""The pages' routes, and the widget's script."""

from collections.abc import Callable

from aiohttp import web

from ticker.authorizer import Grant
from ticker.disconnects import OVERLOADED
from ticker.game_id import is_game_id, is_league
from web.credentials import grant_of, refusal_of
from web.dashboard_page import dashboard_page
from web.errors import come_back
from web.game_page import game_page
from web.html_response import html_response
from web.league_page import league_page
from web.missing_page import (
    NO_GAME,
    NO_LEAGUE,
    NOT_ALLOWED,
    NOT_OPEN,
    UNKNOWN_GAME,
    UNKNOWN_LEAGUE,
    Missing,
    missing_page,
)
from web.node import Node
from web.patterns_page import patterns_page
from web.requests import NODE
from web.static_files import static_files
from web.symbol_page import symbol_page

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors *",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def dashboard(request: web.Request) -> web.Response:
    """`/`: current values, and the cursor they were read at, from which the page's stream goes on."""
    node = request.app[NODE]
    grant = _admit(request)
    if isinstance(grant, web.Response):
        return grant
    return _page(request, await dashboard_page(node, grant, request.query.get("symbols")))


async def symbol(request: web.Request) -> web.Response:
    """`/s/{symbol}`: one symbol; a 404 where nothing is known of it, which may change."""
    node = request.app[NODE]
    grant = _admit(request)
    if isinstance(grant, web.Response):
        return grant
    name = request.match_info["symbol"]
    html, is_known = symbol_page(node, grant, name, root_of(request.rel_url.raw_path[1:]))
    return _page(request, html, 200 if is_known else 404)


async def patterns(request: web.Request) -> web.Response:
    """`/patterns`: every component in every state."""
    return _page(request, patterns_page())


async def game(request: web.Request) -> web.Response:
    """`/g/{game}`: one game; a 404 where there is none, or where its id is no game's."""
    name = request.match_info["game"]
    return _games_page(request, name, game_page, UNKNOWN_GAME if is_game_id(name) else NO_GAME)


async def league(request: web.Request) -> web.Response:
    """`/l/{league}`: a league's games; a 404 where there are none, or where its name is no league's."""
    name = request.match_info["league"]
    return _games_page(request, name, league_page, UNKNOWN_LEAGUE if is_league(name) else NO_LEAGUE)


def _games_page(
    request: web.Request, name: str, make: Callable[[Node, Grant, str, str], str | None], otherwise: Missing
) -> web.Response:
    """The page that `make` makes of a game's id or a league's name, or the one that says why there is none."""
    node = request.app[NODE]
    grant = _admit(request)
    if isinstance(grant, web.Response):
        return grant
    # As the browser sees it, for which an encoded slash is none.
    root = root_of(request.rel_url.raw_path[1:])
    if otherwise in (NO_GAME, NO_LEAGUE):
        return _page(request, missing_page(node, root, otherwise, name), 404)
    refusal = refusal_of(grant, [f"games/{name}"])
    if refusal is not None:
        missing = NOT_OPEN if refusal.status == 401 else NOT_ALLOWED
        page = _page(request, missing_page(node, root, missing, name), refusal.status)
        if "WWW-Authenticate" in refusal.headers:
            page.headers["WWW-Authenticate"] = refusal.headers["WWW-Authenticate"]
        return page
    html = make(node, grant, name, root)
    return _page(request, html) if html is not None else _page(request, missing_page(node, root, otherwise, name), 404)


def _admit(request: web.Request) -> Grant | web.Response:
    """What the viewer may read, or why there is no page: a node still reading its topics would say that nothing is."""
    node = request.app[NODE]
    refusal = node.refusal()
    if refusal is not None and refusal is not OVERLOADED:
        return come_back(refusal.name, refusal.reason)
    return grant_of(node.authorizer, request.headers)


def root_of(path: str) -> str:
    """What leads from a page at `path` of the node to the node's own path."""
    return "../" * path.count("/")


async def widget_script(request: web.Request) -> web.Response:
    """`/widgets/v1/ticker.js` and the modules it imports, for pages of any origin."""
    return static_files().answer(request, f"widgets/v1/{request.match_info['script']}", "public, max-age=300")


def _page(request: web.Request, html: str, status: int = 200) -> web.Response:
    return html_response(request, html, {"Cache-Control": "no-store", **SECURITY}, status)
