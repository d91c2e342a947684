"""The pages' routes, and the widget's script."""

from importlib.resources import files

from aiohttp import web

from web.credentials import grant_of
from web.dashboard_page import dashboard_page
from web.requests import NODE, OPEN_TO_ALL

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
    return _page(dashboard_page(node, grant))


async def widget_script(request: web.Request) -> web.FileResponse:
    """`/widgets/v1/ticker.js` and the modules it imports, for pages of any origin."""
    script = request.match_info["script"]
    headers = {**OPEN_TO_ALL, "Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
    return web.FileResponse(str(files("web") / "static/widgets/v1" / script), headers=headers)


def _page(html: str) -> web.Response:
    return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store", **SECURITY})
