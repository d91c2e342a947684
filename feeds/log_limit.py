"""Bounds the log lines of aiokafka, which writes 3,000 a second about a topic that is gone."""

import asyncio
import logging

LINES_A_SECOND = 5
"""Of one logger and one message; what more there was is summed up when the second is over."""


class LogLimit(logging.Filter):
    """Passes so many lines a second of each message, and then one that says how many there were."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line passes. Outside an event loop, where no second can be waited for, all do."""
        key = (record.name, str(record.msg))
        count = self._counts.get(key, 0) + 1
        if count == 1:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                return True
            loop.call_later(1, self._sum_up, key, record.levelno)
        self._counts[key] = count
        return count <= LINES_A_SECOND

    def _sum_up(self, key: tuple[str, str], level: int) -> None:
        more = self._counts.pop(key) - LINES_A_SECOND
        if more > 0:
            name, template = key
            # Straight to the handlers: a filter looks only at what its own logger is told to log.
            summary = logging.LogRecord(name, level, __file__, 0, "%d more within a second: %s", (more, template), None)
            logging.getLogger(name).callHandlers(summary)


def limit_logs() -> None:
    """Bound the lines of every logger of aiokafka's, once: a filter doesn't reach the loggers below its own."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if f"{name}.".startswith("aiokafka.") and isinstance(logger, logging.Logger):
            for held in [*logger.filters]:
                if isinstance(held, LogLimit):
                    logger.removeFilter(held)
            logger.addFilter(LogLimit())
