"""Errors over HTTP: one JSON shape for all, and Alpaca's own on Alpaca's routes."""

from collections.abc import Awaitable, Callable, Mapping

import orjson
import structlog
from aiohttp import web

ALPACA_PATHS = ("/v2/", "/v1beta3/")
"""What Alpaca's routes begin with."""
log = structlog.get_logger()


class ErrorResponse(web.Response):
    """`{"error":{"code","message","hint"}}`: what was wrong, and what would be right."""

    def __init__(self, status: int, code: str, message: str, hint: str, headers: Mapping[str, str]) -> None:
        body = orjson.dumps({"error": {"code": code, "message": message, "hint": hint}})
        open_to_all = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"}
        super().__init__(status=status, body=body, content_type="application/json", headers={**open_to_all, **headers})
        self._plain = f"{message}: {hint}"

    def become_alpacas(self) -> None:
        """Take the shape of Alpaca's errors, `{"code","message"}`: a code is the HTTP status and five digits more.

        (alpaca-py's `APIError.code` reads it; Alpaca answers with such codes as 40410000.)
        """
        self.body = orjson.dumps({"code": self.status * 100_000 + 10_000, "message": self._plain})


def error_response(
    status: int, code: str, message: str, hint: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An error: what was wrong, and what would be right."""
    return ErrorResponse(status, code, message, hint, headers or {})


def come_back(name: str, reason: str) -> web.Response:
    """A 503: this node can't answer now, and why."""
    return error_response(503, name, reason, "try again in a few seconds", {"Retry-After": "2"})


@web.middleware
async def error_middleware(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer aiohttp's own errors, and the unexpected, in the shape of all others; on Alpaca's routes in Alpaca's."""
    response = await _answer(request, handler)
    if isinstance(response, ErrorResponse) and request.path.startswith(ALPACA_PATHS):
        response.become_alpacas()
    return response


async def _answer(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
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
