"""`ticker demo`.

Run the whole service in one process, without Kafka, on simulated markets and thirteen recorded football games.
"""

import argparse

from ticker.commands.feeding import PAST_MINUTES, SUNDAY, file_feed, simulated_feed
from ticker.commands.running import run as run_until_signal
from ticker.commands.serve import require_one_process, run_embedded
from ticker.commands.settings import add_config_flag, add_server_flags, configuration, positive

SPEED = 20.0
"""How many times faster the games are played than they were."""
SKIP_SECONDS = 5400.0
"""Of the recording, so that games are on from the first moment."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    add_config_flag(parser)
    add_server_flags(parser)
    parser.add_argument("--rate", type=positive, default=500, help="Simulated events per second (500 unless set).")


def run(options: argparse.Namespace) -> int:
    """Serve until a signal. Raises InvalidConfig."""
    config, _ = configuration(options)
    require_one_process(config)
    markets = simulated_feed(options.rate, past_minutes=PAST_MINUTES)
    feeds = [markets, file_feed(SUNDAY, SPEED, skip_seconds=SKIP_SECONDS)]
    return run_until_signal(run_embedded(config, feeds, _announce))


def _announce(address: str) -> None:
    print(
        f"ticker is running: open {address}/ in a browser. It shows simulated markets and recorded games.\n"
        f"Elsewhere, try:  curl -N '{address}/v1/stream?quotes=AAPL,BTC/USD&games=nfl'\n"
        f"           or:  ticker tail {address} quotes=AAPL,MSFT games=nfl\n"
        "Ctrl-C stops it.",
        flush=True,
    )
