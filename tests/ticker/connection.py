"""One connection of a client to a node, as both ends see it."""

from collections import deque
from collections.abc import Callable

from tests.ticker.client import Client, Moment, Pending
from tests.ticker.lines import Frame, LineEncoding, LineOutlet, frames_in, line
from tests.ticker.model import BEFORE_ALL, LOGS, STATES, Life
from ticker.channels import kind_of
from ticker.cursor import decode_cursor
from ticker.position import Position
from ticker.reader import Reader
from ticker.subscription import Beginning, Start, Subscription

Place = dict[str, tuple[bytes, tuple[int, ...]]]
"""By kind, the epoch and the offsets."""
ENCODING = LineEncoding()


def place_of(position: Position) -> Place:
    return {kind: (topic.tag, topic.offsets) for kind, topic in position.topics.items()}


class Connection:
    """What was written to it is taken in by the client later, and perhaps not to the end."""

    def __init__(self, client: Client, life: Life) -> None:
        self.client = client
        self.life = life
        self.outlet = LineOutlet()
        self.outlet.on_write = self.written
        self.taken = 0
        self.moments: deque[Moment] = deque()
        """When the node wrote each cursor that is not taken in yet."""
        self.controls: list[Callable[[], None]] = []
        self.subscription = client.subscription
        self.asked: Place = {}
        """Where the node was when the channels were asked for that it has yet to begin."""
        self.fresh: set[str] = set()
        self.place: Place = {}
        """Where the node knows the client to be at the least."""
        self.is_void = False
        self.is_new = False
        self.flush = -1
        self.reader: Reader

    def join(self, start: Start) -> None:
        """Join with whatever the client now expects."""
        self.expect(start)
        self.is_new = not start.kept and not start.void
        self.reader = self.life.hub.join(self.outlet, self.subscription, ENCODING, start)

    def restart(self, start: Start) -> None:
        """Go on from a cursor, on the same connection."""
        self.subscription = self.client.subscription
        self.expect(start)
        self.life.hub.restart(self.reader, self.subscription, ENCODING, start)

    def expect(self, start: Start) -> None:
        """Know what the node may say to a reader at `start`."""
        self.asked = place_of(self.life.log.position())
        self.fresh = {name for name, _ in start.fresh}
        self.place = place_of(start.position) if start.kept else {}
        self.is_void = bool(start.void)

    def resubscribe(self, subscription: Subscription, beginning: Beginning, pending: Pending) -> None:
        """Ask for other channels; the client hears in the stream from where on that counts."""
        self.subscription = subscription
        if not self.fresh:
            self.asked = place_of(self.life.log.position())
        self.outlet.sent += line({"is": "control", "number": len(self.controls)})
        self.controls.append(lambda: self.client.resubscribe(subscription, pending))
        self.life.hub.resubscribe(self.reader, subscription, ENCODING, beginning)
        self.fresh = {name for name, _ in self.reader.start.fresh}

    # The client's end

    def take(self, data_end: int | None = None) -> list[Client]:
        """Take in what was sent, up to a byte; the client as it was at each cursor that came."""
        end = len(self.outlet.sent) if data_end is None else data_end
        data = bytes(self.outlet.sent[self.taken : end])
        whole = data.rfind(b"\n") + 1
        self.taken += whole
        issued = []
        for frame in frames_in(data[:whole]):
            if frame["is"] == "control":
                self.controls[frame["number"]]()
            elif frame.get("cursor") is None:
                self.client.take(frame)
            else:
                self.client.take(frame)
                self.client.reach(frame, self.moments.popleft())
                assert self.client.saved is not None
                issued.append(self.client.saved)
        return issued

    def cut(self, choice: int) -> tuple[list[Client], bool]:
        """Lose the connection after some byte: what was issued until then, and whether that was inside of a frame."""
        untaken = len(self.outlet.sent) - self.taken
        end = self.taken + choice % (untaken + 1)
        issued = self.take(end)
        if self.outlet.closed is None:
            self.life.hub.leave(self.reader)
        return issued, self.taken != end

    # The node's end

    def written(self, frames: list[Frame]) -> None:
        """Look at one write."""
        if any(frame["is"] == "batch" for frame in frames):
            assert self.flush != self.life.flushes, "two writes of events in one flush"
            self.flush = self.life.flushes
        for frame in frames:
            if frame["is"] == "gap":
                for channel in frame["channels"]:
                    assert self._may_have_gap(channel), f"a gap in {channel} that nothing explains at {self.place}"
                    self.client.compared.count("gaps")
            elif frame["is"] == "reset":
                for channel in frame["channels"]:
                    assert self._may_be_reset(channel), f"a reset of {channel} that nothing explains at {self.place}"
                    self.client.compared.count(f"resets: {frame['reason']}")
                self.is_void = False
            elif frame["is"] == "batch":
                self._batch(frame)
            if frame.get("cursor") is not None:
                cursor = decode_cursor(frame["cursor"])
                self.place = place_of(cursor.position)
                if cursor.digest == self.subscription.digest:
                    self.fresh.clear()
                heads = {kind: tuple(read) for kind, read in self.life.read_to.items()}
                self.moments.append(Moment(heads, self.life.held(cursor.position)))

    def _batch(self, frame: Frame) -> None:
        facts = [self.life.kafka.by_time[said[4]] for said in frame["entries"]]
        places = [self.life.order[fact.time] for fact in facts]
        assert places == sorted(set(places)), f"not in append order, or twice: {facts}"
        if self.subscription.mode == "latest":
            states = [fact.name for fact in facts if fact.kind in STATES]
            assert len(states) == len(set(states)), f"not conflated: {facts}"
        assert frame["first"] or not self.is_new, "the first batch doesn't say that it is"
        self.is_new = False

    def _may_have_gap(self, channel: str) -> bool:
        kind = kind_of(channel)
        assert kind in LOGS, f"a gap in a state kind: {channel}"
        topic, is_fresh = self.life.opened[kind], channel in self.fresh
        tag, offsets = (self.asked if is_fresh else self.place).get(kind, (b"", BEFORE_ALL))
        if topic is None or tag != topic.tag:
            assert is_fresh, f"a gap in {channel}, of which nothing was known"
            offsets = BEFORE_ALL
        if any(floor > offset for floor, offset in zip(self.life.floors[kind], offsets, strict=True)):
            return True
        return any(fact.offset > offsets[fact.partition] for fact in self.life.dropped(channel))

    def _may_be_reset(self, channel: str) -> bool:
        kind = kind_of(channel)
        topic = self.life.opened[kind]
        if self.is_void:
            return True
        if topic is None:
            return False
        known = self.place.get(kind)
        if known is None or known[0] != topic.tag:
            return True
        heads, horizons = self.life.read_to[kind], self.life.horizons[kind]
        is_beyond = any(offset > head for offset, head in zip(known[1], heads, strict=True))
        is_expired = any(horizon > offset for horizon, offset in zip(horizons, known[1], strict=True))
        return is_beyond or (kind in STATES and is_expired)
