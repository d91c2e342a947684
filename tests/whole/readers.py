"""Readers of the three transports that go on reading, are cut, and keep every byte for the comparer."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.wire import Connection, Heard, PollParser, connect, open_socket, open_stream

WANTED = {"trades": "*", "plays": "*", "quotes": "*", "games": "*"}
LOG_EVENTS = {"t", "c", "x", "play"}


@dataclass
class Reader:
    """One reader that goes on, at one node after another."""

    name: str
    framing: str
    nodes: list[str]
    """Addresses, taken in turn at each new connection."""
    folder: Path
    cut_within: int | None = None
    """Where to cut: after a random number of bytes up to this, again and again; None to stay connected."""
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    cursor: str | None = None
    files: list[Path] = field(default_factory=list)
    cuts_inside: int = 0
    """Cuts that fell inside a message."""
    heard: dict[str, int] = field(default_factory=dict)
    """How many messages of each name."""
    named: list[Heard] = field(default_factory=list)
    """Those that are not events."""
    log_events: int = 0
    """Events of log kinds that count: whose cursor came."""
    _waiting: int = 0
    is_over: bool = False

    async def run(self) -> None:
        """Read until `is_over`."""
        while not self.is_over:
            connection = await self._connect()
            try:
                await self._read(connection)
            finally:
                file = self.folder / f"{self.name}.{len(self.files)}"
                file.write_bytes(connection.raw)
                self.files.append(file)
                connection.cut()

    async def _connect(self) -> Connection:
        address = self.nodes[len(self.files) % len(self.nodes)]
        self._waiting = 0
        if self.framing == "sse":
            query = urlencode({**WANTED, "mode": "every", "interval": 0, "history": 0}, safe="*")
            return await open_stream(address, query, self.cursor)
        if self.framing == "poll":
            connection = await connect(address, PollParser())
            self._ask(connection)
            return connection
        connection = await open_socket(address)
        wanted: dict[str, Any] = {kind: [name] for kind, name in WANTED.items()}
        if self.framing == "resumable":
            wanted["cursor"] = self.cursor or ""
        connection.send({"action": "subscribe", **wanted})
        return connection

    def _ask(self, connection: Connection) -> None:
        query: dict[str, str] = {**WANTED, "history": "0"}
        if self.cursor:
            query.update(cursor=self.cursor, wait="5")
        connection.get(f"/v1/poll?{urlencode(query, safe='*')}")

    async def _read(self, connection: Connection) -> None:
        cut_at = self.rng.randrange(1, self.cut_within) if self.cut_within else None
        while not self.is_over:
            most = 65_536 if cut_at is None else min(cut_at - len(connection.raw), 65_536)
            try:
                heard = await connection.hear(most, seconds=0.3)
            except TimeoutError:
                continue
            if heard is None:
                await asyncio.sleep(0.1)
                return
            for message in heard:
                self._take(message)
                if self.framing == "poll" and message.name in ("events", "unchanged", "error"):
                    self._ask(connection)
            if len(connection.raw) == cut_at:
                self.cuts_inside += bool(connection.parser.rest)
                return

    def _take(self, message: Heard) -> None:
        self.heard[message.name] = self.heard.get(message.name, 0) + 1
        if message.name in ("events", "snapshot"):
            self._waiting += sum(event["T"] in LOG_EVENTS for event in message.data)
        elif message.name not in ("cursor", "unchanged"):
            self.named.append(message)
        if message.cursor is not None:
            self.cursor = message.cursor
        if message.cursor is not None or (self.framing == "socket" and message.name == "events"):
            self.log_events += self._waiting
            self._waiting = 0
