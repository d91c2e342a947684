"""Catch-up: what a reader that isn't level is given next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ticker.audience import Audience
from ticker.encoding import Encoding
from ticker.entry import Entry
from ticker.log import Answer, Log
from ticker.position import Position
from ticker.reader import Reader
from ticker.subscription import Start, Subscription


@dataclass(frozen=True, slots=True)
class Step:
    """One write's worth of catch-up."""

    answer: Answer
    position: Position
    """Where the reader may resume afterwards, in the channels that it has by then."""
    rest: Start | None
    """Where it then stands; None where it then has all there is."""


def next_step(log: Log, start: Start, head: Position, chunk_bytes: int) -> Step:
    """The next step of a reader at `start` towards `head`, a place that this log has issued.

    What it missed of kept channels goes in chunks of some `chunk_bytes`, in append order, each with the cursor of
    exactly what has been sent. What it begins goes whole, since no place in the middle has a name. Raises TooMuch.
    """
    bound = head.seq or 0
    if start.kept:
        answer = log.since(replace(start, fresh=(), void=(), reason=None), bound)
        sent = _within(answer.entries, chunk_bytes)
        if len(sent) < len(answer.entries) and not answer.gap and not answer.reset:
            position = start.position.moved(_reached(sent))
            return Step(Answer(sent), position, replace(start, position=position))
        if not start.fresh and not start.void:
            return Step(answer, head, None)
    return Step(log.since(start, bound), head, None)


def encode_step(step: Step, start: Start, subscription: Subscription, encoding: Encoding, *, is_greeted: bool) -> bytes:
    """The bytes of the step of a reader that stood at `start`; empty where there is nothing to say."""
    answer = step.answer
    parts: list[bytes] = []
    if answer.reset:
        parts.append(encoding.reset(answer.reason or "epoch", answer.reset))
    if answer.gap:
        parts.append(encoding.gap(answer.gap))
    if answer.entries or parts or not is_greeted:
        known = subscription if step.rest is None else Subscription(step.rest.kept)
        cursor = known.cursor(step.position)
        parts.append(encoding.batch(answer.entries, cursor, first=bool(answer.reset) or not start.kept))
    return b"".join(parts)


class Steps:
    """The steps of one flush, each built once for all who stand at the same place."""

    def __init__(self, log: Log, chunk_bytes: int, status: Callable[[Audience], bytes]) -> None:
        """`status` makes what a reader is told first of how the feeds are."""
        self._log = log
        self._chunk_bytes = chunk_bytes
        self._status = status
        self._built: dict[tuple[Audience, bool, Start], tuple[Step, bytes]] = {}

    def clear(self) -> None:
        """Another flush begins, or what the log knows is no longer what it was."""
        self._built.clear()

    def step_of(self, reader: Reader, head: Position) -> tuple[Step, bytes]:
        """A reader's next step and its bytes. Raises TooMuch."""
        start, audience, is_greeted = reader.start, reader.audience, reader.is_greeted
        key = (audience, is_greeted, start)
        built = self._built.get(key)
        if built is None:
            step = next_step(self._log, start, head, self._chunk_bytes)
            data = encode_step(step, start, audience.subscription, audience.encoding, is_greeted=is_greeted)
            if not is_greeted:
                data += self._status(audience)
            built = self._built[key] = (step, data)
        return built


class Undrained:
    """Catch-up that is under way: who was written how much, until their sockets have taken it."""

    def __init__(self, most_bytes: int) -> None:
        """With `most_bytes` under way, others wait their turn."""
        self.bytes = 0
        self._most_bytes = most_bytes
        self._written: dict[Reader, int] = {}

    def add(self, reader: Reader, size: int) -> None:
        """A reader was written `size` bytes."""
        self.remove(reader)
        self._written[reader] = size
        self.bytes += size

    def remove(self, reader: Reader) -> None:
        """A reader has taken what it was written, or has left."""
        self.bytes -= self._written.pop(reader, 0)

    def look(self) -> None:
        """See whose sockets have taken all."""
        for reader in [reader for reader in self._written if not reader.backlog()]:
            self.remove(reader)

    def is_full(self) -> bool:
        """Whether no more may be under way."""
        return self.bytes >= self._most_bytes


def _within(entries: Sequence[Entry], most_bytes: int) -> Sequence[Entry]:
    total = 0
    for count, entry in enumerate(entries):
        total += len(entry.json)
        if total > most_bytes and count:
            return entries[:count]
    return entries


def _reached(entries: Sequence[Entry]) -> dict[tuple[str, int], int]:
    return {(entry.series.kind, entry.partition): entry.offset for entry in entries}
