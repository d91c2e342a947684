"""The naive model: a Kafka that keeps every record it was ever given, and what a node has read of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from ticker.config import HubConfig, LogConfig
from ticker.events import InvalidEvent
from ticker.hub import Hub
from ticker.log import Log
from ticker.position import Position
from ticker.record import Record
from ticker.topic import Topic

PARTITIONS = 2
KEYS = {
    "quotes": ("A", "B"),
    "games": ("nfl.1", "nba.1", "nfl.1.7"),
    "trades": ("A", "B"),
    "plays": ("nfl.1", "nba.1", "nfl.1.7"),
}
"""`nfl.1` is a game of `nfl` and the league of `nfl.1.7`: their channel is one and the same."""
WANDERER = "B"
"""A symbol whose trades come to every partition, as from producers that partition differently."""
LOGS = ("trades", "plays")
STATES = ("quotes", "games")
WHOLE = 10_000
"""More records, or more steps of a flush, than there ever are."""
BEFORE_ALL = (-1,) * PARTITIONS


class Fact(NamedTuple):
    """One record as it was produced."""

    kind: str
    tag: bytes
    key: str
    partition: int
    offset: int
    time: float
    value: bytes | None
    is_valid: bool

    @property
    def name(self) -> tuple[str, str]:
        return self.kind, self.key


@cache
def channels_holding(kind: str, key: str) -> frozenset[str]:
    """The channels that hold a key, found without asking the code under test."""
    names = {key, "*"}
    if kind in ("games", "plays"):
        names.add(key[: key.rindex(".")])
    return frozenset(f"{kind}/{name}" for name in names)


def names_in(channels: set[str]) -> set[tuple[str, str]]:
    """The keys that some channels hold."""
    return {(kind, key) for kind, keys in KEYS.items() for key in keys if channels_holding(kind, key) & channels}


def event_of(kind: str, key: str, serial: int) -> bytes:
    """An event that can be told from every other."""
    time = "2021-01-08T00:00:00Z"
    if kind == "quotes":
        event: dict[str, object] = {"T": "q", "S": key, "bp": serial, "bs": 1, "ap": serial, "as": 1, "t": time}
    elif kind == "trades":
        event = {"T": "t", "S": key, "p": serial, "s": 1, "t": time}
    elif kind == "games":
        event = {"T": "game", "id": key, "league": key[: key.rindex(".")], "t": time, "seq": serial}
        event |= {"status": {"phase": "live"}, "sides": []}
    else:
        event = {"T": "play", "id": str(serial), "game": key, "league": key[: key.rindex(".")], "t": time, "text": "."}
    return json.dumps(event, separators=(",", ":")).encode()


@dataclass
class KafkaTopic:
    """One kind's topic in one epoch."""

    kind: str
    epoch: str
    tag: bytes = b""
    facts: list[list[Fact]] = field(default_factory=lambda: [[] for _ in range(PARTITIONS)])
    """Every record, forever."""
    visible: list[list[Fact]] = field(default_factory=lambda: [[] for _ in range(PARTITIONS)])
    """What compaction and retention have left."""
    ends: list[int] = field(default_factory=lambda: [-1] * PARTITIONS)
    """The highest offset in use."""
    begins: list[int] = field(default_factory=lambda: [-1] * PARTITIONS)
    """Retention has deleted all up to here."""
    horizons: list[int] = field(default_factory=lambda: [-1] * PARTITIONS)
    """The highest deletion that compaction has removed."""

    def __post_init__(self) -> None:
        self.tag = Topic(Log(LogConfig(), float).kinds[self.kind], self.epoch, BEFORE_ALL).tag

    def valid(self, key: str, partition: int, after: int, to: int) -> list[Fact]:
        """The events of a key with offsets in (after, to]."""
        return [f for f in self.facts[partition] if f.key == key and f.is_valid and after < f.offset <= to]

    def newest(self, key: str, ends: tuple[int, ...]) -> Fact | None:
        """The newest event of a key of a state kind up to some offsets: such a key is in one partition."""
        found = [fact for p in range(PARTITIONS) for fact in self.valid(key, p, -1, ends[p])]
        return found[-1] if found else None

    def compact(self, partition: int, to: int, removed_to: int) -> None:
        """Leave only the newest of each key up to `to`, and no deletion up to `removed_to`."""
        newest = {fact.key: fact for fact in self.visible[partition] if fact.offset <= to}
        left = []
        for fact in self.visible[partition]:
            if fact.offset > to:
                left.append(fact)
            elif newest[fact.key] is fact:
                if fact.value is None and fact.offset <= removed_to:
                    self.horizons[partition] = max(self.horizons[partition], fact.offset)
                else:
                    left.append(fact)
        self.visible[partition] = left

    def retain(self, partition: int, after: int) -> None:
        """Delete all up to an offset."""
        self.begins[partition] = max(self.begins[partition], after)
        self.visible[partition] = [fact for fact in self.visible[partition] if fact.offset > after]


class Kafka:
    """The broker."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.serial = 0
        self.topics: dict[str, KafkaTopic] = {}
        self.by_tag: dict[tuple[str, bytes], KafkaTopic] = {}
        self.by_time: dict[float, Fact] = {}
        for kind in KEYS:
            self.create(kind)

    def create(self, kind: str) -> None:
        """Make a topic, in place of an older one."""
        self.serial += 1
        topic = self.topics[kind] = KafkaTopic(kind, f"{kind} {self.serial}")
        self.by_tag[kind, topic.tag] = topic

    def partition_of(self, kind: str, key: str, choice: int) -> int:
        if kind == "trades" and key == WANDERER:
            return choice % PARTITIONS
        return KEYS[kind].index(key) % PARTITIONS

    def produce(self, kind: str, key: str, *, partition: int, skip: int, value: str) -> None:
        """Append a record after `skip` offsets without one; `value` is `event`, `deletion` or `rubbish`.

        Rubbish has a key of its own, since compaction would let it replace a good event.
        """
        topic = self.topics[kind]
        self.serial += 1
        self.now += 0.001
        data = None if value == "deletion" else event_of(kind, key, self.serial)
        if value == "rubbish":
            key += "?"
        is_valid = value == "event" or (value == "deletion" and kind in STATES)
        topic.ends[partition] += 1 + skip
        fact = Fact(kind, topic.tag, key, partition, topic.ends[partition], self.now, data, is_valid)
        topic.facts[partition].append(fact)
        topic.visible[partition].append(fact)
        self.by_time[self.now] = fact


class Life:
    """One run of a node: its log and its hub, and what an observer knows that it has read and dropped."""

    def __init__(self, kafka: Kafka, log_config: LogConfig, hub_config: HubConfig) -> None:
        self.kafka = kafka
        self.ticks = 0
        self.flushes = 0
        self.flushing: Iterator[None] | None = None
        self.beating: Iterator[None] | None = None
        self.log = Log(log_config, lambda: kafka.now)
        self.hub = Hub(self.log, hub_config, self.clock, lambda: kafka.now)
        self.hub.slice.readers_a_look = 1
        self.opened: dict[str, KafkaTopic | None] = {}
        self.read_to: dict[str, list[int]] = {}
        self.floors: dict[str, list[int]] = {}
        """Per partition up to where records were never seen."""
        self.horizons: dict[str, list[int]] = {}
        """Per partition up to where deletions may be unknown."""
        self.appended: dict[str, list[Fact]] = {}
        """What was read of each kind in this epoch, in order."""
        self.order: dict[float, int] = {}
        """The place of each fact, by its time, in the order of reading."""

    def clock(self) -> float:
        """Time that never stands still: every look at it ends a slice of a flush."""
        self.ticks += 1
        return self.kafka.now + self.ticks * 1e-9

    def open(self, kind: str, begins: list[int], horizons: list[int]) -> None:
        """Begin with a topic."""
        topic = self.kafka.topics[kind]
        self.log.open(kind, topic.epoch, begins, horizons)
        self.opened[kind] = topic
        self.read_to[kind] = list(begins)
        self.floors[kind] = list(begins) if kind in LOGS else [-1] * PARTITIONS
        self.horizons[kind] = list(horizons)
        self.appended[kind] = []

    def flush(self, steps: int) -> None:
        """Go on with the flush, or begin one, over some of the places where it yields."""
        for _ in range(steps):
            if self.flushing is None:
                self.flushes += 1
                self.flushing = self.hub.flush()
            if next(self.flushing, self) is self:
                self.flushing = None
                return

    def beat(self, steps: int) -> None:
        """Go on with the heartbeat, or begin one."""
        for _ in range(steps):
            self.beating = self.beating or self.hub.heartbeat()
            if next(self.beating, self) is self:
                self.beating = None
                return

    def is_current(self, kind: str) -> bool:
        """Whether the topic that this node reads is the one there is."""
        return self.opened[kind] is self.kafka.topics[kind]

    def notice(self, kind: str) -> None:
        """Find the topic gone; or, found gone before, find the new one."""
        if self.opened[kind] is None:
            self.open(kind, list(self.kafka.topics[kind].begins), list(self.kafka.topics[kind].horizons))
        else:
            self.log.close(kind)
            self.opened[kind] = None
            self.appended[kind] = []
        self.hub.interrupt(kind)

    def read(self, kind: str, partition: int, most: int) -> None:
        """Read on, over a hole that retention may have made."""
        topic = self.kafka.topics[kind]
        if topic.begins[partition] > self.read_to[kind][partition]:
            self.read_to[kind][partition] = self.floors[kind][partition] = topic.begins[partition]
            self.log.lose(kind, partition, topic.begins[partition])
            self.hub.interrupt(kind)
        unread = [fact for fact in topic.visible[partition] if fact.offset > self.read_to[kind][partition]]
        for fact in unread[:most]:
            self.append(fact)
        if len(unread) < most:
            self.log.advance(kind, partition, topic.ends[partition])
            self.read_to[kind][partition] = topic.ends[partition]

    def append(self, fact: Fact) -> None:
        """Give the log one record."""
        record = Record(fact.kind, fact.partition, fact.offset, fact.key, fact.time, fact.value)
        self.read_to[fact.kind][fact.partition] = fact.offset
        try:
            entry = self.log.append(record)
        except InvalidEvent:
            assert not fact.is_valid, f"the log refused {fact}"
        else:
            assert fact.is_valid, f"the log took {fact}"
            assert entry is not None, f"the log took {fact} for a redelivery"
            self.appended[fact.kind].append(fact)
            self.order[fact.time] = len(self.order)
        assert self.log.append(record) is None, "a redelivered record was taken twice"

    def hear_of_ends(self) -> None:
        """What a source does every second or so: ask the broker how far its topics go."""
        for kind, topic in self.kafka.topics.items():
            if self.is_current(kind):
                self.log.topics[kind].ends[:] = topic.ends

    def trim(self) -> None:
        """Drop what is too old."""
        self.log.trim()
        for kind in STATES:
            for fact in self.appended[kind]:
                if fact.value is None and fact.time < self.kafka.now - self.log.config.deletion_seconds:
                    self.horizons[kind][fact.partition] = max(self.horizons[kind][fact.partition], fact.offset)

    def has_read_all(self) -> bool:
        return all(
            self.is_current(kind) and self.read_to[kind] == topic.ends for kind, topic in self.kafka.topics.items()
        )

    def held(self, position: Position) -> dict[tuple[str, str], int]:
        """How much is held of each key of a log kind, up to a position."""
        counts: dict[tuple[str, str], int] = {}
        for kind in LOGS:
            if (topic := self.log.topics.get(kind)) is not None and kind in position.topics:
                ends = position.topics[kind].offsets
                for key, series in topic.series.items():
                    entries = [entry for entry in series.history if entry.offset <= ends[entry.partition]]
                    newest = series.newest
                    is_old = newest is not None and newest.offset <= ends[newest.partition]
                    counts[kind, key] = max(len(entries), int(is_old))
        return counts

    def dropped(self, channel: str) -> list[Fact]:
        """What was read of a log kind's channel and isn't held any more."""
        kind = channel.partition("/")[0]
        topic = self.log.topics.get(kind)
        held = {e.time for series in topic.series.values() for e in series.history} if topic else set()
        return [f for f in self.appended[kind] if channel in channels_holding(*f.name) and f.time not in held]
