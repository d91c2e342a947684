"""The snippets of docs/trading.md, run as they are, against a node that trades."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from feeds.embedded import EmbeddedSource
from feeds.message import Message
from ticker.config import load_config
from ticker.disconnects import UNAUTHENTICATED
from web import websocket
from web.node import Node
from web.server import serving

TEXT = (Path(__file__).parents[2] / "docs/trading.md").read_text()
SNIPPETS = dict(re.findall(r"^```python ([\w-]+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """A node on which AAPL is traded ten times a second."""
    node = Node(load_config(None, {}, {"server.port": 0, "server.admin_port": 0})[0], EmbeddedSource)

    async def trade() -> None:
        assert isinstance(node.source, EmbeddedSource)
        for number in count(1):
            value = {"T": "t", "S": "AAPL", "p": 1.25, "s": 1, "i": number, "t": "2021-01-08T00:00:00.5Z"}
            await node.source.send([Message("trades", "AAPL", 0, json.dumps(value).encode())])
            await asyncio.sleep(0.1)

    async with serving(node) as (address, _):
        trading = asyncio.create_task(trade())
        yield address.removeprefix("http://")
        trading.cancel()


async def started(name: str, address: str) -> asyncio.subprocess.Process:
    """A snippet that runs against a node's `HOST:PORT`."""
    program = SNIPPETS[name].replace("127.0.0.1:8000", address)
    assert address in program
    return await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-c", program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


def test_there_is_a_snippet_for_each_sdk() -> None:
    assert set(SNIPPETS) == {"alpaca-py", "massive", "websockets"}


async def test_the_snippet_with_a_cursor_ends_where_to_come_back_would_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(websocket, "AUTH_SECONDS", 0.3)
    flags = {"server.port": 0, "server.admin_port": 0, "auth.anonymous": []}
    async with serving(Node(load_config(None, {}, flags)[0], EmbeddedSource)) as (address, _):
        process = await started("websockets", address.removeprefix("http://"))
        async with asyncio.timeout(30):
            _, said = await process.communicate()
    assert process.returncode == 1
    assert f"received 1008 (policy violation) {UNAUTHENTICATED.reason}" in said.decode()


@pytest.mark.parametrize("name", ["alpaca-py", "massive", "websockets"])
async def test_a_snippet_prints_trades(name: str, address: str) -> None:
    process = await started(name, address)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(30):
            while line := await process.stdout.readline():
                if b"AAPL" in line and b"1.25" in line:
                    return
            raise AssertionError(f"it ended: {(await process.stderr.read()).decode()}")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
