"""The pages' routes, and the widget's script."""

from importlib.resources import files

from aiohttp import web

from web.credentials import grant_of
from web.dashboard_page import dashboard_page
from web.patterns_page import patterns_page
from web.requests import NODE, OPEN_TO_ALL
from web.symbol_page import symbol_page

SECURITY = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors *",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def dashboard(request: web.Request) -> web.Response:
    """`/`: current values, and the cursor they were read at, from which the page's stream goes on."""
    node = request.app[NODE]
    grant = grant_of(node.authorizer, request.headers)
    if isinstance(grant, web.Response):
        return grant
    return _page(dashboard_page(node, grant, request.query.get("symbols")))


async def symbol(request: web.Request) -> web.Response:
    """`/s/{symbol}`: one symbol; a 404 where nothing is known of it, which may change."""
    node = request.app[NODE]
    grant = grant_of(node.authorizer, request.headers)
    if isinstance(grant, web.Response):
        return grant
    name = request.match_info["symbol"]
    html, is_known = symbol_page(node, grant, name, root_of(f"s/{name}"))
    return _page(html, 200 if is_known else 404)


async def patterns(request: web.Request) -> web.Response:
    """`/patterns`: every component in every state."""
    del request
    return _page(patterns_page())


def root_of(path: str) -> str:
    """What leads from a page at `path` of the node to the node's own path."""
    return "../" * path.count("/")


async def widget_script(request: web.Request) -> web.FileResponse:
    """`/widgets/v1/ticker.js` and the modules it imports, for pages of any origin."""
    script = request.match_info["script"]
    headers = {**OPEN_TO_ALL, "Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
    return web.FileResponse(str(files("web") / "static/widgets/v1" / script), headers=headers)


def _page(html: str, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store", **SECURITY}
    return web.Response(status=status, text=html, content_type="text/html", headers=headers)
