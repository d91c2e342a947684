"""Audiences: all readers of one subscription in one encoding, who share each batch."""

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

from ticker.encoding import Encoding
from ticker.entry import Entry, Series
from ticker.log import Log
from ticker.position import Position
from ticker.reader import Reader
from ticker.subscription import Beginning, Start, Subscription

_NOWHERE = Position({})


class Audience:
    """What its readers have in common: their batch, built once, and their place."""

    __slots__ = (
        "_level",
        "_series",
        "_version",
        "before",
        "encoding",
        "is_latest",
        "is_pulled",
        "is_timed",
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
        self.is_latest = subscription.mode == "latest"
        self.is_timed = subscription.interval > 0
        self.is_pulled = self.is_latest and self.is_timed
        """Whether its state kinds are looked up when its beat comes: what happens meanwhile costs it nothing."""
        self.pending: list[Entry] = []
        """What the next batch holds, in append order, beside what is looked up."""
        self.members = 0
        """All its readers, wherever they are."""
        self._series: tuple[Series, ...] = ()
        self._version = -1
        self._level = Start(subscription.channels)

    def take(self) -> list[Entry]:
        """What the next batch holds: in append order, each once."""
        entries = self.pending
        if entries:
            self.pending = []
        if not self.is_latest:
            return entries
        if self.is_pulled:
            news = self._news()
            if not entries:
                entries = news
            elif news:
                entries = entries + news
            if len(entries) > 1:
                entries.sort(key=_SEQ)
        elif len(entries) > 1:
            entries = _newest(entries)
        return entries

    def is_whole(self, log: Log) -> bool:
        """Whether all that comes after its last batch can still be looked up: no deletion was forgotten meanwhile."""
        if not self.is_pulled or self._version == log.version:
            return True
        if not log.is_whole(self.subscription.channels, self.position):
            return False
        self._series = log.state_series(self.subscription.channels)
        self._version = log.version
        return True

    def _news(self) -> list[Entry]:
        """The newest entries of its state kinds' keys that came after its last batch."""
        after = self.position.seq or 0
        return [newest for series in self._series if (newest := series.newest).seq > after]

    def standing(self, reader: Reader) -> Start:
        """Where one of its readers is, level or not."""
        if reader not in self.readers:
            return reader.start
        return replace(reader.start, position=self.before if reader in self.unwritten else self.position)

    def detach(self, reader: Reader) -> None:
        """Give a reader that is level a place of its own."""
        reader.start = self.standing(reader)
        del self.readers[reader]
        self.unwritten.pop(reader, None)

    def release(self) -> dict[Reader, None]:
        """Give all its readers that are level places of their own."""
        released = dict(self.readers)
        for reader in released:
            self.detach(reader)
        return released

    def goal(self, head: Position) -> Position:
        """How far one who is to be level is brought: to `head`, or where more came since the last batch, to that."""
        if self.pending and not self.is_timed and self.readers:
            return self.position
        return head

    def admit(self, reader: Reader, head: Position) -> bool:
        """Take in a reader that has been given all up to `head`, its `goal`.

        False where it has to wait for the audience's next beat to be level.
        """
        if not self.readers and not self.offbeat:
            self.pending.clear()
            self.position = head
        elif not self.pending and (not self.is_pulled or self.position.seq == head.seq):
            self.position = head
        if self.position is head:
            reader.start = self._level_start(reader.start.again)
            self.readers[reader] = None
            return True
        reader.start = Start(self.subscription.channels, head, again=reader.start.again)
        self.offbeat[reader] = None
        return False

    def _level_start(self, again: Beginning) -> Start:
        """What level readers have for a start: it is shared, and where they stand is the audience's to say."""
        if self._level.again != again:
            self._level = Start(self.subscription.channels, _NOWHERE, again=again)
        return self._level

    def rest(self, log: Log, head: Position) -> None:
        """Where nothing for it came up to `head`, that is where its readers are."""
        if self.pending or self.unwritten or not self.is_whole(log):
            return
        if not self.is_pulled or not self._news():
            self.position = head

    def places(self) -> list[tuple[Position, list[Reader]]]:
        """Its readers by where they are."""
        written = [reader for reader in self.readers if reader not in self.unwritten]
        places = [(self.position, written), (self.before, list(self.unwritten))]
        places.extend((reader.start.position, [reader]) for reader in self.offbeat)
        return [(position, readers) for position, readers in places if readers]


_SEQ = attrgetter("seq")


def _newest(entries: Iterable[Entry]) -> list[Entry]:
    """The entries without those of state kinds that a later one of the same key replaces."""
    kept: dict[str | Entry, Entry] = {}
    for entry in entries:
        key: str | Entry = entry
        if not entry.series.is_log:
            key = entry.series.channels[0]
            kept.pop(key, None)
        kept[key] = entry
    return list(kept.values())
