"""One server and one load, from their start to the result."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from ticker.commands.bench.load import LoadJob, Result
from ticker.commands.bench.server import Job

Progress = Callable[[str, float], None]
"""Told what is done now and for how many seconds."""


class RunFailed(Exception):
    """A server or a load ended before its time. The text says what it printed."""


def race(job: Job, load_cpu: int | None, progress: Progress) -> Result:
    """Run a server and its load, each in a process of its own. Raises RunFailed."""
    with _process("server", job) as server:
        port = _line(server)["port"]
        load_job = LoadJob(job.way, job.scenario, "127.0.0.1", port, server.pid, load_cpu, job.kafka, job.prefix)
        with _process("load", load_job) as load:
            return _follow(load, progress, server)


def load_only(host: str, port: int, job: Job, load_cpu: int | None, progress: Progress) -> Result:
    """Run a load on a server that runs already. Raises RunFailed."""
    with _process("load", LoadJob(job.way, job.scenario, host, port, None, load_cpu)) as load:
        return _follow(load, progress, None)


def _follow(load: subprocess.Popen[str], progress: Progress, server: subprocess.Popen[str] | None) -> Result:
    while True:
        said = _line(load)
        if "stage" in said:
            progress(said["stage"], said["seconds"])
        elif "ready" in said:
            for process in (server, load):
                if process is not None:
                    assert process.stdin is not None
                    process.stdin.write("\n")
                    process.stdin.flush()
        elif "error" in said["result"]:
            raise RunFailed(said["result"]["error"])
        else:
            result: Result = said["result"]
            return result


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RunFailed(f"a process of the bench ended with status {process.wait()}")
    said: dict[str, Any] = json.loads(line)
    return said


@contextmanager
def _process(module: str, job: Job | LoadJob) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"ticker.commands.bench.{module}", msgspec.json.encode(job).decode()]
    with subprocess.Popen(  # noqa: S603 (it is this very package)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
