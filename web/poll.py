"""`GET /v1/poll`: events at once, or with a cursor and `wait=` as soon as there are any."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import orjson
from aiohttp import web

from ticker.authorizer import Grant
from ticker.cursor import InvalidCursor
from ticker.disconnects import DISPLACED, NOT_ALLOWED, REVOKED, Disconnect
from ticker.entry import Entry
from ticker.feed_status import FeedStatus
from ticker.log import Answer, TooMuch
from ticker.subscription import Query, Start
from web.credentials import not_authenticated
from web.errors import come_back, error_response
from web.holders import AWAY_SECONDS
from web.known_polls import KNOWN_POLLS
from web.node import Node
from web.requests import NODE, read_query
from web.status import feeds_object
from web.tags import is_known, tag_headers, tag_of

_PREFERRED_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])")


async def poll(request: web.Request) -> web.StreamResponse:
    """Answer 200 with events, or 304 where there is nothing new."""
    node = request.app[NODE]
    wait = _wait_of(request)
    if isinstance(wait, web.Response):
        return wait
    asked = read_query(request, mode="latest", interval=0, without=("wait", "stale"))
    if isinstance(asked, web.Response):
        return asked
    query, grant = asked
    if (refusal := node.refusal()) is not None:
        return come_back(refusal.name, refusal.reason)
    try:
        start = query.start(query.cursor)
    except InvalidCursor as error:
        what, _, hint = str(error).partition("; ")
        return error_response(400, "invalid_cursor", what, hint)
    try:
        if query.cursor:
            wait = min(wait, node.config.limits.wait_seconds)
            return await _newer(node, query, start, grant, wait, request.query.get("stale"))
        return _whole(request, node, query, start)
    except TooMuch as error:
        what, _, hint = str(error).partition(": ")
        return error_response(400, "too_much", what, hint)


def _wait_of(request: web.Request) -> float | web.Response:
    """Seconds that the client would wait: `wait=`, or `Prefer: wait=` (RFC 7240)."""
    given = request.query.get("wait")
    if given is None:
        preferred = _PREFERRED_WAIT.search(request.headers.get("Prefer", ""))
        return float(preferred[1]) if preferred else 0.0
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", given):
        return error_response(400, "invalid_wait", f"wait is {given[:64]!r}", "it is a number of seconds, such as 20")
    return float(given)


def _whole(request: web.Request, node: Node, query: Query, start: Start) -> web.Response:
    """All there is now, unless the client knows as much."""
    variant = f"h{query.beginning.history}"
    tag = tag_of(node.log, query.subscription, variant)
    request.app[KNOWN_POLLS].learn(request.raw_path, query, tag, tag_headers(tag))
    if is_known(node.log, query.subscription, variant, tag, request.headers.get("If-None-Match", "")):
        return _unchanged(tag)
    return _answer(node, query, node.log.since(start, node.log.seq), tag=tag)


async def _newer(node: Node, query: Query, start: Start, grant: Grant, wait: float, known: str | None) -> web.Response:
    """What came after the cursor, as soon as there is something, a feed became stale or live, or the wait is over.

    `known` are the kinds that the client knows to be stale, with commas between them; by default those that are.
    """
    began = time.monotonic()
    ahead_until = began + node.config.hub.ahead_seconds
    while node.log.is_ahead(start):
        if time.monotonic() >= ahead_until:
            if node.log.is_beyond(start):
                break
            return come_back("behind", "this node has not yet read as far as your cursor")
        await asyncio.sleep(0.05)
    feeds = node.hub.feeds.read_by(query.subscription)
    stale = _stale(feeds) if known is None else feeds.keys() & known.split(",")
    while True:
        answer = node.log.since(start, node.log.seq)
        feeds = node.hub.feeds.read_by(query.subscription)
        if answer.entries or answer.gap or answer.reset or start.fresh or _stale(feeds) != stale:
            return _answer(node, query, answer, feeds=feeds)
        left = began + wait - time.monotonic()
        if left <= 0:
            # Nothing new and nothing stale is a 304, which needs no words.
            return _answer(node, query, answer, feeds=feeds) if stale else _unchanged(None)
        disconnect = await _something(node, query, start, grant, left)
        if disconnect is not None:
            return _sent_away(disconnect)


def _stale(feeds: Mapping[str, FeedStatus]) -> set[str]:
    return {kind for kind, feed in feeds.items() if not feed.live}


async def _something(node: Node, query: Query, start: Start, grant: Grant, seconds: float) -> Disconnect | None:
    """Wait until the hub has something for a reader at `start`; why it sent the reader away, if it did."""
    bell = _Bell()
    reader = node.hub.join(bell, query.subscription, _BELL, start, greet=False)
    node.flusher.wake()
    holder = node.holders.admit(grant, partial(node.hub.disconnect, reader), query.subscription.channels)
    try:
        async with asyncio.timeout(seconds):
            return await bell.rung
    except TimeoutError:
        return None
    finally:
        holder.leave()
        node.hub.leave(reader)


class _Bell:
    """An outlet, and its own transport, that only says when something is written."""

    def __init__(self) -> None:
        self.transport = self
        self.rung: asyncio.Future[Disconnect | None] = asyncio.get_running_loop().create_future()

    def write(self, data: bytes) -> None:
        del data
        if not self.rung.done():
            self.rung.set_result(None)

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self, disconnect: Disconnect, goodbye: bytes) -> None:
        del goodbye
        if not self.rung.done():
            self.rung.set_result(disconnect)


@dataclass(frozen=True, slots=True)
class _BellEncoding:
    """One byte for whatever there is to know, so that all who wait for the same channels share it."""

    cursors: ClassVar[bool] = False

    def batch(self, entries: Sequence[Entry], cursor: str | None, *, first: bool) -> bytes:
        del entries, cursor, first
        return b"!"

    def reset(self, reason: str, channels: Sequence[str]) -> bytes:
        del reason, channels
        return b"!"

    def gap(self, channels: Sequence[str]) -> bytes:
        del channels
        return b"!"

    def heartbeat(self, cursor: str | None, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        del cursor, feeds, now
        return b""

    def status(self, feeds: Mapping[str, FeedStatus], now: float) -> bytes:
        del feeds, now
        return b"!"

    def goodbye(self, disconnect: Disconnect, delay: float) -> bytes:
        del disconnect, delay
        return b""


_BELL = _BellEncoding()


def _answer(
    node: Node,
    query: Query,
    answer: Answer,
    *,
    tag: str | None = None,
    feeds: Mapping[str, FeedStatus] | None = None,
) -> web.Response:
    """What there is, with an ETag, or with how the feeds are: that changes without any event."""
    reset = {"reason": answer.reason, "channels": answer.reset} if answer.reset else None
    body = orjson.dumps(
        {
            "events": [orjson.Fragment(entry.json) for entry in answer.entries],
            "cursor": query.subscription.cursor(node.log.position()),
            "reset": reset,
            "gap": answer.gap,
            **({} if feeds is None else feeds_object(feeds, time.time())),
        }
    )
    return web.Response(body=body, content_type="application/json", headers=tag_headers(tag))


def _unchanged(tag: str | None) -> web.Response:
    return web.Response(status=304, headers=tag_headers(tag))


def _sent_away(disconnect: Disconnect) -> web.Response:
    """The answer to a poll that waited, and was told to go."""
    if disconnect is REVOKED:
        return not_authenticated()
    if disconnect is NOT_ALLOWED:
        return error_response(403, disconnect.name, disconnect.reason, "ask for other channels")
    if disconnect is DISPLACED:
        hint = "keep fewer connections open with one key"
        return error_response(429, disconnect.name, disconnect.reason, hint, {"Retry-After": str(int(AWAY_SECONDS))})
    return come_back(disconnect.name, disconnect.reason)
