"""Channels: what one subscribes to, a kind and a name, written `kind/name`. A channel is only an index over keys."""

import hashlib
from collections.abc import Iterable

from ticker.kinds import KINDS

GAME_KINDS = frozenset({"games", "plays"})
"""The kinds whose keys are game ids, and which so have a channel for each league."""


def kind_of(channel: str) -> str:
    """The kind's name: `trades` of `trades/BTC/USD`."""
    return channel.partition("/")[0]


def everything(kind: str) -> str:
    """The channel of all of a kind."""
    return f"{kind}/*"


def channels_of(kind: str, key: str) -> tuple[str, ...]:
    """The channels that a key belongs to: its own, its league's where it is a game, and that of the whole kind."""
    if kind in GAME_KINDS:
        return f"{kind}/{key}", f"{kind}/{key.rpartition('.')[0]}", everything(kind)
    return f"{kind}/{key}", everything(kind)


def absorb(channels: Iterable[str]) -> tuple[str, ...]:
    """The same channels sorted, each once, without those that a `*` beside them covers."""
    distinct = set(channels)
    whole = {kind for kind in KINDS if everything(kind) in distinct}
    return tuple(sorted(name for name in distinct if kind_of(name) not in whole or name == everything(kind_of(name))))


def digest(channels: Iterable[str]) -> bytes:
    """Six bytes that stand for a set of channels in a cursor."""
    return hashlib.blake2s("\n".join(channels).encode(), digest_size=6).digest()
