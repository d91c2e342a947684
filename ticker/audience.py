"""Audiences: all readers of one subscription in one encoding, who share each batch."""

from dataclasses import replace

from ticker.encoding import Encoding
from ticker.entry import Entry
from ticker.position import Position
from ticker.reader import Reader
from ticker.subscription import Start, Subscription


class Audience:
    """What its readers have in common: their batch, built once, and their place."""

    __slots__ = (
        "before",
        "due",
        "encoding",
        "members",
        "offbeat",
        "pending",
        "position",
        "readers",
        "subscription",
        "unwritten",
    )

    def __init__(self, subscription: Subscription, encoding: Encoding, position: Position) -> None:
        self.subscription = subscription
        self.encoding = encoding
        self.position = position
        """Where its readers are when they have been written the last batch."""
        self.before = position
        """Where they were before it."""
        self.readers: dict[Reader, None] = {}
        """Those who are level with it."""
        self.unwritten: dict[Reader, None] = {}
        """Those of them whom the flush in progress has not come to: they are still at `before`."""
        self.offbeat: dict[Reader, None] = {}
        """Those who are ahead of it, having begun between two flushes of its interval."""
        self.pending: dict[str | Entry, Entry] = {}
        """What the next batch holds, in append order; in `latest` mode one entry for each key of a state kind."""
        self.due = 0.0
        """When the next batch goes out, in the hub's clock."""
        self.members = 0
        """All its readers, wherever they are."""

    def add(self, entry: Entry) -> None:
        """Put an entry into the next batch, once."""
        key: str | Entry = entry
        if self.subscription.mode == "latest" and not entry.series.is_log:
            key = entry.series.channels[0]
            self.pending.pop(key, None)
        self.pending[key] = entry

    def position_of(self, reader: Reader) -> Position:
        """Where a level reader is."""
        return self.before if reader in self.unwritten else self.position

    def standing(self, reader: Reader) -> Start:
        """Where one of its readers is, level or not."""
        if reader not in self.readers:
            return reader.start
        return Start(self.subscription.channels, self.position_of(reader), again=reader.start.again)

    def detach(self, reader: Reader) -> None:
        """Give a reader that is level a place of its own."""
        reader.start = replace(reader.start, kept=self.subscription.channels, position=self.position_of(reader))
        del self.readers[reader]
        self.unwritten.pop(reader, None)

    def admit(self, reader: Reader, head: Position) -> None:
        """Take in a reader that has been given all up to `head`, the place that the flush in progress goes to."""
        if not self.readers and not self.offbeat:
            self.pending.clear()
        if not self.pending:
            self.position = head
        reader.start = Start(kept=self.subscription.channels, position=head, again=reader.start.again)
        if self.position is head:
            self.readers[reader] = None
        else:
            self.offbeat[reader] = None

    def rest(self, head: Position) -> None:
        """Nothing for it came up to `head`: that is where its readers are."""
        if not self.pending and not self.unwritten:
            self.position = head

    def next_beat(self, now: float) -> float:
        """When its interval's next batch goes out; the phases of audiences are spread."""
        interval = self.subscription.interval / 1000
        phase = int.from_bytes(self.subscription.digest) % 1000 / 1000 * interval
        return now + interval - (now - phase) % interval

    def places(self) -> list[tuple[Position, list[Reader]]]:
        """Its readers by where they are."""
        written = [reader for reader in self.readers if reader not in self.unwritten]
        places = [(self.position, written), (self.before, list(self.unwritten))]
        places.extend((reader.start.position, [reader]) for reader in self.offbeat)
        return [(position, readers) for position, readers in places if readers]
