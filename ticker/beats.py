"""Beats: when the audiences with an interval are written to. Their phases are spread, so that few are due at a time."""

from heapq import heappop, heappush

from ticker.audience import Audience

PHASE_SECONDS = 0.01
"""How far apart the phases of one interval are."""


class Beat:
    """The audiences of one interval and phase, which are due together."""

    __slots__ = ("audiences", "is_set", "phase", "seconds")

    def __init__(self, seconds: float, phase: float) -> None:
        self.seconds = seconds
        self.phase = phase
        self.audiences: dict[Audience, None] = {}
        self.is_set = False
        """Whether it has a time to come; it needs none while nothing happens."""

    def next(self, now: float) -> float:
        """The first time after `now` that is of this interval and phase."""
        return now + self.seconds - (now - self.phase) % self.seconds


class Beats:
    """All audiences with an interval, by when they are due."""

    def __init__(self) -> None:
        self._beats: dict[tuple[int, int], Beat] = {}
        self._set: list[tuple[float, int, Beat]] = []
        self._count = 0

    def add(self, audience: Audience) -> None:
        """Take in an audience."""
        interval, number = key = self._key(audience)
        beat = self._beats.get(key)
        if beat is None:
            beat = self._beats[key] = Beat(interval / 1000, number * PHASE_SECONDS)
        beat.audiences[audience] = None

    def remove(self, audience: Audience) -> None:
        """Forget an audience."""
        key = self._key(audience)
        del self._beats[key].audiences[audience]
        if not self._beats[key].audiences:
            del self._beats[key]

    def set(self, audience: Audience, now: float) -> None:
        """There is something for an audience at its next beat."""
        self._set_beat(self._beats[self._key(audience)], now)

    def set_all(self, now: float) -> None:
        """There may be something for every audience at its next beat."""
        for beat in self._beats.values():
            self._set_beat(beat, now)

    def _set_beat(self, beat: Beat, now: float) -> None:
        if not beat.is_set:
            beat.is_set = True
            self._count += 1
            heappush(self._set, (beat.next(now), self._count, beat))

    def next(self) -> float | None:
        """When the next audiences are due; None while nothing happens."""
        return self._set[0][0] if self._set else None

    def take_due(self, now: float) -> list[Audience]:
        """The audiences whose beat has come."""
        due: list[Audience] = []
        while self._set and self._set[0][0] <= now:
            beat = heappop(self._set)[2]
            beat.is_set = False
            due.extend(beat.audiences)
        return due

    @staticmethod
    def _key(audience: Audience) -> tuple[int, int]:
        interval = audience.subscription.interval
        phases = max(1, round(interval / 1000 / PHASE_SECONDS))
        return interval, int.from_bytes(audience.subscription.digest) % phases
