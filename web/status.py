"""How feeds are, as every transport says it."""

from collections.abc import Mapping
from typing import Any

from ticker.feed_status import FeedStatus
from ticker.timestamp import format_time

FEEDS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["t", "feeds"],
    "properties": {
        "t": {"type": "string"},
        "feeds": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"state": {"enum": ["live", "stale"]}, "since": {"type": "string"}},
            },
        },
    },
}
"""What `feeds_object` makes, as a JSON Schema."""


def feeds_object(feeds: Mapping[str, FeedStatus], now: float) -> dict[str, object]:
    """`{"t": …, "feeds": {"quotes": {"state": "live", "since": …}}}`."""
    return {
        "t": format_time(now),
        "feeds": {
            kind: {"state": "live" if feed.live else "stale", "since": format_time(feed.since)}
            for kind, feed in feeds.items()
        },
    }
