"""Recordings: messages as JSON lines, gzipped where the file's name ends in .gz.

One line a message: `{"topic": "quotes", "key": "EUR/USD", "at": 1546383600078000128, "value": {…}}`, sorted by `at`,
nanoseconds since 1970 UTC; a null value deletes the key.
"""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Self, cast

import msgspec

from feeds.message import Message
from ticker.kinds import KINDS


class _Line(msgspec.Struct):
    topic: str
    key: str
    at: int
    value: msgspec.Raw


class InvalidRecording(ValueError):
    """A line that is no message. The text names the file and the line."""


def read_recording(path: Path) -> Iterator[Message]:
    """The messages of a file, one by one. Raises InvalidRecording, or OSError where it can't be read."""
    decoder = msgspec.json.Decoder(_Line)
    with _open(path, "rb") as file:
        for number, text in enumerate(file, 1):
            try:
                line = decoder.decode(text)
            except msgspec.DecodeError as error:
                right = '{"topic": …, "key": …, "at": nanoseconds, "value": {…}}'
                raise InvalidRecording(f"{path}, line {number}: {error}; a line is {right}") from None
            if line.topic not in KINDS:
                raise InvalidRecording(
                    f"{path}, line {number}: unknown topic {line.topic!r}: known are {', '.join(KINDS)}"
                )
            value = bytes(line.value)
            yield Message(line.topic, line.key, line.at, None if value == b"null" else value)


class RecordingWriter:
    """Writes a recording beside its final name, which it takes when all is written."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where the file can't be made."""
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._file = _open(self._partial, "wb", compressed=path.suffix == ".gz")
        self.count = 0
        """Messages written."""

    def write(self, messages: Iterable[Message]) -> None:
        """Append messages."""
        for message in messages:
            value = msgspec.Raw(message.value if message.value is not None else b"null")
            line = _Line(message.kind, message.key, message.at, value)
            self._file.write(msgspec.json.encode(line) + b"\n")
            self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
        self._partial.replace(self._path)


def _open(path: Path, mode: str, *, compressed: bool | None = None) -> IO[bytes]:
    if path.suffix == ".gz" if compressed is None else compressed:
        return cast(IO[bytes], gzip.open(path, mode))
    return cast(IO[bytes], path.open(mode))
