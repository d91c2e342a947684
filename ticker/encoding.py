"""How an audience's batches become bytes. Declared here, implemented by the transports."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ticker.disconnects import Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus


class Encoding(Protocol):
    """One dialect, framing and content coding. Equal encodings make the same bytes, so that readers can share them.

    Every method returns what is to be written, ready framed; empty bytes where this encoding has nothing to say.
    """

    def __hash__(self) -> int: ...

    @property
    def cursors(self) -> bool:
        """Whether its batches carry cursors: none is made for those that don't."""

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        """Entries in append order. `cursor` is the position after all of them, so only the last frame may carry it.

        `first` is true for the snapshot that a reader begins with.
        """

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        """What the reader holds of the channels is void; fresh values follow."""

    def gap(self, channels: Sequence[str]) -> bytes:
        """Events of these channels are missing before what follows."""

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """The reader is level with `cursor`, and this is how the feeds are."""

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """A feed became live or stale."""

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        """The last words before the connection ends; come back in `delay` seconds."""
