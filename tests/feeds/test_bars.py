import json
import random
from contextlib import nullcontext, suppress
from typing import Any

import pytest

from feeds.bars import Bars, Refused
from feeds.event_time import DAY, MINUTE, SECOND, time_at, time_text
from feeds.message import Message
from ticker.events import Cancel, Correction, Trade, canonical

NOON = time_at("2026-01-05T12:00:00Z")


class Stream:
    """A partition's records, as they come."""

    def __init__(self, bars: Bars | None = None) -> None:
        self.bars = bars or Bars()
        self.offset = 0

    def trade(self, at: float, price: float, size: float = 1.0, id_: int | None = None, symbol: str = "A") -> None:
        """A trade so many seconds after noon."""
        time = NOON + round(at * SECOND)
        self._take(Trade(symbol=symbol, price=price, size=size, time=time_text(time), id=id_), max(time, NOON))

    def correct(self, original: int, corrected: int, price: float, size: float, symbol: str = "A") -> None:
        self._take(
            Correction(
                symbol=symbol, original_id=original, corrected_id=corrected, corrected_price=price,
                corrected_size=size, time=time_text(self.bars.clock),
            ),
            self.bars.clock,
        )  # fmt: skip

    def cancel(self, id_: int, symbol: str = "A") -> None:
        self._take(Cancel(symbol=symbol, id=id_, time=time_text(self.bars.clock)), self.bars.clock)

    def published(self) -> list[tuple[str, str, str, tuple[float, ...]]]:
        """What is to be published: the kind, the symbol, the minute or day, and o, h, l, c, v, n, vw."""
        return [said(message) for message in self.bars.drain()]

    def _take(self, event: Trade | Correction | Cancel, appended: int) -> None:
        self.offset += 1
        self.bars.take(self.offset, appended, event)


def said(message: Message) -> tuple[str, str, str, tuple[float, ...]]:
    assert message.value is not None
    assert canonical(message.kind, message.key, message.value) == message.value
    event: dict[str, Any] = json.loads(message.value)
    return (
        message.kind,
        message.key,
        event["t"][11:16],
        tuple(event[name] for name in ("o", "h", "l", "c", "v", "n", "vw")),
    )


def test_a_minute_is_published_when_a_newer_trade_ends_it() -> None:
    stream = Stream()
    stream.trade(1, 10)
    stream.trade(59.999999999, 12, 3)
    stream.trade(30, 9)
    assert stream.published() == []
    stream.trade(60, 11, symbol="B")
    assert stream.published() == [
        ("bars", "A", "12:00", (10, 12, 9, 12, 5, 3, 11)),
        ("daily_bars", "A", "00:00", (10, 12, 9, 12, 5, 3, 11)),
    ]
    stream.trade(180, 8)
    assert stream.published() == [
        ("bars", "B", "12:01", (11, 11, 11, 11, 1, 1, 11)),
        ("daily_bars", "B", "00:00", (11, 11, 11, 11, 1, 1, 11)),
    ]


def test_open_and_close_are_by_time_and_then_by_offset() -> None:
    stream = Stream()
    for at, price in ((20, 1), (10, 2), (10, 3), (20, 4)):
        stream.trade(at, price)
    stream.trade(60, 9)
    assert stream.published()[0] == ("bars", "A", "12:00", (2, 4, 1, 4, 4, 4, 2.5))


def test_a_late_trade_updates_its_minute_and_the_day() -> None:
    stream = Stream()
    stream.trade(10, 10)
    stream.trade(70, 20)
    stream.trade(130, 30)
    stream.published()
    stream.trade(5, 1, 2)
    # One of a minute without a trade is late as well: nothing was published when it was over.
    stream.trade(-30, 7)
    assert stream.published() == [
        ("updated_bars", "A", "12:00", (1, 10, 1, 10, 3, 2, 4)),
        ("updated_bars", "A", "11:59", (7, 7, 7, 7, 1, 1, 7)),
        ("daily_bars", "A", "00:00", (7, 20, 1, 20, 5, 4, 7.8)),
    ]
    assert stream.published() == []


def test_a_bar_is_as_it_was_when_its_minute_ended_though_it_changed_at_once() -> None:
    stream = Stream()
    stream.trade(10, 10, id_=1)
    stream.trade(60, 20)
    stream.trade(11, 12)
    stream.correct(1, 2, 11, 1)
    assert stream.published() == [
        ("bars", "A", "12:00", (10, 10, 10, 10, 1, 1, 10)),
        ("updated_bars", "A", "12:00", (11, 12, 11, 12, 2, 2, 11.5)),
        ("daily_bars", "A", "00:00", (11, 12, 11, 12, 2, 2, 11.5)),
    ]


def test_corrections_and_cancels_go_by_id_and_keep_the_time() -> None:
    stream = Stream()
    for id_, (at, price) in enumerate(((1, 10), (2, 50), (3, 5), (4, 20))):
        stream.trade(at, price, id_=id_)
    stream.correct(3, 13, 21, 2)
    stream.cancel(1)
    stream.trade(60, 9)
    assert stream.published()[0] == ("bars", "A", "12:00", (10, 21, 5, 21, 4, 3, 14.25))
    stream.cancel(2)
    stream.correct(13, 14, 22, 1)
    assert stream.published() == [
        ("updated_bars", "A", "12:00", (10, 22, 10, 22, 2, 2, 16)),
        ("daily_bars", "A", "00:00", (10, 22, 10, 22, 2, 2, 16)),
    ]
    # Each can be taken back once, and by its newest id.
    for id_ in (1, 3, 13):
        with pytest.raises(Refused, match=f"no trade of A with the id {id_} is held"):
            stream.cancel(id_)
    with pytest.raises(Refused, match="no trade of B with the id 14 is held"):
        stream.cancel(14, symbol="B")
    assert stream.published() == []


def test_a_minute_without_trades_left_keeps_its_prices_and_counts_none() -> None:
    stream = Stream()
    stream.trade(1, 10, 2, id_=1)
    stream.trade(2, 12, 1, id_=2)
    stream.trade(60, 9)
    stream.published()
    stream.cancel(1)
    stream.cancel(2)
    assert stream.published() == [
        ("updated_bars", "A", "12:00", (12, 12, 12, 12, 0, 0, 12)),
        ("daily_bars", "A", "00:00", (12, 12, 12, 12, 0, 0, 12)),
    ]
    stream.trade(120, 9)
    assert stream.published()[-1] == ("daily_bars", "A", "00:00", (9, 9, 9, 9, 1, 1, 9))


def test_a_minute_whose_trades_were_all_cancelled_before_its_end_is_not_published() -> None:
    stream = Stream()
    stream.trade(1, 10, id_=1)
    stream.cancel(1)
    stream.trade(60, 9)
    assert stream.published() == []


def test_days_are_utc_and_held_for_ten_minutes_after_their_end() -> None:
    stream = Stream()
    midnight = 43_200
    stream.trade(midnight - 30, 10, id_=1)
    stream.trade(midnight, 20)
    assert stream.published() == [
        ("bars", "A", "23:59", (10, 10, 10, 10, 1, 1, 10)),
        ("daily_bars", "A", "00:00", (10, 10, 10, 10, 1, 1, 10)),
    ]
    assert stream.bars.first == 1
    stream.trade(midnight + 599, 21)
    stream.published()
    stream.trade(midnight - 90, 8)
    stream.cancel(1)
    # What was due of the day is published before the day is forgotten.
    stream.trade(midnight + 600, 22)
    assert stream.published() == [
        ("bars", "A", "00:09", (21, 21, 21, 21, 1, 1, 21)),
        ("updated_bars", "A", "23:58", (8, 8, 8, 8, 1, 1, 8)),
        ("updated_bars", "A", "23:59", (10, 10, 10, 10, 0, 0, 10)),
        ("daily_bars", "A", "00:00", (8, 8, 8, 8, 1, 1, 8)),
        ("daily_bars", "A", "00:00", (20, 21, 20, 21, 2, 2, 20.5)),
    ]
    assert stream.bars.first == 2
    with pytest.raises(Refused, match="that day is over"):
        stream.trade(midnight - 1, 8)


def test_a_trade_from_the_future_moves_no_clock() -> None:
    bars = Bars()
    bars.take(1, NOON, Trade(symbol="A", price=1, size=1, time=time_text(NOON + 10 * SECOND)))
    with pytest.raises(Refused, match="it can't be so new"):
        bars.take(2, NOON, Trade(symbol="A", price=1, size=1, time=time_text(NOON + 10 * SECOND + 1)))
    assert bars.clock == NOON + 10 * SECOND


def test_only_so_many_trades_are_held_and_the_oldest_minutes_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.bars.HELD_TRADES", 3)
    stream = Stream()
    for id_, at in enumerate((1, 2, 61, 62)):
        stream.trade(at, 10 + id_, id_=id_)
    stream.trade(120, 1)
    stream.published()
    with pytest.raises(Refused, match="with the id 1 is held: it is unknown, taken back or too old"):
        stream.cancel(1)
    # Their bar still takes late trades, and the younger minute's trades are there.
    stream.trade(3, 30)
    stream.cancel(2)
    assert stream.published()[:2] == [
        ("updated_bars", "A", "12:00", (10, 30, 10, 30, 3, 3, 17)),
        ("updated_bars", "A", "12:01", (13, 13, 13, 13, 1, 1, 13)),
    ]


def test_whoever_reads_the_days_held_again_goes_on_as_if_nothing_had_been() -> None:
    records = random_records(3000)
    whole = Bars()
    published, places = [], []
    for offset, record in enumerate(records):
        whole.take(offset, *record)
        published.append(whole.drain())
        places.append((whole.clock, whole.first))
    compared = 0
    for cut in range(100, len(records), 290):
        clock, first = places[cut]
        assert first is not None
        again = Bars(clock)
        for offset in range(first, cut + 1):
            # Of a day that is held no longer, nothing is known.
            with suppress(Refused) if first else nullcontext():
                again.take(offset, *records[offset])
        again.forget_due()
        for offset in range(cut + 1, len(records)):
            again.take(offset, *records[offset])
            assert again.drain() == published[offset]
            compared += len(published[offset])
    assert compared > 1000
    assert {first == 0 for _, first in places} == {True, False}, "no day was forgotten"


def random_records(count: int) -> list[tuple[int, Trade | Correction | Cancel]]:
    """An hour around midnight: when each was appended, and what it is."""
    chance = random.Random(5)
    records: list[tuple[int, Trade | Correction | Cancel]] = []
    ids: list[int] = []
    for number in range(count):
        now = NOON + DAY // 2 - 30 * MINUTE + number * 1_200_000_000
        time = time_text(now - chance.choice((0, 0, 0, 150)) * SECOND)
        price, size = chance.randint(1, 999) / 10, chance.randint(1, 9) / 10
        what = chance.random()
        if what < 0.1 and ids:
            records.append((now, Cancel(symbol="A", id=ids.pop(chance.randrange(len(ids))), time=time)))
        elif what < 0.2 and ids:
            known = ids.pop(chance.randrange(len(ids)))
            event = Correction(
                symbol="A",
                original_id=known,
                corrected_id=number,
                corrected_price=price,
                corrected_size=size,
                time=time,
            )
            records.append((now, event))
            ids.append(number)
        else:
            records.append((now, Trade(symbol="A", price=price, size=size, time=time, id=number)))
            ids = [*ids[-50:], number]
    return records
