"""Sessions: what one WebSocket client has asked for, and what it is answered, in whatever dialect."""

from dataclasses import dataclass

import structlog

from ticker.authorizer import Credentials, Grant
from ticker.channels import absorb
from ticker.cursor import InvalidCursor
from ticker.disconnects import BAD_MESSAGES, UNAUTHENTICATED, Disconnect
from ticker.encoding import Encoding
from ticker.reader import Reader
from ticker.subscription import NOTHING_OLD, Beginning, Mode, Start, Subscription, begin, resume
from web.access import Access
from web.dialect import Command, Dialect, InvalidMessage, Problem
from web.node import Node
from web.outlet import TransportOutlet

MOST_BAD_MESSAGES = 20
"""Messages that can't be read, or wrong credentials, after which a client is sent away."""
AUTH_SECONDS = 10.0
"""Within how long a client must show its credentials, where nobody may read without (Alpaca's limit)."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The options of a session; the last one named counts."""

    mode: Mode = "every"
    interval: int = 0
    cursors: bool = False
    heartbeat: bool = False


class Session:
    """One client's subscription, from its messages to the hub. It answers at once, through its outlet."""

    def __init__(self, node: Node, outlet: TransportOutlet, dialect: Dialect, credentials: Credentials | None) -> None:
        """`credentials` are those that came with the handshake."""
        self._node = node
        self._outlet = outlet
        self._dialect = dialect
        self._access = Access(node, credentials, self._send_away)
        self._has_authenticated = False
        self._channels: frozenset[str] = frozenset()
        self._wishes = _Wishes()
        self._reader: Reader | None = None
        self._bad_messages = 0

    def greet(self) -> None:
        """The first message of a connection."""
        self._access.enter()
        self._outlet.write(self._dialect.connected())

    def receive(self, data: bytes, *, is_binary: bool) -> None:
        """Do what a message says, and answer it."""
        try:
            self._do(self._dialect.parse(data, is_binary=is_binary))
        except InvalidMessage as error:
            self._refuse(Problem.INVALID_MESSAGE, str(error))
            self._count_bad_message()
        except Exception:
            log.exception("a message could not be handled")
            self._refuse(Problem.FAILED, "the operator finds it in the log")

    def require_authentication(self) -> None:
        """The time to show credentials is over."""
        grant = self._access.grant()
        if grant is None or not grant.patterns:
            self._refuse(Problem.LATE, f"show a key and its secret within {AUTH_SECONDS:g} seconds")
            self._close(UNAUTHENTICATED)

    def leave(self) -> None:
        """The connection is gone."""
        self._access.leave()
        self._read_nothing()

    def _read_nothing(self) -> None:
        if self._reader is not None:
            self._node.hub.leave(self._reader)
            self._reader = None

    def encoding(self) -> Encoding:
        """How the client is told things."""
        return self._dialect.encoding(self._channels, cursors=self._wishes.cursors, heartbeats=self._wishes.heartbeat)

    def _do(self, command: Command) -> None:
        if command.action == "auth":
            self._authenticate(command)
        elif command.action == "subscribe":
            self._subscribe(command)
        else:
            self._change(command, self._channels - command.channels, self._wishes, NOTHING_OLD, None)

    def _authenticate(self, command: Command) -> None:
        if self._has_authenticated:
            self._refuse(Problem.AUTHENTICATED_ALREADY)
        elif not self._access.authenticate(command.credentials):
            self._refuse(Problem.WRONG_CREDENTIALS, "the key or its secret is not right")
            self._count_bad_message()
        else:
            self._has_authenticated = True
            self._outlet.write(self._dialect.authenticated())

    def _may_read(self, grant: Grant, channels: frozenset[str], added: frozenset[str]) -> bool:
        """Whether the client may have `channels`, of which it asks for `added` now; otherwise it is told why not."""
        limit = grant.bound(self._node.config.limits.socket_channels)
        if len(channels) > limit:
            self._refuse(Problem.TOO_MANY_CHANNELS, f"{limit} channels are the most")
        elif not grant.allows_feed(self._dialect.feed):
            self._refuse(Problem.NOT_ALLOWED, f"not on the feed {self._dialect.feed!r}")
        elif not_here := self._dialect.not_here(added):
            self._refuse(Problem.NOT_ON_THIS_PATH, f"there is no {not_here[0]} here: see the documentation's paths")
        elif refused := grant.refused(channels):
            problem = Problem.NOT_AUTHENTICATED if grant.key is None else Problem.NOT_ALLOWED
            self._refuse(problem, f"not allowed to read {min(refused)}")
        else:
            return True
        return False

    def _subscribe(self, command: Command) -> None:
        grant = self._access.grant()
        if grant is None or not grant.patterns:
            self._refuse(Problem.NOT_AUTHENTICATED, "show a key and its secret first")
            return
        channels = self._channels | command.channels
        if not self._may_read(grant, channels, command.channels):
            return
        options, old = command.options, self._wishes
        wishes = _Wishes(
            options.get("mode", old.mode),
            options.get("interval", old.interval),
            old.cursors or "cursor" in options,
            options.get("heartbeat", old.heartbeat),
        )
        snapshot = options.get("snapshot", False)
        beginning = Beginning(snapshot, options.get("history", int(snapshot)), after=self._node.log.seq)
        again = Beginning(history=max(1, beginning.history)) if wishes.cursors else NOTHING_OLD
        start: Start | None = None
        if options.get("cursor"):
            try:
                start = resume(options["cursor"], channels, (), beginning, again)
            except InvalidCursor as error:
                self._refuse(Problem.INVALID_MESSAGE, str(error))
                return
        self._change(command, channels, wishes, beginning, start, again)

    def _change(
        self,
        command: Command,
        channels: frozenset[str],
        wishes: _Wishes,
        beginning: Beginning,
        start: Start | None,
        again: Beginning | None = None,
    ) -> None:
        """Say what the subscription is from now on, and make it so."""
        self._channels, self._wishes = channels, wishes
        self._access.reads(channels)
        self._outlet.write(self._dialect.subscribed(command, channels))
        hub = self._node.hub
        if not channels:
            self._read_nothing()
            return
        subscription = Subscription(absorb(channels), wishes.mode, wishes.interval)
        if self._reader is None:
            first = start or begin(subscription.channels, beginning, again)
            self._reader = hub.join(self._outlet, subscription, self.encoding(), first)
        elif start is not None:
            hub.restart(self._reader, subscription, self.encoding(), start)
        else:
            hub.resubscribe(self._reader, subscription, self.encoding(), beginning, again)
        self._node.flusher.wake()

    def _refuse(self, problem: Problem, text: str = "") -> None:
        self._outlet.write(self._dialect.problem(problem, text))

    def _count_bad_message(self) -> None:
        self._bad_messages += 1
        if self._bad_messages >= MOST_BAD_MESSAGES:
            self._close(BAD_MESSAGES)

    def _send_away(self, disconnect: Disconnect) -> None:
        self._close(disconnect, self.encoding().goodbye(disconnect, 0.0))

    def _close(self, disconnect: Disconnect, goodbye: bytes = b"") -> None:
        self.leave()
        self._node.hub.counts.disconnects[disconnect.name] += 1
        self._outlet.close(disconnect, goodbye)
