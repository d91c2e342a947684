"""ticker's own command line, as processes."""

import asyncio
import json
import os
import signal
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 30.0
_ENVIRONMENT = {**os.environ, "PYTHONUNBUFFERED": "1"}


@dataclass
class Command:
    """One process that goes on."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, object]] = field(default_factory=list)
    """What it logged."""
    reading: asyncio.Task[None] | None = None

    async def read(self) -> None:
        """Gather its log until it ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.lines.append({"event": line.decode(errors="replace")})

    async def logged(self, event: str, seconds: float = START_SECONDS) -> dict[str, object]:
        """The first log line of an event, now or later."""
        async with asyncio.timeout(seconds):
            while True:
                for line in self.lines:
                    if line["event"] == event:
                        return line
                assert self.process.returncode is None, f"it ended: {self.lines}"
                await asyncio.sleep(0.02)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and wait; its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(30):
            status = await self.process.wait()
        if self.reading is not None:
            await self.reading
        return status


@dataclass
class NodeProcess:
    """A node, `ticker serve`."""

    command: Command
    address: str
    admin: str

    async def readiness(self) -> tuple[int, str]:
        """What /readyz says: its status, and why not."""
        return await self.ask("/readyz")

    async def ask(self, path: str) -> tuple[int, str]:
        """What the admin listener says: the status and the body."""
        return await asyncio.to_thread(_get, f"{self.admin}{path}")

    async def is_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until it is."""
        async with asyncio.timeout(seconds):
            while (said := await self.readiness())[0] != 200:
                assert self.command.process.returncode is None, said
                await asyncio.sleep(0.05)


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 (an address on this machine)
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Processes:
    """Starts commands, and ends them all."""

    def __init__(self) -> None:
        self._started: list[Command] = []

    async def start(self, *arguments: str, **variables: str) -> Command:
        """Start `ticker` with arguments, and let it run."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ticker",
            *arguments,
            stderr=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            env={**_ENVIRONMENT, **variables},
        )
        command = Command(process)
        command.reading = asyncio.create_task(command.read())
        self._started.append(command)
        return command

    async def run(self, *arguments: str, seconds: float = 120) -> str:
        """Run `ticker` with arguments to its end, which must be a good one; what it printed."""
        status, printed = await self.ended(*arguments, seconds=seconds)
        assert status == 0, printed
        return printed

    async def ended(self, *arguments: str, seconds: float = 120) -> tuple[int, str]:
        """Run `ticker` with arguments to its end; its exit status, and what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ticker",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=_ENVIRONMENT,
        )
        async with asyncio.timeout(seconds):
            printed, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, printed.decode()

    async def node(self, bootstrap: str, prefix: str, *, port: str = "0", **variables: str) -> NodeProcess:
        """Start a node on Kafka, and wait until it listens."""
        where = ["--kafka", bootstrap, "--prefix", prefix, "--port", port, "--admin-port", "0"]
        command = await self.start("serve", *where, **variables)
        line = await command.logged("serving")
        return NodeProcess(command, str(line["address"]), str(line["admin"]))

    async def kill(self, command: Command) -> None:
        """End one without a word, and wait until nobody writes to its log."""
        self._started.remove(command)
        assert await command.stop(signal.SIGKILL) == -signal.SIGKILL, command.lines

    async def stop(self) -> None:
        """End what still runs; it must have run well."""
        for command in self._started:
            assert await command.stop() == 0, command.lines


async def compare(recording: Path, readers: dict[str, tuple[str, list[Path]]]) -> str:
    """Run the comparer, which must find no difference; what it printed."""
    program = Path(__file__).with_name("compare.py")
    what = [f"{name}={framing}:{','.join(map(str, files))}" for name, (framing, files) in readers.items()]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        str(recording),
        *what,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()
