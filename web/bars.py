"""Bars of the past in the shape of Alpaca's market-data REST API (docs.alpaca.markets), in pages.

`GET /v2/stocks/bars?symbols=AAPL,MSFT&timeframe=1Min&start=2021-01-08`: sorted by symbol, then by time.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from aiohttp import web

from ticker.entry import Entry
from ticker.timestamp import parse_moment
from web.admission import admit, answer
from web.market_values import bars_by_time, value_of
from web.node import Node
from web.pause import Pause
from web.requests import NODE
from web.rest_parameters import InvalidParameter, bad_request, read_limit, read_parameters

MOST_BARS = 10_000
"""Bars of all symbols that a page may hold; Alpaca's bound."""
DEFAULT_BARS = 1000
"""What a page holds that doesn't say; Alpaca's default."""
TIMEFRAMES: Mapping[str, tuple[str, ...]] = {"1Min": ("bars", "updated_bars"), "1Day": ("daily_bars",)}
"""How long a bar may be, and the kinds that such bars are of; of the same time, a later kind's counts."""
_OPTIONS = ("timeframe", "start", "end", "limit", "page_token", "sort")


@dataclass(frozen=True, slots=True)
class _Range:
    """Which bars."""

    kinds: tuple[str, ...]
    start: str
    end: str
    limit: int
    is_descending: bool
    after: tuple[str, str] | None
    """The symbol and the time of the last bar of the page before."""

    def times(self, symbol: str, bars: Mapping[str, Entry]) -> list[str]:
        """The times of a symbol's bars that are asked for, in order."""
        last = self.after[1] if self.after and self.after[0] == symbol else None
        return sorted(
            (
                time
                for time in bars
                if self.start <= time <= self.end
                and (last is None or (time < last if self.is_descending else time > last))
            ),
            reverse=self.is_descending,
        )


async def bars(request: web.Request) -> web.Response:
    """`{"bars": {"AAPL": […]}, "next_page_token": …}`; the symbol in a path is alone: `{"bars": […], "symbol": …}`."""
    node = request.app[NODE]
    try:
        parameters = read_parameters(request, _OPTIONS)
        asked = _range(parameters.options, parameters.symbols)
    except InvalidParameter as error:
        return bad_request(error)
    symbols = parameters.symbols
    tag = admit(request, asked.kinds, symbols, learn=False)
    if isinstance(tag, web.Response):
        return tag
    page, token = await _page(node, asked, symbols)
    if "symbol" in request.match_info:
        body: dict[str, object] = {"bars": page.get(symbols[0], []), "symbol": symbols[0], "next_page_token": token}
    else:
        body = {"bars": page, "next_page_token": token}
    return answer(msgspec.json.encode(body), tag)


async def _page(node: Node, asked: _Range, symbols: tuple[str, ...]) -> tuple[dict[str, list[msgspec.Raw]], str | None]:
    """The bars of one page by symbol, and the token of the page that follows, if one does."""
    pause = Pause(node.config.hub.yield_seconds)
    page: dict[str, list[msgspec.Raw]] = {}
    left, last = asked.limit, ("", "")
    for symbol in symbols:
        if asked.after and symbol < asked.after[0]:
            continue
        held = bars_by_time(node.log, asked.kinds, symbol)
        for time in asked.times(symbol, held):
            if not left:
                return page, _token(*last)
            page.setdefault(symbol, []).append(msgspec.Raw(msgspec.json.encode(value_of(held[time]))))
            left, last = left - 1, (symbol, time)
            await pause.when_due()
        await pause.when_due()
    return page, None


def _range(options: Mapping[str, str], symbols: tuple[str, ...]) -> _Range:
    """Which bars the options ask for. Raises InvalidParameter."""
    timeframe = options.get("timeframe", "")
    if timeframe not in TIMEFRAMES:
        raise InvalidParameter(f"timeframe is {timeframe[:64]!r}: it is {' or '.join(TIMEFRAMES)}")
    sort = options.get("sort", "asc")
    if sort not in ("asc", "desc"):
        raise InvalidParameter(f"sort is {sort[:64]!r}: it is asc or desc")
    limit = read_limit(options, DEFAULT_BARS, MOST_BARS)
    start, end = _moment(options, "start", "0000"), _moment(options, "end", "9999-12-31T24")
    if start > end:
        raise InvalidParameter(f"start is after end: ask for a start before {options['end'][:64]!r}")
    after = _after(options["page_token"], symbols) if options.get("page_token") else None
    return _Range(TIMEFRAMES[timeframe], start, end, limit, sort == "desc", after)


def _moment(options: Mapping[str, str], name: str, default: str) -> str:
    if not options.get(name):
        return default
    try:
        return parse_moment(options[name], is_end=name == "end")
    except ValueError:
        hint = "it is a date, or RFC 3339 such as 2021-01-08T14:30:00Z (a + is %2B in a URL)"
        raise InvalidParameter(f"{name} is {options[name][:64]!r}: {hint}") from None


def _token(symbol: str, time: str) -> str:
    return urlsafe_b64encode(f"{symbol} {time}".encode()).rstrip(b"=").decode()


def _after(token: str, symbols: tuple[str, ...]) -> tuple[str, str]:
    """The symbol and the time in a page token. Raises InvalidParameter."""
    try:
        symbol, _, time = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(" ")
    except ValueError:
        symbol = time = ""
    if symbol not in symbols:
        raise InvalidParameter("page_token is none of this request's: use next_page_token as it was given, or none")
    return symbol, time
