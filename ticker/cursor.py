"""Cursors: a position as an opaque, URL-safe text that means the same on every node.

The text is a version, a digest of the channels it is for, and for each topic that those read, its kind's letter, its
epoch and an offset per partition.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from ticker.channels import kind_of
from ticker.kinds import KINDS
from ticker.position import Position, TopicPosition

VERSION = "1"
LONGEST = 16_384
"""Characters that a cursor has at most: nine topics of some 200 partitions each."""
TAG_BYTES = 4
_DIGEST_CHARACTERS = 8
_KIND_NAMES = {kind.code: kind.name for kind in KINDS.values()}


class InvalidCursor(ValueError):
    """A text that is no cursor of this version."""

    def __init__(self, why: str) -> None:
        super().__init__(f"unreadable cursor: {why}; use one exactly as it was given, or none to begin anew")


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a cursor's text says."""

    digest: bytes
    position: Position


def cursor_head(channels_digest: bytes) -> str:
    """What the cursors of a subscription with that digest begin with."""
    return VERSION + urlsafe_b64encode(channels_digest).decode()


def encode_cursor(head: str, kinds: tuple[str, ...], position: Position) -> str:
    """The cursor for `position`, of a subscription with that `cursor_head` which reads the topics of `kinds`."""
    return head + position.text_of(kinds)


def kinds_read(channels: Iterable[str]) -> tuple[str, ...]:
    """The kinds whose topics the channels read, sorted."""
    return tuple(sorted({kind_of(channel) for channel in channels}))


def decode_cursor(text: str) -> Cursor:
    """What `text` says. Raises InvalidCursor."""
    if len(text) > LONGEST:
        raise InvalidCursor(f"it has {len(text)} characters, and {LONGEST} is the most")
    head, *parts = text.split(".")
    if head[:1] != VERSION or len(head) != 1 + _DIGEST_CHARACTERS:
        raise InvalidCursor("it doesn't begin as one does")
    topics: dict[str, TopicPosition] = {}
    for part in parts:
        kind = _KIND_NAMES.get(part[:1])
        if kind is None or kind in topics:
            raise InvalidCursor("it names a kind that doesn't exist, or one twice")
        packed = _unpack(part[1:])
        topics[kind] = TopicPosition(part[0], packed[:TAG_BYTES], _offsets(packed[TAG_BYTES:]))
    return Cursor(_unpack(head[1:]), Position(topics))


def _unpack(text: str) -> bytes:
    try:
        packed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise InvalidCursor("it is damaged") from None
    if urlsafe_b64encode(packed).rstrip(b"=").decode() != text:
        raise InvalidCursor("it is damaged")
    return packed


def _offsets(packed: bytes) -> tuple[int, ...]:
    offsets: list[int] = []
    value = shift = 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        shift += 7
        if shift > 70:
            raise InvalidCursor("an offset is too large")
        if byte < 0x80:
            offsets.append(value - 1)
            value = shift = 0
    if shift or not offsets:
        raise InvalidCursor("it is cut short")
    return tuple(offsets)
