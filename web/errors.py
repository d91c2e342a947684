"""Errors over HTTP: one JSON shape for all."""

from collections.abc import Awaitable, Callable

import orjson
import structlog
from aiohttp import web

log = structlog.get_logger()


def error_response(
    status: int, code: str, message: str, hint: str, headers: dict[str, str] | None = None
) -> web.Response:
    """`{"error":{"code","message","hint"}}`: what was wrong, and what would be right."""
    body = orjson.dumps({"error": {"code": code, "message": message, "hint": hint}})
    open_to_all = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
    return web.Response(
        status=status, body=body, content_type="application/json", headers={**open_to_all, **(headers or {})}
    )


def come_back(name: str, reason: str) -> web.Response:
    """A 503: not now."""
    return error_response(503, name, reason, "try again in a few seconds", {"Retry-After": "2"})


@web.middleware
async def error_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer aiohttp's own errors, and the unexpected, in the shape of all others."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        hint = "see the documentation for what there is" if error.status == 404 else "see the message"
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return error_response(error.status, error.reason.lower().replace(" ", "_"), error.reason, hint, allow)
    except Exception:
        log.exception("request failed", path=request.path)
        return error_response(
            500, "internal", "the node failed to answer", "try again; the operator finds it in the log"
        )
