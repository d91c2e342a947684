"""What the load makes of what its clients read."""

import msgspec
import pytest

from ticker.commands.bench.connections import Connection
from ticker.commands.bench.quotes import QUOTE_BYTES, QuoteMaker
from ticker.commands.bench.recorder import Recorder
from web.forms import MSGPACK, pack

BEGAN = 1_800_000_000.0


def connection() -> Connection:
    made = Connection(b"", ())
    made.socket.close()
    return made


def message(*dues: float) -> bytes:
    maker = QuoteMaker(["B000"])
    return b"data: [%b]\n\n" % b",".join(maker.make(number, due)[1] for number, due in enumerate(dues))


def test_quotes_are_of_the_size_that_is_said() -> None:
    maker = QuoteMaker([f"B{number:03}" for number in range(500)])
    assert {len(maker.make(number, BEGAN + number / 7)[1]) for number in range(20_000)} == {QUOTE_BYTES}


@pytest.mark.parametrize("cut", range(0, 280, 7))
def test_an_event_that_is_cut_by_a_read_counts_once(cut: int) -> None:
    recorder, client = Recorder(), connection()
    data = message(BEGAN + 1, BEGAN + 2)
    if cut:
        recorder.record(client, data[:cut], BEGAN + 2.5)
    recorder.record(client, data[cut:], BEGAN + 2.5)
    figures = recorder.figures(BEGAN, BEGAN + 10)
    assert figures.events == 2
    assert figures.bytes == len(data)
    assert dict(figures.latency) == {5000: 1, 15000: 1}


def test_events_count_by_when_they_were_due() -> None:
    recorder, clients = Recorder(), [connection() for _ in range(3)]
    for client in clients:
        recorder.record(client, message(BEGAN + 0.5, BEGAN + 1.5, BEGAN + 2.5), BEGAN + 3)
    figures = recorder.figures(BEGAN + 1, BEGAN + 2)
    assert figures.events == 3
    assert figures.percentile(1.0) == 1.5
    assert figures.reads == 0


def test_a_minute_later_is_no_minute_early() -> None:
    recorder = Recorder()
    recorder.record(connection(), message(BEGAN + 59.9), BEGAN + 60.1)
    assert recorder.figures(BEGAN, BEGAN + 60).percentile(0.5) == pytest.approx(0.2, abs=2e-4)


def test_a_heartbeat_is_no_event() -> None:
    recorder = Recorder()
    recorder.record(connection(), b'event: heartbeat\ndata: {"t":"2026-11-24T09:00:00.123Z","feeds":{}}\n\n', BEGAN)
    assert recorder.figures(BEGAN - 60, BEGAN + 60).events == 0


@pytest.mark.parametrize("cut", range(0, 147, 7))
def test_events_in_msgpack_count_once_too(cut: int) -> None:
    recorder, client = Recorder(is_msgpack=True), connection()
    maker = QuoteMaker(["B000"])
    events = [pack(msgspec.json.decode(maker.make(number, BEGAN + number)[1])) for number in (1, 2)]
    data = MSGPACK.events(events)
    assert len(data) > 147
    if cut:
        recorder.record(client, data[:cut], BEGAN + 2.5)
    recorder.record(client, data[cut:], BEGAN + 2.5)
    figures = recorder.figures(BEGAN, BEGAN + 10)
    assert (figures.events, figures.messages) == (2, 1) if not cut else figures.events == 2
    assert dict(figures.latency) == {5000: 1, 15000: 1}
