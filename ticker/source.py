"""Sources: what fills a node's log, and what it says of itself."""

from collections.abc import Mapping
from typing import Protocol

from ticker.feed_status import FeedStatus


class Listener(Protocol):
    """Who wants to know what happened to the log. None of these may wait."""

    def appended(self) -> None:
        """Records were appended: a flush is due."""

    def interrupted(self, kind: str) -> None:
        """A kind's topic was replaced, or a hole in it found: its readers must be told by `Hub.interrupt`."""

    def feeds_changed(self, feeds: Mapping[str, FeedStatus]) -> None:
        """A feed became live or stale."""


class Source(Protocol):
    """Fills a log until it is stopped."""

    @property
    def rejected(self) -> Mapping[str, int]:
        """How many records were skipped since they were no events, by kind."""

    async def start(self) -> None:
        """Begin to read. Returns at once; `not_ready` says when the log has caught up."""

    async def stop(self) -> None:
        """Stop reading, and wait until all is closed."""

    def not_ready(self) -> str | None:
        """Why the log can't be trusted to be up to date, in words for the operator; None when it can."""

    def feeds(self) -> Mapping[str, FeedStatus]:
        """How fresh each kind's feed is."""
