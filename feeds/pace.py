"""Pace: messages handed over when they are due."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import aclosing
from itertools import islice

from feeds.message import Message, Sink

GRAIN_SECONDS = 0.01
"""Between two batches, at the least: what falls due within it goes together, at its end."""
MOST_AT_ONCE = 500
"""Messages in a batch. Where more are due, batches follow each other at once."""


async def paced(
    messages: Iterable[Message],
    speed: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncGenerator[list[Message], None]:
    """Batches of messages when they are due by their `at`, `speed` times as fast as they happened; 0 is at once.

    No message comes early. What is due counts from the first message, so that a stall is caught up with and nothing
    drifts. Between two batches other tasks always get their turn. Raises ValueError for a speed below 0, and what the
    messages raise, when all before it is handed over.
    """
    if not (speed >= 0 and math.isfinite(speed)):
        raise ValueError(f"speed {speed}: it is a number of times as fast, or 0 for at once")
    nanosecond = 1e-9 / speed if speed else 0.0
    now = began = clock()
    first: int | None = None
    batch: list[Message] = []
    iterator, failure = iter(messages), None
    while failure is None:
        chunk, failure = await _fetched(iterator)
        if not chunk:
            break
        for message in chunk:
            first = message.at if first is None else first
            due = began + (message.at - first) * nanosecond
            if batch and (due > now or len(batch) == MOST_AT_ONCE):
                yield batch
                batch = []
                if due <= now:
                    await sleep(0)
                    now = clock()
            while due > now:
                await sleep(max(0.0, max(due, now + GRAIN_SECONDS) - clock()))
                now = clock()
            batch.append(message)
    if batch:
        yield batch
    if failure is not None:
        raise failure


async def _fetched(iterator: Iterator[Message]) -> tuple[list[Message], Exception | None]:
    """The next messages, and why there are no more; made in a thread, since a recording is read from a disk."""
    chunk: list[Message] = []
    try:
        await asyncio.to_thread(chunk.extend, islice(iterator, MOST_AT_ONCE))
    except Exception as error:  # noqa: BLE001 (raised when what came before it is handed over)
        return chunk, error
    return chunk, None


async def pump(messages: Iterable[Message], sink: Sink, speed: float) -> int:
    """Send messages when they are due, and wait until they are stored; how many there were.

    Raises what `paced`, the messages and the sink raise.
    """
    count = 0
    async with aclosing(paced(messages, speed)) as batches:
        async for batch in batches:
            await sink.send(batch)
            count += len(batch)
    await sink.flush()
    return count
