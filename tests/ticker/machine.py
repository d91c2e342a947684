"""The state machine: two nodes, one Kafka, and clients to whom everything happens."""

import sys
from collections import deque
from collections.abc import Sequence
from random import Random

import hypothesis.strategies as st
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.ticker.actions import ACTIONS, Arguments, theme
from tests.ticker.client import Client, Comparisons, Moment, Pending
from tests.ticker.connection import Connection, place_of
from tests.ticker.lines import LineEncoding
from tests.ticker.model import KEYS, LOGS, PARTITIONS, WHOLE, Kafka, Life
from ticker.channels import absorb, digest, kind_of
from ticker.config import HubConfig, LogConfig
from ticker.cursor import cursor_head, encode_cursor, kinds_read
from ticker.disconnects import SLOW
from ticker.position import Position, TopicPosition
from ticker.subscription import Beginning, Mode, Start, Subscription, begin, resume

MOST_CONNECTIONS = 8
ON_CONNECTIONS = ("resubscribe", "go_on", "take", "stall", "drain", "cut")
SEED = st.binary(min_size=6, max_size=6)
"""Of some actions with all their arguments: to draw those one by one would take most of the time there is."""


class Machine(RuleBasedStateMachine):
    """Everything that can happen, in any order."""

    compared = Comparisons()

    @initialize(seed=SEED)
    def start(self, seed: bytes) -> None:
        random = Random(seed)
        self.theme = theme(random)
        self.log_config = LogConfig(
            history_entries=random.choice((1, 2, 4, 100)),
            history_bytes=random.choice((400, 10**9)),
            history_seconds=50,
            deletion_seconds=50,
        )
        self.hub_config = HubConfig(
            yield_seconds=1e-10,
            chunk_bytes=random.choice((1, 200, 10**9)),
            catch_up_bytes=random.choice((1, 10**9, 10**9)),
            pending_entries=random.choice((2, 1000)),
        )
        note(f"{self.theme} {self.log_config} {self.hub_config}")
        self.kafka = Kafka()
        self.lives = [self._new_life(0, knows_deletions=True), self._new_life(0, knows_deletions=True)]
        self.connections: list[Connection] = []
        self.gone: deque[Client] = deque(maxlen=8)
        """Clients without a connection, but with a cursor."""
        self.issued: deque[Client] = deque(maxlen=40)
        """Clients as they were when a cursor was issued."""
        self.compared.count("runs")

    @rule(seed=SEED)
    def happen(self, seed: bytes) -> None:
        random = Random(seed)
        for name in random.choices(list(ACTIONS), self.theme.weights, k=random.randint(1, 5)):
            self._do(name, ACTIONS[name][1](random, self.theme))

    def _do(self, name: str, arguments: Arguments) -> None:
        if name in ("join", "resume", "forge"):
            is_possible = len(self.connections) < MOST_CONNECTIONS
        else:
            is_possible = bool(self.connections) or name not in ON_CONNECTIONS
        if is_possible and (self.gone or self.issued or name not in ("resume", "poll")):
            note(f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})")
            getattr(self, name)(**arguments)

    def _new_life(self, back: int, *, knows_deletions: bool) -> Life:
        """A node starts: it reads compacted topics whole, of the others the last of them, and only then serves."""
        life = Life(self.kafka, self.log_config, self.hub_config)
        for kind, topic in self.kafka.topics.items():
            if kind in LOGS:
                begins = [max(b, end - back) for b, end in zip(topic.begins, topic.ends, strict=True)]
                life.open(kind, begins, [-1] * PARTITIONS)
            else:
                life.open(kind, [-1] * PARTITIONS, list(topic.horizons if knows_deletions else topic.ends))
            for partition in range(PARTITIONS):
                life.read(kind, partition, WHOLE)
        return life

    # Kafka

    def produce(
        self, kind: str, keys: Sequence[str], skip: int, value: str, nodes: tuple[int, ...], steps: int
    ) -> None:
        """Some records, which some nodes read and may have begun to flush at once."""
        for number, key in enumerate(keys):
            partition = self.kafka.partition_of(kind, key, number)
            self.kafka.produce(kind, key, partition=partition, skip=skip, value=value)
        for node in nodes:
            if self.lives[node].is_current(kind):
                for partition in range(PARTITIONS):
                    self.lives[node].read(kind, partition, WHOLE)
                self.lives[node].flush(steps)
        self._bury_closed()

    def compact(self, kind: str, back: int, removed: int) -> None:
        """As far as all nodes have read, as the compaction lag has it."""
        for p in range(PARTITIONS):
            read = [life.read_to[kind][p] if life.is_current(kind) else -1 for life in self.lives]
            self.kafka.topics[kind].compact(p, min(read) - back, min(read) - back - removed)

    def retain(self, kind: str, partition: int, left: int) -> None:
        topic = self.kafka.topics[kind]
        topic.retain(partition, topic.ends[partition] - left)

    def recreate(self, kind: str) -> None:
        self.kafka.create(kind)

    # Nodes

    def read(self, node: int, kind: str, partitions: tuple[int, ...], most: int) -> None:
        life = self.lives[node]
        if not life.is_current(kind):
            life.notice(kind)
            return
        for partition in partitions:
            life.read(kind, partition, most)

    def age(self, node: int) -> None:
        """All that there is becomes old, and a node forgets it."""
        self.wait(60.0)
        self.lives[node].trim()

    def flush(self, node: int, steps: int, between: Sequence[tuple[str, Arguments]]) -> None:
        """Go on with a flush; other things happen where it yields."""
        rest = list(between)
        for _ in range(min(steps, 50)):
            self.lives[node].flush(1)
            self._bury_closed()
            if self.lives[node].flushing is None:
                break
            if rest:
                self._do(*rest.pop())

    def heartbeat(self, node: int, steps: int) -> None:
        self.lives[node].beat(steps)

    def wait(self, seconds: float) -> None:
        self.kafka.now += seconds
        for life in self.lives:
            life.hear_of_ends()

    def restart(self, node: int, back: int, knows_deletions: bool, byte: int) -> None:
        for connection in [c for c in self.connections if c.life is self.lives[node]]:
            self._cut(connection, byte)
        self.lives[node] = self._new_life(back, knows_deletions=knows_deletions)

    # Readers

    def join(
        self,
        node: int,
        channels: Sequence[str],
        mode: Mode,
        interval: int,
        beginning: Beginning,
        is_after: bool,
        again: Beginning,
        twins: int,
    ) -> None:
        life = self.lives[node]
        subscription = Subscription(absorb(channels), mode, interval)
        for _ in range(twins):
            client = Client(self.kafka, self.compared, subscription, again)
            beginning, pending = self._beginning(life, beginning, is_after)
            client.pending = dict.fromkeys(subscription.channels, pending)
            connection = Connection(client, life)
            connection.join(begin(subscription.channels, beginning, again))
            self.connections.append(connection)

    @staticmethod
    def _beginning(life: Life, beginning: Beginning, is_after: bool) -> tuple[Beginning, Pending]:
        if not is_after:
            return beginning, Pending(beginning)
        place = place_of(life.log.position())
        after = tuple((kind, tag, offsets) for kind, (tag, offsets) in place.items())
        return Beginning(beginning.snapshot, beginning.history, life.log.seq), Pending(beginning, after)

    def resume(
        self, node: int, choice: int, is_old: bool, change: str, channel: str, beginning: Beginning, again: Beginning
    ) -> None:
        client = self._absent(choice, is_old)
        start = self._resume(client, change, channel, beginning, again)
        connection = Connection(client, self.lives[node])
        connection.join(start)
        self.connections.append(connection)

    def poll(self, node: int, choice: int, is_old: bool, beginning: Beginning) -> None:
        """Ask the log itself, as a poll does."""
        client, life = self._absent(choice, is_old), self.lives[node]
        start = self._resume(client, "none", "", beginning, beginning)
        if not life.log.is_ahead(start):
            answer, encoding = life.log.since(start, life.log.seq), LineEncoding()
            data = encoding.reset(answer.reason or "", answer.reset) if answer.reset else b""
            data += encoding.gap(answer.gap) if answer.gap else b""
            cursor = client.subscription.cursor(life.log.position())
            connection = Connection(client, life)
            connection.expect(start)
            connection.outlet.write(data + encoding.batch(answer.entries, cursor, first=False))
            self.issued.extend(connection.take())
            self.compared.count("polls")
        if (back := client.back()) is not None:
            self.gone.append(back)

    def _absent(self, choice: int, is_old: bool) -> Client:
        """A client that has no connection: one that lost its own, or one as it was some time ago."""
        if (is_old and self.issued) or not self.gone:
            client = self.issued[choice % len(self.issued)].fork()
            client.saved = client.fork()
            return client
        self.gone.rotate(-(choice % len(self.gone)))
        return self.gone.popleft()

    def _resume(self, client: Client, change: str, channel: str, beginning: Beginning, again: Beginning) -> Start:
        """Where a client starts that has a cursor, once it knows what to expect."""
        names, added = client.request()
        removed: list[str] = []
        if change == "repeat":
            added = sorted({*added, names[0]})
        elif change == "drop" and len(names) > 1:
            names = names[1:]
        elif change == "remove" and len(names) > 1:
            removed = [name for name in names if name in client.kept][:1]
            names = [name for name in names if name not in removed]
        elif change in ("add", "widen"):
            added = sorted({*added, channel}) if change == "add" and channel not in names else added
            names = sorted({*names, channel})
        assert client.cursor is not None
        client.again = again
        added = [name for name in added if name in names]
        client.resume(names, added, removed, Pending(beginning))
        self.compared.count("resumes")
        if removed and not client.void:
            self.compared.count("removals")
        return resume(client.cursor, names, added, beginning, again, removed)

    def forge(self, node: int, channels: Sequence[str], again: Beginning) -> None:
        """A cursor beyond everything there is."""
        life = self.lives[node]
        subscription = Subscription(absorb(channels))
        topics = {
            kind: TopicPosition(at.code, at.tag, tuple(offset + 10_000 for offset in at.offsets))
            for kind, at in life.log.position().topics.items()
        }
        kinds = kinds_read(subscription.channels)
        client = Client(self.kafka, self.compared, subscription, again)
        client.cursor = encode_cursor(cursor_head(digest(subscription.channels)), kinds, Position(topics))
        start = self._resume(client, "none", "", again, again)
        connection = Connection(client, life)
        connection.join(start)
        self.connections.append(connection)

    def resubscribe(
        self,
        choice: int,
        channels: Sequence[str],
        mode: Mode,
        interval: int,
        beginning: Beginning,
        is_after: bool,
        keep: int,
    ) -> None:
        connection = self.connections[choice % len(self.connections)]
        old = connection.subscription.channels
        subscription = Subscription(absorb([*old[: len(old) * keep // 2], *channels]), mode, interval)
        beginning, pending = self._beginning(connection.life, beginning, is_after)
        connection.resubscribe(subscription, beginning, pending)

    def go_on(self, choice: int, change: str, channel: str) -> None:
        """Go on from its cursor without a new connection."""
        connection = self.connections[choice % len(self.connections)]
        self.issued.extend(connection.take())
        client = connection.client.back()
        if client is not None:
            connection.client = client
            connection.restart(self._resume(client, change, channel, client.again, client.again))

    def take(self, choice: int) -> None:
        self.issued.extend(self.connections[choice % len(self.connections)].take())

    def stall(self, choice: int, is_full: bool) -> None:
        outlet = self.connections[choice % len(self.connections)].outlet
        outlet.is_blocked = outlet.is_blocked or is_full
        outlet.blocks_after_next = True

    def drain(self, choice: int) -> None:
        self.connections[choice % len(self.connections)].outlet.is_blocked = False

    def cut(self, choice: int, byte: int) -> None:
        self._cut(self.connections[choice % len(self.connections)], byte)

    def _cut(self, connection: Connection, byte: int) -> None:
        self.connections.remove(connection)
        issued, is_inside = connection.cut(byte)
        self.issued.extend(issued)
        self.compared.count("cuts inside of a frame", int(is_inside))
        client = connection.client.back()
        if client is not None:
            self.gone.append(client)

    def _bury_closed(self) -> None:
        for connection in [c for c in self.connections if c.outlet.closed is not None]:
            assert connection.outlet.closed is not None
            self.compared.count(f"disconnects: {connection.outlet.closed.name}")
            is_forged = connection.client.saved is None and connection.client.cursor is not None
            assert not is_forged or connection.outlet.closed is SLOW, "a forged cursor must be told that it is void"
            self._cut(connection, len(connection.outlet.sent) - connection.taken)

    # What is always true

    @invariant()
    def nobody_is_lost(self) -> None:
        for life in self.lives:
            hub = life.hub
            here = [c.reader for c in self.connections if c.life is life]
            everyone = hub.everyone()
            assert len(everyone) == len(set(everyone)), "a reader in two places"
            assert set(everyone) == set(here), "a reader in no place, or one that has left"
            assert hub.readers == len(here)
            assert sum(audience.members for audience in hub._audiences.values()) == len(here)
            assert all(audience.members for audience in hub._audiences.values())
            given = {
                name
                for audience in hub._audiences.values()
                for name in audience.subscription.channels
                if not audience.is_pulled or kind_of(name) in LOGS
            }
            assert set(hub._members.by_channel) == given

    # When all is quiet

    def settle(self) -> None:
        for _ in range(2000):
            self.kafka.now += 0.3
            for connection in self.connections:
                connection.outlet.is_blocked = connection.outlet.blocks_after_next = False
            for life in self.lives:
                self._read_everything(life)
                life.flush(WHOLE)
            self._bury_closed()
            if all(life.flushing is None and life.hub.next_flush(self.kafka.now) is None for life in self.lives):
                break
        else:
            raise AssertionError("it never comes to rest")
        for life in self.lives:
            life.beat(WHOLE)
            life.beat(WHOLE)
        ends = {kind: TopicPosition(kind[0], topic.tag, tuple(topic.ends)) for kind, topic in self.kafka.topics.items()}
        for connection in self.connections:
            self.issued.extend(connection.take())
            assert not connection.client.pending, "it was never begun"
            assert not connection.client.staged, "a reset without what follows it"
            connection.client.check(Position(ends), Moment({kind: at.offsets for kind, at in ends.items()}))
            self.compared.count("settled")

    @staticmethod
    def _read_everything(life: Life) -> None:
        for kind in KEYS:
            while not life.is_current(kind):
                life.notice(kind)
            for partition in range(PARTITIONS):
                life.read(kind, partition, WHOLE)
        life.hear_of_ends()

    def teardown(self) -> None:
        """Bring everybody back, and see that all comes to rest, and that nobody is left when all have left."""
        if not hasattr(self, "connections") or sys.exc_info()[0] is not None:
            return
        for number, client in enumerate(self.gone):
            connection = Connection(client, self.lives[number % 2])
            connection.join(self._resume(client, "none", "", Beginning(), Beginning()))
            self.connections.append(connection)
        self.settle()
        for connection in self.connections:
            connection.life.hub.leave(connection.reader)
        for life in self.lives:
            assert not life.hub.readers
            assert not life.hub.everyone()
            assert not life.hub._audiences
            assert not life.hub._members.by_channel
            assert life.hub.undrained.bytes == 0
