"""A trading client on plain `websockets`, as a process: it keeps its cursor, and is cut again and again.

`python websockets_client.py CUTS URL URL …` connects to one address after the other, cuts its connection after a random
number of bytes, CUTS times, resumes, and prints each trade whose cursor has come.
"""

import asyncio
import json
import random
import sys
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

SUBSCRIBE = {"action": "subscribe", "trades": ["*"]}


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


async def read(url: str, cursor: str, most_bytes: int | None) -> tuple[str, bool]:
    """Read until `most_bytes` have come; the cursor then, and whether the cut fell between events and their cursor."""
    got = 0
    waiting: list[dict[str, Any]] = []
    async with connect(url, max_size=2**20) as socket:
        await socket.send(json.dumps({**SUBSCRIBE, "cursor": cursor}))
        try:
            async for message in socket:
                got += len(message)
                if most_bytes is not None and got > most_bytes:
                    socket.transport.abort()
                    return cursor, bool(waiting)
                for event in json.loads(message):
                    if event["T"] == "t":
                        waiting.append(event)
                    elif event["T"] == "cursor":
                        cursor = event["cursor"]
                        for trade in waiting:
                            say(trade=trade["i"], symbol=trade["S"])
                        waiting.clear()
                    elif event["T"] in ("reset", "gap", "error"):
                        say(trouble=event)
        except ConnectionClosed as error:
            say(closed=str(error))
    return cursor, bool(waiting)


async def main() -> None:
    cuts, urls = int(sys.argv[1]), sys.argv[2:]
    rng = random.Random(11)
    cursor = ""
    for number in range(cuts):
        while True:
            before = cursor
            cursor, is_inside = await read(urls[number % len(urls)], cursor, rng.randrange(1, 40_000))
            say(cut=number + 1, inside=is_inside)
            if cursor or before:
                break
    await read(urls[cuts % len(urls)], cursor, None)


if __name__ == "__main__":
    asyncio.run(main())
