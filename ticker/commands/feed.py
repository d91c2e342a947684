"""`ticker feed`.

Produce events into Kafka: simulated markets, a recording played again, or bars of the trades that are there.
"""

import argparse
import sys
from pathlib import Path

import structlog

from feeds.bar_maker import BarMaker
from feeds.kafka_sink import KafkaSink
from feeds.pace import pump
from ticker.commands.feeding import Feed, file_feed, simulated_feed
from ticker.commands.running import run as run_until_signal
from ticker.commands.settings import add_config_flag, add_kafka_flags, kafka_configuration, not_negative, positive
from ticker.config import Config

log = structlog.get_logger()


def configure(parser: argparse.ArgumentParser) -> None:
    """The feeds and their flags."""
    feeds = parser.add_subparsers(dest="feed", required=True, metavar="FEED")
    simulate = feeds.add_parser("simulate", help="500 stocks and 20 crypto pairs on random walks.")
    simulate.add_argument("--rate", type=positive, default=500, help="Events per second (500 unless set).")
    simulate.add_argument("--seed", type=int, default=1, help="The same seed gives the same events (1 unless set).")
    replay = feeds.add_parser("replay", help="A recording, played again.")
    replay.add_argument("file", type=Path, metavar="FILE", help="The recording: JSON lines, gzipped if it ends in .gz.")
    replay.add_argument("--speed", type=not_negative, default=1.0, help="Times as fast as it happened; 0 is at once.")
    replay.add_argument(
        "--times", choices=["kept", "now"], default="kept", help="Keep the times in the events, or move them to now."
    )
    replay.add_argument("--loop", action="store_true", help="Begin again after the end, with new game ids.")
    bars = feeds.add_parser(
        "bars", help="Minute, updated and daily bars of the trades in Kafka; any number of processes share the work."
    )
    for feed in (simulate, replay, bars):
        add_config_flag(feed)
        add_kafka_flags(feed)


def run(options: argparse.Namespace) -> int:
    """Produce until the feed ends or a signal comes."""
    config = kafka_configuration(options)
    if options.feed == "bars":
        return run_until_signal(_make_bars(config))
    if options.feed == "simulate":
        feed = simulated_feed(options.rate, options.seed)
    else:
        feed = file_feed(options.file, options.speed, now=options.times == "now", loop=options.loop)
    return run_until_signal(_produce(config, feed))


async def _make_bars(config: Config) -> int:
    try:
        await BarMaker(config.kafka).run()
    except OSError as error:
        print(f"ticker feed: {error}", file=sys.stderr)
        return 1
    return 0


async def _produce(config: Config, feed: Feed) -> int:
    sink = KafkaSink(config.kafka.bootstrap, config.kafka.prefix)
    try:
        await sink.start()
        count = await pump(feed.messages(), sink, feed.speed)
    except (OSError, ValueError) as error:
        print(f"ticker feed: {error}", file=sys.stderr)
        return 1
    finally:
        await sink.stop()
    log.info("produced", events=count)
    return 0
