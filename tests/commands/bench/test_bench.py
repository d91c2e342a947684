"""`ticker bench` itself, small: what it counts is exact, and what it can't say it says."""

import asyncio
import json
import sys
from typing import Any

import pytest

from ticker.commands.bench.scenario import SCENARIOS


async def bench(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "ticker", "bench", *arguments],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode(), said.decode()


async def measured(*arguments: str) -> dict[str, Any]:
    _, printed, said = await bench(*arguments, "--runs", "1", "--json")
    assert printed, said
    found: dict[str, Any] = json.loads(printed)
    return found


async def test_every_event_that_was_due_comes_and_every_way_is_measured() -> None:
    found = await measured("watchlist", "--clients", "20", "--seconds", "1")
    assert set(found["runs"]) == set(SCENARIOS["watchlist"].ways)
    (ticker,) = found["runs"]["ticker"]
    assert ticker["events"] == ticker["due"] == 4000
    assert ticker["closed"] == 0
    for way in SCENARIOS["watchlist"].ways:
        figures = found["figures"][way]
        assert figures["us_write"] > 0
        if way != "floor":
            assert found["runs"][way][0]["events"] > 0
    assert bool(found["ratios"]) != bool(found["invalid"])


async def test_the_same_comes_over_sse() -> None:
    found = await measured("watchlist", "--clients", "20", "--seconds", "1", "--transport", "sse", "--only", "ticker")
    (ticker,) = found["runs"]["ticker"]
    assert ticker["events"] == ticker["due"] == 4000


async def test_gzip_brings_the_same_events_in_fewer_bytes() -> None:
    flags = ("dashboard", "--clients", "20", "--seconds", "1", "--only", "ticker")
    (plain,) = (await measured(*flags))["runs"]["ticker"]
    (packed,) = (await measured(*flags, "--gzip"))["runs"]["ticker"]
    # At a beat on either side of the time measured, a message may be counted or not.
    assert plain["events"] >= 0.7 * plain["due"] > 0
    assert packed["events"] >= 0.7 * packed["due"] > 0
    assert packed["bytes"] / packed["reads"] < plain["bytes"] / plain["reads"] / 2


async def test_polls_are_unchanged() -> None:
    found = await measured("poll", "--clients", "4", "--seconds", "1")
    for way in ("ticker", "aiohttp handler"):
        (run,) = found["runs"][way]
        assert run["events"] > 100
        assert run["changed"] == 0


async def test_the_stalled_cost_memory_and_the_others_lose_nothing() -> None:
    found = await measured("slow", "--clients", "220", "--seconds", "1")
    (run,) = found["runs"]["ticker"]
    assert run["events"] == run["due"] == 4000
    assert run["p99_together"] > 0
    assert "memory_stalled" in run
    assert run["memory_kernel"] > 0


async def test_what_the_kernel_holds_for_one_stalled_client_is_counted_alone() -> None:
    found = await measured("stalled", "--clients", "2", "--seconds", "1")
    (run,) = found["runs"]["ticker"]
    assert run["events"] == run["due"] == 200
    # In one second its own side of the connection takes in all there is: the server's may hold nothing.
    assert 0 <= run["memory_kernel"] < 300 * 1024
    assert "memory_stalled" not in run


async def test_a_herd_comes_back_with_its_cursors() -> None:
    found = await measured("resume", "--clients", "50", "--seconds", "1")
    (run,) = found["runs"]["ticker"]
    assert run["resumed_with_cursor"] == 50
    assert run["unanswered"] == 0
    assert run["events"] == run["due"] > 0


async def test_idle_connections_are_weighed() -> None:
    found = await measured("idle", "--clients", "200")
    assert all(found["figures"]["ticker"][f"memory_{sort}"] > 0 for sort in ("sse_shared", "sse_own", "websocket"))


async def test_people_get_a_table() -> None:
    status, printed, said = await bench("quiet", "--clients", "5", "--seconds", "1", "--runs", "1", "--only", "ticker")
    assert status == 0, said
    assert "p99 ms" in printed
    assert "ticker" in printed
    assert not said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("watchlist", "--cpu", "0"), "give two of the cores"),
        (("watchlist", "--gzip"), "add --transport sse"),
        (("watchlist", "--seconds", "0.01"), "--seconds must be a multiple of 0.1"),
        (("watchlist", "--only", "nginx"), "'nginx' is no way of watchlist here: there are ticker, floor"),
        (("ingest",), "give --kafka HOST:PORT"),
    ],
)
async def test_what_cannot_be_measured_is_refused(arguments: tuple[str, ...], said: str) -> None:
    status, _, printed = await bench(*arguments)
    assert status == 2
    assert said in printed


async def test_a_server_that_is_not_there_is_said() -> None:
    status, _, said = await bench("watchlist", "--against", "http://127.0.0.1:9")
    assert status == 1
    assert "doesn't answer /v1/poll as a ticker does" in said
