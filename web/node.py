"""The node: a log, a hub and a source, and whether they can be trusted."""

import time
from collections.abc import Callable, Mapping

import structlog

from ticker.authorizer import Authorizer
from ticker.config import Config
from ticker.disconnects import NOT_READY, OVERLOADED, RESTART, Disconnect
from ticker.feed_status import FeedStatus
from ticker.hub import Hub
from ticker.keyring import Keyring
from ticker.keys import Key
from ticker.log import Log
from ticker.source import Listener, Source
from web.flusher import Flusher
from web.holders import Holders
from web.key_watch import KeyWatch
from web.movers import Movers
from web.symbols import Symbols

log = structlog.get_logger()


class Node:
    """One process's share of the service: what the handlers of every transport work with."""

    def __init__(
        self,
        config: Config,
        make_source: Callable[[Log, Listener], Source],
        authorizer: Authorizer | None = None,
    ) -> None:
        """`make_source` makes what fills the log; it tells this node of all that happens.

        Without an `authorizer` the keys of `[auth]` decide.
        """
        self.config = config
        self.keyring = Keyring(config.auth.anonymous)
        self.key_watch = KeyWatch(config.auth.keys_file, self._keys_changed)
        self.authorizer: Authorizer = authorizer or self.keyring
        self.holders = Holders(self.authorizer)
        self.log = Log(config.log, time.time)
        self.hub = Hub(self.log, config.hub, time.monotonic, time.time)
        self.flusher = Flusher(self.hub, time.monotonic)
        self.symbols = Symbols(self.log, config.hub.yield_seconds)
        self.movers = Movers(self.log, self.symbols, config.hub.yield_seconds, time.monotonic)
        self.source = make_source(self.log, self)
        self.is_draining = False
        self._was_ready = False

    async def start(self) -> None:
        """Begin to read and to flush."""
        self.flusher.start()
        await self.source.start()
        self.hub.feeds.by_kind = self.source.feeds()

    async def stop(self) -> None:
        """Stop reading and flushing."""
        await self.source.stop()
        self.flusher.stop()

    def appended(self) -> None:
        """Records were appended: a flush is due."""
        self.flusher.wake()

    def interrupted(self, kind: str) -> None:
        """A kind's topic was replaced, or a hole in it found."""
        log.warning("feed interrupted: its readers are told", kind=kind)
        self.hub.interrupt(kind)
        self.flusher.wake()

    def feeds_changed(self, feeds: Mapping[str, FeedStatus]) -> None:
        """A feed became live or stale."""
        stale = sorted(kind for kind, feed in feeds.items() if not feed.live)
        log.info("feeds changed", stale=stale)
        self.hub.tell_status(feeds)

    async def _keys_changed(self, keys: Mapping[str, Key]) -> None:
        """These are the keys from now on: who reads with another, or more than its key allows, is closed."""
        self.keyring.replace(keys)
        await self.holders.look()

    def not_ready(self) -> str | None:
        """Why this node should be sent nobody; None when it may."""
        reason = self.source.not_ready()
        self._was_ready = self._was_ready or reason is None
        return "draining: the node is about to stop" if self.is_draining else reason

    def refusal(self) -> Disconnect | None:
        """Why a new reader can't be taken now. One that was ready once serves on, and says what is stale."""
        if self.is_draining:
            return RESTART
        if self.hub.readers >= self.config.limits.connections:
            return OVERLOADED
        return None if self._was_ready or self.not_ready() is None else NOT_READY
