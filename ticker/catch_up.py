"""Catch-up: what a reader that isn't level is given next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ticker.encoding import Encoding
from ticker.entry import Entry
from ticker.log import Answer, Log
from ticker.position import Position
from ticker.subscription import Start, Subscription


@dataclass(frozen=True, slots=True)
class Step:
    """One write's worth of catch-up."""

    answer: Answer
    position: Position
    """Where the reader may resume afterwards, in the channels that it has by then."""
    rest: Start | None
    """Where it then stands; None where it then has all there is."""


def next_step(log: Log, start: Start, bound: int, head: Position, chunk_bytes: int) -> Step:
    """The next step of a reader at `start` towards `head`, the place of the entry whose `seq` is `bound`.

    What it missed of kept channels goes in chunks of some `chunk_bytes`, in append order, each with the cursor of
    exactly what has been sent. What it begins goes whole, since no place in the middle has a name. Raises TooMuch.
    """
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


def _within(entries: Sequence[Entry], most_bytes: int) -> Sequence[Entry]:
    total = 0
    for count, entry in enumerate(entries):
        total += len(entry.json)
        if total > most_bytes and count:
            return entries[:count]
    return entries


def _reached(entries: Sequence[Entry]) -> dict[tuple[str, int], int]:
    return {(entry.series.kind, entry.partition): entry.offset for entry in entries}
