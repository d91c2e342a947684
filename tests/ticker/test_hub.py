"""What the hub promises of its hot path, counted, and each way in which it sends a reader away."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from ticker.config import HubConfig, LogConfig
from ticker.disconnects import BEHIND, SLOW, TOO_MUCH, Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from ticker.hub import Hub
from ticker.log import Log
from ticker.record import Record
from ticker.subscription import Beginning, Start, Subscription, begin, resume


@dataclass(eq=False)
class Counting:
    """An encoding that counts what it is asked for."""

    batches: int = 0
    cursors: bool = True
    given: list[str | None] = field(default_factory=list)
    """The cursors it was given."""

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        del first
        self.batches += 1
        self.given.append(cursor)
        return b",".join(entry.json for entry in entries) + b"\n"

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        return f"reset {reason} {' '.join(channels)}\n".encode()

    def gap(self, channels: Sequence[str]) -> bytes:
        return f"gap {' '.join(channels)}\n".encode()

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        del feeds, now
        self.given.append(cursor)
        return b"heartbeat\n"

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        del feeds, now
        return b""

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        del delay
        return disconnect.name.encode()


@dataclass(eq=False)
class Socket:
    """An outlet, and its own transport, that keeps its writes."""

    is_full: bool = False
    fills: bool = False
    """Whether a write fills it."""
    writes: list[bytes] = field(default_factory=list)
    closed: Disconnect | None = None

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self.is_full = self.is_full or self.fills

    @property
    def transport(self) -> "Socket":
        return self

    def get_write_buffer_size(self) -> int:
        return HubConfig().backlog_bytes + 1 if self.is_full else 0

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        self.closed = disconnect
        self.writes.append(goodbye)


class Setup:
    """A log, a hub, and a clock that a test moves."""

    def __init__(self, log: LogConfig | None = None, hub: HubConfig | None = None) -> None:
        self.now = 1000.0
        self.log = Log(log or LogConfig(), lambda: self.now)
        for kind in ("quotes", "trades"):
            self.log.open(kind, "epoch", [-1, -1])
        self.hub = Hub(self.log, hub or HubConfig(), lambda: self.now, lambda: self.now)
        self._offsets = {("quotes", 0): count(), ("trades", 0): count(), ("trades", 1): count()}

    def quote(self, symbol: str, bid: int, *, is_deleted: bool = False) -> None:
        value = {"T": "q", "S": symbol, "bp": bid, "bs": 1, "ap": bid, "as": 1, "t": "2021-01-08T00:00:00Z"}
        raw = None if is_deleted else json.dumps(value).encode()
        self.log.append(Record("quotes", 0, next(self._offsets["quotes", 0]), symbol, self.now, raw))

    def trade(self, symbol: str, number: int, partition: int = 0) -> None:
        value = {"T": "t", "S": symbol, "p": 1, "s": 1, "i": number, "t": "2021-01-08T00:00:00Z"}
        offset = next(self._offsets["trades", partition])
        self.log.append(Record("trades", partition, offset, symbol, self.now, json.dumps(value).encode()))

    def flush(self) -> None:
        for _ in self.hub.flush():
            pass

    def join(self, channels: Sequence[str], encoding: Counting, interval: int = 0, **start: object) -> Socket:
        socket = Socket()
        subscription = Subscription(tuple(channels), "latest", interval)
        self.hub.join(socket, subscription, encoding, begin(channels, Beginning(**start)))  # type: ignore[arg-type]
        return socket


def test_one_write_for_each_reader_and_one_batch_for_all() -> None:
    setup, encoding = Setup(), Counting()
    sockets = [setup.join(["trades/A", "trades/B"], encoding) for _ in range(50)]
    setup.flush()
    assert encoding.batches == 1
    for number in range(20):
        setup.trade("AB"[number % 2], number)
    setup.flush()
    assert encoding.batches == 2
    assert [len(socket.writes) for socket in sockets] == [2] * 50
    setup.trade("C", 1)
    setup.flush()
    assert encoding.batches == 2


def test_the_first_event_after_a_quiet_moment_is_due_at_once() -> None:
    setup, encoding = Setup(), Counting()
    setup.join(["quotes/A"], encoding)
    setup.flush()
    assert setup.hub.next_flush(setup.now) is None
    setup.quote("A", 1)
    assert setup.hub.next_flush(setup.now) == setup.now


def test_an_interval_gathers_the_newest_of_each_key() -> None:
    setup, encoding = Setup(), Counting()
    socket = setup.join(["quotes/A", "quotes/B"], encoding, interval=250)
    setup.flush()
    for bid in range(5):
        setup.quote("A", bid)
        setup.flush()
    due = setup.hub.next_flush(setup.now)
    assert due is not None
    assert setup.now < due <= setup.now + 0.25
    assert len(socket.writes) == 1
    setup.now = due
    setup.flush()
    assert [json.loads(socket.writes[1])["bp"]] == [4]


def test_a_slow_reader_keeps_its_place_and_delays_nobody() -> None:
    setup, encoding = Setup(), Counting()
    slow, quick = (setup.join(["trades/A"], encoding, history=0) for _ in range(2))
    setup.flush()
    slow.is_full = True
    for number in range(3):
        setup.trade("A", number)
        setup.flush()
    assert (len(slow.writes), len(quick.writes)) == (1, 4)
    counts = setup.hub.counts
    assert (counts.writes, counts.deliveries, counts.stalls) == (5, 3, 1)
    slow.is_full = False
    setup.now += 0.05
    setup.flush()
    assert slow.writes[1].count(b'"T"') == 3
    setup.trade("A", 3)
    setup.flush()
    assert slow.writes[-1] == quick.writes[-1]


def test_one_too_slow_for_too_long_is_sent_away() -> None:
    setup, encoding = Setup(hub=HubConfig(slow_seconds=5)), Counting()
    socket = setup.join(["trades/A"], encoding)
    setup.flush()
    socket.is_full = True
    setup.trade("A", 1)
    setup.flush()
    setup.now += 4
    setup.flush()
    assert socket.closed is None
    setup.now += 2
    setup.flush()
    assert socket.closed is SLOW
    assert setup.hub.readers == 0


def test_one_ahead_of_this_node_waits_and_is_then_sent_elsewhere_or_reset() -> None:
    ahead = Setup()
    for number in range(5):
        ahead.trade("A", number)
    subscription = Subscription(("trades/A",))
    cursor = subscription.cursor(ahead.log.position())
    start = resume(cursor, subscription.channels, (), Beginning(), Beginning())
    for end, expected in ((10, BEHIND), (1, None)):
        setup, encoding, socket = Setup(hub=HubConfig(ahead_seconds=3)), Counting(), Socket()
        setup.trade("A", 0)
        setup.log.topics["trades"].ends[0] = end
        setup.hub.join(socket, subscription, encoding, start)
        setup.flush()
        assert socket.writes == []
        setup.now += 4
        setup.flush()
        assert socket.closed is expected
        if expected is None:
            assert socket.writes[0].startswith(b"reset epoch trades/A\n")


def test_one_that_asks_for_too_much_is_sent_away() -> None:
    setup, encoding = Setup(LogConfig(snapshot_entries=10)), Counting()
    for number in range(20):
        setup.trade("A", number)
    socket = setup.join(["trades/A"], encoding, history=11)
    modest = setup.join(["trades/A"], encoding, history=10)
    setup.flush()
    assert socket.closed is TOO_MUCH
    assert modest.closed is None
    assert setup.hub.readers == 1


def test_catch_up_is_built_once_and_its_budget_makes_others_wait() -> None:
    setup, encoding = Setup(hub=HubConfig(catch_up_bytes=1)), Counting()
    setup.trade("A", 1)
    sockets = [setup.join(["trades/A"], encoding) for _ in range(3)]
    for socket in sockets:
        socket.fills = True
    setup.flush()
    assert [len(socket.writes) for socket in sockets] == [1, 0, 0]
    sockets[0].is_full = False
    setup.now += 0.05
    setup.flush()
    assert [len(socket.writes) for socket in sockets] == [1, 1, 0]


def test_long_catch_up_goes_in_chunks_each_with_its_own_cursor() -> None:
    setup, encoding = Setup(hub=HubConfig(chunk_bytes=200)), Counting()
    subscription = Subscription(("trades/A",), "every")
    beginning = subscription.cursor(setup.log.position())
    for number in range(10):
        setup.trade("A", number)
    start = resume(beginning, subscription.channels, (), Beginning(), Beginning())
    socket = Socket()
    setup.hub.join(socket, subscription, encoding, start)
    while setup.hub.next_flush(setup.now) is not None:
        setup.flush()
    assert len(socket.writes) > 3
    assert len(set(encoding.given)) == len(encoding.given)
    assert sum(write.count(b'"T"') for write in socket.writes) == 10


def test_a_gap_and_a_forgotten_deletion_are_said() -> None:
    setup = Setup(LogConfig(history_entries=2, deletion_seconds=10))
    setup.quote("A", 1)
    setup.trade("A", 0)
    old = setup.log.position()
    for number in range(1, 5):
        setup.trade("A", number)
    setup.quote("A", 2, is_deleted=True)
    whole = Start(("quotes/*", "trades/A"), old)
    answer = setup.log.since(whole, setup.log.seq)
    assert (answer.gap, answer.reset) == (("trades/A",), ())
    assert [entry.is_deletion for entry in answer.entries] == [False, True]
    setup.now += 11
    setup.log.trim()
    answer = setup.log.since(whole, setup.log.seq)
    assert (answer.gap, answer.reset, answer.reason) == (("trades/A",), ("quotes/*",), "expired")
    assert not setup.log.topics["quotes"].series


def test_a_key_that_was_forgotten_and_came_again_is_once_in_a_batch() -> None:
    setup, encoding = Setup(LogConfig(deletion_seconds=0.01)), Counting()
    setup.quote("A", 1)
    socket = setup.join(["quotes/A"], encoding, interval=5000)
    setup.flush()
    setup.quote("A", 2, is_deleted=True)
    setup.flush()
    setup.now += 0.02
    setup.log.trim()
    assert not setup.log.topics["quotes"].series
    setup.quote("A", 3)
    setup.flush()
    due = setup.hub.next_flush(setup.now)
    assert due is not None
    setup.now = due
    setup.flush()
    assert [json.loads(event)["bp"] for event in socket.writes[1].splitlines()] == [3]


def test_a_deletion_that_was_forgotten_before_the_beat_is_a_reset() -> None:
    setup, encoding = Setup(LogConfig(deletion_seconds=0.01)), Counting()
    setup.quote("A", 1)
    setup.quote("B", 1)
    socket = setup.join(["quotes/A", "quotes/B"], encoding, interval=5000)
    setup.flush()
    setup.quote("A", 2, is_deleted=True)
    setup.now += 0.02
    setup.log.trim()
    setup.flush()
    due = setup.hub.next_flush(setup.now)
    assert due is not None
    setup.now = due
    setup.flush()
    assert socket.writes[1].startswith(b"reset expired quotes/A\n")


def test_the_readers_of_a_subscription_are_counted_by_their_encodings() -> None:
    setup, one, other, third = Setup(), Counting(), Counting(), Counting()
    subscription = Subscription(("trades/A",))
    assert setup.hub.readers_of(subscription, one, other) == 0
    start = begin(subscription.channels, Beginning())
    readers = [setup.hub.join(Socket(), subscription, encoding, start) for encoding in (one, one, other, third)]
    setup.join(["trades/B"], one)
    setup.flush()
    assert setup.hub.readers_of(subscription, one, other) == 3
    setup.hub.leave(readers[0])
    setup.hub.leave(readers[2])
    assert setup.hub.readers_of(subscription, one, other) == 1


def test_what_comes_during_a_flush_goes_to_those_whose_turn_has_not_come_and_next_to_the_others() -> None:
    setup, encoding = Setup(hub=HubConfig(yield_seconds=0.0)), Counting()
    setup.hub.slice.readers_a_look = 1
    sockets = [setup.join([f"trades/{symbol}"], encoding) for symbol in "AB"]
    while setup.hub.next_flush(setup.now) is not None:
        setup.flush()
    for symbol in "AB":
        setup.trade(symbol, 1)
    work = setup.hub.flush()
    next(work)
    for symbol in "AB":
        setup.trade(symbol, 2)
    for _ in work:
        pass
    assert [[write.count(b'"i":') for write in socket.writes[1:]] for socket in sockets] == [[1], [2]]
    assert setup.hub.next_flush(setup.now) == setup.now
    setup.flush()
    assert [[write.count(b'"i":') for write in socket.writes[1:]] for socket in sockets] == [[1, 1], [2]]
    assert setup.hub.next_flush(setup.now) is None


def test_one_that_joins_an_audience_for_which_more_has_come_is_level_with_it_at_once() -> None:
    setup, encoding = Setup(hub=HubConfig(yield_seconds=0.0)), Counting()
    setup.hub.slice.readers_a_look = 1
    first = setup.join(["trades/A"], encoding)
    setup.join(["trades/B"], encoding)
    while setup.hub.next_flush(setup.now) is not None:
        setup.flush()
    second = setup.join(["trades/A"], encoding, history=500)
    for symbol in "AB":
        setup.trade(symbol, 1)
    work = setup.hub.flush()
    next(work)
    setup.trade("A", 2)
    for _ in work:
        pass
    assert second.writes[0].count(b'"i":') == 1
    batches = encoding.batches
    setup.flush()
    assert encoding.batches == batches + 1
    assert first.writes[-1] is second.writes[-1]
    assert b'"i":2' in second.writes[-1]
