"""Pauses: long answers let the event loop breathe, as the hub's flushes do."""

import asyncio
import time


class Pause:
    """Counts how long the event loop has been held up."""

    __slots__ = ("_began", "_seconds")

    def __init__(self, seconds: float) -> None:
        """The loop is held up for about `seconds` at a time."""
        self._seconds = seconds
        self._began = time.monotonic()

    async def when_due(self) -> None:
        """Let all others have their turn, if it is time to."""
        if time.monotonic() - self._began >= self._seconds:
            await asyncio.sleep(0)
            self._began = time.monotonic()
