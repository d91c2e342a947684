"""Event times: nanoseconds since 1970 UTC, and the RFC 3339 text that events have them as."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000_000
"""Nanoseconds."""
MINUTE = 60 * SECOND
"""Nanoseconds."""
DAY = 86_400 * SECOND
"""Nanoseconds. Days are UTC's."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_text(at: int) -> str:
    """Nanoseconds since 1970 UTC as RFC 3339, as short as it goes: `2021-01-08T00:00:00.31Z`.

    Raises OverflowError outside of the years 1 to 9999.
    """
    seconds, rest = divmod(at, SECOND)
    whole = _second_text(seconds)
    return f"{whole}.{rest:09}".rstrip("0") + "Z" if rest else f"{whole}Z"


def time_at(text: str) -> int:
    """What `time_text` gives, in nanoseconds since 1970 UTC. Raises ValueError where it is no such time."""
    if not text.endswith("Z"):
        raise ValueError(f"not a time in UTC: {text!r}: right would be 2021-01-08T00:00:00.31Z")
    whole, dot, fraction = text[:-1].partition(".")
    if dot and not (fraction.isdecimal() and len(fraction) <= 9):
        raise ValueError(f"not a fraction of a second: {text!r}: at most nine digits are")
    return _second(whole) * SECOND + int(fraction.ljust(9, "0"))


@lru_cache(maxsize=1024)
def _second_text(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


@lru_cache(maxsize=1024)
def _second(whole: str) -> int:
    return (datetime.fromisoformat(f"{whole}+00:00") - _EPOCH) // timedelta(seconds=1)
