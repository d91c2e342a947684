"""The log: what a node remembers of every topic, and the one question there is of it, `since`."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from ticker.channels import kind_of
from ticker.config import LogConfig
from ticker.cursor import kinds_read
from ticker.entry import Entry, Series, deletion
from ticker.events import InvalidEvent, canonical
from ticker.kinds import kinds_with
from ticker.position import Position, TopicPosition
from ticker.record import Record
from ticker.subscription import Beginning, Start
from ticker.topic import Topic


@dataclass(frozen=True, slots=True)
class Answer:
    """What came after a start."""

    entries: Sequence[Entry]
    """In append order, each once."""
    gap: tuple[str, ...] = ()
    """Channels of log kinds of which entries may be missing before these."""
    reset: tuple[str, ...] = ()
    """Channels that begin anew: what the reader holds of them is void."""
    reason: str | None = None
    """Why: `channels`, `epoch` (another topic or log), or `expired` (deletions may have been missed)."""


class TooMuch(ValueError):
    """A beginning larger than the node gives to one reader."""


class Log:
    """Every topic's newest events and, of log kinds, a bounded history. Not thread-safe; never waits."""

    def __init__(self, config: LogConfig, clock: Callable[[], float]) -> None:
        """`clock` gives seconds since 1970 UTC."""
        self.config = config
        self.kinds = kinds_with(config.log_kinds, config.state_kinds)
        self.topics: dict[str, Topic] = {}
        self.seq = 0
        """How many entries there have been."""
        self.version = 0
        """How often the keys have changed: some came or were forgotten, or a topic began or ended."""
        self.bytes = 0
        """Of the history, its events' JSON."""
        self._clock = clock
        self._recent: list[Entry] = []
        self.history: deque[Entry] = deque()
        """Of log kinds, what is held, in append order."""
        self._deletions: deque[Entry] = deque()

    def open(self, kind: str, epoch: str, begins: Sequence[int], horizons: Sequence[int] | None = None) -> None:
        """Begin a topic: per partition the offset after which reading begins, and up to which deletions may be unknown.

        What was held of the kind is dropped: it is of another epoch.
        """
        self.close(kind)
        topic = self.topics[kind] = Topic(self.kinds[kind], epoch, begins)
        if horizons is not None:
            topic.horizons = list(horizons)

    def close(self, kind: str) -> None:
        """Drop a topic with all that is held of it."""
        self.version += 1
        topic = self.topics.pop(kind, None)
        if topic is not None:
            self._recent = [entry for entry in self._recent if entry.series.kind != kind]
            self._deletions = deque(entry for entry in self._deletions if entry.series.kind != kind)
            self.history = deque(entry for entry in self.history if entry.series.kind != kind)
            self.bytes = sum(len(entry.json) for entry in self.history)
            for series in topic.series.values():
                series.end()

    def append(self, record: Record) -> Entry | None:
        """Take in a record; None where its offset is not above the last one of its partition (a redelivery).

        Raises InvalidEvent where it is no event of its kind: the offset counts as read, and nothing else changes.
        """
        kind, partition, offset, key, time, value = record
        topic = self.topics[kind]
        if offset <= topic.heads[partition]:
            return None
        topic.advance(partition, offset)
        is_log = topic.kind.is_log
        if value is not None:
            json = canonical(kind, key, value)
        elif is_log:
            raise InvalidEvent(f"no value: {kind!r} is a log kind, and only keys of state kinds can be deleted")
        else:
            json = deletion(kind, key)
        series = topic.series.get(key)
        if series is None or series.partition != partition:
            self.version += series is None
            series = topic.series_of(key, partition)
        self.seq += 1
        entry = Entry(series, self.seq, partition, offset, time, json, value is None)
        self._recent.append(entry)
        series.newest = entry
        if is_log:
            series.history.append(entry)
            self.history.append(entry)
            self.bytes += len(json)
            if len(series.history) > self.config.history_entries:
                self._drop(series)
        elif value is None:
            self._deletions.append(entry)
        return entry

    def advance(self, kind: str, partition: int, offset: int) -> None:
        """Nothing more comes up to `offset`: compaction or a transaction left no record there."""
        self.topics[kind].advance(partition, offset)

    def lose(self, kind: str, partition: int, offset: int) -> None:
        """The source could not read all up to `offset`: whoever was not beyond it has missed something.

        What was held of the partition is forgotten, since nobody knows whether it is still the newest.
        """
        self.seq += 1
        self.version += 1
        self.topics[kind].lose(partition, offset, self.seq)

    def trim(self) -> None:
        """Drop what is past its bounds in seconds and bytes."""
        now = self._clock()
        history, most = self.history, self.config.history_bytes
        oldest = now - self.config.history_seconds
        while history and (history[0].time < oldest or self.bytes > most):
            entry = history.popleft()
            self.bytes -= len(entry.json)
            held = entry.series.history
            if held and held[0] is entry:
                self._drop(entry.series)
        deletions = self._deletions
        oldest = now - self.config.deletion_seconds
        while deletions and deletions[0].time < oldest:
            entry = deletions.popleft()
            topic = self.topics[entry.series.kind]
            topic.horizons[entry.partition] = max(topic.horizons[entry.partition], entry.offset)
            if entry.series.newest is entry and topic.series.get(entry.series.key) is entry.series:
                topic.forget(entry.series)
                self.version += 1

    def _drop(self, series: Series) -> None:
        dropped = series.history.popleft()
        series.floor[dropped.partition] = dropped.offset
        series.dropped = dropped.seq

    def has_recent(self) -> bool:
        """Whether anything was appended since `take_recent`."""
        return bool(self._recent)

    def take_recent(self) -> list[Entry]:
        """What was appended since the last call, in order."""
        recent, self._recent = self._recent, []
        return recent

    def position(self) -> Position:
        """How far this node is now."""
        return Position({kind: topic.position() for kind, topic in self.topics.items()}, self.seq)

    def is_whole(self, channels: Iterable[str], position: Position) -> bool:
        """Whether all of the state kinds among the channels that came after `position` is provably still held."""
        for channel in channels:
            topic = self.topics.get(kind_of(channel))
            if topic is not None and not topic.kind.is_log:
                known = position.topics.get(topic.kind.name)
                if known is not None and not (topic.knows(known) and topic.is_whole(channel, known)):
                    return False
        return True

    def state_series(self, channels: Iterable[str]) -> tuple[Series, ...]:
        """What is held of the channels of state kinds, each series once. It changes when `version` does."""
        return self.held_by(channel for channel in channels if not self.kinds[kind_of(channel)].is_log)

    def held_by(self, channels: Iterable[str]) -> tuple[Series, ...]:
        """What the channels hold, each key once. It changes when `version` does."""
        return tuple({series: None for channel in channels for series in self._held(channel)})

    def reached(self, channels: Iterable[str]) -> Position:
        """Per partition the offset of the newest entry that the channels hold: it moves only when they do."""
        offsets = {kind: [-1] * len(self.topics[kind].heads) for kind in kinds_read(channels) if kind in self.topics}
        for channel in channels:
            for series in self._held(channel):
                newest = series.newest
                reached = offsets[series.kind]
                reached[newest.partition] = max(reached[newest.partition], newest.offset)
        topics = {kind: self.topics[kind] for kind in offsets}
        return Position({k: TopicPosition(t.kind.code, t.tag, tuple(offsets[k])) for k, t in topics.items()})

    def is_ahead(self, start: Start, head: Position | None = None) -> bool:
        """Whether a reader stands beyond `head`, a place that this node has been at; by default, its present one."""
        heads = (head or self.position()).topics
        return any(
            heads[kind].is_behind(start.position.topics.get(kind))
            for kind in kinds_read((*start.kept, *start.void))
            if kind in heads
        )

    def is_beyond(self, start: Start) -> bool:
        """Whether a reader stands beyond all that the source has heard of: its cursor is of another log."""
        return any(
            topic.is_beyond(start.position.topics.get(kind))
            for kind in kinds_read((*start.kept, *start.void))
            if (topic := self.topics.get(kind)) is not None
        )

    def since(self, start: Start, bound: int) -> Answer:
        """What a reader that stands at `start` is owed, up to the entry whose `seq` is `bound`.

        Of state kinds, the newest of each key where it is newer; of log kinds, every entry; and whether that is
        provably all. Raises TooMuch where a beginning holds more than `snapshot_entries`.
        """
        chosen = _Chosen()
        gap: list[str] = []
        reset = list(start.void)
        reason = start.reason
        for channel in start.kept:
            topic = self.topics.get(kind_of(channel))
            if topic is None:
                continue
            held = topic.channels.get(channel, {})
            position = start.position.topics.get(topic.kind.name)
            if position is None or not topic.knows(position):
                reset.append(channel)
                reason = "epoch"
                chosen.void.update(held)
            elif topic.is_whole(channel, position):
                chosen.kept.update(held)
            elif topic.kind.is_log:
                gap.append(channel)
                chosen.gap.update(held)
            else:
                reset.append(channel)
                reason = reason or "expired"
                (chosen.void if start.again.snapshot else chosen.kept).update(held)
        for channel in start.void:
            chosen.void.update(self._held(channel))
        for channel, beginning in start.fresh:
            for series in self._held(channel):
                other = chosen.fresh.get(series, beginning)
                chosen.fresh[series] = beginning if other is beginning else other.and_also(beginning)
            if beginning.after is not None and self._has_dropped(channel, beginning.after):
                gap.append(channel)
        entries = self._entries(chosen, start, bound)
        return Answer(entries, tuple(gap), tuple(reset), reason if reset else None)

    def _has_dropped(self, channel: str, seq: int) -> bool:
        """Whether entries of a channel that came after `seq` are gone."""
        topic = self.topics.get(kind_of(channel))
        if topic is None or not topic.kind.is_log:
            return False
        return topic.lost > seq or any(series.dropped > seq for series in self._held(channel))

    def _held(self, channel: str) -> Mapping[Series, None]:
        topic = self.topics.get(kind_of(channel))
        return {} if topic is None else topic.channels.get(channel, {})

    def _entries(self, chosen: "_Chosen", start: Start, bound: int) -> list[Entry]:
        void, kept, gap = chosen.void, chosen.kept, chosen.gap
        entries = [entry for series in kept if series not in void for entry in _newer(series, start.position, bound)]
        most = len(entries) + self.config.snapshot_entries
        for series in void:
            entries.extend(_first(series, start.again, bound))
        for series in gap:
            if series not in kept:
                newer = sorted(_newer(series, start.position, bound), key=attrgetter("seq"))
                entries.extend(newer[len(newer) - min(len(newer), start.again.history) :])
        for series, beginning in chosen.fresh.items():
            if len(entries) > most:
                break
            if series not in void and series not in kept and series not in gap:
                entries.extend(_first(series, beginning, bound))
        if len(entries) > most:
            raise TooMuch(f"a beginning of more than {self.config.snapshot_entries} entries: ask for less history")
        entries.sort(key=attrgetter("seq"))
        return entries


class _Chosen:
    """The series that an answer draws on, by what is given of each."""

    def __init__(self) -> None:
        self.kept: dict[Series, None] = {}
        self.void: dict[Series, None] = {}
        self.gap: dict[Series, None] = {}
        self.fresh: dict[Series, Beginning] = {}


def _newer(series: Series, position: Position, bound: int) -> Iterable[Entry]:
    """What of one series came after `position`, in any order."""
    newest = series.newest
    held: Iterable[Entry] = reversed(series.history) if series.history else (newest,)
    if position.seq is not None:
        seq = position.seq
        for entry in held:
            if entry.seq <= seq:
                return
            if entry.seq <= bound:
                yield entry
        return
    offsets = position.topics[series.kind].offsets
    for entry in held:
        if entry.offset > offsets[entry.partition]:
            if entry.seq <= bound:
                yield entry
        elif series.partition is not None:
            return


def _first(series: Series, beginning: Beginning, bound: int) -> Iterable[Entry]:
    """What of one series a reader begins with, in any order."""
    newest = series.newest
    after = bound if beginning.after is None else beginning.after
    if not series.is_log:
        is_wanted = newest.seq > after or (beginning.snapshot and not newest.is_deletion)
        return (newest,) if is_wanted and newest.seq <= bound else ()
    first: list[Entry] = []
    for entry in reversed(series.history or (newest,)):
        if len(first) >= beginning.history and entry.seq <= after:
            break
        if entry.seq <= bound:
            first.append(entry)
    return first
