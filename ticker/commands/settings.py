"""Flags that several commands have, and the configuration that comes of them."""

import argparse
import os
from pathlib import Path

from ticker.config import Config, InvalidConfig, Sources, load_config

_FLAGS = {
    "host": "server.host",
    "port": "server.port",
    "admin_port": "server.admin_port",
    "workers": "server.workers",
    "kafka": "kafka.bootstrap",
    "prefix": "kafka.prefix",
}


def positive(text: str) -> float:
    """A flag's number above zero. Raises argparse's own error."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number


def positive_count(text: str) -> int:
    """A flag's whole number above zero. Raises argparse's own error."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def not_negative(text: str) -> float:
    """A flag's number, 0 or above. Raises argparse's own error."""
    return 0.0 if text in ("0", "0.0") else positive(text)


def add_config_flag(parser: argparse.ArgumentParser) -> None:
    """`--config`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="A TOML file with settings, such as ticker.toml.")


def add_server_flags(parser: argparse.ArgumentParser) -> None:
    """`--host`, `--port` and `--admin-port`."""
    parser.add_argument("--host", help="The address to listen on (127.0.0.1 unless set; 0.0.0.0 for all).")
    parser.add_argument("--port", type=int, help="The port to listen on (8000 unless set; 0 takes a free one).")
    parser.add_argument("--admin-port", type=int, help="The port that answers health alone (8001 unless set).")


def add_kafka_flags(parser: argparse.ArgumentParser) -> None:
    """`--kafka` and `--prefix`."""
    parser.add_argument("--kafka", metavar="HOST:PORT", help="The brokers; several with commas between them.")
    parser.add_argument("--prefix", help="What the topics' names begin with ('ticker.' unless set).")


def configuration(options: argparse.Namespace) -> tuple[Config, Sources]:
    """The configuration from file, variables and flags, and where each value came from. Raises InvalidConfig."""
    flags = {setting: getattr(options, flag, None) for flag, setting in _FLAGS.items()}
    return load_config(getattr(options, "config", None), os.environ, flags)


def given_flags(options: argparse.Namespace) -> list[str]:
    """The flags of the configuration that were given, as they are written, for another process of the same command."""
    given = {flag: getattr(options, flag, None) for flag in ("config", *_FLAGS)}
    return [f"--{flag.replace('_', '-')}={value}" for flag, value in given.items() if value is not None]


def kafka_configuration(options: argparse.Namespace) -> Config:
    """The configuration of a command that needs Kafka. Raises InvalidConfig where none is named."""
    config, _ = configuration(options)
    if not config.kafka.bootstrap:
        raise InvalidConfig("no broker: give --kafka HOST:PORT, or set TICKER_KAFKA__BOOTSTRAP")
    return config
