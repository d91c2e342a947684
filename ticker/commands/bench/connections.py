"""The load's connections: many raw sockets on one epoll, without a client library."""

import errno
import select
import socket
import time
import zlib
from collections.abc import Iterable

from ticker.commands.bench.recorder import Recorder

MOST_AT_ONCE = 256
"""Connections that are being made at a time."""
READ_BYTES = 65_536
"""Read at a time. From 128 KiB on the allocator maps and unmaps pages for each read, which takes four times as long."""
LOOK_SECONDS = 0.0005
"""Between two looks at the sockets, and so the most by which an event's latency is overstated."""
COUNTING_LOOK_SECONDS = 0.002
"""The same, where latency isn't looked at."""
FEW = 64
"""With fewer sockets that have something than this, there is time to pause."""
_PING, _PONG = b"\x89\x00", b"\x8a\x80\x00\x00\x00\x00"
"""A server's ping without a text, and a client's pong (RFC 6455, 5.5.2 and 5.5.3)."""


class Connection:
    """One client: its socket, what it says, and what it has not understood yet."""

    __slots__ = (
        "answered",
        "arrivals",
        "beats",
        "decompress",
        "first",
        "hello",
        "is_counted",
        "marks",
        "rest",
        "socket",
        "tail",
    )

    def __init__(self, hello: bytes, marks: tuple[tuple[bytes, bytes], ...], *, gzip: bool = False) -> None:
        """`hello` is sent at once. Each mark is what must have come, and what is said then; then it is answered."""
        self.first = self.hello = hello
        self.marks = marks
        self.answered = 0.0
        """When all its marks had come; 0 before."""
        self.rest = b""
        self.tail = b""
        """What was read last."""
        self.arrivals: list[float] | None = None
        """When something was read, where that is wanted."""
        self.beats: list[float] = []
        """The arrivals of the time measured."""
        self.is_counted = True
        """Whether its events are looked at; its reads and bytes always count."""
        self.decompress = zlib.decompressobj(31).decompress if gzip else None
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Connections:
    """All of a load's clients."""

    def __init__(self, host: str, port: int, recorder: Recorder, *, is_counting: bool = False) -> None:
        """Where latency isn't looked at, the load `is_counting`: it reads seldom, and much at a time."""
        self.recorder = recorder
        self.address = (host, port)
        self._is_counting = is_counting
        self.open: dict[int, Connection] = {}
        self.closed = 0
        """How many the server has closed."""
        self._epoll = select.epoll()
        self._unanswered = 0

    def connect(self, connections: Iterable[Connection], timeout: float = 120.0) -> None:
        """Connect them all, reading the others meanwhile, until each is answered. Raises TimeoutError."""
        waiting = list(connections)[::-1]
        deadline = time.monotonic() + timeout
        while waiting or self._unanswered:
            while waiting and self._unanswered < MOST_AT_ONCE:
                self._begin(waiting.pop())
            self.read(0.01)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._unanswered + len(waiting)} connections were not answered")

    def connect_at_once(self, connections: Iterable[Connection]) -> None:
        """Begin to connect all of them now, without waiting for any."""
        for count, connection in enumerate(connections):
            self._begin(connection)
            if count % 50 == 49:
                self.read(0.0)

    @property
    def unanswered(self) -> int:
        """How many are waiting to be answered."""
        return self._unanswered

    def _begin(self, connection: Connection) -> None:
        error = connection.socket.connect_ex(self.address)
        if error not in (0, errno.EINPROGRESS):
            raise OSError(error, f"can't connect to {self.address}")
        self._unanswered += 1
        self.open[connection.socket.fileno()] = connection
        self._epoll.register(connection.socket.fileno(), select.EPOLLOUT)

    def pause(self, connection: Connection) -> None:
        """Read nothing from it any more."""
        self._epoll.unregister(connection.socket.fileno())
        del self.open[connection.socket.fileno()]

    def close(self, connection: Connection) -> None:
        """Close one without a word."""
        self.pause(connection)
        connection.socket.close()

    def read_until(self, end: float) -> None:
        """Read what comes until `end` (in time.time()).

        The sockets are looked at every so often instead of waited for: to wake a process that waits is work of the
        kernel on the server's core, which clients on other machines would not make.
        """
        while time.time() < end:
            if self._is_counting:
                self.read(0.0)
                time.sleep(COUNTING_LOOK_SECONDS)
            elif self.read(0.0) < FEW:
                time.sleep(LOOK_SECONDS)

    def read(self, timeout: float) -> int:
        """Read once from all that have something, within `timeout` seconds; how many had."""
        connections, record = self.open, self.recorder.record
        now = time.time
        ready = self._epoll.poll(timeout)
        for number, events in ready:
            connection = connections.get(number)
            if connection is None:
                continue
            if not connection.answered:
                self._greet(connection, events)
                continue
            try:
                data = connection.socket.recv(READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                self._drop(number, connection)
                continue
            if _PING in data:
                connection.socket.send(_PONG)
            record(connection, data, now())
        return len(ready)

    def _greet(self, connection: Connection, events: int) -> None:
        if events & select.EPOLLOUT:
            if connection.hello:
                connection.socket.send(connection.hello)
            self._epoll.modify(connection.socket.fileno(), select.EPOLLIN)
            return
        try:
            data = connection.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise OSError(error.errno, f"a connection failed before it was answered: {error.strerror}") from None
        if not data:
            raise OSError(errno.ECONNRESET, f"the server closed a connection after {connection.rest[:200]!r}")
        connection.rest += data
        while connection.marks and connection.marks[0][0] in connection.rest:
            connection.rest = connection.rest.partition(connection.marks[0][0])[2]
            if connection.marks[0][1]:
                connection.socket.send(connection.marks[0][1])
            connection.marks = connection.marks[1:]
        if not connection.marks:
            self._unanswered -= 1
            connection.answered = time.time()
            rest, connection.rest = connection.rest, b""
            if rest:
                self.recorder.record(connection, rest, connection.answered)

    def _drop(self, number: int, connection: Connection) -> None:
        self.closed += 1
        self._epoll.unregister(number)
        connection.socket.close()
        del self.open[number]
