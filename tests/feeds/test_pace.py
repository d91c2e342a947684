import asyncio
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice, pairwise

import pytest

from feeds.message import Message
from feeds.pace import GRAIN_SECONDS, MOST_AT_ONCE, paced, pump

SECOND = 1_000_000_000


class FakeTime:
    """A clock that moves while somebody sleeps, or works."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def at(*seconds: float) -> list[Message]:
    return [Message("quotes", "A", round(1e18 + second * SECOND), b"%f" % second) for second in seconds]


def second_of(message: Message) -> float:
    return (message.at - 10**18) / SECOND


async def times(
    messages: Iterable[Message], speed: float, time: FakeTime, work: float = 0.0
) -> list[tuple[float, list[float]]]:
    """When each batch came, and the seconds of its messages; `work` is what the receiver takes for a batch."""
    batches = []
    async for batch in paced(messages, speed, time.clock, time.sleep):
        batches.append((round(time.now - 1000.0, 9), [second_of(message) for message in batch]))
        time.now += work
    return batches


async def test_messages_come_when_they_are_due() -> None:
    assert await times(at(0, 1, 1, 2.5), 1, FakeTime()) == [(0, [0]), (1, [1, 1]), (2.5, [2.5])]


async def test_twice_the_speed_is_half_the_time() -> None:
    assert await times(at(0, 1, 1, 2.5), 2, FakeTime()) == [(0, [0]), (0.5, [1, 1]), (1.25, [2.5])]


async def test_it_counts_from_the_first_message() -> None:
    assert await times(at(70, 71), 1, FakeTime()) == [(0, [70]), (1, [71])]


async def test_what_falls_due_within_a_grain_goes_together_and_never_early() -> None:
    batches = await times(at(0, *(1 + n / 1000 for n in range(25))), 1, FakeTime())
    assert [round(when - 1, 3) for when, _ in batches[1:]] == [0, 0.01, 0.02, 0.03]
    assert [len(batch) for _, batch in batches] == [1, 1, 10, 10, 4]
    assert all(when >= second for when, batch in batches for second in batch)


async def test_at_a_high_rate_batches_stay_a_grain_apart() -> None:
    time = FakeTime()
    batches = await times(at(*(n / 20_000 for n in range(20_000))), 1, time, work=0.002)
    starts = [when for when, _ in batches]
    assert min(later - earlier for earlier, later in pairwise(starts)) >= GRAIN_SECONDS * 0.999
    assert 90 <= len(batches) <= 101
    assert sum(len(batch) for _, batch in batches) == 20_000


async def test_a_stall_is_caught_up_with_and_leaves_no_drift() -> None:
    time = FakeTime()
    batches = []
    async for batch in paced(at(*(n / 10 for n in range(100))), 1, time.clock, time.sleep):
        batches.append((round(time.now - 1000.0, 6), len(batch)))
        if len(batches) == 10:
            time.now += 3.05
    assert batches[9] == (0.9, 1)
    assert batches[10] == (3.95, 30)
    assert batches[11] == (4.0, 1)
    assert batches[-1] == (9.9, 1)


async def test_a_receiver_that_is_always_too_slow_gets_full_batches_and_others_their_turn() -> None:
    time = FakeTime()
    batches = await times(at(*(n / 10_000 for n in range(20_000))), 1, time, work=0.2)
    assert max(len(batch) for _, batch in batches) == MOST_AT_ONCE
    assert sum(len(batch) for _, batch in batches) == 20_000
    assert len(time.sleeps) >= len(batches) - 1


async def test_at_once_is_in_batches_of_500_and_others_get_their_turn() -> None:
    time = FakeTime()
    batches = await times(at(*range(1234)), 0, time)
    assert [(when, len(batch)) for when, batch in batches] == [(0, 500), (0, 500), (0, 234)]
    assert time.sleeps == [0, 0]


async def test_many_at_the_same_moment_are_split() -> None:
    batches = await times(at(*[0] * 1001), 1, FakeTime())
    assert [(when, len(batch)) for when, batch in batches] == [(0, 500), (0, 500), (0, 1)]


async def test_order_and_number_survive() -> None:
    seconds = [n * 0.0037 for n in range(3000)]
    for speed in (0, 0.5, 1, 20):
        batches = await times(at(*seconds), speed, FakeTime(), work=0.001)
        assert [second for _, batch in batches for second in batch] == pytest.approx(seconds, abs=1e-6)


async def test_a_message_older_than_the_first_is_due() -> None:
    assert await times(at(5, 3, 6), 1, FakeTime()) == [(0, [5, 3]), (1, [6])]


async def test_an_endless_feed_is_held_a_chunk_at_a_time() -> None:
    made = 0

    def endless() -> Iterator[Message]:
        nonlocal made
        for second in count():
            made += 1
            yield from at(second)

    batches = paced(endless(), 0, FakeTime().clock, FakeTime().sleep)
    assert len(await anext(batches)) == MOST_AT_ONCE
    assert made <= 2 * MOST_AT_ONCE
    await batches.aclose()


async def test_nothing_gives_nothing() -> None:
    assert await times([], 1, FakeTime()) == []


async def test_what_came_before_an_error_is_handed_over() -> None:
    def failing() -> Iterator[Message]:
        yield from at(0, 1, 2)
        raise ValueError("line 4")

    time = FakeTime()
    batches = paced(failing(), 1, time.clock, time.sleep)
    assert [second_of((await anext(batches))[0]) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="line 4"):
        await anext(batches)


@pytest.mark.parametrize("speed", [-1, math.nan, math.inf])
async def test_a_speed_is_zero_or_above(speed: float) -> None:
    with pytest.raises(ValueError, match="or 0 for at once"):
        await anext(paced(at(0), speed))


class ListSink:
    """A sink that keeps what it gets, or refuses it."""

    def __init__(self, most: int = 10**9) -> None:
        self.batches: list[Sequence[Message]] = []
        self.flushed_at: int | None = None
        self._most = most

    async def send(self, messages: Sequence[Message]) -> None:
        if len(self.batches) == self._most:
            raise OSError("the disk is full")
        self.batches.append(messages)

    async def flush(self) -> None:
        self.flushed_at = len(self.batches)


async def test_a_pump_sends_all_in_order_and_waits_until_it_is_stored() -> None:
    sink, messages = ListSink(), at(*range(1234))
    assert await pump(messages, sink, 0) == 1234
    assert [message for batch in sink.batches for message in batch] == messages
    assert sink.flushed_at == 3


async def test_a_pump_says_what_its_sink_says() -> None:
    sink = ListSink(most=2)
    with pytest.raises(OSError, match="the disk is full"):
        await pump(at(*range(5000)), sink, 0)
    assert sink.flushed_at is None


async def test_a_pump_can_be_cancelled() -> None:
    sink = ListSink()

    def endless() -> Iterator[Message]:
        return (message for second in count() for message in at(second))

    pumping = asyncio.create_task(pump(endless(), sink, 0))
    while len(sink.batches) < 3:
        await asyncio.sleep(0)
    pumping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pumping
    assert [second_of(message) for message in islice(sink.batches[0], 3)] == [0, 1, 2]
