"""Who may read which channels."""

from collections.abc import Iterable
from typing import Protocol


class Authorizer(Protocol):
    """Decides for one request or one subscribe what a client may read."""

    def refused(self, credentials: str | None, channels: Iterable[str]) -> tuple[str, ...]:
        """Those of `channels` that the holder of `credentials` (None: nobody known) may not read."""


class Everybody:
    """Everybody may read everything."""

    def refused(self, credentials: str | None, channels: Iterable[str]) -> tuple[str, ...]:
        """None of them."""
        del credentials, channels
        return ()
