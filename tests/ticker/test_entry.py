import gc

from ticker.config import LogConfig
from ticker.entry import Series
from ticker.log import Log
from ticker.record import Record


def put(log: Log, kind: str, offset: int, value: bytes | None) -> None:
    log.append(Record(kind, 0, offset, "ring", float(offset), value))


def held() -> list[Series]:
    """Every series of the key that is still in memory."""
    gc.collect()
    return [found for found in gc.get_objects() if isinstance(found, Series) and found.key == "ring"]


def test_a_series_that_is_dropped_leaves_no_ring_behind() -> None:
    """The collector doesn't see entries: a series that held some which hold it would stay for ever."""
    log = Log(LogConfig(history_seconds=10, deletion_seconds=10), lambda: 1000.0)
    log.open("quotes", "e", [-1])
    put(log, "quotes", 0, b'{"T":"q","S":"ring","bp":1,"bs":1,"ap":2,"as":1,"t":"2021-01-08T00:00:00Z"}')
    put(log, "quotes", 1, None)
    assert len(held()) == 1
    log.take_recent()
    log.trim()
    assert log.topics["quotes"].series == {}
    assert held() == []
    for kind in ("lost", "closed"):
        log.open("trades", kind, [-1])
        for offset in range(3):
            put(log, "trades", offset, b'{"T":"t","S":"ring","p":1,"s":1,"t":"2021-01-08T00:00:00Z"}')
        assert len(held()) == 1
        log.take_recent()
        if kind == "lost":
            log.lose("trades", 0, 5)
            assert log.topics["trades"].floors == [5]
            log.trim()
        else:
            log.close("trades")
        assert held() == []


def test_who_still_has_a_dropped_series_reads_its_newest() -> None:
    log = Log(LogConfig(), lambda: 0.0)
    log.open("trades", "e", [-1])
    put(log, "trades", 0, b'{"T":"t","S":"ring","p":1,"s":1,"t":"2021-01-08T00:00:00Z"}')
    series = log.topics["trades"].series["ring"]
    newest = series.newest
    log.close("trades")
    last = series.newest
    assert (last.seq, last.offset, last.json, last.is_deletion) == (newest.seq, 0, newest.json, False)
    assert (last.series.kind, last.series.key, last.series.channels) == ("trades", "ring", series.channels)
