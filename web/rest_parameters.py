"""Parameters of requests for values, bars and things to be found, each of which a URL may name once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web

from web.errors import error_response
from web.markets import others
from web.requests import NODE

WITHOUT_EFFECT = ("feed", "currency", "adjustment", "asof")
"""They choose among data of which a node has one sort only; accepted, since Alpaca's SDKs send them."""
_SYMBOL = re.compile(r"[^\s,*\x00-\x1f]{1,64}")


class InvalidParameter(ValueError):
    """A parameter that can't be. The text says what was wrong, a colon, and what would be right."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a URL asks for."""

    symbols: tuple[str, ...]
    """Sorted, each once."""
    options: Mapping[str, str]
    """What else it says, by name."""


def read_parameters(request: web.Request, options: tuple[str, ...] = ()) -> Parameters:
    """What a request asks for, which may have `options`; the path may name the symbol. Raises InvalidParameter."""
    in_path = request.match_info.get("symbol")
    given = read_options(request, (*(() if in_path else ("symbols",)), *options, *WITHOUT_EFFECT))
    listed = given.pop("symbols", "").split(",")
    symbols = _symbols([in_path] if in_path else filter(None, listed), request.app[NODE].config.limits.url_channels)
    strangers = others("crypto" if "loc" in request.match_info else "stocks", [f"quotes/{name}" for name in symbols])
    if strangers:
        where = "pairs such as BTC/USD are at /v1beta3/crypto/us, stocks at /v2/stocks"
        raise InvalidParameter(f"{strangers[0].removeprefix('quotes/')[:64]!r} is of the other market: {where}")
    return Parameters(symbols, given)


def read_options(request: web.Request, known: tuple[str, ...]) -> dict[str, str]:
    """What the URL says, by name, each once. Raises InvalidParameter."""
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in known:
            raise InvalidParameter(f"unknown parameter {name[:64]!r}: known are {', '.join(known)}")
        if name in given:
            raise InvalidParameter(f"{name!r} is given twice: give it once")
        given[name] = value
    return given


def read_limit(options: Mapping[str, str], default: int, most: int) -> int:
    """How many are asked for: the option `limit`. Raises InvalidParameter."""
    limit = options.get("limit", str(default))
    if not re.fullmatch("[0-9]{1,5}", limit) or not 1 <= int(limit) <= most:
        raise InvalidParameter(f"limit is {limit[:64]!r}: it is a whole number from 1 to {most}")
    return int(limit)


def _symbols(names: Iterable[str], most: int) -> tuple[str, ...]:
    symbols = tuple(sorted(set(names)))
    if not symbols:
        raise InvalidParameter("no symbols: name some, such as symbols=AAPL,MSFT")
    if len(symbols) > most:
        raise InvalidParameter(f"{len(symbols)} symbols: ask for {most} at most")
    for symbol in symbols:
        if not _SYMBOL.fullmatch(symbol):
            raise InvalidParameter(f"{symbol[:64]!r} is no symbol: write them with commas between, AAPL,BTC/USD")
    return symbols


def bad_request(error: InvalidParameter) -> web.Response:
    """A 400 that says what was wrong, and what would be right."""
    what, _, hint = str(error).partition(": ")
    return error_response(400, "invalid_parameter", what, hint)
