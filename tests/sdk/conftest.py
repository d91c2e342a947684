"""Public SDKs, each in a process of its own, against nodes on Kafka or in the test's own process."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from feeds.embedded import EmbeddedSource
from tests.keys import Given, Keys
from tests.web.conftest import Served, config_with
from tests.wire import cut_all
from web.node import Node
from web.server import serving

Line = dict[str, Any]


@dataclass
class Client:
    """One process that runs an SDK."""

    process: asyncio.subprocess.Process
    lines: list[Line] = field(default_factory=list)
    """What it has said."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    reading: asyncio.Task[None] | None = None

    async def read(self) -> None:
        """Gather what it says until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            # What an SDK logs to its output is no JSON.
            self.lines.append(json.loads(line) if line.startswith(b"{") else {"log": line.decode()})
            self.changed.set()

    async def tell(self, do: str, **what: Any) -> None:
        """Tell it to do something, and wait until that is done."""
        assert self.process.stdin is not None
        already = self.count(lambda line: line.get("done") == do)
        self.process.stdin.write(json.dumps({"do": do, **what}).encode() + b"\n")
        await self.until(lambda: self.count(lambda line: line.get("done") == do) > already)

    async def until(self, is_true: Callable[[], bool], seconds: float = 40.0) -> None:
        """Wait until something is true of what it has said."""
        try:
            async with asyncio.timeout(seconds):
                while not is_true():
                    self.changed.clear()
                    assert self.process.returncode is None, f"it ended: {self.lines[-5:]}"
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(f"it never came; the last of {len(self.lines)} lines: {self.lines[-5:]}") from None

    def count(self, is_one: Callable[[Line], bool]) -> int:
        """How many of its lines are such."""
        return sum(map(is_one, self.lines))

    def logged(self, text: str) -> int:
        """How many of the lines that its SDK logged have a text in them."""
        return self.count(lambda line: text in line.get("log", ""))

    async def ended(self, seconds: float = 40.0) -> int:
        """Wait until it ends by itself; its exit status."""
        async with asyncio.timeout(seconds):
            status = await self.process.wait()
        if self.reading is not None:
            await self.reading
        return status

    def trades(self, *symbols: str) -> list[int]:
        """The ids of the trades it had, of all symbols or of some."""
        return [line["trade"] for line in self.lines if "trade" in line and (not symbols or line["symbol"] in symbols)]


class Clients:
    """Starts SDKs, and ends them all."""

    def __init__(self) -> None:
        self._started: list[Client] = []

    async def start(self, program: str, *arguments: str) -> Client:
        """Start one."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name(program)),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # What ends an SDK is said there.
            stderr=asyncio.subprocess.STDOUT,
            limit=2**22,
        )
        client = Client(process)
        client.reading = asyncio.create_task(client.read())
        self._started.append(client)
        return client

    async def stop(self) -> None:
        """End all without a word."""
        for client in self._started:
            if client.process.returncode is None:
                client.process.kill()
            assert client.process.stdin is not None
            client.process.stdin.close()
            await client.process.wait()
            if client.reading is not None:
                await client.reading


@pytest.fixture
async def clients() -> AsyncIterator[Clients]:
    """Starts SDKs; all of them end with the test."""
    started = Clients()
    yield started
    await started.stop()


@pytest.fixture
def file(tmp_path: Path) -> Keys:
    """The node's keys."""
    return Keys(tmp_path / "keys.json")


@pytest.fixture
def given(file: Keys) -> Given:
    """A key that may do little."""
    return file.add_at_once(channels=["trades/A*", "trades/BTC/USD"], most_channels=3, most_connections=1)


@pytest.fixture
def settings(file: Keys, given: Given) -> dict[str, object]:
    """Settings of the node, on which nobody may read without a key; a test module or a parameter may set others."""
    assert given.key
    return {"auth__keys_file": str(file.path), "auth__anonymous": []}


@pytest.fixture
async def served(settings: dict[str, object]) -> AsyncIterator[Served]:
    """A node that is up, fed by the test."""
    node = Node(config_with(**settings), EmbeddedSource)
    async with serving(node) as (address, admin):
        assert isinstance(node.source, EmbeddedSource)
        yield Served(node, node.source, address, admin)
        cut_all()
