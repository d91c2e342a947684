"""Pace: messages handed over when they are due."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from feeds.message import Message, Sink

GRAIN_SECONDS = 0.01
"""What falls due within it goes together."""
MOST_AT_ONCE = 500
"""Messages in a batch."""


async def paced(
    messages: Iterable[Message],
    speed: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[list[Message]]:
    """Batches of messages when they are due by their `at`, `speed` times as fast as they happened; 0 is at once.

    After a stall it catches up. Between two batches other tasks always get their turn.
    """
    began = clock()
    first: int | None = None
    batch: list[Message] = []
    for message in messages:
        first = message.at if first is None else first
        due = began + (message.at - first) / 1e9 / speed if speed else began
        if batch and (len(batch) == MOST_AT_ONCE or due > clock() + GRAIN_SECONDS):
            yield batch
            batch = []
            await sleep(0)
        if (early := due - clock()) > GRAIN_SECONDS:
            await sleep(early)
        batch.append(message)
    if batch:
        yield batch


async def pump(messages: Iterable[Message], sink: Sink, speed: float) -> int:
    """Send messages when they are due; how many there were."""
    count = 0
    async for batch in paced(messages, speed):
        await sink.send(batch)
        count += len(batch)
    await sink.flush()
    return count
