"""One request over REST, and what a node holds that is asked for."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from feeds.message import Message
from tests.web.conftest import Served


async def get(address: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any, Mapping[str, str]]:
    """The status, the body (None for none) and the headers of an answer."""
    async with aiohttp.ClientSession() as session, session.get(address + path, headers=headers) as response:
        return response.status, await response.json() if await response.read() else None, response.headers


def bar(symbol: str, time: str, close: float, tag: str = "b", **more: object) -> dict[str, object]:
    """A bar; one of a day where the tag is `d`."""
    return {"T": tag, "S": symbol, "o": 1, "h": close, "l": 1, "c": close, "v": 10, "t": time, **more}


def minute(number: int) -> str:
    """The time of a minute of 8 January 2021 and the days after."""
    day, rest = divmod(number, 1440)
    return f"2021-01-{8 + day:02}T{rest // 60:02}:{rest % 60:02}:00Z"


async def send_bars(served: Served, symbol: str, count: int) -> None:
    """So many minutes of a symbol; the number of each is its close."""
    await served.source.send(
        [Message("bars", symbol, 0, json.dumps(bar(symbol, minute(n), n + 1)).encode()) for n in range(count)]
    )
