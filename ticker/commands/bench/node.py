"""A ticker node as the bench's server: the real thing, embedded, on the bench's feed."""

import asyncio

from feeds.embedded import EmbeddedSource
from feeds.message import Message
from ticker.commands.bench.pace import Made, run_feed
from ticker.commands.bench.server import Announce, Job
from ticker.commands.running import run, run_node
from ticker.config import Config, HubConfig, ServerConfig
from ticker.log import Log
from ticker.source import Listener, Source


def serve(job: Job, announce: Announce) -> int:
    """Serve until a signal."""
    return run(_serve(job, announce))


async def _serve(job: Job, announce: Announce) -> int:
    config = Config(
        server=ServerConfig(port=0, admin_port=0, shutdown_seconds=0.1),
        hub=HubConfig(flush_interval=job.scenario.flush_interval),
    )
    sources: list[EmbeddedSource] = []
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def make_source(log: Log, listener: Listener) -> Source:
        sources.append(EmbeddedSource(log, listener))
        return sources[0]

    async def send(made: list[Made]) -> None:
        await sources[0].send([Message("quotes", key, 0, value) for key, value in made])

    async def feed() -> None:
        await announce(await port)
        await run_feed(job.scenario.symbols, job.rate, send, asyncio.sleep)

    def listening(address: str) -> None:
        port.set_result(int(address.rpartition(":")[2]))

    return await run_node(config, make_source, [feed()], listening)
