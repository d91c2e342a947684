"""`/docs`: the node's interfaces for people, and as OpenAPI and AsyncAPI documents for programs."""

import orjson
from aiohttp import web

from web.asyncapi import asyncapi
from web.openapi import openapi
from web.operations import Document
from web.pages import SECURITY
from web.rendering import render
from web.requests import NODE, OPEN_TO_ALL

_CACHING = {"Cache-Control": "public, max-age=300"}


async def documents(request: web.Request) -> web.Response:
    """`/docs`."""
    html = render("documents.html", http=openapi(request.app[NODE].config), streams=asyncapi())
    return web.Response(text=html, content_type="text/html", headers={**_CACHING, **SECURITY})


async def openapi_json(request: web.Request) -> web.Response:
    """`/docs/openapi.json`."""
    return _json(openapi(request.app[NODE].config))


async def asyncapi_json(request: web.Request) -> web.Response:
    """`/docs/asyncapi.json`."""
    del request
    return _json(asyncapi())


def _json(document: Document) -> web.Response:
    headers = {**_CACHING, **OPEN_TO_ALL}
    return web.Response(body=orjson.dumps(document), content_type="application/json", headers=headers)
