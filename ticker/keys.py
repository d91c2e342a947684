"""Keys: what an operator gives to a client, so that it may read certain channels."""

import hashlib
import re
import secrets
import string
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from ticker.authorizer import check_pattern

SECRET_BYTES = 32
"""256 random bits, in 43 characters of URLs and no dot: a dot is between key and secret."""
LONGEST_NAME = 64
"""Characters of a key's name."""
_ID = re.compile(r"TK[0-9A-Z]{18}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FEED = re.compile(r"\*|[A-Za-z0-9_-]{1,32}")


class Key(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One key as it is kept. Raises ValueError, whose text says what would be right."""

    id: str
    """`TK` and 18 capital letters and digits, which is no secret."""
    secret_sha256: str
    """The hash of its secret, in hexadecimal digits. The secret itself is kept nowhere."""
    created: str
    """When, in UTC, ISO 8601."""
    name: str = ""
    """Whose it is, for the operator."""
    channels: tuple[str, ...] = ("*",)
    """Patterns of the channels that it may read."""
    feeds: tuple[str, ...] = ("*",)
    """Of the paths of WebSockets; `*` for any."""
    most_channels: int | None = None
    """On one connection; None for as many as a node allows."""
    most_connections: int | None = None
    """Open at a time on one node; None for any number."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"{self.id[:64]!r} is no key's id: it is TK and 18 capital letters and digits")
        if not _DIGEST.fullmatch(self.secret_sha256):
            raise ValueError(f"secret_sha256 of {self.id} is no SHA-256: write 64 hexadecimal digits, a to f small")
        if len(self.name) > LONGEST_NAME or not self.name.isprintable():
            raise ValueError(f"the name of {self.id} is no line of {LONGEST_NAME} characters at most")
        if not self.channels:
            raise ValueError(f"{self.id} has no channels: give some, or ['*'] for all")
        for pattern in self.channels:
            check_pattern(pattern)
        for feed in self.feeds:
            check_feed(feed)
        for name, count in (("most_channels", self.most_channels), ("most_connections", self.most_connections)):
            if count is not None and count < 1:
                raise ValueError(f"{name} of {self.id} is {count}: it is 1 or more, or null for no limit")


class _File(Struct, kw_only=True, forbid_unknown_fields=True):
    keys: list[Key]


def new_id() -> str:
    """An id for a new key: 93 random bits, so that none is ever given twice."""
    return "TK" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(18))


def new_secret() -> str:
    """A secret for a new key."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret.

    A slow hash makes passwords of people hard to guess. Nobody guesses 256 random bits, so a fast one is right; it is
    computed for each request.
    """
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def check_feed(feed: str) -> str:
    """The name of a feed, as it is. Raises ValueError."""
    if not _FEED.fullmatch(feed):
        raise ValueError(f"{feed[:64]!r} is no feed: write a part of a path such as iex, or * for any")
    return feed


def decode_keys(data: bytes) -> dict[str, Key]:
    """The keys in a keys file, by their ids. Raises ValueError, whose text says what is wrong."""
    try:
        kept = msgspec.json.decode(data, type=_File).keys
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    keys = {key.id: key for key in kept}
    if len(keys) != len(kept):
        raise ValueError("an id is there twice: each key has its own")
    return keys


def encode_keys(keys: Mapping[str, Key]) -> bytes:
    """A keys file: JSON that people can read."""
    kept: Iterable[Key] = keys.values()
    return msgspec.json.format(msgspec.json.encode(_File(keys=list(kept))), indent=2) + b"\n"
