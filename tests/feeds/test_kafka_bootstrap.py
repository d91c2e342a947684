from random import Random

from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from feeds.kafka_bootstrap import by_time


def record(partition: int, offset: int, timestamp: int) -> ConsumerRecord:
    return ConsumerRecord("topic", partition, offset, timestamp, 1, b"key", b"value", None, 3, 5, ())


@given(st.lists(st.lists(st.integers(1, 100), max_size=10), max_size=4), st.randoms(use_true_random=False))
def test_by_time_and_per_partition_by_offset(times: list[list[int]], shuffling: Random) -> None:
    records = [
        record(partition, offset, timestamp)
        for partition, of_one in enumerate(times)
        for offset, timestamp in enumerate(of_one)
    ]
    shuffling.shuffle(records)
    ordered = by_time(list(records))
    assert len(ordered) == len(records)
    for partition, of_one in enumerate(times):
        assert [found.offset for found in ordered if found.partition == partition] == list(range(len(of_one)))
    if all(of_one == sorted(of_one) for of_one in times):
        assert [found.timestamp for found in ordered] == sorted(found.timestamp for found in records)
