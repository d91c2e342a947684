"""A ticker node as the bench's server: the real thing, embedded, on the bench's feed."""

import asyncio
import socket

from feeds.embedded import EmbeddedSource
from feeds.message import Message
from ticker.commands.bench.ingest import LOG_KINDS
from ticker.commands.bench.pace import Made, run_feed
from ticker.commands.bench.server import Announce, Job
from ticker.commands.running import run, run_node
from ticker.commands.serve import kafka_source
from ticker.config import Config, HubConfig, KafkaConfig, LogConfig, ServerConfig
from ticker.log import Log
from ticker.source import Listener, Source


def serve(job: Job, announce: Announce) -> int:
    """Serve until a signal."""
    return run(_serve(job, announce))


async def _serve(job: Job, announce: Announce) -> int:
    if job.kafka:
        return await _serve_kafka(job, announce)
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


async def _serve_kafka(job: Job, announce: Announce) -> int:
    """Begin to read when the topics are written."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    await announce(port)
    config = Config(
        server=ServerConfig(port=port, admin_port=0, shutdown_seconds=0.1),
        kafka=KafkaConfig(bootstrap=job.kafka, prefix=job.prefix),
        log=LogConfig(log_kinds=LOG_KINDS),
    )
    return await run_node(config, kafka_source(config))
