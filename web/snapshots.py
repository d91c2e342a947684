"""Snapshots and latest values in the shapes of Alpaca's market-data REST API (docs.alpaca.markets).

`GET /v2/stocks/snapshots`, `/v2/stocks/quotes/latest`, `/v1beta3/crypto/us/latest/quotes` and their like.
"""

from collections.abc import Callable, Iterable

import msgspec
from aiohttp import web

from ticker.log import Log
from web.admission import admit, answer
from web.errors import error_response
from web.market_values import Value, daily_bars, latest_quote, latest_trade, minute_bar
from web.pause import Pause
from web.requests import NODE
from web.rest_parameters import InvalidParameter, bad_request, read_parameters

_SNAPSHOT_KINDS = ("quotes", "trades", "bars", "updated_bars", "daily_bars")
_LATEST: dict[str, tuple[tuple[str, ...], Callable[[Log, str], Value | None]]] = {
    "quotes": (("quotes",), latest_quote),
    "trades": (("trades",), latest_trade),
    "bars": (("bars", "updated_bars"), minute_bar),
}
"""What each path's `latest` is made of, and how."""


async def stock_snapshots(request: web.Request) -> web.Response:
    """`{"AAPL": {"latestTrade": …}}`, without the symbols of which nothing is known."""
    return await _answer(request, _SNAPSHOT_KINDS, _snapshot, lambda found: found)


async def stock_snapshot(request: web.Request) -> web.Response:
    """The snapshot of the symbol in the path."""
    return await _answer(request, _SNAPSHOT_KINDS, _snapshot, lambda found: _single(found, None))


async def crypto_snapshots(request: web.Request) -> web.Response:
    """`{"snapshots": {"BTC/USD": …}}`."""
    return await _answer(request, _SNAPSHOT_KINDS, _snapshot, lambda found: {"snapshots": found})


async def latest(request: web.Request) -> web.Response:
    """`{"quotes": {"AAPL": …}}`: the newest quote, trade or minute's bar of each symbol."""
    name = request.match_info["kind"]
    return await _answer(request, *_LATEST[name], lambda found: {name: found})


async def stock_latest(request: web.Request) -> web.Response:
    """`{"symbol": "AAPL", "quote": …}`: that of the symbol in the path."""
    name = request.match_info["kind"]
    return await _answer(request, *_LATEST[name], lambda found: _single(found, name.removesuffix("s")))


async def _answer(
    request: web.Request,
    kinds: Iterable[str],
    find: Callable[[Log, str], Value | None],
    shape: Callable[[dict[str, Value]], Value | None],
) -> web.Response:
    """What is found of each symbol, shaped; a 404 where the shape has no place for nothing."""
    node = request.app[NODE]
    try:
        symbols = read_parameters(request).symbols
    except InvalidParameter as error:
        return bad_request(error)
    tag = admit(request, kinds, symbols, learn=True)
    if isinstance(tag, web.Response):
        return tag
    pause = Pause(node.config.hub.yield_seconds)
    found: dict[str, Value] = {}
    for symbol in symbols:
        value = find(node.log, symbol)
        if value is not None:
            found[symbol] = value
        await pause.when_due()
    shaped = shape(found)
    if shaped is None:
        return error_response(404, "not_found", f"nothing is known of {symbols[0]!r}", "ask for another symbol")
    return answer(msgspec.json.encode(shaped), tag)


def _snapshot(log: Log, symbol: str) -> Value | None:
    """All that is known of a symbol, null where it is nothing; None where nothing is."""
    day, day_before = daily_bars(log, symbol)
    snapshot = {
        "latestTrade": latest_trade(log, symbol),
        "latestQuote": latest_quote(log, symbol),
        "minuteBar": minute_bar(log, symbol),
        "dailyBar": day,
        "prevDailyBar": day_before,
    }
    return snapshot if any(snapshot.values()) else None


def _single(found: dict[str, Value], name: str | None) -> Value | None:
    """The one symbol's value beside the symbol's name, under `name` where there is one."""
    for symbol, value in found.items():
        return {"symbol": symbol, name: value} if name else {"symbol": symbol, **value}
    return None
