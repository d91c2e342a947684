"""Topics as the log knows them: their epoch, how far they have been read, and what of them is no longer known."""

import hashlib
from collections.abc import Sequence

from ticker.channels import channels_of
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
        return self.is_of(position) and _reaches(self.heads, position.offsets)

    def is_ahead(self, position: TopicPosition | None) -> bool:
        """Whether a position is of this epoch, and ahead of what has been read."""
        return position is not None and self.is_of(position) and not _reaches(self.heads, position.offsets)

    def is_beyond(self, position: TopicPosition | None) -> bool:
        """Whether a position is of this epoch, and beyond all that the source has heard of."""
        return position is not None and self.is_of(position) and not _reaches(self.ends, position.offsets)

    def is_whole(self, channel: str, position: TopicPosition) -> bool:
        """Whether all of `channel` after `position` is provably still held."""
        held = self.channels.get(channel, {})
        own = self.series.get(channel.partition("/")[2])
        if not self.kind.is_log:
            if own is not None and own.channels[0] == channel:
                return True
            return _reaches(position.offsets, self.horizons)
        if own is not None and own.channels[0] == channel and own.partition is not None:
            if position.offsets[own.partition] < self.floors[own.partition]:
                return False
        elif not _reaches(position.offsets, self.floors):
            return False
        return all(position.offsets[partition] >= floor for series in held for partition, floor in series.floor.items())


def _reaches(offsets: Sequence[int], floors: Sequence[int]) -> bool:
    return all(offset >= floor for offset, floor in zip(offsets, floors, strict=True))
