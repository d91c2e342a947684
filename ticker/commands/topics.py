"""`ticker topics`.

Create the topics that ticker reads, with the right settings, and say what differs on those that exist.
"""

import argparse
import sys

from feeds.topics import create_topics
from ticker.commands.running import run as run_until_signal
from ticker.commands.settings import add_config_flag, add_kafka_flags, kafka_configuration, positive_count
from ticker.config import Config


def configure(parser: argparse.ArgumentParser) -> None:
    """The one thing to do, and its flags."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="Create what is missing; check what is there.")
    add_config_flag(create)
    add_kafka_flags(create)
    create.add_argument(
        "--partitions", type=positive_count, default=6, help="Of each topic; it can't be changed later (6 unless set)."
    )


def run(options: argparse.Namespace) -> int:
    """Create and report; 1 where an existing topic differs."""
    return run_until_signal(_create(kafka_configuration(options), options.partitions))


async def _create(config: Config, partitions: int) -> int:
    try:
        reports = await create_topics(config.kafka.bootstrap, config.kafka.prefix, config.log, partitions)
    except OSError as error:
        print(f"ticker topics: {config.kafka.bootstrap}: {error}", file=sys.stderr)
        return 1
    for report in reports:
        print(f"{report.topic}: {'created' if report.is_new else 'exists'}")
        for difference in report.differences:
            print(f"  {difference}")
    return 1 if any(report.differences for report in reports) else 0
