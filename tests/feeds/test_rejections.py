from structlog.testing import capture_logs

from feeds.rejections import LINES_A_SECOND, LONGEST_ERROR, Rejections


def test_all_are_counted_and_some_are_named() -> None:
    now = 0.0
    rejections = Rejections(lambda: now)
    with capture_logs() as lines:
        for offset in range(100):
            rejections.add("trades", ValueError("x" * 1000), topic="ticker.trades", partition=1, offset=offset)
        now = 1.0
        rejections.add("quotes", KeyError("unforeseen"), topic="ticker.quotes", partition=0, offset=7)
    assert rejections.counts == {"trades": 100, "quotes": 1}
    assert [line["offset"] for line in lines] == [*range(LINES_A_SECOND), 7]
    assert lines[0] == {
        "event": "record skipped",
        "log_level": "warning",
        "topic": "ticker.trades",
        "partition": 1,
        "offset": 0,
        "error": "x" * LONGEST_ERROR,
        "unnamed_before": 0,
        "exc_info": None,
    }
    assert lines[-1]["unnamed_before"] == 100 - LINES_A_SECOND
    assert isinstance(lines[-1]["exc_info"], KeyError)
