"""The hub: who reads what, and the flush that gives each reader what came, in one write."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ticker.audience import Audience
from ticker.audiences import Audiences
from ticker.catch_up import Steps, Undrained
from ticker.config import HubConfig
from ticker.counts import Counts
from ticker.disconnects import BEHIND, SLOW, TOO_MUCH, Disconnect
from ticker.encoding import Encoding
from ticker.feed_status import Feeds, FeedStatus
from ticker.log import Log, TooMuch
from ticker.position import Position
from ticker.reader import Outlet, Reader, tell
from ticker.slice import Slice
from ticker.subscription import Beginning, Start, Subscription, resubscribe

_SERVING_SLICES = 3
"""How many slices' time a flush gives to those who aren't level."""
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
        self.feeds = Feeds(wall)
        self.counts = Counts()
        self.head = log.position()
        """How far the hub has come: all up to it is given to the audiences."""
        self.readers = 0
        self.slice = Slice(clock, config.yield_seconds)
        self._clock = clock
        self._wall = wall
        self._batch_events = 0
        self._members = Audiences(log.kinds)
        self._audiences = self._members.by_name
        self._due: dict[Audience, None] = {}
        """Those whom the next flush begins with: something came for them when the last had begun."""
        self._waiting: dict[Reader, None] = {}
        self._serving: dict[Reader, None] = {}
        self.stalled: dict[Reader, None] = {}
        self._next_look = 0.0
        """When the sockets that were full are looked at again."""
        self.undrained = Undrained(config.catch_up_bytes)
        self._steps = Steps(log, config.chunk_bytes, self.feeds.status)

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
            self.undrained.remove(reader)
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
        self.counts.disconnects[disconnect.name] += 1
        self.leave(reader)
        reader.outlet.close(disconnect, encoding.goodbye(disconnect, delay))

    def interrupt(self, kind: str) -> None:
        """Something broke the order of a kind's topic: all its readers ask the log anew, which says what was lost.

        The place that a flush in progress goes to is no place of the topic any more: they count from the next flush.
        """
        self._steps.clear()
        self._members.forget_series()
        for reader in [reader for reader in self._serving if kind in reader.audience.subscription.kinds]:
            self._waiting[reader] = self._serving.pop(reader)
        for audience in list(self._audiences.values()):
            if kind in audience.subscription.kinds:
                self._waiting.update(audience.release())
                self._waiting.update(audience.offbeat)
                audience.offbeat.clear()
                audience.pending.clear()

    def readers_of(self, subscription: Subscription, *encodings: Encoding) -> int:
        """How many read a subscription in any of these encodings."""
        return self._members.members(subscription, *encodings)

    def audiences(self) -> Iterable[Audience]:
        """All audiences there are."""
        return self._audiences.values()

    def everyone(self) -> list[Reader]:
        """All readers there are."""
        levels = [reader for audience in self._audiences.values() for reader in (*audience.readers, *audience.offbeat)]
        return [*levels, *self._waiting, *self._serving, *self.stalled]

    def next_flush(self, now: float) -> float | None:
        """When there will be something to do (in the clock's seconds), or None."""
        if self.log.has_recent() or self._due or self._serving or any(not reader.deadline for reader in self._waiting):
            return now
        beat = self._members.beats.next()
        look = now + _STALLED_CHECK if self.stalled or self._waiting else None
        return min((time for time in (beat, look) if time is not None), default=None)

    def flush(self) -> Iterator[None]:
        """Write to every reader what it is owed of all that was appended until now.

        Works in slices of `yield_seconds` and yields between them. Who joins, leaves or changes meanwhile counts from
        the next flush. What is appended meanwhile goes to those audiences whose turn has not come, and in the next
        flush to the others: nobody waits for two.
        """
        now = self._clock()
        self._begin_slice()
        due, self._due = self._due, {}
        self._serving.update(self._waiting)
        self._waiting.clear()
        self._steps.clear()
        if now >= self._next_look:
            self._look_at_stalled(now)
        for audience in due:
            data = self._next_batch(audience)
            if not data:
                continue
            if len(audience.readers) > self.slice.readers_a_look:
                yield from self._write_to_many(audience, data)
            else:
                for reader in tuple(audience.readers):
                    self._write_batch(audience, reader, data)
                if self.slice.is_over(len(audience.readers)):
                    yield
                    self._begin_slice()
        self._serve_all()

    def _begin_slice(self) -> None:
        """Give what was appended until now to the audiences that listen."""
        self.slice.begin()
        self.head = self.log.position()
        recent = self.log.take_recent()
        if recent:
            self.counts.flushed(recent[-1], self._wall())
        self._due.update(dict.fromkeys(self._members.give(recent, self._clock(), self.config.pending_entries)))

    def _serve_all(self) -> None:
        """Serve those who aren't level, for some time: a herd that comes at once must not delay those who are."""
        self.slice.begin(_SERVING_SLICES)
        serving, self._serving = list(self._serving), {}
        for count, reader in enumerate(serving, 1):
            self._serve(reader, reader.audience.goal(self.head))
            if self.slice.is_over(1):
                self._waiting = {**dict.fromkeys(serving[count:]), **self._waiting}
                return

    def _next_batch(self, audience: Audience) -> bytes:
        """The bytes of an audience's next batch, and its readers' place from now on; empty where nothing came."""
        if audience.offbeat:
            self._serving.update(audience.offbeat)
            audience.offbeat.clear()
        if audience.is_pulled and not audience.is_whole(self.log):
            self._serving.update(audience.release())
        entries = audience.take()
        audience.before, audience.position = audience.position, self.head
        if not entries or not audience.readers:
            return b""
        encoding, count, self._batch_events = audience.encoding, len(audience.readers), len(entries)
        self.counts.writes += count
        self.counts.deliveries += count * self._batch_events
        cursor = audience.subscription.cursor(self.head) if encoding.cursors else None
        return encoding.batch(entries, cursor, first=False)

    def _write_to_many(self, audience: Audience, data: bytes) -> Iterator[None]:
        """Write a batch to the readers of an audience, in slices: who was not written to is still at `before`."""
        readers = list(audience.readers)
        unwritten = audience.unwritten
        unwritten.update(audience.readers)
        for begin in range(0, len(readers), self.slice.readers_a_look):
            for reader in readers[begin : begin + self.slice.readers_a_look]:
                if reader in unwritten:
                    del unwritten[reader]
                    self._write_batch(audience, reader, data)
            if self.slice.is_over(self.slice.readers_a_look):
                yield
                self._begin_slice()

    def _write_batch(self, audience: Audience, reader: Reader, data: bytes) -> None:
        """Write a batch to a reader that is level; one whose socket is full takes its place before the batch."""
        transport = reader.outlet.transport
        if transport.get_write_buffer_size() > self.config.backlog_bytes:
            audience.unwritten[reader] = None
            audience.detach(reader)
            self._stall(reader)
            self.counts.writes -= 1
            self.counts.deliveries -= self._batch_events
            return
        try:
            transport.write(data)
        except RuntimeError:  # It is gone, and will leave.
            return

    def _serve(self, reader: Reader, head: Position) -> None:
        """Give one reader its next step of catch-up towards `head`."""
        if reader.backlog() > (0 if reader.stalled_since else self.config.backlog_bytes):
            self._stall(reader)
            return
        reader.stalled_since = 0.0
        if self.undrained.is_full() or self._must_wait(reader, head):
            self._waiting[reader] = None
            return
        if reader.deadline and self.log.is_ahead(reader.start, head) and not self.log.is_beyond(reader.start):
            self._end(reader, BEHIND)
            return
        reader.deadline, start = 0.0, reader.start
        try:
            step, data = self._steps.step_of(reader, head)
        except TooMuch:
            self._end(reader, TOO_MUCH)
            return
        if step.rest is None:
            if not reader.audience.admit(reader, head):
                self._members.beats.set(reader.audience, self._clock())
        else:
            reader.start = step.rest
            self._waiting[reader] = None
        if not reader.is_greeted:
            self.counts.resumed(start, step.answer)
        reader.is_greeted = True
        if data:
            self.counts.writes += 1
            self.counts.deliveries += len(step.answer.entries)
            self.counts.catch_up_bytes += len(data)
            reader.write(data)
            if reader.backlog():
                self.undrained.add(reader, len(data))

    def _must_wait(self, reader: Reader, head: Position) -> bool:
        """Whether a reader's cursor is ahead of this flush, and the node may yet come as far."""
        seq = reader.start.position.seq
        if (seq is not None and seq <= (head.seq or 0)) or not self.log.is_ahead(reader.start, head):
            return False
        if not reader.deadline:
            reader.deadline = self._clock() + self.config.ahead_seconds
        return self._clock() < reader.deadline

    def _end(self, reader: Reader, disconnect: Disconnect) -> None:
        """End the connection of a reader that has been taken from its place."""
        self._waiting[reader] = None
        self.disconnect(reader, disconnect)

    def _stall(self, reader: Reader) -> None:
        if not reader.stalled_since:
            reader.stalled_since = self._clock()
            self.counts.stalls += 1
        self.stalled[reader] = None

    def _look_at_stalled(self, now: float) -> None:
        self._next_look = now + _STALLED_CHECK
        for reader in list(self.stalled):
            if not reader.backlog():
                reader.stalled_since = 0.0
                self._serving[reader] = self.stalled.pop(reader)
            elif now - reader.stalled_since > self.config.slow_seconds:
                self.disconnect(reader, SLOW)
        self.undrained.look()

    def heartbeat(self) -> Iterator[None]:
        """Tell every reader that keeps up that it does, where it is and how the feeds are. Yields like `flush`."""
        most, slice_end = self.config.backlog_bytes, self._clock() + self.config.yield_seconds
        for audience in list(self._audiences.values()):
            audience.rest(self.log, self.head)
            for position, readers in audience.places():
                tell(readers, self.feeds.heartbeat(audience, audience.subscription.cursor(position)), most)
            if self._clock() >= slice_end:
                yield
                slice_end = self._clock() + self.config.yield_seconds
        for reader in [*self._waiting, *self._serving]:
            tell([reader], self.feeds.heartbeat(reader.audience, None), most)

    def tell_status(self, feeds: Mapping[str, FeedStatus]) -> None:
        """A feed became live or stale: every reader hears of those it reads."""
        self.feeds.by_kind = feeds
        self._steps.clear()
        for reader in self.everyone():
            tell([reader], self.feeds.status(reader.audience), self.config.backlog_bytes)

    def _remove(self, reader: Reader) -> bool:
        """Take a reader from its place, giving it one of its own; False where it had none."""
        audience = reader.audience
        if reader in audience.readers:
            audience.detach(reader)
            return True
        for place in (audience.offbeat, self._waiting, self._serving, self.stalled):
            if reader in place:
                del place[reader]
                return True
        return False
