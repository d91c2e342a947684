"""The audiences there are, and which of them are given what comes on a channel."""

from collections.abc import Collection, Iterable, Mapping

from ticker.audience import Audience
from ticker.beats import Beats
from ticker.channels import kind_of
from ticker.encoding import Encoding
from ticker.entry import Entry, Series
from ticker.kinds import Kind
from ticker.position import Position
from ticker.subscription import Subscription


class Audiences:
    """Every audience that has members. One comes with its first member and goes with its last."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self.by_name: dict[tuple[Subscription, Encoding], Audience] = {}
        self.by_channel: dict[str, dict[Audience, None]] = {}
        """Who is given each entry of a channel as it comes."""
        self.beats = Beats()
        self._kinds = kinds
        self._listening: dict[Series, Collection[Audience]] = {}

    def enter(self, subscription: Subscription, encoding: Encoding, position: Position) -> Audience:
        """The audience of one more member; a new one is at `position`."""
        audience = self.by_name.get((subscription, encoding))
        if audience is None:
            audience = self.by_name[subscription, encoding] = Audience(subscription, encoding, position)
            if subscription.interval:
                self.beats.add(audience)
            for channel in self._given(audience):
                self.by_channel.setdefault(channel, {})[audience] = None
            self._listening.clear()
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
            if audience.subscription.interval:
                self.beats.remove(audience)
            for channel in self._given(audience):
                del self.by_channel[channel][audience]
                if not self.by_channel[channel]:
                    del self.by_channel[channel]
            self._listening.clear()

    def _given(self, audience: Audience) -> tuple[str, ...]:
        channels = audience.subscription.channels
        if not audience.is_pulled:
            return channels
        return tuple(channel for channel in channels if self._kinds[kind_of(channel)].is_log)

    def give(self, entries: Iterable[Entry], now: float, most_pending: int) -> Iterable[Audience]:
        """Give new entries to the audiences that are given them as they come; those whose next batch is then due.

        One with an interval is due at its beat, or when `most_pending` entries wait for it.
        """
        begun: dict[Audience, None] = {}
        full: dict[Audience, None] = {}
        listening_to = self.listening_to
        is_news = False
        for entry in entries:
            is_news = True
            for audience in listening_to(entry.series):
                pending = audience.pending
                if not pending:
                    begun[audience] = None
                pending.append(entry)
                if len(pending) == most_pending:
                    full[audience] = None
        if is_news:
            self.beats.set_all(now)
        due = {audience: None for audience in begun if not audience.is_timed}
        return {**due, **full, **dict.fromkeys(self.beats.take_due(now))}

    def listening_to(self, series: Series) -> Collection[Audience]:
        """Who is given each entry of a series as it comes, each once."""
        listening = self._listening.get(series)
        if listening is None:
            found = [held for channel in series.channels if (held := self.by_channel.get(channel))]
            listening = tuple({audience: None for held in found for audience in held})
            self._listening[series] = listening
        return listening

    def forget_series(self) -> None:
        """Series that the log has forgotten are not kept here."""
        self._listening.clear()
