"""massive's live stream as a process, with its public arguments and methods alone.

`python massive_client.py HOST:PORT/PREFIX MARKET [KEY [RECONNECTS]]`; it comes back for ever unless RECONNECTS says how
often. Reads lines of JSON, `{"do": "subscribe", "symbols": ["T.AAPL"]}`, and prints lines: a trade that came, what was
done, or what the SDK logs.
"""

import asyncio
import json
import sys
import threading
from typing import Any

from massive import WebSocketClient

pauses: list[float] = []


def say(**what: Any) -> None:
    # In one piece: two threads speak here.
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


async def on_messages(messages: list[Any]) -> None:
    for message in messages:
        if pauses:
            seconds = pauses.pop()
            say(paused=seconds)
            await asyncio.sleep(seconds)
        symbol = getattr(message, "symbol", None) or getattr(message, "pair", None)
        say(trade=int(message.id), symbol=symbol, price=message.price, time=message.timestamp)


def obey(client: WebSocketClient) -> None:
    for line in sys.stdin:
        told = json.loads(line)
        if told["do"] == "subscribe":
            client.subscribe(*told["symbols"])
        elif told["do"] == "unsubscribe":
            client.unsubscribe(*told["symbols"])
        elif told["do"] == "pause":
            pauses.append(told["seconds"])
        say(done=told["do"])


def main() -> None:
    feed, market, *given = sys.argv[1:]
    key = given[0] if given else "key"
    reconnects = int(given[1]) if given[1:] else None
    client = WebSocketClient(key, feed=feed, market=market, secure=False, max_reconnects=reconnects, verbose=True)
    threading.Thread(target=obey, args=(client,), daemon=True).start()
    asyncio.run(client.connect(on_messages, max_queue=4))


if __name__ == "__main__":
    main()
