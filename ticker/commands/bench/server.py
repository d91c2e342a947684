"""A server process of the bench, which is told what to be.

`python -m ticker.commands.bench.server JOB`. It prints one line of JSON, `{"port": …}`, when it listens. A line on its
standard input begins the feed.
"""

import asyncio
import json
import logging
import os
import resource
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module

import msgspec
import structlog

from ticker.commands.bench.scenario import Scenario

WAYS = {
    "ticker": "node",
    "floor": "floor",
    "aiohttp send_str": "plain_aiohttp",
    "aiohttp-sse send": "plain_aiohttp",
    "aiohttp handler": "plain_aiohttp",
    "starlette websocket": "plain_asgi",
    "sse-starlette": "plain_asgi",
}
"""What can be measured, and the module that serves it: each has `serve(job, announce)`."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a server process is to be."""

    way: str
    scenario: Scenario
    rate: int | None
    """Events a second; 0: the next as soon as the last has been sent to all; None: one of each symbol, and no more."""
    cpu: int | None = None
    message_bytes: int = 0
    """For the floor: the size of each send."""
    kafka: str = ""
    """The brokers that a node is to read from, and what its topics' names begin with; empty for the bench's feed."""
    prefix: str = ""


Announce = Callable[[int], Awaitable[None]]
"""Says the port, and returns when the feed is to begin."""


async def announce(port: int) -> None:
    """Say where this process listens, and wait for the word to begin."""
    print(json.dumps({"port": port}), flush=True)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), told.set)
    await told.wait()
    loop.remove_reader(sys.stdin.fileno())


def prepare_process(cpu: int | None) -> None:
    """As many connections as the machine allows, and one core."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})


def main(arguments: list[str]) -> int:
    """Be what the first argument says, until a signal."""
    # What it logs would be taken for what it says.
    errors = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=errors, logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    job = msgspec.json.decode(arguments[0], type=Job)
    prepare_process(job.cpu)
    module = import_module(f"ticker.commands.bench.{WAYS[job.way]}")
    status: int = module.serve(job, announce)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
