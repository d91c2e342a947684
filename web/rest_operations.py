"""The REST routes in Alpaca's shapes (`web.rest`) as operations of the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from ticker.config import Config
from ticker.schemas import event_components
from web.bars import DEFAULT_BARS, MOST_BARS, TIMEFRAMES
from web.operations import Document, header, parameter, refusals, response

_VALUES = {"Quote": "QuoteValue", "Trade": "TradeValue", "Bar": "BarValue"}
"""Events, and what they are called without `T` and `S`."""
_SNAPSHOT = {
    "latestTrade": "TradeValue",
    "latestQuote": "QuoteValue",
    "minuteBar": "BarValue",
    "dailyBar": "BarValue",
    "prevDailyBar": "BarValue",
}
_SYMBOL = {"type": "string", "description": "A stock's symbol: `AAPL`."}
_LOCATION = {"type": "string", "pattern": "^[a-z0-9-]+$", "description": "Where pairs are traded: any will do."}
_KIND = {"type": "string", "enum": ["quotes", "trades", "bars"], "description": "What is asked for."}
_TOKEN = {"type": ["string", "null"], "description": "That of the next page; null on the last one."}
_BARS_OPTIONS: Mapping[str, Document] = {
    "timeframe": {"type": "string", "enum": list(TIMEFRAMES), "description": "How long each bar is."},
    "start": {"type": "string", "description": "The first time: RFC 3339, or a date of UTC's."},
    "end": {"type": "string", "description": "The last time: RFC 3339, or a date of UTC's, with all of its day."},
    "limit": {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_BARS,
        "default": DEFAULT_BARS,
        "description": "Bars of all symbols on a page.",
    },
    "page_token": {"type": "string", "description": "The last page's `next_page_token`."},
    "sort": {"type": "string", "enum": ["asc", "desc"], "description": "By time."},
}


def rest_components() -> dict[str, Any]:
    """The schemas that the operations refer to."""
    events = event_components()
    return {
        **{name: _value_of(events[event]) for event, name in _VALUES.items()},
        "Snapshot": {
            "type": "object",
            "required": list(_SNAPSHOT),
            "properties": {key: {"anyOf": [_reference(name), {"type": "null"}]} for key, name in _SNAPSHOT.items()},
        },
        "AlpacaError": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        },
    }


def rest_operations(config: Config) -> Mapping[str, Document]:
    """What each path answers, on a node with this configuration."""
    snapshot, value = _reference("Snapshot"), {"anyOf": [_reference(name) for name in _VALUES.values()]}
    bars = {"type": "array", "items": _reference("BarValue")}
    latest = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": _by_symbol(value)}
    pages = _object(bars=_by_symbol(bars), next_page_token=_TOKEN)
    symbols = parameter("symbols", _symbols(config.limits.url_channels)) | {"required": True}
    symbol = parameter("symbol", _SYMBOL, is_in_path=True)
    kind = parameter("kind", _KIND, is_in_path=True)
    location = parameter("loc", _LOCATION, is_in_path=True)
    options = [parameter(name, schema) for name, schema in _BARS_OPTIONS.items()]
    options[0]["required"] = True
    single = {"allOf": [_object(symbol={"type": "string"}), snapshot]}
    one = {"type": "object", "required": ["symbol"], "minProperties": 2, "maxProperties": 2}
    one_page = _object(bars=bars, symbol={"type": "string"}, next_page_token=_TOKEN)
    stocks, crypto = "/v2/stocks", "/v1beta3/crypto/{loc}"
    return {
        f"{stocks}/snapshots": _operation("stockSnapshots", "Snapshots of stocks", _by_symbol(snapshot), symbols),
        f"{stocks}/{{kind}}/latest": _operation("stocksLatest", "Latest values of stocks", latest, kind, symbols),
        f"{stocks}/bars": _operation("stocksBars", "Bars of stocks", pages, symbols, *options),
        f"{stocks}/{{symbol}}/snapshot": _operation("stockSnapshot", "A stock's snapshot", single, symbol),
        f"{stocks}/{{symbol}}/{{kind}}/latest": _operation("stockLatest", "A stock's latest", one, symbol, kind),
        f"{stocks}/{{symbol}}/bars": _operation("stockBars", "A stock's bars", one_page, symbol, *options),
        f"{crypto}/snapshots": _operation(
            "cryptoSnapshots", "Snapshots of pairs", _object(snapshots=_by_symbol(snapshot)), location, symbols
        ),
        f"{crypto}/latest/{{kind}}": _operation("cryptoLatest", "Latest values", latest, location, kind, symbols),
        f"{crypto}/bars": _operation("cryptoBars", "Bars of pairs", pages, location, symbols, *options),
    }


def _operation(name: str, summary: str, schema: Document, *parameters: Document) -> Document:
    not_found = ("404",) if any(item["name"] == "symbol" for item in parameters) else ()
    return {
        "operationId": name,
        "summary": f"{summary}, in Alpaca's shape",
        "parameters": [*parameters, header("If-None-Match", "The ETag of the last answer.")],
        "responses": {
            "200": response("What is known.", "application/json", schema),
            "304": {"description": "Nothing is newer."},
            **refusals("400", "401", "403", *not_found, "503", error="AlpacaError"),
        },
    }


def _symbols(most: int) -> Document:
    return {"type": "string", "description": f"At most {most} symbols with commas between them: `AAPL,MSFT`."}


def _value_of(event: Document) -> Document:
    """An event's schema without what its place says already."""
    properties = {key: schema for key, schema in event["properties"].items() if key not in ("T", "S")}
    required = [key for key in event["required"] if key in properties]
    return {"type": "object", "required": required, "properties": properties}


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}


def _by_symbol(schema: Document) -> Document:
    return {"type": "object", "additionalProperties": schema}


def _object(**properties: Document) -> Document:
    return {"type": "object", "required": list(properties), "properties": properties}
