"""The hub: who reads what, and the flush that gives each reader what came, in one write."""

from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush

from ticker.audience import Audience
from ticker.audiences import Audiences
from ticker.catch_up import Step, encode_step, next_step
from ticker.config import HubConfig
from ticker.disconnects import BEHIND, SLOW, TOO_MUCH, Disconnect
from ticker.encoding import Encoding
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from ticker.log import Log, TooMuch
from ticker.position import Position
from ticker.reader import Outlet, Reader
from ticker.subscription import Beginning, Start, Subscription, resubscribe

_STALLED_CHECK = 0.05
"""Seconds between two looks at the sockets that were full."""


class Hub:
    """Every reader of a node, and how far each is.

    A reader is in one of five places: level with its audience, offbeat (ahead of an audience with an interval), waiting
    for the next flush, being served by the flush in progress, or stalled until its socket is drained.
    """

    def __init__(self, log: Log, config: HubConfig, clock: Callable[[], float], wall: Callable[[], float]) -> None:
        """`clock` gives seconds that only grow, `wall` seconds since 1970 UTC."""
        self.log = log
        self.config = config
        self.feeds: Mapping[str, FeedStatus] = {}
        self.head = log.position()
        """How far the last flush went."""
        self.readers = 0
        self._clock = clock
        self._wall = wall
        self._members = Audiences()
        self._audiences = self._members.by_name
        self._listening = self._members.by_channel
        self._timed: list[tuple[float, int, Audience]] = []
        self._waiting: dict[Reader, None] = {}
        self._serving: dict[Reader, None] = {}
        self._stalled: dict[Reader, None] = {}
        self._undrained: dict[Reader, int] = {}
        self._steps: dict[tuple[Audience, object, Start], tuple[Step, bytes]] = {}
        self._count = 0
        self._slice_end = 0.0

    def join(
        self, outlet: Outlet, subscription: Subscription, encoding: Encoding, start: Start, *, greet: bool = True
    ) -> Reader:
        """Take in a reader from the next flush on. Unless `greet` is false, its first batch is sent even if empty."""
        reader = Reader(self._members.enter(subscription, encoding, self.head), outlet, start, is_greeted=not greet)
        self.readers += 1
        self._waiting[reader] = None
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader. One who has left already is no mistake."""
        audience = reader.audience
        if self._remove(reader):
            self.readers -= 1
            self._undrained.pop(reader, None)
            self._members.quit(audience)

    def resubscribe(
        self,
        reader: Reader,
        subscription: Subscription,
        encoding: Encoding,
        beginning: Beginning,
        again: Beginning | None = None,
    ) -> None:
        """Change what a reader gets from the next flush on. It keeps its place in the channels it keeps."""
        start = resubscribe(reader.audience.standing(reader), subscription.channels, beginning, again)
        self.restart(reader, subscription, encoding, start)

    def restart(self, reader: Reader, subscription: Subscription, encoding: Encoding, start: Start) -> None:
        """Change what a reader gets, and where it stands, from the next flush on."""
        if self._remove(reader):
            old = reader.audience
            reader.audience = self._members.enter(subscription, encoding, self.head)
            self._members.quit(old)
            reader.start = start
            reader.is_greeted = False
            self._waiting[reader] = None

    def disconnect(self, reader: Reader, disconnect: Disconnect, delay: float = 0.0) -> None:
        """End a reader's connection, with its last words: it may come back in `delay` seconds."""
        encoding = reader.audience.encoding
        self.leave(reader)
        reader.outlet.close(disconnect, encoding.goodbye(disconnect, delay))

    def interrupt(self, kind: str) -> None:
        """Something broke the order of a kind's topic: all its readers ask the log anew, which says what was lost.

        The place that a flush in progress goes to is no place of the topic any more: they count from the next flush.
        """
        self._steps.clear()
        for reader in [reader for reader in self._serving if kind in reader.audience.subscription.kinds]:
            del self._serving[reader]
            self._waiting[reader] = None
        for audience in list(self._audiences.values()):
            if kind in audience.subscription.kinds:
                for reader in list(audience.readers):
                    audience.detach(reader)
                    self._waiting[reader] = None
                self._waiting.update(audience.offbeat)
                audience.offbeat.clear()
                audience.pending.clear()

    def readers_of(self, subscription: Subscription, *encodings: Encoding) -> int:
        """How many read a subscription in any of these encodings."""
        return self._members.members(subscription, *encodings)

    def everyone(self) -> list[Reader]:
        """All readers there are."""
        levels = [reader for audience in self._audiences.values() for reader in (*audience.readers, *audience.offbeat)]
        return [*levels, *self._waiting, *self._serving, *self._stalled]

    def next_flush(self, now: float) -> float | None:
        """When there will be something to do (in the clock's seconds), or None."""
        if self.log.has_recent() or self._serving or any(not reader.deadline for reader in self._waiting):
            return now
        due = [self._timed[0][0]] if self._timed else []
        if self._stalled or self._waiting:
            due.append(now + _STALLED_CHECK)
        return min(due, default=None)

    def flush(self) -> Iterator[None]:
        """Write to every reader what it is owed of all that was appended until now.

        Works in slices of `yield_seconds` and yields between them. Who joins, leaves or changes meanwhile counts from
        the next flush, and so does what is appended.
        """
        self._slice_end = self._clock() + self.config.yield_seconds
        self.head = head = self.log.position()
        bound = self.log.seq
        due = self._collect(self.log.take_recent())
        self._serving.update(self._waiting)
        self._waiting.clear()
        self._steps.clear()
        self._look_at_stalled()
        for audience in due:
            self._serving.update(audience.offbeat)
            audience.offbeat.clear()
            yield from self._write_batch(audience, head)
        while self._serving:
            reader = next(iter(self._serving))
            del self._serving[reader]
            self._serve(reader, head, bound)
            if self._is_slice_over():
                yield
                self._slice_end = self._clock() + self.config.yield_seconds

    def _collect(self, recent: list[Entry]) -> list[Audience]:
        """Give the entries to the audiences that hold their channels; those whose batch is due."""
        now = self._clock()
        due: dict[Audience, None] = {}
        for entry in recent:
            for channel in entry.series.channels:
                for audience in self._listening.get(channel, ()):
                    if not audience.readers and not audience.offbeat:
                        continue
                    if audience.subscription.interval == 0:
                        due[audience] = None
                    elif not audience.pending:
                        self._time(audience, now)
                    audience.add(entry)
                    if len(audience.pending) >= self.config.pending_entries:
                        due[audience] = None
        while self._timed and self._timed[0][0] <= now:
            audience = heappop(self._timed)[2]
            audience.due = 0.0
            due[audience] = None
        return list(due)

    def _time(self, audience: Audience, now: float) -> None:
        if audience.due:
            return
        audience.due = audience.next_beat(now)
        self._count += 1
        heappush(self._timed, (audience.due, self._count, audience))

    def _write_batch(self, audience: Audience, head: Position) -> Iterator[None]:
        entries = list(audience.pending.values())
        audience.pending.clear()
        audience.before, audience.position = audience.position, head
        if not entries or not audience.readers:
            return
        data = audience.encoding.batch(entries, audience.subscription.cursor(head), first=False)
        audience.unwritten.update(audience.readers)
        for reader in list(audience.readers):
            if reader not in audience.unwritten:
                continue
            if reader.outlet.is_drained():
                del audience.unwritten[reader]
                reader.outlet.write(data)
            else:
                audience.detach(reader)
                self._stall(reader)
            if self._is_slice_over():
                yield
                self._slice_end = self._clock() + self.config.yield_seconds

    def _is_slice_over(self) -> bool:
        return self._clock() >= self._slice_end

    def _serve(self, reader: Reader, head: Position, bound: int) -> None:
        """Give one reader its next step of catch-up."""
        if not reader.outlet.is_drained():
            self._stall(reader)
            return
        reader.stalled_since = 0.0
        if sum(self._undrained.values()) >= self.config.catch_up_bytes or self._must_wait(reader, head):
            self._waiting[reader] = None
            return
        if reader.deadline and self.log.is_ahead(reader.start, head) and not self.log.is_beyond(reader.start):
            self._end(reader, BEHIND)
            return
        reader.deadline = 0.0
        try:
            step, data = self._step(reader, head, bound)
        except TooMuch:
            self._end(reader, TOO_MUCH)
            return
        if step.rest is None:
            reader.audience.admit(reader, head)
        else:
            reader.start = step.rest
            self._waiting[reader] = None
        reader.is_greeted = True
        if data:
            reader.outlet.write(data)
            if not reader.outlet.is_drained():
                self._undrained[reader] = len(data)

    def _must_wait(self, reader: Reader, head: Position) -> bool:
        """Whether a reader's cursor is ahead of this flush, and the node may yet come as far."""
        if not self.log.is_ahead(reader.start, head):
            return False
        if not reader.deadline:
            reader.deadline = self._clock() + self.config.ahead_seconds
        return self._clock() < reader.deadline

    def _step(self, reader: Reader, head: Position, bound: int) -> tuple[Step, bytes]:
        """The next step and its bytes, built once for all who stand at the same place."""
        start, audience = reader.start, reader.audience
        key = (audience, reader.is_greeted, start)
        built = self._steps.get(key)
        if built is None:
            step = next_step(self.log, start, bound, head, self.config.chunk_bytes)
            data = encode_step(step, start, audience.subscription, audience.encoding, is_greeted=reader.is_greeted)
            if not reader.is_greeted:
                data += audience.encoding.status(self.feeds_of(audience.subscription), self._wall())
            built = self._steps[key] = (step, data)
        return built

    def _end(self, reader: Reader, disconnect: Disconnect) -> None:
        """End the connection of a reader that has been taken from its place."""
        self._waiting[reader] = None
        self.disconnect(reader, disconnect)

    def _stall(self, reader: Reader) -> None:
        if not reader.stalled_since:
            reader.stalled_since = self._clock()
        self._stalled[reader] = None

    def _look_at_stalled(self) -> None:
        now = self._clock()
        for reader in list(self._stalled):
            if reader.outlet.is_drained():
                del self._stalled[reader]
                reader.stalled_since = 0.0
                self._serving[reader] = None
            elif now - reader.stalled_since > self.config.slow_seconds:
                self.disconnect(reader, SLOW)
        for reader in list(self._undrained):
            if reader.outlet.is_drained():
                del self._undrained[reader]

    def heartbeat(self) -> Iterator[None]:
        """Tell every reader that keeps up that it does, where it is and how the feeds are. Yields like `flush`."""
        slice_end = self._clock() + self.config.yield_seconds
        for audience in list(self._audiences.values()):
            audience.rest(self.head)
            for position, readers in audience.places():
                self._write(readers, self._heartbeat(audience, audience.subscription.cursor(position)))
            if self._clock() >= slice_end:
                yield
                slice_end = self._clock() + self.config.yield_seconds
        for reader in [*self._waiting, *self._serving]:
            self._write([reader], self._heartbeat(reader.audience, None))

    def _heartbeat(self, audience: Audience, cursor: str | None) -> bytes:
        return audience.encoding.heartbeat(cursor, self.feeds_of(audience.subscription), self._wall())

    def tell_status(self, feeds: Mapping[str, FeedStatus]) -> None:
        """A feed became live or stale: every reader hears of those it reads."""
        self.feeds = feeds
        self._steps.clear()
        for reader in self.everyone():
            feeds_read = self.feeds_of(reader.audience.subscription)
            self._write([reader], reader.audience.encoding.status(feeds_read, self._wall()))

    def feeds_of(self, subscription: Subscription) -> dict[str, FeedStatus]:
        """How the feeds are that a subscription reads."""
        return {kind: self.feeds[kind] for kind in subscription.kinds if kind in self.feeds}

    @staticmethod
    def _write(readers: list[Reader], data: bytes) -> None:
        if data:
            for reader in readers:
                if reader.outlet.is_drained():
                    reader.outlet.write(data)

    def _remove(self, reader: Reader) -> bool:
        """Take a reader from its place, giving it one of its own; False where it had none."""
        audience = reader.audience
        if reader in audience.readers:
            audience.detach(reader)
            return True
        for place in (audience.offbeat, self._waiting, self._serving, self._stalled):
            if reader in place:
                del place[reader]
                return True
        return False
