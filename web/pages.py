"""The pages: the dashboard with the values it is served with, and the widget's script."""

import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from ticker.events import Trade, decode_event
from ticker.log import Log
from ticker.subscription import Beginning, begin, parse_query
from web.node import Node
from web.rendering import Dashboard, render_dashboard
from web.requests import NODE
from web.static_files import static_files

SYMBOLS = (
    "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "AVGO", "JPM", "V",
    "WMT", "XOM", "UNH", "JNJ", "HD", "KO", "DIS", "NFLX", "AMD", "INTC",
    "BTC/USD", "ETH/USD", "SOL/USD", "DOGE/USD",
)  # fmt: skip
"""What a first visit sees, as far as the node has it."""
MOST_SYMBOLS = len(SYMBOLS)
_KINDS = ("quotes", "trades", "instruments", "daily_bars")
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors *",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


async def dashboard(request: web.Request) -> web.Response:
    """`/`: current values, and the cursor they were read at, from which the page's stream goes on."""
    node = request.app[NODE]
    html = render_dashboard(_state(node))
    return web.Response(text=html, content_type="text/html", headers={"Cache-Control": "no-store", **SECURITY})


async def widget_script(request: web.Request) -> web.Response:
    """`/widgets/v1/ticker.js` and the modules it imports, for pages of any origin."""
    return static_files().answer(request, f"widgets/v1/{request.match_info['script']}", "public, max-age=300")


def _state(node: Node) -> Dashboard:
    symbols = _symbols(node.log)
    wanted = [(kind, ",".join(symbols)) for kind in _KINDS if symbols]
    items = [*wanted, ("games", "*")]
    query = parse_query(items, mode="latest", interval=250, most_channels=10_000)
    answer = node.log.since(begin(query.subscription.channels, Beginning()), node.log.seq)
    found: dict[str, dict[str, Any]] = {kind: {} for kind in (*_KINDS, "games")}
    for entry in answer.entries:
        found[entry.series.kind][entry.series.key] = decode_event(entry.series.kind, entry.json)
    return Dashboard(
        cursor=query.subscription.cursor(node.log.position()),
        channels=urlencode(items, safe=",/*"),
        symbols=symbols,
        now=time.time(),
        feeds=node.hub.feeds.read_by(query.subscription),
        freshness=node.config.freshness,
        quotes=found["quotes"],
        trades={key: trade for key, trade in found["trades"].items() if isinstance(trade, Trade)},
        instruments=found["instruments"],
        daily_bars=found["daily_bars"],
        games=list(found["games"].values()),
    )


def _symbols(log: Log) -> list[str]:
    """The usual symbols that the node has; where it has none, the first of those it has."""
    held: dict[str, None] = {}
    for kind in ("quotes", "trades"):
        if kind in log.topics:
            held.update(dict.fromkeys(log.topics[kind].series))
    usual = [symbol for symbol in SYMBOLS if symbol in held]
    return usual or sorted(held)[:MOST_SYMBOLS]
