"""ETags: how far an answer goes, as a text that means the same on every node."""

import re

from ticker.cursor import InvalidCursor, decode_cursor
from ticker.log import Log
from ticker.subscription import Start, Subscription
from web.requests import OPEN_TO_ALL

_TAG = re.compile(r'(?:W/)?"([\w-]{1,32})\.([^"]*)"')


def tag_of(log: Log, subscription: Subscription, variant: str) -> str:
    """The tag of what a subscription holds now; `variant` tells answers apart that are made of the same channels."""
    return f'"{variant}.{subscription.cursor(log.reached(subscription.channels))}"'


def is_known(log: Log, subscription: Subscription, variant: str, tag: str, given: str) -> bool:
    """Whether a client that sends `given` as its `If-None-Match` has what `tag` stands for, or more than the log."""
    return any(_knows(log, subscription, variant, tag, match) for match in _TAG.finditer(given))


def _knows(log: Log, subscription: Subscription, variant: str, tag: str, given: re.Match[str]) -> bool:
    if f'"{given[1]}.{given[2]}"' == tag:
        return True
    try:
        cursor = decode_cursor(given[2])
    except InvalidCursor:
        return False
    start = Start(subscription.channels, cursor.position)
    return (
        given[1] == variant
        and cursor.digest == subscription.digest
        and log.is_ahead(start)
        and not log.is_beyond(start)
    )


def tag_headers(tag: str | None) -> dict[str, str]:
    """What an answer with that tag, or with none, says to caches and to pages of other origins."""
    caching = {"Cache-Control": "no-cache", "ETag": tag} if tag else {"Cache-Control": "no-store"}
    return {**OPEN_TO_ALL, **caching}
