"""Channels that are asked again and again whether they hold anything new."""

from collections.abc import Iterable

from ticker.log import Log


class Watched:
    """Channels as they are now. While nothing new came to them, `Log.reached` of them is what it was."""

    __slots__ = ("_log", "_seq", "_series", "_version")

    def __init__(self, log: Log, channels: Iterable[str]) -> None:
        self._log = log
        self._series = log.held_by(channels)
        self._seq = log.seq
        self._version = log.version

    def __len__(self) -> int:
        """How many keys they hold."""
        return len(self._series)

    def is_unchanged(self) -> bool:
        """Whether nothing came since: two integers compared where nothing was appended, and one a key otherwise."""
        log = self._log
        if self._version != log.version:
            return False
        if self._seq == log.seq:
            return True
        seq = self._seq
        for series in self._series:
            if series.newest.seq > seq:
                return False
        self._seq = log.seq
        return True
