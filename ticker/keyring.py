"""The keyring: who may read what, by the keys that there are and what anybody may read."""

import hmac
from collections.abc import Iterable, Mapping

from ticker.authorizer import Credentials, Grant
from ticker.keys import Key, digest_of, new_secret


class Keyring:
    """An authorizer that knows keys. What anybody may read, the holder of a key may read too."""

    def __init__(self, anonymous: Iterable[str]) -> None:
        """`anonymous`: patterns of the channels that anybody may read."""
        self._anybody = Grant(patterns=tuple(anonymous))
        self._is_open = "*" in self._anybody.patterns
        self._grants: dict[str, Grant] = {}
        self._digests: dict[str, bytes] = {}
        self._nobodys = digest_of(new_secret())
        """What an unknown key's secret is compared with, so that its answer takes as long as a known one's."""

    def replace(self, keys: Mapping[str, Key]) -> None:
        """These are all the keys from now on."""
        self._digests = {key.id: bytes.fromhex(key.secret_sha256) for key in keys.values()}
        self._grants = {
            key.id: Grant(
                key.id,
                (*key.channels, *self._anybody.patterns),
                key.feeds,
                key.most_channels,
                key.most_connections,
            )
            for key in keys.values()
        }

    def grant(self, credentials: Credentials | None) -> Grant | None:
        """That of the key, or anybody's without one. Wrong credentials are anybody's where anybody may read all."""
        if credentials is None:
            return self._anybody
        known = self._digests.get(credentials.key, self._nobodys)
        is_right = hmac.compare_digest(known, digest_of(credentials.secret))
        if is_right and credentials.key in self._grants:
            return self._grants[credentials.key]
        return self._anybody if self._is_open else None

    def renewed(self, grant: Grant) -> Grant | None:
        """That of the same key now."""
        return self._anybody if grant.key is None else self._grants.get(grant.key)
