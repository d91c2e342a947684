from collections.abc import Mapping

from feeds.embedded import PARTITIONS, EmbeddedSource
from feeds.message import Message
from ticker.config import LogConfig
from ticker.feed_status import FeedStatus
from ticker.log import Log
from ticker.subscription import Beginning, begin


class Listening:
    def __init__(self) -> None:
        self.appends = 0

    def appended(self) -> None:
        self.appends += 1

    def interrupted(self, kind: str) -> None:
        raise AssertionError(kind)

    def feeds_changed(self, feeds: Mapping[str, FeedStatus]) -> None:
        raise AssertionError(feeds)


def quote(symbol: str, bid: int) -> Message:
    value = f'{{"T":"q","S":"{symbol}","bp":{bid},"bs":1,"ap":{bid},"as":1,"t":"2021-01-08T00:00:00Z"}}'
    return Message("quotes", symbol, 0, value.encode())


async def test_what_is_sent_is_in_the_log_at_once() -> None:
    log, listening = Log(LogConfig(), lambda: 0.0), Listening()
    source = EmbeddedSource(log, listening)
    await source.start()
    assert source.not_ready() is None
    assert all(feed.live for feed in source.feeds().values())
    symbols = [f"S{number}" for number in range(50)]
    await source.send([quote(symbol, bid) for bid in (1, 2) for symbol in symbols])
    assert listening.appends == 1
    answer = log.since(begin(["quotes/*"], Beginning()), log.seq)
    assert [entry.series.key for entry in answer.entries] == symbols
    assert len({entry.partition for entry in answer.entries}) == PARTITIONS
    await source.send([Message("quotes", "S1", 0, None)])
    assert len(log.since(begin(["quotes/*"], Beginning()), log.seq).entries) == 49


async def test_what_is_no_event_is_skipped_and_counted() -> None:
    log = Log(LogConfig(), lambda: 0.0)
    source = EmbeddedSource(log, Listening())
    await source.send([Message("quotes", "A", 0, b"rubbish"), quote("A", 1), Message("trades", "A", 0, None)])
    assert source.rejections.counts == {"quotes": 1, "trades": 1}
    assert log.seq == 1


async def test_every_start_is_an_epoch_of_its_own() -> None:
    epochs = set()
    for _ in range(2):
        log = Log(LogConfig(), lambda: 0.0)
        EmbeddedSource(log, Listening())
        epochs |= {topic.epoch for topic in log.topics.values()}
    assert len(epochs) == 2
