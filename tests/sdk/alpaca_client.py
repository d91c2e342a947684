"""alpaca-py's live stream as a process, with its public arguments and methods alone.

`python alpaca_client.py URL MARKET [KEY SECRET]`. Reads lines of JSON, `{"do": "subscribe", "symbols": […]}`, and
prints lines: a trade that came, or what was done. MARKET is stocks or crypto.
"""

import asyncio
import json
import logging
import sys
import threading
from typing import Any

from alpaca.data.live import CryptoDataStream, StockDataStream

pauses: list[float] = []


def say(**what: Any) -> None:
    # In one piece: two threads speak here.
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def on_trade(trade: Any) -> None:
    if pauses:
        seconds = pauses.pop()
        say(paused=seconds)
        await asyncio.sleep(seconds)
    say(trade=trade.id, symbol=trade.symbol, price=trade.price, time=trade.timestamp.isoformat())


class Errors(logging.Handler):
    """What the SDK says of errors, which it only logs."""

    def emit(self, record: logging.LogRecord) -> None:
        say(log=record.getMessage(), level=record.levelname)


def obey(stream: Any) -> None:
    for line in sys.stdin:
        told = json.loads(line)
        if told["do"] == "subscribe":
            stream.subscribe_trades(on_trade, *told["symbols"])
        elif told["do"] == "unsubscribe":
            stream.unsubscribe_trades(*told["symbols"])
        elif told["do"] == "pause":
            pauses.append(told["seconds"])
        say(done=told["do"])
    stream.stop()


def main() -> None:
    url, market, *given = sys.argv[1:]
    key, secret = given or ("key", "secret")
    logging.getLogger("alpaca").setLevel(logging.INFO)
    logging.getLogger("alpaca").addHandler(Errors())
    kinds: dict[str, Any] = {"stocks": StockDataStream, "crypto": CryptoDataStream}
    # A short queue of frames, so that a handler that pauses is felt by the node.
    parameters = {"ping_interval": 10, "ping_timeout": 180, "max_queue": 4}
    stream = kinds[market](key, secret, url_override=url, websocket_params=parameters)
    threading.Thread(target=obey, args=(stream,), daemon=True).start()
    stream.run()


if __name__ == "__main__":
    main()
