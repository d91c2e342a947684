"""The OpenAPI and AsyncAPI documents say what the node does, and what it says is as they say."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import ClientSession
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from tests.web.rest import send_bars
from tests.web.test_games import send_games
from tests.web.test_movers import send_day
from tests.wire import open_socket, open_stream
from ticker.config import Config
from web.asyncapi import asyncapi
from web.node import Node
from web.openapi import openapi
from web.server import make_app

PAGES = {
    "/",
    "/s/{symbol}",
    "/g/{game}",
    "/l/{league}",
    "/patterns",
    "/docs",
    "/docs/openapi.json",
    "/docs/asyncapi.json",
    "/widgets/v1/{script}",
    "/static/{path}",
    "/static/{version}/{path}",
}
"""What people and browsers ask for, which neither document describes."""


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(document: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/")]
    return document


def valid(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def test_openapi_is_valid_by_its_own_rules() -> None:
    document = openapi(Config())
    OpenAPIV31SpecValidator(document).validate()
    assert len(document["paths"]) > 3


def test_every_reference_of_asyncapi_leads_somewhere() -> None:
    document = asyncapi()
    found = set(references(document))
    assert len(found) > 30
    for reference in found:
        assert resolve(document, reference)
    for operation in document["operations"].values():
        for message in operation["messages"]:
            assert resolve(document, resolve(document, message["$ref"])["$ref"])


def test_every_route_is_in_one_of_them() -> None:
    resources = make_app(Node(config_with(), EmbeddedSource)).router.resources()
    routes = {re.sub(r"\{(\w+):[^/]*\}", r"{\1}", resource.canonical) for resource in resources}
    documented = {*openapi(Config())["paths"], *(channel["address"] for channel in asyncapi()["channels"].values())}
    renamed = {path.replace("/crypto/{feed}", "/crypto/{loc}") if path.count("{") == 1 else path for path in routes}
    assert renamed - PAGES == documented


async def test_answers_are_as_openapi_says(served: Served) -> None:
    document = openapi(served.node.config)
    await served.quote("AAPL", 1)
    await served.trade("AAPL", 1)
    await send_bars(served, "AAPL", 2)
    await served.quote("BTC/USD", 1)
    await send_day(served, "MSFT", 100, 110, 5)
    await send_games(served)
    async with ClientSession(served.address) as session:
        answers = [
            ("/v1/poll", "/v1/poll?quotes=AAPL&trades=*", 200),
            ("/v1/poll", "/v1/poll?quotse=AAPL", 400),
            ("/v2/stocks/snapshots", "/v2/stocks/snapshots?symbols=AAPL,NONE", 200),
            ("/v2/stocks/{symbol}/snapshot", "/v2/stocks/AAPL/snapshot", 200),
            ("/v2/stocks/{symbol}/snapshot", "/v2/stocks/NONE/snapshot", 404),
            ("/v2/stocks/{kind}/latest", "/v2/stocks/trades/latest?symbols=AAPL", 200),
            ("/v2/stocks/{symbol}/{kind}/latest", "/v2/stocks/AAPL/quotes/latest", 200),
            ("/v2/stocks/bars", "/v2/stocks/bars?symbols=AAPL&timeframe=1Min&limit=1", 200),
            ("/v2/stocks/bars", "/v2/stocks/bars?symbols=AAPL&timeframe=1Hour", 400),
            ("/v2/stocks/{symbol}/bars", "/v2/stocks/AAPL/bars?timeframe=1Day", 200),
            ("/v1beta3/crypto/{loc}/snapshots", "/v1beta3/crypto/us/snapshots?symbols=BTC/USD", 200),
            ("/v1beta3/crypto/{loc}/latest/{kind}", "/v1beta3/crypto/us/latest/quotes?symbols=BTC/USD", 200),
            ("/v1beta3/crypto/{loc}/bars", "/v1beta3/crypto/us/bars?symbols=BTC/USD&timeframe=1Min", 200),
            ("/v1/symbols", "/v1/symbols?search=a", 200),
            ("/v1/symbols", "/v1/symbols?limit=0", 400),
            ("/v1/games", "/v1/games?date=2015-09-13", 200),
            ("/v1/games", "/v1/games?date=today", 400),
            ("/v1/movers", "/v1/movers", 200),
            ("/healthz", "/healthz", 200),
            ("/readyz", "/readyz", 200),
        ]
        for path, url, status in answers:
            async with session.get(url) as response:
                assert response.status == status
                content = document["paths"][path]["get"]["responses"][str(status)]["content"]
                valid(document, content["application/json"]["schema"], await response.json())


async def test_what_streams_say_is_as_asyncapi_says(served: Served) -> None:
    document = asyncapi()
    messages = document["components"]["messages"]
    await served.quote("AAPL", 1)
    stream = await open_stream(served.address, "quotes=AAPL&interval=0")
    socket = await open_socket(served.address, "/v2/iex")
    massive = await open_socket(served.address, "/massive/stocks")
    socket.send({"action": "subscribe", "quotes": ["AAPL"], "cursor": ""})
    massive.send({"action": "subscribe", "params": "Q.AAPL"})
    socket.send({"action": "dance"})
    checked = [("stream-snapshot", (await stream.until("snapshot")).data)]
    checked.extend([(name, [(await socket.until(name)).data]) for name in ("success", "subscription", "error")])
    checked.append(("massive-status", (await massive.until("success")).data))
    await served.quote("AAPL", 2)
    checked.append(("stream-events", (await stream.until("events")).data))
    checked.append(("events", (await socket.until("events")).data))
    checked.append(("massive-events", (await massive.until("events")).data))
    for name, value in checked:
        valid(document, messages[name]["payload"], value)
    assert len(checked) == 8


@pytest.mark.parametrize("path", ["/docs", "/docs/openapi.json", "/docs/asyncapi.json"])
async def test_they_are_served(served: Served, path: str) -> None:
    async with ClientSession(served.address) as session, session.get(path) as response:
        assert response.status == 200
        text = await response.text()
        assert "/v1/stream" in text
        assert response.headers["Content-Type"].startswith("text/html" if path == "/docs" else "application/json")
