"""Admission: whether a request for what some channels hold is answered, and under which ETag."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence

from aiohttp import web

from ticker.authorizer import Grant
from ticker.channels import absorb, everything
from ticker.subscription import Beginning, Query, Subscription
from web.credentials import grant_of, refusal_of
from web.errors import come_back, error_response
from web.known_polls import KNOWN_POLLS
from web.requests import NODE
from web.tags import is_known, tag_headers, tag_of


def admit(request: web.Request, kinds: Iterable[str], symbols: Iterable[str], *, learn: bool) -> str | web.Response:
    """The ETag of the answer to come, or what is answered in its place.

    That is a 400 for more than the key allows at once, a 401 or a 403, a 503 where the node isn't ready, and a 304
    where the client knows all there is. `learn` says whether the URL is one that is asked again and again.
    """
    node = request.app[NODE]
    channels = absorb(f"{kind}/{symbol}" for kind in kinds for symbol in symbols)
    grant = grant_of(node.authorizer, request.headers)
    if isinstance(grant, web.Response):
        return grant
    if len(channels) > (most := grant.bound(len(channels))):
        what = f"this asks for {len(channels)} channels, and the key allows {most}"
        return error_response(400, "too_many_channels", what, "ask for fewer symbols")
    if (refused := refusal_of(grant, channels)) is not None:
        return refused
    if (refusal := node.refusal()) is not None:
        return come_back(refusal.name, refusal.reason)
    return tagged(request, channels, learn=learn)


def enter(request: web.Request, kinds: Sequence[str]) -> Grant | web.Response:
    """What the client may read who looks for something of these kinds, or what is answered in its place.

    That is a 401 or a 403 where it may read none of them, and a 503 where the node isn't ready.
    """
    node = request.app[NODE]
    grant = grant_of(node.authorizer, request.headers)
    if isinstance(grant, web.Response):
        return grant
    if not any(grant.reads(kind) for kind in kinds):
        refused = refusal_of(grant, [everything(kind) for kind in kinds])
        if refused is not None:
            return refused
    if (refusal := node.refusal()) is not None:
        return come_back(refusal.name, refusal.reason)
    return grant


def tagged(request: web.Request, channels: tuple[str, ...], *, learn: bool) -> str | web.Response:
    """The ETag of an answer made of what `channels` (see `absorb`) hold, or a 304 where the client knows all of it."""
    node = request.app[NODE]
    subscription = Subscription(channels, mode="latest")
    variant = _variant(request.raw_path)
    tag = tag_of(node.log, subscription, variant)
    if learn:
        query = Query(subscription.channels, subscription, Beginning(), None, ())
        request.app[KNOWN_POLLS].learn(request.raw_path, query, tag, tag_headers(tag))
    if is_known(node.log, subscription, variant, tag, request.headers.get("If-None-Match", "")):
        return web.Response(status=304, headers=tag_headers(tag))
    return tag


def _variant(url: str) -> str:
    """What stands for a URL in ETags: answers from the same channels may differ in everything else."""
    return urlsafe_b64encode(hashlib.blake2s(url.encode(), digest_size=6).digest()).decode()


def answer(body: bytes, tag: str) -> web.Response:
    """What an admitted request is answered with, as JSON."""
    return web.Response(body=body, content_type="application/json", headers=tag_headers(tag))


def answer_unless_known(request: web.Request, body: bytes) -> web.Response:
    """An answer whose ETag stands for its very bytes; a 304 where the client has them."""
    tag = f'"{urlsafe_b64encode(hashlib.blake2s(body, digest_size=12).digest()).decode()}"'
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=tag_headers(tag))
    return answer(body, tag)
