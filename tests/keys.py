"""Keys of a node under test, given out and revoked while it runs."""

import asyncio
from pathlib import Path

import msgspec

from ticker.key_file import changing
from ticker.keys import Key, digest_of, new_id, new_secret


class Given:
    """A key that somebody holds, with its secret."""

    def __init__(self, key: str, secret: str) -> None:
        self.key = key
        self.secret = secret
        self.bearer = {"Authorization": f"Bearer {key}.{secret}"}
        self.alpaca = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret}
        self.auth = {"action": "auth", "key": key, "secret": secret}


def make_key(**settings: object) -> tuple[Key, Given]:
    """A key as it is kept, and as it is given."""
    given = Given(new_id(), new_secret())
    kept = {"id": given.key, "secret_sha256": digest_of(given.secret).hex(), "created": "2026-01-05T14:30:00Z"}
    return msgspec.convert({**kept, **settings}, Key), given


class Keys:
    """A keys file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add_at_once(self, **settings: object) -> Given:
        kept, given = make_key(**settings)
        with changing(self.path) as keys:
            keys[kept.id] = kept
        return given

    async def add(self, **settings: object) -> Given:
        """A new key; `settings` are the fields of `Key`."""
        return await asyncio.to_thread(self.add_at_once, **settings)

    async def revoke(self, given: Given) -> None:
        def revoke() -> None:
            with changing(self.path) as keys:
                del keys[given.key]

        await asyncio.to_thread(revoke)

    async def change(self, given: Given, **settings: object) -> None:
        """The same key with other settings."""

        def change() -> None:
            with changing(self.path) as keys:
                keys[given.key] = msgspec.structs.replace(keys[given.key], **settings)

        await asyncio.to_thread(change)

    async def write(self, data: bytes) -> None:
        """Somebody else's file takes its place, at once."""

        def write() -> None:
            new = self.path.with_name("new")
            new.write_bytes(data)
            new.replace(self.path)

        await asyncio.to_thread(write)
