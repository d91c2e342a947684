"""`ticker`: finds the command and runs it."""

import argparse
import sys
from collections.abc import Sequence

from ticker import __version__
from ticker.commands import config, demo, feed, keys, record, serve, tail, topics
from ticker.commands.bench import command as bench
from ticker.commands.logs import configure_logs
from ticker.config import InvalidConfig

_COMMANDS = {
    "demo": demo,
    "serve": serve,
    "feed": feed,
    "record": record,
    "topics": topics,
    "tail": tail,
    "bench": bench,
    "config": config,
    "keys": keys,
}


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="ticker",
        description="ticker pushes market and score events from Kafka to people: SSE for dashboards, WebSocket for "
        "trading clients, polling for widgets. Begin with 'ticker demo', which needs no Kafka.",
    )
    parser.add_argument("--version", action="version", version=f"ticker {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in _COMMANDS.items():
        summary = module.__doc__.split("\n\n")[1].strip() if module.__doc__ else ""
        command = commands.add_parser(name, help=summary, description=summary)
        module.configure(command)
        command.set_defaults(run=module.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status: 0 well, 1 failed, 2 asked for wrongly."""
    options = make_parser().parse_args(arguments)
    configure_logs()
    try:
        status: int = options.run(options)
    except InvalidConfig as error:
        print(f"ticker: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0
    return status
