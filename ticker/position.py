"""Positions: how far a reader has come, one offset per partition of every topic."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping


class TopicPosition:
    """How far into one topic. Immutable and shared by all who stand there; its text is made once."""

    __slots__ = ("_text", "code", "offsets", "tag")

    def __init__(self, code: str, tag: bytes, offsets: tuple[int, ...]) -> None:
        self.code = code
        """The kind's letter."""
        self.tag = tag
        """The topic's epoch, shortened to four bytes."""
        self.offsets = offsets
        """Per partition the highest offset that is accounted for; -1 before the first."""
        self._text: str | None = None

    @property
    def text(self) -> str:
        """The topic's part of a cursor: the kind's letter and URL-safe base64 of the tag and the offsets."""
        if self._text is None:
            packed = bytearray(self.tag)
            for offset in self.offsets:
                rest = offset + 1
                while rest > 0x7F:
                    packed.append(rest & 0x7F | 0x80)
                    rest >>= 7
                packed.append(rest)
            self._text = self.code + urlsafe_b64encode(packed).rstrip(b"=").decode()
        return self._text

    def is_behind(self, other: "TopicPosition | None") -> bool:
        """Whether another position is of the same epoch, and further in some partition."""
        if other is None or other.tag != self.tag or len(other.offsets) != len(self.offsets):
            return False
        return any(theirs > ours for theirs, ours in zip(other.offsets, self.offsets, strict=True))


class Position:
    """How far into the topics, by kind.

    One that this node's log issued has a `seq`, the log's own count of appends: then `since` is one comparison of
    integers. One that came with a cursor has none, and is compared by offsets.
    """

    __slots__ = ("_texts", "seq", "topics")

    def __init__(self, topics: Mapping[str, TopicPosition], seq: int | None = None) -> None:
        self.topics = topics
        self.seq = seq
        self._texts: dict[tuple[str, ...], str] = {}

    def text_of(self, kinds: tuple[str, ...]) -> str:
        """What a cursor says of the topics of `kinds`; made once for all subscriptions that read these."""
        text = self._texts.get(kinds)
        if text is None:
            text = "".join([f".{self.topics[kind].text}" for kind in kinds if kind in self.topics])
            self._texts[kinds] = text
        return text

    def moved(self, offsets: Mapping[tuple[str, int], int]) -> "Position":
        """This position with the offset of each (kind, partition) given raised to the one given."""
        topics = dict(self.topics)
        for kind in {kind for kind, _ in offsets}:
            before = topics[kind]
            raised = tuple(max(old, offsets.get((kind, n), -1)) for n, old in enumerate(before.offsets))
            topics[kind] = TopicPosition(before.code, before.tag, raised)
        return Position(topics)
