"""How fresh the feeds are: whether Kafka answers for a kind's topic, not whether its market moves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticker.subscription import Subscription

if TYPE_CHECKING:
    from ticker.audience import Audience


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """One kind's feed: live, or stale since a time (seconds since 1970 UTC)."""

    live: bool
    since: float


class Feeds:
    """How the feeds of a node are, and what its readers are told of them."""

    def __init__(self, wall: Callable[[], float]) -> None:
        """`wall` gives seconds since 1970 UTC."""
        self.by_kind: Mapping[str, FeedStatus] = {}
        self._wall = wall

    def read_by(self, subscription: Subscription) -> dict[str, FeedStatus]:
        """How the feeds are that a subscription reads."""
        return {kind: self.by_kind[kind] for kind in subscription.kinds if kind in self.by_kind}

    def status(self, audience: "Audience") -> bytes:
        """What an audience is told when a feed became live or stale."""
        return audience.encoding.status(self.read_by(audience.subscription), self._wall())

    def heartbeat(self, audience: "Audience", cursor: str | None) -> bytes:
        """What an audience's readers at `cursor` are told now and then."""
        return audience.encoding.heartbeat(cursor, self.read_by(audience.subscription), self._wall())
