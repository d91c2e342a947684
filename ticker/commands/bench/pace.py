"""The pace of the bench's feed: events when they are due, or as fast as a server takes them."""

import time
from collections.abc import Awaitable, Callable, Sequence

from ticker.commands.bench.quotes import QuoteMaker

TICK_SECONDS = 0.002
"""How far apart the looks at the clock are; an event is late by no more."""
Made = tuple[str, bytes]


async def run_feed(
    symbols: Sequence[str],
    rate: int | None,
    send: Callable[[list[Made]], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Send events for ever, `rate` a second; at rate 0 the next as soon as the last has been sent to all.

    Without a rate, send one event of each symbol and then no more.
    """
    maker = QuoteMaker(symbols)
    began = time.time()
    if rate is None:
        await send([maker.make(number, began) for number in range(len(symbols))])
        return
    number = 0
    while True:
        if rate == 0:
            await send([maker.make(number, time.time())])
            number += 1
            await sleep(0)
            continue
        due = int((time.time() - began) * rate)
        if due > number:
            await send([maker.make(n, began + (n + 1) / rate) for n in range(number, due)])
            number = due
        await sleep(TICK_SECONDS)
