"""How fresh a feed is: whether Kafka answers for a kind's topic, not whether its market moves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One kind's feed: live, or stale since a time (seconds since 1970 UTC)."""

    live: bool
    since: float
