import pytest

from ticker.commands.worker_metrics import merge

ONE = """\
# HELP ticker_readers Readers that are connected.
# TYPE ticker_readers gauge
ticker_readers{transport="sse"} 3
ticker_readers{transport="ws"} 1
# TYPE ticker_lag_seconds gauge
ticker_lag_seconds 0.5
# TYPE ticker_feed_live gauge
ticker_feed_live{kind="quotes"} 1
# TYPE ticker_wait_seconds histogram
ticker_wait_seconds_bucket{le="0.1"} 2
ticker_wait_seconds_bucket{le="+Inf"} 3
ticker_wait_seconds_sum 0.75
ticker_wait_seconds_count 3
# TYPE ticker_events_total counter
ticker_events_total 9007199254740993
"""
OTHER = """\
# TYPE ticker_lag_seconds gauge
ticker_lag_seconds 2.5
# HELP ticker_readers Readers that are connected.
# TYPE ticker_readers gauge
ticker_readers{transport="sse"} 4
# TYPE ticker_feed_live gauge
ticker_feed_live{kind="quotes"} 0
ticker_feed_live{kind="trades"} 1
# TYPE ticker_wait_seconds histogram
ticker_wait_seconds_bucket{le="0.1"} 1
ticker_wait_seconds_bucket{le="+Inf"} 1
ticker_wait_seconds_sum 0.25
ticker_wait_seconds_count 1
# TYPE ticker_events_total counter
ticker_events_total 2 1700000000000
"""
BOTH = """\
# HELP ticker_readers Readers that are connected.
# TYPE ticker_readers gauge
ticker_readers{transport="sse"} 7
ticker_readers{transport="ws"} 1
# TYPE ticker_lag_seconds gauge
ticker_lag_seconds 2.5
# TYPE ticker_feed_live gauge
ticker_feed_live{kind="quotes"} 0
ticker_feed_live{kind="trades"} 1
# TYPE ticker_wait_seconds histogram
ticker_wait_seconds_bucket{le="0.1"} 3
ticker_wait_seconds_bucket{le="+Inf"} 4
ticker_wait_seconds_sum 1.0
ticker_wait_seconds_count 4
# TYPE ticker_events_total counter
ticker_events_total 9007199254740995
"""


def test_two_workers_are_one_node() -> None:
    assert merge([ONE, OTHER]) == BOTH


def test_a_worker_without_metrics_counts_for_nothing() -> None:
    assert merge(["", ONE, ""]) == ONE
    assert merge([]) == ""


def test_labels_may_hold_anything() -> None:
    text = 'a{b="} 1 \\" {",c="d"} 1\n'
    assert merge([text, text]) == 'a{b="} 1 \\" {",c="d"} 2\n'


def test_a_counter_of_seconds_is_summed() -> None:
    text = "# TYPE cpu_seconds counter\ncpu_seconds 1.5\n"
    assert merge([text, text]) == "# TYPE cpu_seconds counter\ncpu_seconds 3.0\n"


@pytest.mark.parametrize("text", ["a", "a b", 'a{b="} 1', "1 1", "a 1 x"])
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a sample|could not convert"):
        merge([text])
