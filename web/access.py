"""Access: what one WebSocket client may read, from its handshake on, and its place among those with the same key."""

from collections.abc import Set as AbstractSet

from ticker.authorizer import Credentials
from web.holders import Close, Holder
from web.node import Node


class Access:
    """One WebSocket client's."""

    def __init__(self, node: Node, credentials: Credentials | None, close: Close) -> None:
        """`credentials` are the handshake's; `close` ends the connection."""
        self._node = node
        self._close = close
        self._grant = node.authorizer.grant(credentials)
        self._holder: Holder | None = None

    def enter(self) -> None:
        """The connection is open from now on; with it, the key's oldest may be one too many."""
        if self._grant is not None:
            self._holder = self._node.holders.admit(self._grant, self._close)

    def leave(self) -> None:
        """The connection is gone."""
        if self._holder is not None:
            self._holder.leave()
            self._holder = None

    def authenticate(self, credentials: Credentials | None) -> bool:
        """Go on with the grant of other credentials; False where they are wrong, and all is as it was.

        None are those of the handshake, or anybody's, where anybody may read something.
        """
        if credentials is None:
            return self._grant is not None and self._grant.patterns != ()
        grant = self._node.authorizer.grant(credentials)
        if grant is None:
            return False
        channels = () if self._holder is None else self._holder.channels
        self.leave()
        self._grant = grant
        self._holder = self._node.holders.admit(grant, self._close, channels)
        return True

    def refusal(self, channels: AbstractSet[str]) -> tuple[int, str] | None:
        """Alpaca's error, code and text, for one that would read all of `channels`; None where it may."""
        grant = self._grant and self._node.authorizer.renewed(self._grant)
        if grant is None:
            return 401, "not authenticated: send auth with a key and its secret"
        most = grant.bound(self._node.config.limits.socket_channels)
        if len(channels) > most:
            return 405, f"symbol limit exceeded: {most} channels are the most"
        refused = grant.refused(channels)
        if not refused:
            return None
        if grant.key is None:
            return 401, f"not authenticated: not everybody may read {min(refused)}"
        return 409, f"insufficient subscription: not allowed to read {min(refused)}"

    def reads(self, channels: AbstractSet[str]) -> None:
        """It reads `channels` from now on."""
        if self._holder is not None:
            self._holder.channels = channels
