"""A trading client on plain `websockets`, as a process: it keeps its cursor, and comes back whenever it is cut off.

`python websockets_client.py URL URL …` connects to one address after the other, resumes, and prints each trade whose
cursor has come.
"""

import asyncio
import json
import sys
from itertools import cycle
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


async def read(url: str, cursor: str) -> str:
    """Read until cut off; the cursor then."""
    waiting: list[dict[str, Any]] = []
    try:
        async with connect(url, max_size=2**20) as socket:
            await socket.send(json.dumps({"action": "subscribe", "trades": ["*"], "cursor": cursor}))
            async for message in socket:
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
    except (OSError, EOFError, WebSocketException) as error:
        say(cut=type(error).__name__)
    return cursor


async def main() -> None:
    cursor = ""
    for url in cycle(sys.argv[1:]):
        cursor = await read(url, cursor)


if __name__ == "__main__":
    asyncio.run(main())
