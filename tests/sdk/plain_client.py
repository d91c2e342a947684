"""Plain `websockets` as a process: it says what it is told to say, and comes back whenever its connection ends.

`python plain_client.py URL`. Reads lines of JSON, `{"do": "send", "text": "…"}`, and prints lines: what it heard, and
how each connection ended.
"""

import asyncio
import json
import sys
import threading
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

sockets: list[ClientConnection] = []


def say(**what: Any) -> None:
    # In one piece: two threads speak here.
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def obey(loop: asyncio.AbstractEventLoop) -> None:
    for line in sys.stdin:
        told = json.loads(line)
        asyncio.run_coroutine_threadsafe(sockets[-1].send(told["text"]), loop).result()
        say(done=told["do"])


async def main() -> None:
    threading.Thread(target=obey, args=(asyncio.get_running_loop(),), daemon=True).start()
    async for socket in connect(sys.argv[1]):
        sockets.append(socket)
        try:
            async for message in socket:
                for event in json.loads(message):
                    say(heard=event)
        except ConnectionClosed as error:
            say(closed=error.rcvd.code if error.rcvd else None, reason=error.rcvd.reason if error.rcvd else None)


if __name__ == "__main__":
    asyncio.run(main())
