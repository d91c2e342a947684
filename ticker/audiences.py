"""The audiences there are, and which of them listen to a channel."""

from ticker.audience import Audience
from ticker.encoding import Encoding
from ticker.position import Position
from ticker.subscription import Subscription


class Audiences:
    """Every audience that has members. One comes with its first member and goes with its last."""

    def __init__(self) -> None:
        self.by_name: dict[tuple[Subscription, Encoding], Audience] = {}
        self.by_channel: dict[str, dict[Audience, None]] = {}

    def enter(self, subscription: Subscription, encoding: Encoding, position: Position) -> Audience:
        """The audience of one more member; a new one is at `position`."""
        audience = self.by_name.get((subscription, encoding))
        if audience is None:
            audience = self.by_name[subscription, encoding] = Audience(subscription, encoding, position)
            for channel in subscription.channels:
                self.by_channel.setdefault(channel, {})[audience] = None
        audience.members += 1
        return audience

    def members(self, subscription: Subscription, *encodings: Encoding) -> int:
        """How many read a subscription in any of these encodings."""
        audiences = (self.by_name.get((subscription, encoding)) for encoding in encodings)
        return sum(audience.members for audience in audiences if audience is not None)

    def quit(self, audience: Audience) -> None:
        """One member less."""
        audience.members -= 1
        if audience.members == 0:
            del self.by_name[audience.subscription, audience.encoding]
            for channel in audience.subscription.channels:
                del self.by_channel[channel][audience]
                if not self.by_channel[channel]:
                    del self.by_channel[channel]
