"""Sorting more lines than memory should hold."""

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import IO

_DIGITS = 20
"""Of a number on disk: enough for 64 bits."""


class SortedLines:
    """Lines, each with a number to sort it by. Those of one number stay in the order they came in.

    `most_in_memory` lines are held at a time; the rest waits, sorted, in nameless temporary files, one for so many
    lines.
    """

    def __init__(self, folder: Path, most_in_memory: int) -> None:
        """`folder` is where the temporary files are."""
        self._folder = folder
        self._most = most_in_memory
        self._held: list[tuple[int, bytes]] = []
        self._runs: list[IO[bytes]] = []
        self._files = ExitStack()

    def add(self, number: int, line: bytes) -> None:
        """Take in a line that ends in its only newline; the number is not negative. Raises OSError on a full disk."""
        self._held.append((number, line))
        if len(self._held) == self._most:
            run = self._files.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 (the stack closes it)
            run.writelines(b"%0*d%b" % (_DIGITS, *numbered) for numbered in self._in_order())
            self._runs.append(run)
            self._held = []

    def __iter__(self) -> Iterator[bytes]:
        """All lines in order."""
        runs: list[Iterable[tuple[int, bytes]]] = [_numbered(run) for run in self._runs]
        return (line for _, line in heapq.merge(*chain(runs, [self._in_order()]), key=itemgetter(0)))

    def close(self) -> None:
        """Forget all."""
        self._held = []
        self._files.close()

    def _in_order(self) -> list[tuple[int, bytes]]:
        return sorted(self._held, key=itemgetter(0))


def _numbered(run: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    run.seek(0)
    return ((int(line[:_DIGITS]), line[_DIGITS:]) for line in run)
