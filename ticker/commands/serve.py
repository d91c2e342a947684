"""`ticker serve`.

Run a node: on Kafka, in one process or several, or embedded with a simulator or a recording as its feed.
"""

import argparse
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from feeds.embedded import EmbeddedSource
from feeds.kafka_source import KafkaSource
from feeds.message import Sink
from feeds.pace import pump
from feeds.recording import InvalidRecording
from ticker.commands.feeding import PAST_MINUTES, Feed, file_feed, simulated_feed
from ticker.commands.running import run as run_until_signal
from ticker.commands.running import run_node
from ticker.commands.settings import (
    add_config_flag,
    add_kafka_flags,
    add_server_flags,
    configuration,
    given_flags,
    positive_count,
)
from ticker.commands.worker import place_from, run_worker
from ticker.commands.workers import run_workers
from ticker.config import Config, InvalidConfig
from ticker.log import Log
from ticker.source import Listener, Source

log = structlog.get_logger()


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    add_config_flag(parser)
    add_server_flags(parser)
    add_kafka_flags(parser)
    parser.add_argument(
        "--workers",
        type=positive_count,
        metavar="N",
        help="Run so many processes on the one port, each a whole node on Kafka (1 unless set).",
    )
    parser.add_argument(
        "--feed",
        metavar="simulate|FILE",
        help="Run embedded, without Kafka, on simulated markets or on a recording, again and again.",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until a signal. Raises InvalidConfig."""
    config, _ = configuration(options)
    if config.kafka.bootstrap and options.feed:
        print("ticker serve: --feed is for a node without Kafka: leave out one of --feed and --kafka", file=sys.stderr)
        return 2
    if config.kafka.bootstrap:
        return _run_on_kafka(config, options)
    require_one_process(config)
    if not options.feed:
        print("ticker serve: no source: give --kafka HOST:PORT, or --feed simulate, or --feed FILE", file=sys.stderr)
        return 2
    if options.feed != "simulate" and not Path(options.feed).is_file():
        print(f"ticker serve: no recording {options.feed!r}: give a file, or simulate", file=sys.stderr)
        return 2
    is_simulated = options.feed == "simulate"
    feed = simulated_feed(past_minutes=PAST_MINUTES) if is_simulated else file_feed(Path(options.feed))
    return run_until_signal(run_embedded(config, [feed]))


def _run_on_kafka(config: Config, options: argparse.Namespace) -> int:
    place = place_from(os.environ)
    if place is not None:
        return run_until_signal(run_worker(config, kafka_source(config), place))
    if config.server.workers == 1:
        return run_until_signal(run_node(config, kafka_source(config)))
    if not hasattr(socket, "SO_REUSEPORT"):
        print(
            "ticker serve: several workers share a port, which this platform can't (it has no SO_REUSEPORT): "
            "leave out --workers, and run several nodes on ports of their own",
            file=sys.stderr,
        )
        return 2
    return run_until_signal(run_workers(config, ["serve", *given_flags(options)]))


def kafka_source(config: Config) -> Callable[[Log, Listener], Source]:
    """What makes the source of a node on Kafka."""
    return lambda log_, listener: KafkaSource(config.kafka, log_, listener)


def require_one_process(config: Config) -> None:
    """Raise InvalidConfig where a node without Kafka is asked for several workers."""
    if config.server.workers > 1:
        raise InvalidConfig(
            "several workers need Kafka, an embedded feed stays in one process: give ticker serve --kafka HOST:PORT, "
            "or leave server.workers (--workers, TICKER_SERVER__WORKERS) at 1"
        )


async def run_embedded(
    config: Config, feeds: list[Feed], announce: Callable[[str], None] = lambda address: None
) -> int:
    """Run a node whose events come from `feeds` in this process."""
    sources: list[EmbeddedSource] = []

    def make_source(log_: Log, listener: Listener) -> Source:
        sources.append(EmbeddedSource(log_, listener))
        return sources[0]

    async def feed_all(feed: Feed) -> None:
        sink: Sink = sources[0]
        try:
            await pump(feed.messages(), sink, feed.speed)
        except (OSError, InvalidRecording) as error:
            log.error("the feed has ended", error=str(error))

    return await run_node(config, make_source, [feed_all(feed) for feed in feeds], announce)
