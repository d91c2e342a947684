import logging

import pytest

from feeds.log_limit import LINES_A_SECOND, LogLimit


def test_lines_beyond_the_limit_are_held_back_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("feeds.log_limit.time.monotonic", lambda: now)
    limit = LogLimit()

    def passes(text: str) -> str | None:
        record = logging.LogRecord("aiokafka", logging.ERROR, "f", 1, text, None, None)
        return str(record.msg) if limit.filter(record) else None

    assert [passes("a") for _ in range(LINES_A_SECOND + 3)] == ["a"] * LINES_A_SECOND + [None] * 3
    assert passes("b") == "b"
    now += 1
    assert passes("a") == "a (and 3 more like it)"
    assert passes("a") == "a"
