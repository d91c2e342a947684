"""Compares what readers got with what was sent. A program of its own, which shares no code with ticker.

    python compare.py RECORDING NAME=FRAMING:FILE[,FILE…] …

FRAMING is `sse`, `socket` (each event counts when it comes), `resumable` (a socket with cursors: events count when the
cursor after them has come, since a resume repeats them otherwise) or `poll`. The files hold the raw bytes of one
reader's connections, in order. Exits 1 with the differences, or where nothing was compared.
"""

import gzip
import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

LOG_TOPICS = ("trades", "plays")
TOPIC_OF = {"t": "trades", "c": "trades", "x": "trades", "play": "plays", "q": "quotes", "game": "games"}
KEY_OF = {"trades": "S", "quotes": "S", "plays": "game", "games": "id"}


def recorded(path: Path) -> dict[tuple[str, str], list[object]]:
    """Per topic and key, the values in their order."""
    values: dict[tuple[str, str], list[object]] = {}
    with gzip.open(path, "rt") as lines:
        for line in lines:
            record = json.loads(line)
            values.setdefault((record["topic"], record["key"]), []).append(record["value"])
    return values


def sse_batches(raw: bytes) -> Iterator[list[dict[str, object]]]:
    body = raw.partition(b"\r\n\r\n")[2]
    for block in body.split(b"\n\n")[:-1]:
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
        if b"data" in fields and fields.get(b"event", b"snapshot") == b"snapshot":
            yield json.loads(fields[b"data"])


def socket_batches(raw: bytes, *, resumable: bool) -> Iterator[list[dict[str, object]]]:
    rest = raw.partition(b"\r\n\r\n")[2]
    waiting: list[dict[str, object]] = []
    while len(rest) >= 2:
        size, at = rest[1], 2
        if size >= 126:
            at = 4 if size == 126 else 10
            if len(rest) < at:
                break
            size = int.from_bytes(rest[2:at], "big")
        if len(rest) < at + size:
            break
        opcode, payload, rest = rest[0] & 15, rest[at : at + size], rest[at + size :]
        if opcode == 1:
            events = json.loads(payload)
            if events[0]["T"] == "cursor":
                yield waiting
                waiting = []
            elif resumable:
                waiting.extend(event for event in events if event["T"] in TOPIC_OF)
            else:
                yield events
        else:
            assert opcode in (8, 9, 10), struct.pack("!B", opcode)


def poll_batches(raw: bytes) -> Iterator[list[dict[str, object]]]:
    """The answers that came one after another on a connection."""
    while b"\r\n\r\n" in raw:
        head, _, rest = raw.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if lines[0].startswith(b"http/1.1 304"):
            length = 0
        if len(rest) < length:
            return
        if lines[0].startswith(b"http/1.1 200"):
            yield json.loads(rest[:length])["events"]
        raw = rest[length:]


def plain_socket_batches(raw: bytes) -> Iterator[list[dict[str, object]]]:
    return socket_batches(raw, resumable=False)


def resumable_socket_batches(raw: bytes) -> Iterator[list[dict[str, object]]]:
    return socket_batches(raw, resumable=True)


FRAMINGS = {
    "sse": sse_batches,
    "poll": poll_batches,
    "socket": plain_socket_batches,
    "resumable": resumable_socket_batches,
}


def received(framing: str, paths: list[Path]) -> dict[tuple[str, str], list[object]]:
    """Per topic and key, the values in the order they came."""
    values: dict[tuple[str, str], list[object]] = {}
    for path in paths:
        for batch in FRAMINGS[framing](path.read_bytes()):
            for event in batch:
                topic = TOPIC_OF.get(str(event["T"]))
                if topic:
                    values.setdefault((topic, str(event[KEY_OF[topic]])), []).append(event)
    return values


def differences(sent: dict[tuple[str, str], list[object]], got: dict[tuple[str, str], list[object]]) -> Iterator[str]:
    for (topic, key), values in sent.items():
        seen = got.get((topic, key), [])
        if topic in LOG_TOPICS:
            if seen != values:
                at = next(
                    (n for n, (a, b) in enumerate(zip(values, seen, strict=False)) if a != b),
                    min(len(values), len(seen)),
                )
                yield f"{topic}/{key}: {len(values)} were sent and {len(seen)} came; they differ from number {at} on"
            continue
        place = 0
        for value in seen:
            try:
                place = values.index(value, place)
            except ValueError:
                what = "went back" if value in values else "something that was never sent came"
                yield f"{topic}/{key}: {what}: {json.dumps(value)[:200]}"
                break
        if not seen or seen[-1] != values[-1]:
            yield f"{topic}/{key}: the last is not what was sent last"
    for topic, key in got.keys() - sent.keys():
        yield f"{topic}/{key}: was never sent"


def main() -> int:
    sent = recorded(Path(sys.argv[1]))
    failed = False
    for argument in sys.argv[2:]:
        name, _, what = argument.partition("=")
        framing, _, files = what.partition(":")
        got = received(framing, [Path(file) for file in files.split(",")])
        found = list(differences(sent, got))
        exact = sum(len(values) for (topic, _), values in sent.items() if topic in LOG_TOPICS)
        state = sum(1 for topic, _ in sent if topic not in LOG_TOPICS)
        events = sum(len(values) for values in got.values())
        if exact + state == 0 or events == 0:
            found.append("nothing was compared")
        said = f"{exact} compared one by one, {state} keys by their last value; {len(found)} differences"
        print(f"{name}: {events} events came; {said}")
        for difference in found[:10]:
            print(f"  {difference}")
        failed = failed or bool(found)
    return 1 if failed or len(sys.argv) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
