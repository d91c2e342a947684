"""What a page is made of: what the log holds of its channels, all at one position, from which its stream goes on."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticker.authorizer import Grant
from ticker.channels import absorb
from ticker.config import FreshnessConfig
from ticker.entry import Entry
from ticker.events import Event, decode_event
from ticker.feed_status import FeedStatus
from ticker.log import TooMuch
from ticker.subscription import Beginning, Start, Subscription
from web.node import Node


@dataclass(frozen=True, slots=True)
class PageState:
    """What a page shows, and from where its stream goes on."""

    cursor: str
    """Where the entries were read: the stream's start."""
    channels: Sequence[str]
    """What the stream reads."""
    now: float
    """When it was read, in seconds since 1970 UTC."""
    feeds: Mapping[str, FeedStatus]
    """How the feeds of the kinds in `channels` are."""
    freshness: FreshnessConfig
    """After how long a price is greyed."""
    entries: Sequence[Entry]
    """In append order."""

    def newest(self, kind: str) -> dict[str, Any]:
        """The newest event of a kind by key, decoded."""
        newest = {entry.series.key: entry for entry in self.entries if entry.series.kind == kind}
        return {key: _event(entry) for key, entry in newest.items() if not entry.is_deletion}

    def events(self, kind: str, key: str) -> list[Any]:
        """All events of one key, decoded, in append order."""
        return self.by_key(kind).get(key, [])

    def by_key(self, kind: str) -> dict[str, list[Any]]:
        """All events of a kind by key, decoded, in append order."""
        found: dict[str, list[Any]] = {}
        for entry in self.entries:
            if entry.series.kind == kind and not entry.is_deletion:
                found.setdefault(entry.series.key, []).append(_event(entry))
        return found


def read_page(node: Node, grant: Grant, history: Mapping[str, int]) -> PageState:
    """Read the channels that are the keys of `history`, as far as `grant` allows them.

    The values are how many entries of each key of log kinds are read; one, where that is more than the node gives at
    once. Raises TooMuch where even that is.
    """
    refused = set(grant.refused(history))
    channels = absorb(channel for channel in history if channel not in refused)
    channels = channels[: grant.bound(len(channels))]
    subscription = Subscription(channels, mode="latest")
    fresh = tuple((channel, Beginning(history=history[channel])) for channel in channels)
    try:
        answer = node.log.since(Start(fresh=fresh), node.log.seq)
    except TooMuch:
        newest = tuple((channel, Beginning()) for channel in channels)
        answer = node.log.since(Start(fresh=newest), node.log.seq)
    return PageState(
        cursor=subscription.cursor(node.log.position()),
        channels=channels,
        now=time.time(),
        feeds=node.hub.feeds.read_by(subscription),
        freshness=node.config.freshness,
        entries=answer.entries,
    )


def _event(entry: Entry) -> Event:
    return decode_event(entry.series.kind, entry.json)
