"""The clock: on the server, and in a page while it runs."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.web.conftest import Served
from tests.web.game_states import CLOCK, GAMES, decoded, game_of
from tests.web.page_states import NOW
from web.game_clock import LONGEST_RUN, clock_text, runs

READ = NOW + 0.278
"""When the clocks of these games were read."""
UP = {"n": 1, "kind": "half", "regulation": 2}
CASES: list[tuple[dict[str, Any], float, str]] = [
    (game_of(), 0, "4:15"),
    (game_of(), 0.9, "4:15"),
    (game_of(), 1, "4:14"),
    (game_of(), 15.5, "4:00"),
    (game_of(), 255, "0:00"),
    (game_of(), 300, "0:00"),
    (game_of(), -5, "4:15"),
    (game_of(), LONGEST_RUN + 1, "4:15"),
    (game_of(clock={**CLOCK, "display": "04:15"}), 60, "03:15"),
    (game_of(clock={**CLOCK, "as_of": None}), 5, "4:10"),
    (game_of(clock={**CLOCK, "running": False}), 5, "4:15"),
    (game_of(clock={**CLOCK, "running": None}), 5, "4:15"),
    (game_of(clock={**CLOCK, "dir": "none"}), 5, "4:15"),
    (game_of(clock={**CLOCK, "stoppage": "+2"}), 5, "4:15"),
    (game_of(clock={**CLOCK, "display": "45.3"}), 5, "45.3"),
    (game_of(clock={**CLOCK, "display": None}), 5, "4:10"),
    (game_of(clock={**CLOCK, "display": None, "seconds": None}), 5, ""),
    (game_of(clock={**CLOCK, "as_of": "2021-99-99T00:00:00Z"}), 5, "4:15"),
    (game_of(status={"phase": "break"}), 5, ""),
    (game_of(status={"phase": "final"}), 5, ""),
    (game_of(period=None), 5, ""),
    (game_of(clock=None), 5, ""),
    (GAMES["soccer"], 9, "69'"),
    (GAMES["soccer"], 10, "70'"),
    (GAMES["soccer"], 1500, "90'"),
    (game_of(clock={**CLOCK, "dir": "up"}), 50, "5:05"),
    (game_of(sport="soccer", period=UP, clock={**CLOCK, "dir": "up", "display": "44:58"}), 10, "45:00"),
    (game_of(sport="soccer", period=UP, clock={**CLOCK, "dir": "up", "display": "46:00"}), 10, "46:00"),
    (game_of(sport="soccer", period=UP, clock={**CLOCK, "dir": "up", "display": "90'+8'"}), 10, "90'+8'"),
]


@pytest.mark.parametrize(("game", "passed", "text"), CASES)
def test_the_clock_runs_as_far_as_is_known(game: dict[str, Any], passed: float, text: str) -> None:
    assert clock_text(decoded(game), READ + passed) == text


async def test_the_script_s_clock_is_the_server_s(served: Served, page: Page) -> None:
    await page.goto(f"{served.address}/docs")
    given = [[game, (READ + passed) * 1000] for game, passed, _ in CASES]
    shown = await page.evaluate(
        """async (given) => {
            const {clockText, runs} = await import("/static/js/game-clock.js");
            return given.map(([game, now]) => [clockText(game, now), runs(game)]);
        }""",
        given,
    )
    assert shown == [[text, runs(decoded(game))] for game, _, text in CASES]
