"""The flusher: runs the hub's flushes on the event loop, no oftener than the configuration says."""

import asyncio
from collections.abc import Callable, Iterator

import structlog

from ticker.hub import Hub

TRIM_SECONDS = 1.0
"""Seconds between two trims of the log."""
LEAST_REST = 0.25
"""How long the loop is left to all others after a flush, as a share of what the flush took."""
log = structlog.get_logger()


class Flusher:
    """Drives a hub with plain callbacks: no task waits for an event.

    The first event after a quiet moment is flushed at once. Under load flushes are `flush_interval` apart, and what a
    flush took stretches the gap to the next, so that the loop keeps a share for everything else.
    """

    def __init__(self, hub: Hub, clock: Callable[[], float]) -> None:
        self._hub = hub
        self._clock = clock
        self._work: Iterator[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0
        self._timers: list[asyncio.TimerHandle] = []
        self._began = 0.0
        self._not_before = 0.0
        self._is_stopped = True
        self.took = 0.0
        """Seconds that the last flush took."""

    def start(self) -> None:
        """Begin, on the running loop."""
        self._is_stopped = False
        self._every(TRIM_SECONDS, self._hub.log.trim)
        self._every(self._hub.config.heartbeat_seconds, self._beat)
        self.wake()

    def stop(self) -> None:
        """Flush no more."""
        self._is_stopped = True
        for timer in (*self._timers, *([self._timer] if self._timer else [])):
            timer.cancel()

    def wake(self) -> None:
        """There may be something to flush."""
        if self._is_stopped or self._work is not None:
            return
        now = self._clock()
        due = self._hub.next_flush(now)
        if due is None:
            return
        due = max(due, self._not_before)
        if self._timer is not None:
            if self._timer_due <= due:
                return
            self._timer.cancel()
        self._timer_due = due
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - now), self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._began = self._clock()
        self._work = self._hub.flush()
        self._continue()

    def _continue(self) -> None:
        try:
            is_done = self._work is None or next(self._work, self) is self
        except Exception:
            log.exception("flush failed")
            is_done = True
        if is_done:
            # uvloop writes at the end of an iteration: the last slice is over when the next one begins.
            asyncio.get_running_loop().call_soon(self._finish)
        else:
            asyncio.get_running_loop().call_soon(self._continue)

    def _finish(self) -> None:
        self._work = None
        now = self._clock()
        self.took = took = now - self._began
        self._hub.counts.flush_seconds.observe(took)
        self._not_before = now + max(self._hub.config.flush_interval - took, took * LEAST_REST)
        self.wake()

    def _beat(self) -> None:
        self._drain(self._hub.heartbeat())

    def _drain(self, work: Iterator[None]) -> None:
        if next(work, self) is not self:
            asyncio.get_running_loop().call_soon(self._drain, work)

    def _every(self, seconds: float, call: Callable[[], None]) -> None:
        """Call again and again, and never stop because one call failed."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._timers.remove(timer)
            if self._is_stopped:
                return
            try:
                call()
            except Exception:
                log.exception("periodic work failed", call=call.__qualname__)
            self._every(seconds, call)

        timer = loop.call_later(seconds, run)
        self._timers.append(timer)
