import asyncio
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.commands.test_commands import ended
from tests.whole.test_workers import is_running
from ticker.commands.main import make_parser
from ticker.commands.settings import given_flags
from ticker.commands.worker import PLACE_VARIABLE, Place, place_from
from ticker.commands.workers import Worker
from ticker.config import InvalidConfig, ServerConfig


async def test_workers_that_can_not_be_are_refused() -> None:
    for arguments, said in (
        (["--workers", "2", "--feed", "simulate"], "several workers need Kafka"),
        (["--workers", "2"], "several workers need Kafka"),
        (["--workers", "0", "--kafka", "localhost:1"], "not a whole number above 0"),
        (["--workers", "257", "--kafka", "localhost:1"], "server.workers"),
    ):
        status, printed = await ended("serve", *arguments)
        assert status == 2, printed
        assert said in printed


def test_a_platform_that_shares_no_ports_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    options = make_parser().parse_args(["serve", "--workers", "2", "--kafka", "localhost:1"])
    assert options.run(options) == 2
    assert "SO_REUSEPORT" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["demo"], ["serve", "--feed=simulate"]])
async def test_workers_without_kafka_are_refused_wherever_they_are_set(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "ticker.toml"
    file.write_text("[server]\nworkers = 2\n")
    status, printed = await ended(*command, f"--config={file}")
    assert status == 2, printed
    assert printed.startswith("ticker: several workers need Kafka")
    assert "leave server.workers (--workers, TICKER_SERVER__WORKERS) at 1" in printed


@pytest.mark.parametrize("shares", [False, True])
async def test_a_port_that_others_have_is_refused(shares: bool) -> None:
    with socket.socket() as other:
        if shares:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for taken, free in (("--port", "--admin-port"), ("--admin-port", "--port")):
            status, printed = await ended("serve", "--workers", "2", "--kafka", "localhost:1", taken, port, free, "0")
            assert status == 1, printed
            assert f"127.0.0.1 port {port}: Address already in use" in printed
            assert "worker started" not in printed


def test_workers_are_given_the_flags_of_their_parent() -> None:
    given = ["--config=a b.toml", "--host=::1", "--port=0", "--workers=2", "--kafka=a:1,b:2", "--prefix=-x"]
    assert given_flags(make_parser().parse_args(["serve", *given])) == given
    assert given_flags(make_parser().parse_args(["serve"])) == []


def test_a_place_is_what_a_parent_wrote() -> None:
    assert place_from({}) is None
    text = '{"number":1,"port":80,"admin_socket":"1","channel":7}'
    assert place_from({PLACE_VARIABLE: text}) == Place(number=1, port=80, admin_socket="1", channel=7)
    for bad in ("", "1", '{"number":1}'):
        with pytest.raises(InvalidConfig, match="unset it"):
            place_from({PLACE_VARIABLE: bad})


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


def of(lines: list[EventDict], event: str) -> list[EventDict]:
    """The log lines of an event."""
    return [line for line in lines if line["event"] == event]


@pytest.mark.parametrize(
    ("steady_seconds", "delays"), [(3600.0, [0.01, 0.02, 0.04, 0.05, 0.05]), (0.0, [0.01, 0.01, 0.01])]
)
async def test_a_worker_that_keeps_dying_is_started_again_later_and_later(
    steady_seconds: float, delays: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (
        ("FIRST_DELAY_SECONDS", 0.01),
        ("LONGEST_DELAY_SECONDS", 0.05),
        ("STEADY_SECONDS", steady_seconds),
    ):
        monkeypatch.setattr(f"ticker.commands.workers.{name}", seconds)
    place = Place(number=1, port=0, admin_socket=str(tmp_path / "1"), channel=-1)
    worker = Worker(place, ["config", "--config=/nowhere.toml"], ServerConfig())
    with capture_logs() as lines:
        keeping = asyncio.create_task(worker.keep())
        await until(lambda: len(of(lines, "worker lost: starting it again")) >= len(delays))
        assert worker.trouble == "ended with status 2"
        keeping.cancel()
        await asyncio.wait((keeping,))
    losses = of(lines, "worker lost: starting it again")[: len(delays)]
    assert [(line["delay"], line["reason"]) for line in losses] == [(delay, "ended with status 2") for delay in delays]
    events = [line["event"] for line in lines][: 2 * len(delays)]
    assert events == ["worker started", "worker lost: starting it again"] * len(delays)


async def test_a_worker_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ticker.commands.workers.MARGIN_SECONDS", 0.1)
    place = Place(number=1, port=0, admin_socket=str(tmp_path / "1"), channel=-1)
    worker = Worker(place, ["serve", "--kafka=localhost:1"], ServerConfig(shutdown_seconds=0.2, mute_seconds=60.0))
    with capture_logs() as lines:
        keeping = asyncio.create_task(worker.keep())
        await until(lambda: worker.trouble is None)
        (start,) = of(lines, "worker started")
        # One that is halted takes no SIGTERM: nothing ends it but SIGKILL.
        os.kill(start["process"], signal.SIGSTOP)
        keeping.cancel()
        await asyncio.wait((keeping,))
    assert keeping.cancelled()
    assert not is_running(start["process"])
    assert [line["event"] for line in lines] == ["worker started", "worker doesn't stop: killing it"]
