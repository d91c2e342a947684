"""The routes of Alpaca's market-data REST API (docs.alpaca.markets) that a node answers."""

from aiohttp import web

from web.bars import bars
from web.requests import preflight
from web.snapshots import crypto_snapshots, latest, stock_latest, stock_snapshot, stock_snapshots

_STOCKS = "/v2/stocks"
_CRYPTO = "/v1beta3/crypto/{loc:[a-z0-9-]+}"
_KIND = "{kind:quotes|trades|bars}"
ROUTES = {
    f"{_STOCKS}/snapshots": stock_snapshots,
    f"{_STOCKS}/{_KIND}/latest": latest,
    f"{_STOCKS}/bars": bars,
    f"{_STOCKS}/{{symbol}}/snapshot": stock_snapshot,
    f"{_STOCKS}/{{symbol}}/{_KIND}/latest": stock_latest,
    f"{_STOCKS}/{{symbol}}/bars": bars,
    f"{_CRYPTO}/snapshots": crypto_snapshots,
    f"{_CRYPTO}/latest/{_KIND}": latest,
    f"{_CRYPTO}/bars": bars,
}
"""What answers each path."""


def rest_routes() -> list[web.RouteDef]:
    """All of them, and what a browser asks before."""
    return [
        route
        for path, handler in ROUTES.items()
        for route in (web.get(path, handler, allow_head=False), web.options(path, preflight))
    ]
