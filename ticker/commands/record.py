"""`ticker record`.

Write what comes through the topics into a recording, until interrupted.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import structlog
from aiokafka.errors import KafkaError

from feeds.kafka_recorder import recorded
from feeds.recording import RecordingWriter
from ticker.commands.running import run as run_until_signal
from ticker.commands.settings import add_config_flag, add_kafka_flags, kafka_configuration, positive
from ticker.config import Config

log = structlog.get_logger()


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    parser.add_argument("file", type=Path, metavar="FILE", help="The recording to write; gzipped if it ends in .gz.")
    parser.add_argument("--from-beginning", action="store_true", help="Begin with what the topics hold already.")
    parser.add_argument("--seconds", type=positive, help="Stop after so many seconds.")
    add_config_flag(parser)
    add_kafka_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Record until the time is over or a signal comes."""
    config = kafka_configuration(options)
    return run_until_signal(_record(config, options.file, options.seconds, from_beginning=options.from_beginning))


async def _record(config: Config, path: Path, seconds: float | None, *, from_beginning: bool) -> int:
    try:
        with RecordingWriter(path) as writer:
            await _write(writer, config, seconds, from_beginning=from_beginning)
    except (OSError, KafkaError) as error:
        print(f"ticker record: nothing written to {path}: {error}", file=sys.stderr)
        return 1
    log.info("recorded", events=writer.count, file=str(path))
    return 0


async def _write(writer: RecordingWriter, config: Config, seconds: float | None, *, from_beginning: bool) -> None:
    try:
        async with asyncio.timeout(seconds) as limit:
            async for messages in recorded(config.kafka, from_beginning=from_beginning):
                writer.write(messages)
    except TimeoutError:
        if not limit.expired():
            raise
