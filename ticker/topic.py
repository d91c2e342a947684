"""Topics as the log knows them: their epoch, how far they have been read, and what of them is no longer known."""

import hashlib
from collections.abc import Sequence
from operator import lt

from ticker.channels import GAME_KINDS, channels_of
from ticker.cursor import TAG_BYTES
from ticker.entry import Series
from ticker.kinds import Kind
from ticker.position import TopicPosition


class Topic:
    """One kind's topic, in one epoch."""

    def __init__(self, kind: Kind, epoch: str, begins: Sequence[int]) -> None:
        self.kind = kind
        self.epoch = epoch
        self.tag = hashlib.blake2s(epoch.encode(), digest_size=TAG_BYTES).digest()
        self.heads = list(begins)
        """Per partition the highest offset read; what comes next is above it."""
        self.ends = list(begins)
        """Per partition the highest offset that the source has heard of."""
        self.floors = list(begins)
        """Of a log kind, per partition the offset up to which entries may be missing."""
        self.horizons = [-1] * len(begins)
        """Of a state kind, per partition the offset up to which deletions may be unknown."""
        self.lost = 0
        """The log's `seq` when the source last found a hole; 0 when it found none."""
        self.series: dict[str, Series] = {}
        self.channels: dict[str, dict[Series, None]] = {}
        self._position: TopicPosition | None = None

    def series_of(self, key: str, partition: int) -> Series:
        """The series of `key`, made where it is new."""
        series = self.series.get(key)
        if series is None:
            channels = channels_of(self.kind.name, key)
            series = Series(self.kind.name, key, partition, channels, is_log=self.kind.is_log)
            self.series[key] = series
            for channel in channels:
                self.channels.setdefault(channel, {})[series] = None
        elif series.partition != partition:
            series.partition = None
        return series

    def forget(self, series: Series) -> None:
        """Drop a series with all its channels that hold nothing else."""
        del self.series[series.key]
        for channel in series.channels:
            held = self.channels[channel]
            del held[series]
            if not held:
                del self.channels[channel]
        series.end()

    def lose(self, partition: int, offset: int, seq: int) -> None:
        """Not all up to `offset` could be read: nothing before it can be joined to what follows."""
        self.lost = seq
        for series in [s for s in self.series.values() if s.partition in (partition, None)]:
            for entry in series.history:
                self.floors[entry.partition] = max(self.floors[entry.partition], entry.offset)
            self.forget(series)
        self.floors[partition] = max(self.floors[partition], offset)
        self.horizons[partition] = max(self.horizons[partition], offset)
        self.advance(partition, offset)

    def advance(self, partition: int, offset: int) -> None:
        """All up to `offset` has been read."""
        if offset > self.heads[partition]:
            self.heads[partition] = offset
            self._position = None
        if offset > self.ends[partition]:
            self.ends[partition] = offset

    def position(self) -> TopicPosition:
        """How far it has been read."""
        if self._position is None:
            self._position = TopicPosition(self.kind.code, self.tag, tuple(self.heads))
        return self._position

    def is_of(self, position: TopicPosition | None) -> bool:
        """Whether a position is of this epoch."""
        return position is not None and position.tag == self.tag and len(position.offsets) == len(self.heads)

    def knows(self, position: TopicPosition) -> bool:
        """Whether a position is of this epoch, and not ahead of what has been read."""
        return position is self._position or (self.is_of(position) and _reaches(self.heads, position.offsets))

    def is_beyond(self, position: TopicPosition | None) -> bool:
        """Whether a position is of this epoch, and beyond all that the source has heard of."""
        return position is not None and self.is_of(position) and not _reaches(self.ends, position.offsets)

    def is_whole(self, channel: str, position: TopicPosition) -> bool:
        """Whether all of `channel` after `position` is provably still held."""
        if not self.kind.is_log:
            is_one_key = self.kind.name not in GAME_KINDS and channel.partition("/")[2] in self.series
            return is_one_key or _reaches(position.offsets, self.horizons)
        held = self.channels.get(channel, {})
        return _reaches(position.offsets, self.floors) and all(
            position.offsets[partition] >= floor for series in held for partition, floor in series.floor.items()
        )


def _reaches(offsets: Sequence[int], floors: Sequence[int]) -> bool:
    return not any(map(lt, offsets, floors))
