"""What a client may believe, and what must then be true: checked against the Kafka that keeps every record."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import reduce

from tests.ticker.lines import Frame
from tests.ticker.model import BEFORE_ALL, LOGS, PARTITIONS, Fact, Kafka, KafkaTopic, channels_holding, names_in
from ticker.channels import absorb, digest, everything, kind_of
from ticker.cursor import decode_cursor
from ticker.position import Position
from ticker.subscription import Beginning, Subscription

Name = tuple[str, str]
"""A kind and a key."""


@dataclass(frozen=True)
class Moment:
    """What an observer knows of a node when it wrote a cursor."""

    heads: dict[str, tuple[int, ...]]
    """How far it had read."""
    held: dict[Name, int] = field(default_factory=dict)
    """How much it held of each key of a log kind, up to the cursor."""


class Comparisons:
    """How often something was compared, so that a run which compared nothing can't pass."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number


@dataclass(frozen=True)
class Pending:
    """A channel that a client waits to begin."""

    beginning: Beginning
    after: tuple[tuple[str, bytes, tuple[int, ...]], ...] = ()
    """Where the node was when it was asked, by kind, if what came later must not be missing."""

    def after_of(self, topic: KafkaTopic, ends: tuple[int, ...]) -> tuple[int, ...] | None:
        """That of one topic; one that the node did not know then begins where the client does."""
        if not self.after:
            return None
        places = [offsets for kind, tag, offsets in self.after if (kind, tag) == (topic.kind, topic.tag)]
        return tuple(min(offsets) for offsets in zip(ends, *places, strict=True))

    def and_also(self, other: "Pending") -> "Pending":
        """A key of two channels gets what either of them gives."""
        mine, theirs = self.beginning, other.beginning
        both = Beginning(mine.snapshot or theirs.snapshot, max(mine.history, theirs.history))
        return Pending(both, self.after + other.after)


def _covered(old: set[str], new: set[str]) -> set[str]:
    """What two lists of channels have in common."""
    kept = {name for name in new if name in old or everything(kind_of(name)) in old}
    return kept | {name for name in old if everything(kind_of(name)) in new}


@dataclass
class Client:
    """One client's memory: what it holds, and its last cursor. It takes in whole frames only."""

    kafka: Kafka
    compared: Comparisons
    subscription: Subscription
    again: Beginning
    kept: tuple[str, ...] = ()
    """The channels that it has begun."""
    pending: dict[str, Pending] = field(default_factory=dict)
    """Those that it has yet to begin."""
    void: frozenset[str] = frozenset()
    """Channels that its cursor didn't fit: it must be told so before anything else."""
    cursor: str | None = None
    state: dict[Name, Fact] = field(default_factory=dict)
    """Of state kinds, the newest of each key, deletions too."""
    logs: dict[Name, list[Fact]] = field(default_factory=dict)
    """Of log kinds, everything in the order it came."""
    lower: dict[Name, tuple[int, ...]] = field(default_factory=dict)
    """Per partition the offset after which nothing may be missing."""
    high: dict[tuple[str, str, bytes], int] = field(default_factory=dict)
    """The highest offset ever seen of a state kind's key in an epoch."""
    staged: tuple[str, ...] = ()
    """Channels whose reset waits for the batch that follows it."""
    begun: dict[Name, Pending] = field(default_factory=dict)
    """Keys that begin with the next cursor."""
    marks: dict[Name, int] = field(default_factory=dict)
    """How much of a log key's list came before what begins with the next cursor."""
    gapped: set[Name] = field(default_factory=set)
    """Keys of which it was told that something is missing before what follows."""
    saved: "Client | None" = None
    """Itself when its cursor came, which is what it goes on from when it has lost its connection."""

    def fork(self) -> "Client":
        """A client that knows exactly as much."""
        other = copy(self)
        for name in ("pending", "state", "lower", "high", "begun", "marks", "gapped"):
            setattr(other, name, copy(getattr(self, name)))
        other.logs = {name: list(facts) for name, facts in self.logs.items()}
        return other

    def back(self) -> "Client | None":
        """A client that knows as much as this one did when its cursor came; None where none came."""
        if self.saved is None:
            return None
        other = self.saved.fork()
        other.saved = self.saved
        return other

    # Asking

    def request(self) -> tuple[list[str], list[str]]:
        """The names of the channels it wants, and those that it says it has added."""
        return sorted({*self.subscription.channels, *self.kept}), sorted(self.pending)

    def resume(self, names: list[str], added: list[str], removed: list[str], beginning: Pending) -> None:
        """Know what may be expected of a cursor."""
        assert self.cursor is not None
        known = decode_cursor(self.cursor).digest
        channels = absorb(names)
        old = set(names) - set(added)
        fits = next((k for k in (channels, absorb(old), absorb(old | set(removed))) if digest(k) == known), None)
        self.kept = channels if fits is None else tuple(sorted(_covered(set(fits), set(channels))))
        self.void = frozenset(self.kept if fits is None else ())
        self.staged = ()
        self.pending = {name: beginning for name in channels if name not in self.kept}
        self.subscription = replace(self.subscription, channels=channels)
        if fits is not None:
            self._forget(self.names - names_in(set(self.kept)))

    def resubscribe(self, subscription: Subscription, beginning: Pending) -> None:
        """Forget what isn't kept, and wait for what is new."""
        new = set(subscription.channels)
        kept = _covered(set(self.kept), new)
        self.pending = {name: self.pending.get(name, beginning) for name in new - kept}
        self.kept = tuple(sorted(kept))
        self.void = frozenset(kept if self.void else ())
        self.subscription = subscription
        self._forget(self.names - names_in(kept))

    @property
    def names(self) -> set[Name]:
        return {*self.state, *self.logs, *self.lower}

    def _forget(self, names: Iterable[Name]) -> None:
        for name in list(names):
            self.state.pop(name, None)
            self.logs.pop(name, None)
            self.lower.pop(name, None)
            self.marks.pop(name, None)
            self.gapped.discard(name)

    # Taking in

    def take(self, frame: Frame) -> None:
        """Take in what one frame says; its cursor, where it has one, is for `reach`."""
        if frame["is"] == "reset":
            self.staged = (*self.staged, *frame["channels"])
        elif frame["is"] == "gap":
            self._gap(frame["channels"])
        elif frame["is"] == "batch":
            self._reset(self.staged)
            self.staged = ()
            assert not self.void, f"its cursor was of other channels, and it was not told of {self.void}"
            for said in frame["entries"]:
                self._entry(*said)
            self.compared.count("entries", len(frame["entries"]))

    def _gap(self, channels: list[str]) -> None:
        for name in names_in(set(channels)):
            assert name[0] in LOGS, f"a gap in a state kind: {channels}"
            self.gapped.add(name)
            self.marks[name] = len(self.logs.get(name, ()))
            if self.lower.pop(name, None) is not None:
                self.begun[name] = Pending(self.again)

    def _reset(self, channels: tuple[str, ...]) -> None:
        names = names_in(set(channels))
        self._forget(names)
        for name in names:
            self.begun[name] = Pending(self.again)
        self.void -= set(channels)

    def _entry(self, kind: str, key: str, partition: int, offset: int, time: float, event: str) -> None:
        fact = self.kafka.by_time[time]
        assert (fact.kind, fact.key, fact.partition, fact.offset) == (kind, key, partition, offset), "not as produced"
        assert channels_holding(kind, key) & set(self.subscription.channels), f"{kind}/{key} was not asked for"
        if fact.value is not None:
            assert event == fact.value.decode(), "not as produced"
        if kind in LOGS:
            held = self.logs.setdefault(fact.name, [])
            for earlier in held:
                assert earlier.tag == fact.tag, f"{fact} after one of another epoch"
                assert earlier.partition != partition or earlier.offset < offset, f"{fact} again, or late: {held}"
            held.append(fact)
            return
        current = self.state.get(fact.name)
        if current is not None:
            assert current.tag == fact.tag, f"{fact} in place of one of another epoch"
            assert current.offset < offset, f"{fact} after {current}"
        seen = self.high.get((kind, key, fact.tag), -1)
        assert seen <= offset, f"{fact}, though {seen} was seen before"
        self.high[kind, key, fact.tag] = offset
        self.state[fact.name] = fact

    # What a cursor promises

    def reach(self, frame: Frame, moment: Moment) -> None:
        """Believe the cursor of a frame that a node wrote at some moment."""
        self.cursor = frame["cursor"]
        decoded = decode_cursor(frame["cursor"])
        if decoded.digest == digest(self.subscription.channels):
            assert frame["is"] == "batch" or not self.pending, "a heartbeat promised what was not begun"
            for name in names_in(set(self.pending)) - names_in(set(self.kept)):
                holding = channels_holding(*name)
                asked = [pending for channel, pending in self.pending.items() if channel in holding]
                self.begun.setdefault(name, reduce(Pending.and_also, asked))
            self.kept, self.pending = self.subscription.channels, {}
        else:
            assert self.pending, "a cursor of other channels"
            assert decoded.digest == digest(self.kept), "a cursor of other channels"
        self.check(decoded.position, moment)
        self.saved = None
        self.saved = self.fork()

    def check(self, position: Position, moment: Moment) -> None:
        """Everything up to `position` must be here, and nothing after it.

        What a newer event of a state kind's key has replaced may be missing, if that one was in what the node had read.
        """
        for name in sorted(names_in(set(self.kept))):
            kind, key = name
            at = position.topics.get(kind)
            if at is None:
                continue
            topic = self.kafka.by_tag[kind, at.tag]
            if kind in LOGS:
                self._check_log(topic, key, at.offsets, moment.held.get(name, 0))
            else:
                self._check_state(topic, key, at.offsets, moment.heads[kind])
        self.begun.clear()
        self.marks.clear()
        self.gapped.clear()

    def _check_state(self, topic: KafkaTopic, key: str, ends: tuple[int, ...], heads: tuple[int, ...]) -> None:
        name = (topic.kind, key)
        held = self.state.get(name)
        if (begun := self.begun.get(name)) is not None:
            is_snapshot = begun.beginning.snapshot and not begun.after
            assert not (is_snapshot and held and held.value is None), f"a deletion in a snapshot: {held}"
            self.lower[name] = BEFORE_ALL if begun.beginning.snapshot else begun.after_of(topic, ends) or ends
        assert name in self.lower, f"{name} was never begun"
        newest = topic.newest(key, ends)
        if held is not None:
            assert held.tag == topic.tag, f"{held} is of another epoch"
            assert held.offset <= ends[held.partition], f"{held} is beyond its cursor {ends}"
        self.compared.count("states")
        if newest is not held and newest is not None:
            p = newest.partition
            if topic.valid(key, p, ends[p], heads[p]):
                return
        if newest is None or (newest.value is None and held is None):
            assert held is None, f"{held} came from nowhere"
        elif held is None:
            assert newest.offset <= self.lower[name][newest.partition], f"{newest} is missing at {ends}"
        else:
            assert held is newest, f"{held} at {ends}, where {newest} is the newest"

    def _check_log(self, topic: KafkaTopic, key: str, ends: tuple[int, ...], there: int) -> None:
        name = (topic.kind, key)
        held = self.logs.get(name, [])
        begun = self.begun.get(name)
        if begun is not None:
            new = held[self.marks.get(name, 0) :]
            self.lower[name] = self._where_it_began(topic, key, ends, new, begun, name in self.gapped)
            fewest = min(there, begun.beginning.history)
            assert name in self.gapped or len(new) >= fewest, f"began {name} with {new}, though {there} were there"
        assert name in self.lower, f"{name} was never begun"
        for fact in held:
            assert fact.tag == topic.tag, f"{fact} is of another epoch"
            assert fact.offset <= ends[fact.partition], f"{fact} is beyond its cursor {ends}"
        for partition, lower in enumerate(self.lower[name]):
            expected = topic.valid(key, partition, lower, ends[partition])
            got = [fact for fact in held if fact.partition == partition and fact.offset > lower]
            assert got == expected, f"of {name} after {lower} up to {ends} got {got} instead of {expected}"
            self.compared.count("log entries", len(got))

    @staticmethod
    def _where_it_began(
        topic: KafkaTopic, key: str, ends: tuple[int, ...], new: list[Fact], begun: Pending, gapped: bool
    ) -> tuple[int, ...]:
        """Per partition the offset before the first of `new`, which must end where the cursor does."""
        after = begun.after_of(topic, ends)
        lower: list[int] = []
        for partition in range(PARTITIONS):
            got = [fact for fact in new if fact.partition == partition]
            known = topic.valid(key, partition, -1, ends[partition])
            assert got == known[len(known) - len(got) :], f"began {topic.kind}/{key} with {got}, where it is {known}"
            first = got[0].offset - 1 if got else ends[partition]
            if after is not None and not gapped:
                late = topic.valid(key, partition, after[partition], ends[partition])
                assert len(got) >= len(late), f"began {topic.kind}/{key} with {got}, where {late} came after it asked"
            lower.append(first)
        if after is None and not gapped:
            assert len(new) <= begun.beginning.history, f"began with {new}, where {begun.beginning} was asked for"
        return tuple(lower)
