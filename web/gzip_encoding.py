"""Gzip whose bytes readers share, whenever each of them came.

A gzip member is a header and deflate blocks (RFC 1952, RFC 1951). The header is written to each reader; what follows is
cut into pieces that end on a byte and refer to nothing before them, so that any of them may follow any other. There is
no trailer: the checksum of all that a reader was sent would be its own, and a stream ends with its connection anyway.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isal import isal_zlib

from ticker.disconnects import Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from web.sse_encoding import SseEncoding

HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
"""Of a gzip member: deflate, no name, no time, made by no system that is known (RFC 1952, 2.3)."""
STORED_BYTES = 256
"""Up to so many bytes are stored as they are: fixed codes make nothing of them smaller."""
TABLE_BYTES = 8192
"""From so many bytes on a table of codes of their own is made: it saves a quarter, and takes some 6 µs."""
_FLUSHED = b"\0\0\0\xff\xff"
"""An empty stored block: some decoders, Go's `compress/flate` for one, hold back what they have until it comes."""
_QUICK = isal_zlib.compressobj(
    isal_zlib.ISAL_BEST_SPEED, isal_zlib.DEFLATED, -zlib.MAX_WBITS, strategy=isal_zlib.Z_FIXED
)
_TABLED = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -zlib.MAX_WBITS)


def compress(data: bytes) -> bytes:
    """`data` as deflate blocks that may follow any others."""
    size = len(data)
    if size <= STORED_BYTES:
        return b"\0%b%b%b%b" % (size.to_bytes(2, "little"), (size ^ 0xFFFF).to_bytes(2, "little"), data, _FLUSHED)
    compressor = _QUICK if size < TABLE_BYTES else _TABLED
    # A full flush forgets all that was before it, so one compressor serves everybody.
    return compressor.compress(data) + compressor.flush(isal_zlib.Z_FULL_FLUSH)


@dataclass(frozen=True, slots=True)
class GzipEncoding:
    """What another encoding says, compressed once for all its readers."""

    inner: SseEncoding

    @property
    def cursors(self) -> bool:
        """Whether its batches carry cursors."""
        return self.inner.cursors

    def opening(self, retry: float) -> bytes:
        """What each stream begins with, and only it."""
        return HEADER + compress(self.inner.opening(retry))

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        """A batch, compressed."""
        return compress(self.inner.batch(entries, cursor, first=first))

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        """A reset, compressed."""
        return compress(self.inner.reset(reason, channels))

    def gap(self, channels: Sequence[str]) -> bytes:
        """A gap, compressed."""
        return compress(self.inner.gap(channels))

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """A heartbeat, compressed."""
        return compress(self.inner.heartbeat(cursor, feeds, now))

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        """How the feeds are, compressed."""
        return compress(self.inner.status(feeds, now))

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        """The last words, compressed. No final block: a decoder would wait for the trailer after it."""
        return compress(self.inner.goodbye(disconnect, delay))
