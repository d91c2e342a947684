import asyncio
import json

import aiohttp

from feeds.message import Message
from tests.web.conftest import Served
from tests.wire import SseParser, open_stream


async def test_snapshot_then_live_then_resume(served: Served) -> None:
    await served.quote("AAPL", 1)
    await served.quote("AAPL", 2)
    await served.quote("MSFT", 5)
    first = await open_stream(served.address, "quotes=AAPL&trades=AAPL&mode=every&interval=0")
    snapshot = await first.until("snapshot")
    assert [event["bp"] for event in snapshot.data] == [2]
    assert isinstance(first.parser, SseParser)
    assert first.parser.head is not None
    head = first.parser.head.lower()
    assert b"200 ok" in head
    assert b"text/event-stream" in head
    assert b"chunked" not in head
    assert b"access-control-allow-origin: *" in head
    status = await first.until("status")
    assert status.data["feeds"]["quotes"]["state"] == "live"
    one = await served.trade("AAPL", 10)
    live = await first.until("events")
    assert [event["i"] for event in live.data] == [one]
    first.cut()
    two, three = await served.trade("AAPL", 11), await served.trade("AAPL", 12)
    await served.trade("MSFT", 13)
    again = await open_stream(served.address, "quotes=AAPL&trades=AAPL&mode=every&interval=0", live.cursor)
    missed = await again.until("events")
    assert [event["i"] for event in missed.data] == [two, three]


async def test_header_wins_over_query_and_added_channels_begin(served: Served) -> None:
    await served.quote("AAPL", 1)
    first = await open_stream(served.address, "quotes=AAPL&interval=0")
    old = (await first.until("snapshot")).cursor
    await served.quote("AAPL", 2)
    new = (await first.until("events")).cursor
    first.cut()
    await served.quote("MSFT", 3)
    wider = await open_stream(served.address, f"quotes=AAPL,MSFT&interval=0&cursor={new}&added=quotes/MSFT")
    heard = await wider.until("events")
    assert [(event["S"], event["bp"]) for event in heard.data] == [("MSFT", 3)]
    wider.cut()
    query = f"quotes=AAPL,MSFT&interval=0&cursor={old}&added=quotes/MSFT"
    repeated = await open_stream(served.address, query, heard.cursor)
    assert (await repeated.until("events")).data == []
    await served.quote("AAPL", 4)
    assert [event["bp"] for event in (await repeated.until("events")).data] == [4]


async def test_cursors_that_cannot_be_used_are_reset(served: Served) -> None:
    await served.quote("AAPL", 1)
    other = await open_stream(served.address, "games=nfl")
    of_another = (await other.until("snapshot")).cursor
    other.cut()
    for cursor, reason in (("forged", "cursor"), ("1AAAAAAAA.qAAAAAAA", "channels"), (of_another, "channels")):
        stream = await open_stream(served.address, "quotes=AAPL", cursor)
        assert (await stream.until("reset")).data == {"reason": reason, "channels": ["quotes/AAPL"]}
        assert [event["bp"] for event in (await stream.until("snapshot")).data] == [1]
        stream.cut()


async def test_deletions_are_told(served: Served) -> None:
    await served.quote("AAPL", 1)
    stream = await open_stream(served.address, "quotes=AAPL&interval=0")
    await stream.until("snapshot")
    await served.send("quotes", "AAPL", None)
    assert (await stream.until("events")).data == [{"T": "delete", "kind": "quotes", "key": "AAPL"}]


async def test_bad_requests_are_told_what_would_be_right(served: Served) -> None:
    bad = {
        "": "no channels",
        "qoutes=AAPL": "unknown kind",
        "quotes=AAPL&mode=fast": "mode",
        "quotes=AAPL&interval=-1": "interval",
        "quotes=AAPL&history=501": "history",
        "quotes=AAPL&added=quotes/MSFT": "added",
        "quotes=" + ",".join(f"S{n}" for n in range(1001)): "1000 channels",
    }
    neighbour = await open_stream(served.address, "quotes=AAPL&interval=0")
    await neighbour.until("snapshot")
    async with aiohttp.ClientSession(max_line_size=65_536) as session:
        for query, said in bad.items():
            async with session.get(f"{served.address}/v1/stream?{query}") as response:
                error = (await response.json())["error"]
                assert (response.status, error["code"]) == (400, "invalid_subscription")
                assert said in error["message"] + error["hint"]
    await served.quote("AAPL", 7)
    assert [event["bp"] for event in (await neighbour.until("events")).data] == [7]


async def test_a_thousand_channels_fit_into_a_url(served: Served) -> None:
    await served.quote("S0999", 3)
    stream = await open_stream(served.address, "quotes=" + ",".join(f"S{n:04}" for n in range(1000)))
    assert [event["S"] for event in (await stream.until("snapshot")).data] == ["S0999"]


async def test_a_reader_that_left_is_forgotten(served: Served) -> None:
    stream = await open_stream(served.address, "quotes=AAPL")
    await stream.until("snapshot")
    assert served.node.hub.readers == 1
    stream.cut()
    async with asyncio.timeout(10):
        while served.node.hub.readers:
            await asyncio.sleep(0.01)


async def test_newlines_in_a_producers_json_do_not_break_the_stream(served: Served) -> None:
    stream = await open_stream(served.address, "plays=nfl&interval=0")
    await stream.until("snapshot")
    play = {"T": "play", "id": "nfl.1.1", "game": "nfl.1", "league": "nfl", "t": "2021-01-08T00:00:00Z", "text": "a\nb"}
    await served.source.send([Message("plays", "nfl.1", 0, json.dumps(play, indent=2).encode())])
    assert (await stream.until("events")).data == [play]
