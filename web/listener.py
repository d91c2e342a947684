"""Listeners: sockets that take connections in at a pace which leaves the event loop a share for everybody else.

asyncio's own servers accept all that is waiting in one iteration. When thousands come back at once, their handshakes
would hold up every flush.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from functools import partial

import structlog
from aiohttp import web

from web.half_close import HalfCloseHandler
from web.outlet import bound_unsent

MOST_ACCEPTS = 16
"""Connections taken in at once; those beyond wait for the event loop's next iteration."""
_ACCEPT_SECONDS = 0.12
"""That many, and fewer as flushes take longer: one at a time where a flush takes as long as this."""
BACKLOG = 4096
"""Connections that the kernel holds until they are taken in (and no more than its `net.core.somaxconn`)."""
PAUSE_SECONDS = 1.0
"""How long nothing is accepted after accepting failed, as it does without descriptors."""
LOG_SECONDS = 60.0
"""How often such a failure is logged at most."""
log = structlog.get_logger()


def accepts_beside(flush_seconds: float) -> int:
    """How many connections are taken in at once where the last flush took so long."""
    return max(1, min(MOST_ACCEPTS, int(_ACCEPT_SECONDS / max(flush_seconds, 0.001))))


class PacedSite(web.BaseSite):
    """A host and a port of an aiohttp runner, in place of its `TCPSite`."""

    __slots__ = ("_accepts", "_host", "_port", "_reuse_port")

    def __init__(
        self,
        runner: web.BaseRunner,
        host: str,
        port: int,
        *,
        reuse_port: bool = False,
        accepts: Callable[[], int] = lambda: MOST_ACCEPTS,
    ) -> None:
        """An empty host is every address there is, port 0 a free one; `reuse_port` shares it with other processes.

        `accepts` says how many connections are taken in at once.
        """
        super().__init__(runner)
        self._accepts = accepts
        self._host = host
        self._port = port
        self._reuse_port = reuse_port

    @property
    def name(self) -> str:
        """What was asked for, as a URL."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"

    async def start(self) -> None:
        """Bind and listen. Raises OSError where the address can't be had."""
        await super().start()
        server = self._runner.server
        assert server is not None
        listening = await bind(self._host, self._port, reuse_port=self._reuse_port)
        # A runner asks for its sockets and closes it.
        self._server = PacedListener(partial(HalfCloseHandler, server), listening, self._accepts)  # type: ignore[assignment]


async def bind(host: str, port: int, *, reuse_port: bool = False) -> list[socket.socket]:
    """Listening sockets for every address of a host. Raises OSError where one is taken, or there is none."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    listening: list[socket.socket] = []
    missing = ""
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            try:
                listening.append(_listen(family, kind, protocol, address, reuse_port=reuse_port))
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise OSError(error.errno, f"{host} port {port}: {error.strerror}") from None
                missing = f"{host}: {error.strerror}"
        if not listening:
            raise OSError(errno.EADDRNOTAVAIL, f"nothing to listen on: {missing or host}")
    except OSError:
        for bound in listening:
            bound.close()
        raise
    return listening


def _listen(family: int, kind: int, protocol: int, address: tuple[object, ...], *, reuse_port: bool) -> socket.socket:
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound_unsent(listening)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


class PacedListener:
    """Accepts on listening sockets, a few connections an iteration."""

    def __init__(
        self,
        make_protocol: Callable[[], asyncio.BaseProtocol],
        listening: list[socket.socket],
        accepts: Callable[[], int],
    ) -> None:
        self.sockets = listening
        """Those that listen; none once it is closed."""
        self._make_protocol = make_protocol
        self._accepts = accepts
        self._connecting: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._log_after = self._loop.time()
        self._resume()

    def close(self) -> None:
        """Accept no more. Connections that were accepted stay."""
        self._suspend()
        if self._pause is not None:
            self._pause.cancel()
        for listening in self.sockets:
            listening.close()
        self.sockets = []

    def _resume(self) -> None:
        self._pause = None
        for listening in self.sockets:
            self._loop.add_reader(listening, self._accept, listening)

    def _suspend(self) -> None:
        for listening in self.sockets:
            self._loop.remove_reader(listening)

    def _accept(self, listening: socket.socket) -> None:
        for _ in range(self._accepts()):
            try:
                connection, _ = listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                self._fail(error)
                return
            connection.setblocking(False)
            task = self._loop.create_task(self._connect(connection))
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    def _fail(self, error: OSError) -> None:
        """Wait: what is missing is not there a moment later, and the socket would be ready again and again."""
        if self._loop.time() >= self._log_after:
            self._log_after = self._loop.time() + LOG_SECONDS
            log.error("can't accept connections: trying again every second", error=str(error))
        self._suspend()
        self._pause = self._loop.call_later(PAUSE_SECONDS, self._resume)

    async def _connect(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except (OSError, RuntimeError):
            # The client went away meanwhile, which uvloop reports as a RuntimeError.
            connection.close()
