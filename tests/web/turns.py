"""How often others have their turn on the event loop while something is at work."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Result = TypeVar("Result")


async def turns_during(work: Awaitable[Result]) -> tuple[Result, int]:
    """What comes of the work, and how many turns others had meanwhile."""
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(take_turns())
    try:
        return await work, turns
    finally:
        counting.cancel()
