"""How feeds are, as every transport says it."""

from collections.abc import Mapping

from ticker.feed_status import FeedStatus
from ticker.timestamp import format_time


def feeds_object(feeds: Mapping[str, FeedStatus], now: float) -> dict[str, object]:
    """`{"t": …, "feeds": {"quotes": {"state": "live", "since": …}}}`."""
    return {
        "t": format_time(now),
        "feeds": {
            kind: {"state": "live" if feed.live else "stale", "since": format_time(feed.since)}
            for kind, feed in feeds.items()
        },
    }
