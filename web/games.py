"""Games as they stand, chosen by league, day and phase, in the scoreboard's order."""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from ticker.authorizer import Grant
from ticker.channels import absorb, everything
from ticker.entry import Entry
from ticker.events import Game, Phase, decode_event
from ticker.log import Log
from ticker.timestamp import sortable
from web.game_cards import Group, group_of, in_order
from web.pause import Pause
from web.rest_parameters import InvalidParameter

MOST_LEAGUES = 100
"""Leagues that one request may name."""
_LEAGUE = re.compile(r"[^\s,*\x00-\x1f]{1,64}")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PHASES: Collection[str] = get_args(Phase)
_GROUPS: Collection[str] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which games."""

    leagues: tuple[str, ...] = ()
    """None for all."""
    phases: frozenset[str] = frozenset()
    """Phases, and groups of them: `live` is one. None for all."""
    day: tuple[str, str] | None = None
    """The first moment at which they may start, and the first at which they no more may: `sortable` times."""

    def channels(self) -> tuple[str, ...]:
        """The channels that hold them."""
        return absorb([f"games/{league}" for league in self.leagues] or [everything("games")])

    def has(self, game: Game) -> bool:
        """Whether a game is one of them."""
        if self.leagues and game.league not in self.leagues:
            return False
        if self.phases and game.status.phase not in self.phases and group_of(game) not in self.phases:
            return False
        return self.day is None or (game.start is not None and self.day[0] <= sortable(game.start) < self.day[1])


async def read_wanted(options: Mapping[str, str]) -> Wanted:
    """What `league`, `phase`, `date` and `tz` ask for. Raises InvalidParameter."""
    leagues = tuple(sorted(set(_listed(options, "league"))))
    if len(leagues) > MOST_LEAGUES:
        raise InvalidParameter(f"{len(leagues)} leagues: ask for {MOST_LEAGUES} at most")
    for league in leagues:
        if not _LEAGUE.fullmatch(league):
            raise InvalidParameter(f"{league[:64]!r} is no league: write them with commas between, nfl,soccer/eng.1")
    phases = frozenset(_listed(options, "phase"))
    if unknown := sorted(phases.difference(_PHASES, _GROUPS)):
        known = ", ".join(dict.fromkeys((*_GROUPS, *_PHASES)))
        raise InvalidParameter(f"phase is {unknown[0][:64]!r}: it is some of {known}, with commas between")
    zone = await _zone(options["tz"]) if "tz" in options else None
    day = _day(options["date"], zone) if "date" in options else None
    return Wanted(leagues, phases, day)


async def games_of(log: Log, channels: Iterable[str], wanted: Wanted, yield_seconds: float) -> list[Entry]:
    """The wanted games among those that `channels` hold: those being played, those to come, those that are over.

    Works for about `yield_seconds` before it lets the event loop breathe.
    """
    pause = Pause(yield_seconds)
    found: dict[str, tuple[Game, Entry]] = {}
    for series in log.held_by(channels):
        await pause.when_due()
        entry = series.newest
        if not entry.is_deletion:
            game = decode_event("games", entry.json)
            if isinstance(game, Game) and wanted.has(game):
                found[game.id] = (game, entry)
    return [found[game.id][1] for game in in_order(game for game, _ in found.values())]


async def readable(log: Log, channels: tuple[str, ...], grant: Grant, yield_seconds: float) -> tuple[str, ...]:
    """Of `channels` those that `grant` allows; of all others, what they hold that it does."""
    refused = grant.refused(channels)
    pause = Pause(yield_seconds)
    allowed = [channel for channel in channels if channel not in refused]
    for series in log.held_by(refused):
        await pause.when_due()
        allowed.extend(name for name in series.channels[:2] if not grant.refused([name]))
    return absorb(allowed)


def _listed(options: Mapping[str, str], name: str) -> Iterable[str]:
    return filter(None, options.get(name, "").split(","))


async def _zone(name: str) -> ZoneInfo:
    try:
        return await asyncio.to_thread(ZoneInfo, name)
    except (KeyError, ValueError, OSError):
        raise InvalidParameter(f"tz is {name[:64]!r}: it is a time zone such as America/New_York") from None


def _day(text: str, zone: ZoneInfo | None) -> tuple[str, str]:
    """A day's first moment, and the next one's."""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        day = date.fromisoformat(text)
        first, last = (
            datetime.combine(midnight, time(), zone or UTC).astimezone(UTC)
            for midnight in (day, day + timedelta(days=1))
        )
    except (ValueError, OverflowError):
        raise InvalidParameter(f"date is {text[:64]!r}: it is a day such as 2015-09-13") from None
    return first.isoformat()[:19], last.isoformat()[:19]
