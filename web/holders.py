"""Holders: the connections that are open with each key, oldest first, and how each is closed."""

import asyncio
from collections.abc import Callable, Collection

from ticker.authorizer import Authorizer, Grant
from ticker.disconnects import DISPLACED, NOT_ALLOWED, REVOKED, Disconnect

AWAY_SECONDS = 30.0
"""When one that was sent away may come back at the earliest: a browser's EventSource will, whatever it is told."""
_AT_ONCE = 100
"""How many connections are looked at before the event loop has a turn."""
Close = Callable[[Disconnect], None]


class Holder:
    """One connection that is open with a key. `Holders.admit` makes them."""

    __slots__ = ("_holders", "channels", "close", "grant")

    def __init__(self, holders: "Holders", grant: Grant, close: Close, channels: Collection[str]) -> None:
        self._holders = holders
        self.grant = grant
        """What it may read, as it was when somebody last looked."""
        self.close = close
        """Ends the connection."""
        self.channels = channels
        """What it reads; whoever changes that says so here."""

    def leave(self) -> None:
        """The connection is gone. One that is gone already is no mistake."""
        self._holders.forget(self)


class Holders:
    """Every connection of a node that is open with a key; those of anybody are none of them."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._by_key: dict[str, dict[Holder, None]] = {}

    def __len__(self) -> int:
        """How many connections there are."""
        return sum(map(len, self._by_key.values()))

    def admit(self, grant: Grant, close: Close, channels: Collection[str] = ()) -> Holder:
        """Take in a connection, the newest of its key; with it, the oldest may be one too many.

        `close` is called when the connection must end, at once where `grant` is worth nothing by now; it may call
        `leave`.
        """
        holder = Holder(self, grant, close, channels)
        if grant.key is not None:
            self._by_key.setdefault(grant.key, {})[holder] = None
            self._judge(holder)
            self._displace(grant.key)
        return holder

    def forget(self, holder: Holder) -> None:
        """A connection is gone."""
        key = holder.grant.key
        if key is None or key not in self._by_key:
            return
        held = self._by_key[key]
        held.pop(holder, None)
        if not held:
            del self._by_key[key]

    async def look(self) -> None:
        """Close what the authorizer no longer allows, after it has changed its mind."""
        everyone = [holder for held in self._by_key.values() for holder in held]
        for count, holder in enumerate(everyone, 1):
            self._judge(holder)
            if count % _AT_ONCE == 0:
                await asyncio.sleep(0)
        for key in list(self._by_key):
            self._displace(key)

    def _judge(self, holder: Holder) -> None:
        """Close a connection whose key has been revoked, or may no longer read what it reads."""
        if holder not in self._by_key.get(holder.grant.key or "", ()):
            return
        grant = self._authorizer.renewed(holder.grant)
        if grant is None or grant.key != holder.grant.key:
            self._send_away(holder, REVOKED)
        elif not grant.allows(holder.channels):
            self._send_away(holder, NOT_ALLOWED)
        else:
            holder.grant = grant

    def _displace(self, key: str) -> None:
        """Close the oldest connections of a key that has too many."""
        while held := self._by_key.get(key):
            # The newest was looked at last.
            most = next(reversed(held)).grant.most_connections
            if most is None or len(held) <= most:
                return
            self._send_away(next(iter(held)), DISPLACED)

    def _send_away(self, holder: Holder, disconnect: Disconnect) -> None:
        self.forget(holder)
        holder.close(disconnect)
