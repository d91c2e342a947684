"""What the load's clients have read: when, and when each event in it had been due."""

import re
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ticker.commands.bench.connections import Connection

_DUE = re.compile(rb',"t":"[^"]{17}([^"Z]+)Z"')
"""The seconds within the minute in an event's time; in heartbeats the time comes first, and doesn't match."""
_STAMP = b"\xa1t\xd7\xff"
"""In msgpack: the key `t`, and a timestamp of the eight bytes that follow."""
_STAMPS = re.compile(re.escape(_STAMP) + rb"(.{8})", re.DOTALL)
_FRAME = re.compile(rb"\x82(?:\x7e..|[\x02-\x7d])[\x90-\x9f\xdc]", re.DOTALL)
"""A binary frame's head, and that of the array in it."""
_BINS = 10_000
"""Bins of latency a second: 0.1 ms each."""
MOST_BATCHES = 4096
"""Reads that are known again when others have read the same."""
_UNCOUNTED = 0


@dataclass(slots=True)
class Figures:
    """What came between two moments."""

    events: int = 0
    reads: int = 0
    messages: int = 0
    bytes: int = 0
    latency: Counter[int] = field(default_factory=Counter)
    """How many events came so late, in tenths of a millisecond."""

    def percentile(self, share: float) -> float:
        """The latency in seconds that `share` of the events had at most; 0 where there were none."""
        left = share * sum(self.latency.values())
        for bin_ in sorted(self.latency):
            left -= self.latency[bin_]
            if left <= 0:
                return bin_ / _BINS
        return 0.0


class Recorder:
    """Notes what is read with as little work as possible; what it means is worked out afterwards."""

    def __init__(self, *, is_msgpack: bool = False) -> None:
        """What is read is JSON, or msgpack."""
        self._is_msgpack = is_msgpack
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._dues = array("d")
        self._ends = array("L", [0])
        self._messages = array("H", [0])
        self._known: dict[bytes, int] = {}
        self._read_times = array("d")
        self._read_batches = array("L")
        self._read_bytes = array("L")

    def record(self, connection: "Connection", data: bytes, now: float) -> None:
        """`connection` read `data` at `now` (seconds since 1970 UTC)."""
        self._read_bytes.append(len(data))
        self._read_times.append(now)
        if connection.arrivals is not None:
            connection.arrivals.append(now)
        if not connection.is_counted:
            connection.tail = data
            self._read_batches.append(_UNCOUNTED)
            return
        if connection.decompress is not None:
            data = connection.decompress(data)
        connection.tail = data
        if connection.rest:
            data = connection.rest + data
        batch = self._known.get(data)
        if batch is None:
            batch = self._add(data)
        self._read_batches.append(batch)
        # A read may end in the middle of an event. What follows the last time in it holds no time.
        if self._is_msgpack:
            connection.rest = _STAMPS.split(data)[-1]
        elif data.endswith((b"]", b"\n\n")):
            connection.rest = b""
        else:
            connection.rest = data[data.rfind(b'Z"') + 2 :] if b'Z"' in data else data

    def _add(self, data: bytes) -> int:
        if self._is_msgpack:
            stamps = (int.from_bytes(stamp) for stamp in _STAMPS.findall(data))
            self._dues.extend((stamp & 0x3FFFFFFFF) % 60 + (stamp >> 34) / 1e9 for stamp in stamps)
            self._messages.append(len(_FRAME.findall(data)))
        else:
            self._dues.extend(map(float, _DUE.findall(data)))
            self._messages.append(data.count(b"[{"))
        self._ends.append(len(self._dues))
        batch = len(self._ends) - 1
        if len(self._known) > MOST_BATCHES:
            self._known.clear()
        self._known[data] = batch
        return batch

    def figures(self, begin: float, end: float) -> Figures:
        """What came of the events that were due from `begin` until `end`; reads and bytes of the same time."""
        found = Figures()
        reads_of: dict[int, list[float]] = {}
        for number, batch in enumerate(self._read_batches):
            time = self._read_times[number]
            reads_of.setdefault(batch, []).append(time)
            if begin <= time < end:
                found.reads += 1
                found.messages += self._messages[batch]
                found.bytes += self._read_bytes[number]
        for batch, times in reads_of.items():
            counted = Counter([int(time * _BINS) for time in times]) if len(times) > 1 else {int(times[0] * _BINS): 1}
            for due in self._dues[self._ends[batch - 1] if batch else 0 : self._ends[batch]]:
                for bin_, count in counted.items():
                    late = (bin_ / _BINS - due) % 60
                    # A clock that was set back a little would make it the minute before.
                    late = 0.0 if late > 59 else late
                    if begin <= bin_ / _BINS - late < end:
                        found.events += count
                        found.latency[int(late * _BINS)] += count
        return found
