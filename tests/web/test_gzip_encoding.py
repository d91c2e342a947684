"""What is compressed once is the same for everybody, whenever they came and wherever they are cut."""

import random
import zlib
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire import SseParser
from ticker.config import HubConfig, LogConfig
from ticker.disconnects import RESTART, Disconnect
from ticker.entry import Entry
from ticker.hub import Hub
from ticker.log import Log
from ticker.record import Record
from ticker.subscription import Beginning, Subscription, begin, resume
from web import gzip_encoding
from web.gzip_encoding import HEADER, STORED_BYTES, TABLE_BYTES, GzipEncoding, compress
from web.sse_encoding import SseEncoding

GZIP = GzipEncoding(SseEncoding())
SIZES = (1, STORED_BYTES, STORED_BYTES + 1, TABLE_BYTES - 1, TABLE_BYTES)
"""Bytes, on both sides of what decides how they are compressed."""
TRADES = Subscription(("trades/AAPL",))
ALL_OF_THEM = Beginning(history=500)


def quotes(size: int, seed: int) -> bytes:
    rng = random.Random(seed)
    numbers = ((rng.randrange(999), rng.randrange(999)) for _ in range(size))
    return b"".join(b'{"T":"q","S":"B%03d","bp":%d.01},' % pair for pair in numbers)[:size]


PARTS = [quotes(size, size) for size in (*SIZES, 50_000)]


def unpack(data: bytes) -> bytes:
    """What can be decoded of the beginning of a gzip member."""
    return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data)


@dataclass(eq=False)
class Socket:
    """An outlet, and its own transport, that keeps what it is given, as a stream begins it."""

    sent: bytearray = field(default_factory=lambda: bytearray(GZIP.opening(1.0)))

    def write(self, data: bytes) -> None:
        self.sent += data

    @property
    def transport(self) -> "Socket":
        return self

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        raise AssertionError(f"closed: {disconnect} {goodbye!r}")


@dataclass(eq=False)
class Feed:
    """A node's hub, and the trades that were sent through it."""

    hub: Hub
    count: int = 0

    def send(self, count: int) -> list[Entry]:
        """Append so many trades, numbered on, and flush them."""
        entries = []
        for id_ in range(self.count, self.count + count):
            trade = b'{"T":"t","S":"AAPL","i":%d,"p":%d.01,"s":1,"t":"2021-01-08T00:00:00Z"}' % (id_, id_ * 7919 % 1000)
            entry = self.hub.log.append(Record("trades", 0, id_, "AAPL", 0.0, trade))
            assert entry is not None
            entries.append(entry)
        self.count += count
        for _ in self.hub.flush():
            pass
        return entries


@pytest.fixture
def feed() -> Feed:
    return new_feed()


def new_feed() -> Feed:
    log = Log(LogConfig(), lambda: 0.0)
    log.open("trades", "epoch", [-1])
    return Feed(Hub(log, HubConfig(), lambda: 0.0, lambda: 0.0))


@pytest.mark.parametrize("size", SIZES)
def test_each_piece_is_whole_and_ends_on_a_byte(size: int) -> None:
    data = quotes(size, size)
    piece = compress(data)
    assert unpack(HEADER + piece) == data
    assert piece.endswith(b"\0\0\xff\xff")
    assert unpack(HEADER + piece + compress(b"after")) == data + b"after"


def test_a_piece_of_any_length_is_whole() -> None:
    data = random.Random(0).randbytes(300_000) + quotes(700_000, 0)
    assert unpack(HEADER + compress(data)) == data


@given(st.lists(st.binary(max_size=STORED_BYTES * 2) | st.sampled_from(PARTS), max_size=8))
def test_pieces_follow_each_other_from_any_of_them_on(parts: list[bytes]) -> None:
    pieces = [compress(part) for part in parts]
    for first in range(len(parts) + 1):
        assert unpack(HEADER + b"".join(pieces[first:])) == b"".join(parts[first:])


def test_small_pieces_are_stored_and_large_ones_are_not() -> None:
    small = quotes(STORED_BYTES, 1)
    assert small in compress(small)
    assert len(compress(small)) == STORED_BYTES + 10
    for size, most in ((2300, 0.35), (TABLE_BYTES, 0.30)):
        assert len(compress(quotes(size, 2))) < size * most


def test_encodings_of_the_same_are_the_same() -> None:
    assert {GZIP: 1}[GzipEncoding(SseEncoding())] == 1


def test_it_says_what_the_inner_one_says(feed: Feed) -> None:
    entries = feed.send(40)
    plain = SseEncoding()
    for made, expected in [
        (GZIP.batch(entries, "c", first=True), plain.batch(entries, "c", first=True)),
        (GZIP.batch(entries, None, first=False), plain.batch(entries, None, first=False)),
        (GZIP.reset("epoch", ["quotes/A"]), plain.reset("epoch", ["quotes/A"])),
        (GZIP.gap(["trades/A"]), plain.gap(["trades/A"])),
        (GZIP.heartbeat("c", {}, 0.0), plain.heartbeat("c", {}, 0.0)),
        (GZIP.status({}, 0.0), plain.status({}, 0.0)),
        (GZIP.goodbye(RESTART, 1.5), plain.goodbye(RESTART, 1.5)),
    ]:
        assert unpack(HEADER + made) == expected
    assert unpack(GZIP.opening(1.5)) == plain.opening(1.5) == b"retry: 1500\n\n"


@dataclass(eq=False)
class Compressions:
    """Compresses, and counts how often."""

    count: int = 0

    def __call__(self, data: bytes) -> bytes:
        self.count += 1
        return compress(data)


def test_a_batch_is_compressed_once_however_many_read_it(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = [Socket() for _ in range(50)]
    for socket in sockets:
        feed.hub.join(socket, TRADES, GZIP, begin(TRADES.channels, ALL_OF_THEM))
    feed.send(1)
    compressions = Compressions()
    monkeypatch.setattr(gzip_encoding, "compress", compressions)
    before = [len(socket.sent) for socket in sockets]
    feed.send(30)
    assert compressions.count == 1
    (batch,) = {bytes(socket.sent[start:]) for socket, start in zip(sockets, before, strict=True)}
    (message,) = SseParser(head=b"").feed(unpack(HEADER + batch))
    assert [trade["i"] for trade in message.data] == list(range(1, 31))


@dataclass(eq=False)
class Client:
    """One that takes in whole messages, loses its connection and comes back with the last one's id."""

    feed: Feed
    taken: list[int] = field(default_factory=list)
    cursor: str | None = None

    def join(self) -> None:
        start = begin(TRADES.channels, ALL_OF_THEM)
        if self.cursor is not None:
            start = resume(self.cursor, TRADES.channels, (), ALL_OF_THEM, ALL_OF_THEM)
        self.socket = Socket()
        self.reader = self.feed.hub.join(self.socket, TRADES, GZIP, start)

    def cut(self, end: int) -> None:
        """Lose the connection after `end` bytes."""
        self.feed.hub.leave(self.reader)
        for message in SseParser(head=b"").feed(unpack(bytes(self.socket.sent[:end]))):
            assert message.name in ("snapshot", "events", "status"), message
            self.taken.extend(trade["i"] for trade in message.data if message.name != "status")
            self.cursor = message.cursor or self.cursor


COUNTS = st.lists(st.sampled_from((0, 1, 2, 20, 150)), max_size=3)
"""Trades in each of the flushes between two cuts: stored, quickly compressed, with a table."""


@settings(max_examples=300)
@given(st.lists(st.tuples(COUNTS, st.floats(0, 1)), max_size=6))
def test_cut_after_any_byte_and_resumed_every_trade_comes_once(lives: list[tuple[list[int], float]]) -> None:
    feed = new_feed()
    witness, client = Client(feed), Client(feed)
    for each in (client, witness):
        each.join()
    feed.send(1)
    client.cut(len(client.socket.sent))
    for counts, share in lives:
        client.join()
        for count in counts:
            feed.send(count)
        client.cut(round(share * len(client.socket.sent)))
    client.join()
    feed.send(0)
    for each in (client, witness):
        each.cut(len(each.socket.sent))
        assert each.taken == list(range(feed.count))
