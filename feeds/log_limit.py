"""Bounds the log lines of libraries: aiokafka writes 3,000 a second about a topic that is gone."""

import logging
import time

LINES_A_SECOND = 5


class LogLimit(logging.Filter):
    """Passes so many lines a second of each message; says how many more there were with the next that passes."""

    def __init__(self) -> None:
        super().__init__()
        self._second: dict[str, tuple[int, int]] = {}
        self._held_back: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line passes."""
        now, template = int(time.monotonic()), str(record.msg)
        second, count = self._second.get(template, (now, 0))
        count = count + 1 if second == now else 1
        self._second[template] = (now, count)
        if count > LINES_A_SECOND:
            self._held_back[template] = self._held_back.get(template, 0) + 1
            return False
        if held_back := self._held_back.pop(template, 0):
            record.msg = f"{template} (and {held_back} more like it)"
        return True


def limit_logs() -> None:
    """Bound the lines of aiokafka, once for the process."""
    for name in ("aiokafka", *(f"aiokafka.{part}" for part in _LOUD)):
        logger = logging.getLogger(name)
        if not any(isinstance(item, LogLimit) for item in logger.filters):
            logger.addFilter(LogLimit())


_LOUD = ("client", "conn", "cluster", "consumer.fetcher", "consumer.consumer", "producer.sender")
"""A logger's filter sees its own lines alone, not those of the loggers below it."""
