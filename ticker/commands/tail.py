"""`ticker tail`.

Follow a node's events in the terminal: a live table there, JSON lines into a pipe. It resumes where it was cut off.
"""

import argparse
import asyncio
import contextlib
import random
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

import aiohttp
import msgspec
import structlog

from ticker.commands.running import run as run_until_signal
from ticker.commands.tail_message import Message, Refused
from ticker.commands.tail_socket import follow_socket
from ticker.commands.tail_stream import follow_stream

if TYPE_CHECKING:
    from ticker.commands.tail_table import TailTable

QUIET_SECONDS = 40.0
"""A stream that says nothing for so long, not even a heartbeat, is taken for dead."""
log = structlog.get_logger()


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument(
        "url", metavar="URL", help="The node, such as http://127.0.0.1:8000; ws:// reads it over WebSocket."
    )
    parser.add_argument(
        "wanted",
        nargs="+",
        metavar="KIND=NAMES",
        help="What to follow, such as quotes=AAPL,MSFT or 'trades=*' or games=nfl; also mode=every, history=10.",
    )
    parser.add_argument("--json", action="store_true", help="Print JSON lines on a terminal too.")


def run(options: argparse.Namespace) -> int:
    """Follow until interrupted."""
    wanted = [item.partition("=")[::2] for item in options.wanted]
    bad = next((item for item in options.wanted if "=" not in item), None)
    if bad is not None:
        print(f"ticker tail: {bad!r} is not KIND=NAMES: write it like quotes=AAPL,MSFT", file=sys.stderr)
        return 2
    as_table = sys.stdout.isatty() and not options.json and find_spec("rich") is not None
    return run_until_signal(_follow(options.url.rstrip("/"), wanted, as_table=as_table))


def _new_table() -> "TailTable":
    """A table; it needs rich, which is installed with the extra `terminal` alone."""
    from ticker.commands.tail_table import TailTable

    return TailTable()


async def _follow(url: str, wanted: Sequence[tuple[str, str]], *, as_table: bool) -> int:
    follow = follow_socket if url.startswith("ws") else follow_stream
    cursor: str | None = None
    delay = 1.0
    timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=QUIET_SECONDS)
    with contextlib.ExitStack() as stack:
        table = stack.enter_context(_new_table()) if as_table else None
        async with aiohttp.ClientSession(timeout=timeout, read_bufsize=2**20) as session:
            while True:
                try:
                    async for message in follow(session, url, wanted, cursor):
                        cursor = message.id or cursor
                        _show(message, table)
                        delay = 1.0
                except Refused as error:
                    print(f"ticker tail: {error}", file=sys.stderr)
                    return 2
                except (aiohttp.ClientError, TimeoutError, OSError) as error:
                    log.warning("connection lost: resuming", error=str(error) or type(error).__name__)
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 (spreads reconnects)
                delay = min(delay * 2, 15.0)


def _show(message: Message, table: "TailTable | None") -> None:
    if message.name in ("message", "snapshot"):
        events = msgspec.json.decode(message.data, type=list[msgspec.Raw])
        if table is not None:
            table.show([msgspec.json.decode(event) for event in events])
            return
        for event in events:
            sys.stdout.buffer.write(bytes(event) + b"\n")
        sys.stdout.buffer.flush()
    elif message.name in ("reset", "gap", "shutdown", "unavailable", "error"):
        log.warning(message.name, **msgspec.json.decode(message.data, type=dict[str, object]))
