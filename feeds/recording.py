"""Recordings: messages as JSON lines, gzipped where the file's name ends in .gz.

One line a message: `{"topic": "quotes", "key": "EUR/USD", "at": 1546383600078000128, "value": {…}}`, sorted by `at`,
nanoseconds since 1970 UTC; a null value deletes the key.
"""

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Self

import msgspec

from feeds.message import Message
from feeds.sorted_lines import SortedLines
from ticker.kinds import KINDS

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes: a longer line is no message."""
MOST_IN_MEMORY = 100_000
"""Messages that a writer holds; the rest waits in temporary files beside the recording."""
_RIGHT = 'a line is {"topic": "quotes", "key": "EUR/USD", "at": 1546383600078000128, "value": {…} or null}'


class _Line(msgspec.Struct):
    topic: str
    key: Annotated[str, msgspec.Meta(min_length=1)]
    at: Annotated[int, msgspec.Meta(ge=0)]
    value: msgspec.Raw


_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


class InvalidRecording(ValueError):
    """A file that is no recording. The text names the file and the line, and says what would be right."""


def read_recording(path: Path) -> Iterator[Message]:
    """The messages of a file, read as they are asked for; their values are the file's, byte for byte.

    Raises InvalidRecording, and OSError where the file can't be read.
    """
    number, last = 0, 0
    try:
        with _opened(path) as file:
            while text := file.readline(LONGEST_LINE + 1):
                number += 1
                message = _message(text)
                if message.at < last:
                    raise ValueError(f"`at` is {message.at}, but the line before has {last}: lines are sorted by `at`")
                last = message.at
                yield message
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidRecording(f"{path}, after line {number}: not a whole gzip file: {error}") from None
    except (ValueError, RecursionError) as error:
        raise InvalidRecording(f"{path}, line {number}: {error}; {_RIGHT}") from None


def _opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _message(text: bytes) -> Message:
    if len(text) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    line = _decode(text)
    if line.topic not in KINDS:
        raise ValueError(f"unknown topic {line.topic!r}: the topics are {', '.join(KINDS)}")
    value = bytes(line.value)
    if value == b"null":
        return Message(line.topic, line.key, line.at, None)
    if not value.startswith(b"{"):
        raise ValueError("`value` is neither an object nor null")
    return Message(line.topic, line.key, line.at, value)


class RecordingWriter:
    """Writes a recording, which is there, whole, when the `with` block is left.

    Messages may come in any order: the recording is sorted by `at`. Those of one key stay in the order in which they
    come; one that is older than the one before it gets that one's `at`. A block that is left by an error leaves the
    file as it was; one that is cancelled or interrupted makes the recording of what there is.
    """

    def __init__(self, path: Path) -> None:
        """Raises OSError where the file can't be made."""
        self._path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._file = self._partial.open("wb")
        self._lines = SortedLines(path.parent, MOST_IN_MEMORY)
        self._newest: dict[tuple[str, str], int] = {}
        self.count = 0
        """Messages written."""
        self.skipped = 0
        """Messages left out: their value is no JSON object."""

    def write(self, messages: Iterable[Message]) -> None:
        """Add messages. Raises OSError on a full disk."""
        for message in messages:
            name = message.kind, message.key
            at = max(message.at, self._newest.get(name, 0))
            value = b"null" if message.value is None else _on_one_line(message.value)
            line = _encode(_Line(message.kind, message.key, at, msgspec.Raw(value)))
            try:
                _message(line)
            except (ValueError, RecursionError):
                self.skipped += 1
                continue
            self._newest[name] = at
            self._lines.add(at, line + b"\n")
            self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        try:
            if not isinstance(error, Exception):
                self._finish()
        finally:
            self._lines.close()
            self._file.close()
            self._partial.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self._path.suffix == ".gz":
            with gzip.GzipFile("", "wb", fileobj=self._file, mtime=0) as compressed:
                compressed.writelines(self._lines)
        else:
            self._file.writelines(self._lines)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._partial.replace(self._path)


def _on_one_line(value: bytes) -> bytes:
    """JSON with blanks for its line breaks, which can only be between its parts."""
    return value.replace(b"\r", b" ").replace(b"\n", b" ")
