import asyncio
import json
import re
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

from ticker.commands.feeding import PAST_MINUTES
from ticker.commands.main import make_parser

COMMANDS = ["demo", "serve", "feed", "record", "topics", "tail", "bench", "config", "keys"]


async def ended(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ticker", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_in_sentences(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        make_parser().parse_args([command, "--help"])
    assert exit_.value.code == 0
    described = " ".join(capsys.readouterr().out.split())
    assert re.search(r"[A-Z][^.]+\.", described.partition("usage:")[2])


async def follow(address: str) -> asyncio.subprocess.Process:
    """`ticker tail` of a node, once it has printed a quote and a game."""
    tail = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "ticker", "tail", address, "quotes=AAPL", "games=nfl"],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert tail.stdout is not None
    kinds: set[str] = set()
    async with asyncio.timeout(30):
        while kinds != {"q", "game"}:
            kinds.add(json.loads(await tail.stdout.readline())["T"])
    return tail


async def test_the_demo_serves_and_stops() -> None:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "ticker", "demo", "--port", "0", "--admin-port", "0"],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        line = (await process.stdout.readline()).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    tails = [await follow(found[0]), await follow(found[0].replace("http:", "ws:"))]
    async with ClientSession() as session, session.get(f"{found[0]}/v1/poll?bars=AAPL&history=500") as answer:
        bars = (await answer.json())["events"]
    assert len(bars) >= PAST_MINUTES
    refused = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "ticker", "tail", found[0].replace("http:", "ws:"), "quotse=AAPL"],
        stderr=asyncio.subprocess.PIPE,
    )
    assert b"quotse" in (await refused.communicate())[1]
    assert refused.returncode == 2
    for running, number in (*((tail, signal.SIGINT) for tail in tails), (process, signal.SIGTERM)):
        running.send_signal(number)
        async with asyncio.timeout(20):
            await running.communicate()
        assert running.returncode == 0


async def test_commands_say_what_they_lack() -> None:
    for arguments, said in (
        (["serve"], "no source"),
        (["serve", "--kafka", "localhost:1", "--feed", "simulate"], "leave out one"),
        (["topics", "create"], "no broker"),
        (["feed", "simulate"], "no broker"),
        (["feed", "bars"], "no broker"),
        (["topics", "create", "--partitions", "0"], "not a whole number above 0"),
        (["record", "x", "--seconds", "0"], "not a number above 0"),
        (["tail", "http://127.0.0.1:1", "AAPL"], "quotes=AAPL"),
        (["config", "--config", "/nowhere.toml"], "can't be read"),
    ):
        status, printed = await ended(*arguments)
        assert status == 2, printed
        assert said in printed


async def test_config_says_where_values_come_from() -> None:
    status, printed = await ended("config", "--port", "9999")
    assert status == 0
    assert re.search(r"port = 9999 +# the flag for server.port", printed)
    assert re.search(r"flush_interval = 0.01 +# default", printed)


def test_a_recording_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    file.write_text("precious")
    status, printed = asyncio.run(ended("record", str(file), "--kafka", "127.0.0.1:1", "--seconds", "30"))
    assert status == 1
    assert "nothing written" in printed
    assert file.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [file]
