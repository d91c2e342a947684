"""Times as text: RFC 3339 in UTC, as all events have them."""

from datetime import UTC, datetime


def format_time(seconds: float) -> str:
    """Seconds since 1970 UTC as RFC 3339, to the millisecond: `2021-01-08T00:00:00.278Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
