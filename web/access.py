"""Access: what one WebSocket client may read, from its handshake on, and its place among those with the same key."""

from collections.abc import Set as AbstractSet

from ticker.authorizer import Credentials, Grant
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

    def grant(self) -> Grant | None:
        """What it may read now; None where its credentials are wrong, or have been revoked."""
        return None if self._grant is None else self._node.authorizer.renewed(self._grant)

    def authenticate(self, credentials: Credentials | None) -> bool:
        """Go on with the grant of other credentials; False where they are wrong, and all is as it was."""
        grant = self._node.authorizer.grant(credentials)
        if grant is None:
            return False
        channels = () if self._holder is None else self._holder.channels
        self.leave()
        self._grant = grant
        self._holder = self._node.holders.admit(grant, self._close, channels)
        return True

    def reads(self, channels: AbstractSet[str]) -> None:
        """It reads `channels` from now on."""
        if self._holder is not None:
            self._holder.channels = channels
