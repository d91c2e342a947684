"""What `/metrics` says, against what happened."""

import asyncio

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.web.conftest import Served
from tests.wire import open_socket, open_stream
from ticker import __version__

Samples = dict[tuple[str, str], float]
"""By name, and by the value of its label where it has one."""


async def scrape(served: Served) -> Samples:
    async with aiohttp.ClientSession() as client, client.get(f"{served.admin}/metrics") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        text = await answer.text()
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_readers_writes_and_deliveries_are_counted(served: Served) -> None:
    streams = [await open_stream(served.address, "trades=AAPL&mode=every&interval=0") for _ in range(2)]
    for stream in streams:
        await stream.until("snapshot")
    socket = await open_socket(served.address)
    socket.send({"action": "subscribe", "trades": ["AAPL"]})
    await socket.until("subscription")
    for number in range(3):
        await served.trade("AAPL", number)
        for connection in (*streams, socket):
            await connection.until("events")
    found = await scrape(served)
    readers = {transport: found["ticker_readers", transport] for transport in ("sse", "websocket", "poll")}
    assert readers == {"sse": 2, "websocket": 1, "poll": 0}
    assert found["ticker_writes_total", ""] == 2 + 3 * 3
    assert found["ticker_deliveries_total", ""] == 3 * 3
    assert found["ticker_kafka_lag_seconds_count", ""] == found["ticker_event_lag_seconds_count", ""] == 3
    assert found["ticker_event_lag_seconds_bucket", "60.0"] == 0, "they happened in 2021"
    assert found["ticker_flush_seconds_count", ""] >= 4
    assert found["ticker_log_entries", ""] == 3
    assert found["ticker_log_keys", "trades"] == 1
    assert found["ticker_log_bytes", ""] > 100
    assert found["ticker_feed_live", "trades"] == 1
    assert found["ticker_build_info", __version__] == 1
    for connection in (*streams, socket):
        connection.cut()


async def test_a_poll_that_waits_is_a_reader(served: Served) -> None:
    async with aiohttp.ClientSession() as client:
        first = await (await client.get(f"{served.address}/v1/poll?trades=AAPL")).json()
        waiting = asyncio.ensure_future(
            client.get(f"{served.address}/v1/poll?trades=AAPL&wait=20&cursor={first['cursor']}")
        )
        async with asyncio.timeout(10):
            while (await scrape(served))["ticker_readers", "poll"] != 1:
                await asyncio.sleep(0.01)
        await served.trade("AAPL", 1)
        assert len((await (await waiting).json())["events"]) == 1
    assert (await scrape(served))["ticker_readers", "poll"] == 0


async def test_resumes_are_counted_by_what_became_of_them(served: Served) -> None:
    query = "trades=AAPL&mode=every&interval=0"
    stream = await open_stream(served.address, query)
    cursor = (await stream.until("snapshot")).cursor
    assert cursor
    stream.cut()
    await served.trade("AAPL", 1)
    back = await open_stream(served.address, query, cursor)
    await back.until("events")
    lost = await open_stream(served.address, query, "no cursor")
    await lost.until("reset")
    found = await scrape(served)
    outcomes = {outcome: found["ticker_resumes_total", outcome] for outcome in ("proved", "gap", "reset")}
    assert outcomes == {"proved": 1, "gap": 0, "reset": 1}
    assert found["ticker_catch_up_bytes_total", ""] > 0
    assert found["ticker_catch_up_pending_bytes", ""] >= 0


async def test_what_is_no_event_and_who_is_sent_away_are_counted(served: Served) -> None:
    await served.send("trades", "AAPL", {"T": "t", "S": "AAPL"})
    socket = await open_socket(served.address)
    for _ in range(20):
        socket.send(b"rubbish")
    await socket.until_end()
    found = await scrape(served)
    assert found["ticker_rejected_records_total", "trades"] == 1
    assert found["ticker_rejected_records_total", "quotes"] == 0
    assert found["ticker_disconnects_total", "bad_messages"] == 1
    assert found["ticker_disconnects_total", "slow"] == 0
