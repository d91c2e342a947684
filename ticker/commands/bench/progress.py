"""Progress: what the bench is doing now, and how far it is, on one line of a terminal."""

import sys
import threading
import time
from typing import TextIO

_WIDTH = 30


class Progress:
    """Says nothing where nobody looks: not on a terminal."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._is_shown = stream.isatty()
        self._what = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, what: str) -> None:
        """Something begins."""
        self._what = what
        self.stage("starting", 0.0)

    def stage(self, name: str, seconds: float) -> None:
        """A part of it begins that takes so many seconds; 0 where that isn't known."""
        self._halt()
        if self._is_shown:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._draw, args=(name, seconds, self._stop), daemon=True)
            self._thread.start()

    def end(self) -> None:
        """All is done: clear the line."""
        self._halt()
        if self._is_shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _halt(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _draw(self, name: str, seconds: float, stop: threading.Event) -> None:
        began = time.monotonic()
        while True:
            done = min(1.0, (time.monotonic() - began) / seconds) if seconds else 0.0
            bar = "█" * round(done * _WIDTH)
            self._stream.write(
                f"\r\x1b[K{self._what}: {name} {bar:░<{_WIDTH}}" if seconds else f"\r\x1b[K{self._what}: {name}"
            )
            self._stream.flush()
            if stop.wait(0.25):
                return
