"""Readers that see every byte: a parser for each transport, and raw sockets that can be cut after any byte."""

import asyncio
import base64
import json
import os
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgpack


@dataclass
class Heard:
    """One message of a node: events, or something named."""

    name: str
    """`events`, `snapshot`, or the name of what it is: `reset`, `gap`, `heartbeat`, `subscription` …"""
    data: Any
    cursor: str | None = None


class Parser(Protocol):
    """Makes messages of a connection's bytes."""

    rest: bytes
    """What has come of a message that is not yet whole."""

    def feed(self, data: bytes) -> list[Heard]: ...


@dataclass
class SseParser:
    """`text/event-stream`, after the response's head."""

    rest: bytes = b""
    head: bytes | None = None

    def feed(self, data: bytes) -> list[Heard]:
        self.rest += data
        if self.head is None:
            head, blank, rest = self.rest.partition(b"\r\n\r\n")
            if not blank:
                return []
            self.head, self.rest = head, rest
        *whole, self.rest = self.rest.split(b"\n\n")
        heard = []
        for block in whole:
            fields = dict(line.partition(": ")[::2] for line in block.decode().split("\n"))
            if "data" in fields:
                name = fields.get("event", "events")
                heard.append(Heard(name, json.loads(fields["data"]), fields.get("id")))
        return heard


@dataclass
class GzipSseParser(SseParser):
    """The same, in the content coding `gzip`."""

    inflate: Any = field(default_factory=lambda: zlib.decompressobj(zlib.MAX_WBITS | 16))
    size: int = 0
    """How many bytes have come after the head."""

    def feed(self, data: bytes) -> list[Heard]:
        if self.head is None:
            self.rest += data
            head, blank, data = self.rest.partition(b"\r\n\r\n")
            if not blank:
                return []
            self.head, self.rest = head, b""
        self.size += len(data)
        return super().feed(self.inflate.decompress(data))


@dataclass
class SocketParser:
    """WebSocket frames of a server, after the handshake's head; a cursor message belongs to the events before it."""

    rest: bytes = b""
    head: bytes | None = None
    closed: tuple[int, str] | None = None
    opcodes: set[int] = field(default_factory=set)
    """Of the data frames that came: 1 for text, 2 for binary."""
    pongs: list[bytes] = field(default_factory=list)

    def feed(self, data: bytes) -> list[Heard]:
        self.rest += data
        if self.head is None:
            head, blank, rest = self.rest.partition(b"\r\n\r\n")
            if not blank:
                return []
            self.head, self.rest = head, rest
        heard = []
        while (frame := self._frame()) is not None:
            opcode, payload = frame
            if opcode == 8:
                self.closed = (struct.unpack("!H", payload[:2])[0], payload[2:].decode())
            if opcode == 10:
                self.pongs.append(payload)
            if opcode not in (1, 2):
                continue
            self.opcodes.add(opcode)
            events = json.loads(payload) if opcode == 1 else msgpack.unpackb(payload)
            first = events[0]
            if "ev" in first:
                heard.append(Heard(first["status"] if first["ev"] == "status" else "events", events))
            elif first["T"] == "cursor":
                heard.append(Heard("cursor", None, first["cursor"]))
            elif first["T"] in CONTROL:
                heard.append(Heard(first["T"], first, first.get("cursor")))
            else:
                heard.append(Heard("events", events))
        return heard

    def _frame(self) -> tuple[int, bytes] | None:
        if len(self.rest) < 2:
            return None
        size, at = self.rest[1], 2
        if size == 126:
            if len(self.rest) < 4:
                return None
            size, at = struct.unpack("!H", self.rest[2:4])[0], 4
        elif size == 127:
            if len(self.rest) < 10:
                return None
            size, at = struct.unpack("!Q", self.rest[2:10])[0], 10
        if len(self.rest) < at + size:
            return None
        opcode, payload = self.rest[0] & 15, self.rest[at : at + size]
        self.rest = self.rest[at + size :]
        return opcode, payload


CONTROL = {"success", "error", "subscription", "reset", "gap", "heartbeat", "feeds", "shutdown"}


@dataclass
class PollParser:
    """The answers of polls, one after another on a connection."""

    rest: bytes = b""
    status: int = 0
    """Of the last whole answer."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of the last whole answer."""

    def feed(self, data: bytes) -> list[Heard]:
        self.rest += data
        heard: list[Heard] = []
        while b"\r\n\r\n" in self.rest:
            head, _, rest = self.rest.partition(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")
            status = int(first.split()[1])
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            length = 0 if status == 304 else int(headers["content-length"])
            if len(rest) < length:
                break
            self.status, self.headers, body, self.rest = status, headers, rest[:length], rest[length:]
            heard.extend(self._said(status, body))
        return heard

    @staticmethod
    def _said(status: int, body: bytes) -> list[Heard]:
        if status == 304:
            return [Heard("unchanged", None)]
        answer = json.loads(body)
        if status != 200:
            return [Heard("error", answer["error"])]
        heard = []
        if answer["reset"]:
            heard.append(Heard("reset", answer["reset"]))
        if answer["gap"]:
            heard.append(Heard("gap", {"channels": answer["gap"]}))
        return [*heard, Heard("events", answer["events"], answer["cursor"])]


class Connection:
    """A raw socket to a node, which keeps every byte that came."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, parser: Parser) -> None:
        self._reader = reader
        self._writer = writer
        self.parser = parser
        self.raw = bytearray()
        self._inbox: list[Heard] = []
        _OPEN.append(self)

    async def hear(self, most_bytes: int = 65_536, seconds: float = 20.0) -> list[Heard] | None:
        """The messages in what comes next; None when the node has ended the connection."""
        async with asyncio.timeout(seconds):
            data = await self._reader.read(most_bytes)
        self.raw += data
        return self.parser.feed(data) if data else None

    async def until(self, name: str, seconds: float = 20.0) -> Heard:
        """The next message of a name; those before it are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                while self._inbox:
                    message = self._inbox.pop(0)
                    if message.name == name:
                        return message
                heard = await self.hear(seconds=seconds)
                assert heard is not None, f"the node ended the connection before {name!r}: {bytes(self.raw[-2000:])!r}"
                self._inbox.extend(heard)

    async def following(self, seconds: float = 20.0) -> Heard:
        """The next message, whatever it is."""
        while not self._inbox:
            heard = await self.hear(seconds=seconds)
            assert heard is not None, f"the node ended the connection: {bytes(self.raw[-2000:])!r}"
            self._inbox.extend(heard)
        return self._inbox.pop(0)

    async def until_end(self, seconds: float = 20.0) -> list[Heard]:
        """All messages until the node ends the connection."""
        async with asyncio.timeout(seconds):
            while (heard := await self.hear(seconds=seconds)) is not None:
                self._inbox.extend(heard)
        return self._inbox

    def send(self, message: object, *, opcode: int = 1, is_final: bool = True) -> None:
        """A WebSocket message to the node, or a fragment of one (masked, as a client's must be)."""
        payload = message if isinstance(message, bytes) else json.dumps(message).encode()
        size, first = len(payload), (0x80 if is_final else 0) | opcode
        if size < 126:
            head = struct.pack("!BB", first, 0x80 | size)
        elif size < 65_536:
            head = struct.pack("!BBH", first, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", first, 0x80 | 127, size)
        self._writer.write(head + b"\0\0\0\0" + payload)

    def end(self) -> None:
        """Close the sending side, and read on."""
        self._writer.write_eof()

    def cut(self) -> None:
        """End the connection without a word."""
        self._writer.transport.abort()
        if self in _OPEN:
            _OPEN.remove(self)

    def get(self, target: str, headers: dict[str, str] | None = None) -> None:
        """Ask for `target` on a connection that is kept."""
        lines = [
            f"GET {target} HTTP/1.1",
            "Host: node",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())


_OPEN: list["Connection"] = []


def cut_all() -> None:
    """End every connection that a test left open."""
    while _OPEN:
        _OPEN[-1].cut()


async def connect(address: str, parser: Parser) -> Connection:
    """A connection to a node's address (`http://HOST:PORT`)."""
    parts = urlsplit(address)
    assert parts.hostname
    assert parts.port
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**24)
    return Connection(reader, writer, parser)


async def open_stream(
    address: str, query: str, cursor: str | None = None, headers: dict[str, str] | None = None
) -> Connection:
    """An SSE stream."""
    connection = await connect(address, SseParser())
    connection.get(f"/v1/stream?{query}", {**({"Last-Event-ID": cursor} if cursor else {}), **(headers or {})})
    return connection


async def open_gzip_stream(address: str, query: str, accept: str = "gzip, deflate, br") -> Connection:
    """An SSE stream whose client accepts gzip, and is given it."""
    connection = await connect(address, GzipSseParser())
    connection.get(f"/v1/stream?{query}", {"Accept-Encoding": accept})
    return connection


async def open_socket(address: str, path: str = "/v1/ws", headers: dict[str, str] | None = None) -> Connection:
    """A WebSocket; `headers` go with the handshake."""
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}
    connection = await connect(address, SocketParser())
    connection.get(path, {**upgrade, **(headers or {})})
    return connection


async def poll_once(
    address: str, query: str, headers: dict[str, str] | None = None
) -> tuple[int, list[Heard], dict[str, str]]:
    """One poll's status, messages and headers."""
    parser = PollParser()
    connection = await connect(address, parser)
    connection.get(f"/v1/poll?{query}", headers)
    heard: list[Heard] | None = []
    while not heard:
        heard = await connection.hear(seconds=40)
        assert heard is not None, "the node ended the connection without an answer"
    connection.cut()
    return parser.status, heard, parser.headers
