"""Times as text: RFC 3339 in UTC, as all events have them."""

import math
import re
from datetime import UTC, datetime

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)
_LAST_CLOCK, _LAST_FRACTION = "23:59:59", "999999999"


def format_time(seconds: float) -> str:
    """Seconds since 1970 UTC as RFC 3339, to the millisecond: `2021-01-08T00:00:00.278Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(time: str) -> float:
    """An event's time in seconds since 1970 UTC; NaN where there is no such moment, as on 30 February."""
    try:
        return datetime.fromisoformat(f"{time[:19]}+00:00").timestamp() + float(f"0{time[19:-1]}")
    except ValueError:
        return math.nan


def sortable(time: str) -> str:
    """An event's time as the text that sorts as times do: without its `Z` and without zeros that say nothing."""
    return time[:-1].rstrip("0").rstrip(".") if "." in time else time[:-1]


def parse_moment(text: str, *, is_end: bool = False) -> str:
    """The `sortable` time that a person means: RFC 3339 with any offset, or a date of UTC's.

    A date is its first instant, or its last one where it `is_end`. Raises ValueError.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"no time: {text[:64]!r}")
    date, clock, fraction, offset = match.groups()
    if clock is None:
        clock, fraction, offset = (_LAST_CLOCK, _LAST_FRACTION, "Z") if is_end else ("00:00:00", None, "Z")
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}{offset.upper()}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from None
    return sortable(f"{moment.isoformat()[:19]}.{fraction or 0}Z")
