"""A game's clock as text, run on from when it was last read.

static/js/game-clock.js makes the same texts of the same events.
"""

import re
from collections.abc import Mapping, Sequence

from ticker.events import Game, GameClock
from ticker.timestamp import seconds_of

LONGEST_RUN = 3600.0
"""Seconds. A reading that is older is shown as it was: nobody knows what the clock has done since."""
PERIOD_ENDS: Mapping[str, Sequence[int]] = {"soccer": (45, 90, 105, 120), "rugby": (40, 80)}
"""Minutes that a clock which counts up shows at the end of each period; none where a sport isn't here."""
_MINUTES_AND_SECONDS = re.compile(r"([0-9]{1,3}):([0-9]{2})")
_MINUTES = re.compile(r"([0-9]{1,3})['′’]")


def shows_clock(game: Game) -> bool:
    """Whether a clock stands beside the period: between periods and outside of a game there is none to run."""
    clock = game.clock
    return (
        clock is not None
        and game.period is not None
        and game.status.phase == "live"
        and (bool(clock.display) or clock.seconds is not None)
    )


def clock_text(game: Game, now: float) -> str:
    """What the clock shows at `now` (seconds since 1970 UTC), as far as its last reading tells."""
    if game.clock is None or not shows_clock(game):
        return ""
    shown = game.clock.display or _minutes_and_seconds(int(game.clock.seconds or 0), 1)
    passed = _passed(game, game.clock, now)
    if not passed:
        return shown
    if match := _MINUTES_AND_SECONDS.fullmatch(shown):
        before = int(match[1]) * 60 + int(match[2])
        return _minutes_and_seconds(_run_on(game, before, passed, 60), len(match[1]))
    if (match := _MINUTES.fullmatch(shown)) and game.clock.seconds is not None and game.clock.dir == "up":
        begun = (int(game.clock.seconds % 60) + passed) // 60
        return f"{_run_on(game, int(match[1]), begun, 1)}{shown[-1]}"
    return shown


def runs(game: Game) -> bool:
    """Whether the clock was running when it was read, in a way that it can be run on."""
    clock = game.clock
    return (
        clock is not None
        and shows_clock(game)
        and clock.running is True
        and clock.dir in ("up", "down")
        and not clock.stoppage
    )


def _passed(game: Game, clock: GameClock, now: float) -> int:
    """Whole seconds since the clock was read, if it runs."""
    if not runs(game):
        return 0
    try:
        passed = now - seconds_of(clock.as_of or game.time)
    except ValueError:
        return 0
    return int(passed) if 0 < passed <= LONGEST_RUN else 0


def _run_on(game: Game, before: int, passed: int, per_minute: int) -> int:
    """A count `passed` later, never below nothing and never beyond its period's end."""
    if game.clock is None or game.clock.dir == "down":
        return max(0, before - passed)
    ends = PERIOD_ENDS.get(game.sport or "", ())
    number = game.period.n if game.period else 0
    end = ends[number - 1] * per_minute if 0 < number <= len(ends) else before + passed
    return min(max(end, before), before + passed)


def _minutes_and_seconds(seconds: int, digits: int) -> str:
    return f"{seconds // 60:0{digits}}:{seconds % 60:02}"
