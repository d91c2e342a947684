"""`/healthz` and `/readyz`: ready fails fast, live fails slowly."""

import orjson
from aiohttp import web

from web.requests import NODE


async def healthz(request: web.Request) -> web.Response:
    """200 while the process answers at all: restarting it on a broker's hiccup would add a storm of reconnects."""
    del request
    return _answer(200, {"status": "live"})


async def readyz(request: web.Request) -> web.Response:
    """200 where the node may be sent readers, otherwise 503 and why not."""
    reason = request.app[NODE].not_ready()
    return (
        _answer(200, {"status": "ready"}) if reason is None else _answer(503, {"status": "not ready", "reason": reason})
    )


def _answer(status: int, body: dict[str, str]) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json", headers=headers)
