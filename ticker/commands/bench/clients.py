"""What the load's clients say to each way of serving."""

import json
import struct

from ticker.commands.bench.connections import Connection
from ticker.commands.bench.scenario import Scenario

HEAD_END = b"\r\n\r\n"


def client_of(way: str, scenario: Scenario, number: int, host: str, cursor: bytes = b"") -> Connection:
    """The connection of client `number`, with all that it will say."""
    symbols = scenario.watchlist(number)
    if way == "floor":
        return Connection(b"", ((b"\n", b""),))
    if way != "ticker":
        return _plain(way, ",".join(symbols), host)
    if scenario.transport in ("websocket", "msgpack"):
        subscribe = {"action": "subscribe", "quotes": symbols, "mode": scenario.mode, "interval": scenario.interval}
        said = masked_frame(json.dumps(subscribe).encode())
        form = {"Content-Type": "application/msgpack"} if scenario.transport == "msgpack" else {}
        return Connection(_upgrade("/v1/ws", host, form), ((HEAD_END, said), (b"subscription", b"")))
    headers = {"Accept": "text/event-stream"}
    if scenario.gzip:
        headers["Accept-Encoding"] = "gzip"
    if cursor:
        headers["Last-Event-ID"] = cursor.decode()
    path = f"/v1/stream?quotes={','.join(symbols)}&mode={scenario.mode}&interval={scenario.interval}"
    marks = ((HEAD_END, b""),) if scenario.gzip else ((HEAD_END, b""), (b"\nid: ", b""), (b"\n\n", b""))
    return Connection(get_request(path, host, headers), marks, gzip=scenario.gzip)


def _plain(way: str, symbols: str, host: str) -> Connection:
    if "sse" in way:
        return Connection(get_request(f"/sse?quotes={symbols}", host), ((HEAD_END, b""),))
    return Connection(_upgrade(f"/ws?quotes={symbols}", host), ((HEAD_END, b""),))


def get_request(path: str, host: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET request."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return "\r\n".join([*lines, "", ""]).encode()


def _upgrade(path: str, host: str, headers: dict[str, str] | None = None) -> bytes:
    return get_request(
        path,
        host,
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            **(headers or {}),
        },
    )


def masked_frame(payload: bytes) -> bytes:
    """A client's text frame (RFC 6455, 5.2), under a mask of zeros, which leaves the payload as it is."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x81, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", 0x81, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x81, 0x80 | 127, size)
    return head + bytes(4) + payload
