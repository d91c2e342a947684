"""Sessions: what one WebSocket client has asked for, and what it is answered."""

from dataclasses import dataclass

from ticker.authorizer import Credentials
from ticker.channels import absorb
from ticker.cursor import InvalidCursor
from ticker.disconnects import BAD_MESSAGES, Disconnect
from ticker.reader import Reader
from ticker.subscription import NOTHING_OLD, Beginning, Mode, Start, Subscription, begin, resume
from web.access import Access
from web.alpaca import Command, InvalidMessage, parse_command, subscription_message
from web.node import Node
from web.outlet import TransportOutlet
from web.socket_encoding import SocketEncoding, control_frame, error_frame

MOST_BAD_MESSAGES = 20
"""Messages that can't be read after which a client is sent away."""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """The options of a session; the last one named counts."""

    mode: Mode = "every"
    interval: int = 0
    cursors: bool = False
    heartbeat: bool = False


class Session:
    """One client's subscription, from its messages to the hub. It answers at once, through its outlet."""

    def __init__(self, node: Node, outlet: TransportOutlet, credentials: Credentials | None) -> None:
        self._node = node
        self._outlet = outlet
        self._access = Access(node, credentials, self._send_away)
        self._is_authenticated = False
        self._channels: frozenset[str] = frozenset()
        self._wishes = _Wishes()
        self._reader: Reader | None = None
        self._bad_messages = 0

    def greet(self) -> None:
        """The first message of a connection."""
        self._access.enter()
        self._say({"T": "success", "msg": "connected"})

    def receive(self, data: bytes, *, is_binary: bool) -> None:
        """Do what a message says, and answer it."""
        try:
            command = parse_command(data, is_binary=is_binary)
        except InvalidMessage as error:
            self._outlet.write(error_frame(400, f"invalid syntax: {error}"))
            self._bad_messages += 1
            if self._bad_messages >= MOST_BAD_MESSAGES:
                self._end(BAD_MESSAGES, b"")
            return
        if command.action == "auth":
            self._authenticate(command)
        elif command.action == "subscribe":
            self._subscribe(command)
        else:
            self._change(self._channels - command.channels, self._wishes, NOTHING_OLD, None)

    def leave(self) -> None:
        """The connection is gone."""
        self._access.leave()
        self._read_nothing()

    def _read_nothing(self) -> None:
        if self._reader is not None:
            self._node.hub.leave(self._reader)
            self._reader = None

    def _send_away(self, disconnect: Disconnect) -> None:
        self._end(disconnect, SocketEncoding().goodbye(disconnect, 0.0))

    def _end(self, disconnect: Disconnect, goodbye: bytes) -> None:
        self.leave()
        self._node.hub.counts.disconnects[disconnect.name] += 1
        self._outlet.close(disconnect, goodbye)

    def _authenticate(self, command: Command) -> None:
        if self._is_authenticated:
            self._outlet.write(error_frame(403, "already authenticated"))
            return
        shown = Credentials(command.key, command.secret) if command.key else None
        if not self._access.authenticate(shown):
            self._outlet.write(error_frame(402, "auth failed: the key or its secret is not right"))
            return
        self._is_authenticated = True
        self._say({"T": "success", "msg": "authenticated"})

    def _subscribe(self, command: Command) -> None:
        channels = self._channels | command.channels
        refusal = self._access.refusal(channels)
        if refusal is not None:
            self._outlet.write(error_frame(*refusal))
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
                self._outlet.write(error_frame(400, f"invalid syntax: {error}"))
                return
        self._change(channels, wishes, beginning, start, again)

    def _change(
        self,
        channels: frozenset[str],
        wishes: _Wishes,
        beginning: Beginning,
        start: Start | None,
        again: Beginning | None = None,
    ) -> None:
        """Say what the subscription is from now on, and make it so."""
        self._channels, self._wishes = channels, wishes
        self._access.reads(channels)
        self._say(subscription_message(channels))
        hub = self._node.hub
        if not channels:
            self._read_nothing()
            return
        subscription = Subscription(absorb(channels), wishes.mode, wishes.interval)
        encoding = SocketEncoding(wishes.cursors, wishes.heartbeat)
        if self._reader is None:
            first = start or begin(subscription.channels, beginning, again)
            self._reader = hub.join(self._outlet, subscription, encoding, first)
        elif start is not None:
            hub.restart(self._reader, subscription, encoding, start)
        else:
            hub.resubscribe(self._reader, subscription, encoding, beginning, again)
        self._node.flusher.wake()

    def _say(self, message: dict[str, object]) -> None:
        self._outlet.write(control_frame(message))
