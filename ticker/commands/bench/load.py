"""The load: a process of its own that plays all the clients, and measures the server and itself.

`python -m ticker.commands.bench.load JOB`. It prints lines of JSON: `{"stage": …}` while it works, `{"ready": true}`
when the feed may begin (and then waits for a line on its standard input), and at last `{"result": …}`.
"""

import gc
import json
import os
import sys
import time
from dataclasses import dataclass
from typing import Any

import msgspec

from ticker.commands.bench.clients import client_of
from ticker.commands.bench.connections import Connection, Connections
from ticker.commands.bench.recorder import Figures, Recorder
from ticker.commands.bench.scenario import Scenario
from ticker.commands.bench.server import prepare_process
from ticker.commands.bench.usage import cpu_seconds, memory_bytes

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoadJob:
    """Whom to load with what."""

    way: str
    scenario: Scenario
    host: str
    port: int
    pid: int | None = None
    """The server's process, where it is on this machine."""
    cpu: int | None = None
    kafka: str = ""
    prefix: str = ""


class Load:
    """What every scenario needs: clients, and two moments between which is measured."""

    def __init__(self, job: LoadJob) -> None:
        self.job = job
        self.scenario = job.scenario
        self.recorder = Recorder(is_msgpack=job.scenario.transport == "msgpack")
        is_counting = job.way == "floor" or job.scenario.saturates(job.way)
        self.connections = Connections(job.host, job.port, self.recorder, is_counting=is_counting)
        self._server_cpu = self._own_cpu = self._began = 0.0

    def client(self, number: int, scenario: Scenario | None = None, cursor: bytes = b"") -> Connection:
        """Client `number`, not yet connected."""
        host = f"{self.job.host}:{self.job.port}"
        return client_of(self.job.way, scenario or self.scenario, number, host, cursor)

    def clients(self) -> list[Connection]:
        """All clients of the scenario, not yet connected."""
        return [self.client(number) for number in range(self.scenario.clients)]

    def memory(self) -> int:
        """The server's memory in bytes; 0 where it is elsewhere."""
        return memory_bytes(self.job.pid) if self.job.pid else 0

    def begin(self) -> None:
        """From now on is measured."""
        self._server_cpu = cpu_seconds(self.job.pid) if self.job.pid else 0.0
        self._own_cpu = time.process_time()
        self._began = time.time()

    def end(self) -> tuple[float, float, Result]:
        """Until now was measured: from when, until when, and how busy both sides were."""
        ended = time.time()
        seconds = ended - self._began
        server = (cpu_seconds(self.job.pid) - self._server_cpu) if self.job.pid else 0.0
        busy = {"seconds": seconds, "server_cpu": server, "load_cpu": time.process_time() - self._own_cpu}
        return self._began, ended, busy


def stage(text: str, seconds: float = 0.0) -> None:
    """Tell the parent what is done now, and for how long."""
    print(json.dumps({"stage": text, "seconds": seconds}), flush=True)


def wait_for_feed() -> None:
    """Tell the parent that the clients are there, and wait until it has begun the feed."""
    gc.collect()
    gc.freeze()
    gc.disable()
    print(json.dumps({"ready": True}), flush=True)
    os.read(0, 1)


def latencies(figures: Figures) -> Result:
    """What is reported of the events."""
    return {
        "events": figures.events,
        "reads": figures.reads,
        "messages": figures.messages,
        "bytes": figures.bytes,
        "p50": figures.percentile(0.5),
        "p99": figures.percentile(0.99),
        "worst": figures.percentile(1.0),
    }


def main(arguments: list[str]) -> int:
    """Play the clients that the first argument describes."""
    from ticker.commands.bench.measures import MEASURES

    job = msgspec.json.decode(arguments[0], type=LoadJob)
    prepare_process(job.cpu)
    try:
        result = MEASURES[job.scenario.measure](Load(job))
    except (OSError, TimeoutError) as error:
        result = {"error": str(error)}
    print(json.dumps({"result": result}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
