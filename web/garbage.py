"""Garbage: Python's collector is kept from looking, again and again, through what lives as long as a connection.

A look through all objects of 10,000 connections halts the node for 0.1 s. What is frozen is passed over, and is freed
as ever when nothing refers to it; only rings among it would stay. So it is frozen when readers have come, and looked
through when half of them have gone: no more can stay than what was there at a time.
"""

import asyncio
import gc
from collections.abc import Callable

LOOK_SECONDS = 1.0
"""Between two looks at how many readers there are."""
_GROWTH = 1.1
_FEW = 100
"""Readers that are not worth a freeze."""


class Garbage:
    """The collector of one process."""

    def __init__(self, readers: Callable[[], int]) -> None:
        """`readers` says how many there are."""
        self._readers = readers
        self._timer: asyncio.TimerHandle | None = None
        self.frozen_with = 0
        """How many readers there were when all was frozen last."""

    def start(self) -> None:
        """Freeze what is there already: modules, settings, templates."""
        gc.freeze()
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._go_on)

    def stop(self) -> None:
        """Let the collector do as it likes again."""
        if self._timer is not None:
            self._timer.cancel()
        gc.unfreeze()

    def _go_on(self) -> None:
        self.look()
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._go_on)

    def look(self) -> None:
        """Freeze what has come, or look through all where much has gone."""
        readers = self._readers()
        if readers > self.frozen_with * _GROWTH + _FEW:
            # What is young may be the garbage of a handshake.
            gc.collect(1)
            gc.freeze()
            self.frozen_with = readers
        elif readers < self.frozen_with / 2:
            self._clear()

    def _clear(self) -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self.frozen_with = self._readers()
