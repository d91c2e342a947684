import asyncio
import gc
from collections import Counter
from collections.abc import Iterable
from types import CoroutineType
from typing import Any

import pytest

from tests.web.conftest import Served
from tests.wire import Connection, SocketParser, open_socket


async def subscribed(served: Served, **wanted: Any) -> Connection:
    socket = await open_socket(served.address)
    assert (await socket.until("success")).data["msg"] == "connected"
    socket.send({"action": "subscribe", **wanted})
    await socket.until("subscription")
    return socket


async def error(socket: Connection) -> tuple[int, str]:
    data = (await socket.until("error")).data
    return data["code"], data["msg"]


async def test_login_subscribe_and_events(served: Served) -> None:
    await served.trade("AAPL", 1)
    socket = await open_socket(served.address)
    assert (await socket.until("success")).data["msg"] == "connected"
    socket.send({"action": "auth", "key": "k", "secret": "s"})
    assert (await socket.until("success")).data["msg"] == "authenticated"
    socket.send({"action": "auth", "key": "k", "secret": "s"})
    assert await error(socket) == (403, "already authenticated")
    socket.send({"action": "subscribe", "trades": ["AAPL"], "quotes": ["*"], "games": ["nfl"]})
    said = (await socket.until("subscription")).data
    assert said["trades"] == said["corrections"] == said["cancelErrors"] == ["AAPL"]
    assert (said["quotes"], said["bars"], said["games"]) == (["*"], [], ["nfl"])
    two = await served.trade("AAPL", 2)
    assert [event["i"] for event in (await socket.until("events")).data] == [two]
    socket.send({"action": "unsubscribe", "trades": ["AAPL"], "games": ["nfl"]})
    assert (await socket.until("subscription")).data["trades"] == []
    await served.trade("AAPL", 3)
    await served.quote("MSFT", 4)
    assert [event["T"] for event in (await socket.until("events")).data] == ["q"]


async def test_history_and_snapshot_only_when_asked_for(served: Served) -> None:
    trades = [await served.trade("AAPL", price) for price in range(5)]
    await served.quote("AAPL", 1)
    socket = await subscribed(served, trades=["AAPL"], quotes=["AAPL"], history=3)
    assert [event["i"] for event in (await socket.until("events")).data] == trades[-3:]
    socket = await subscribed(served, trades=["AAPL"], quotes=["AAPL"], snapshot=True)
    assert [event["T"] for event in (await socket.until("events")).data] == ["t", "q"]


async def test_resume_by_cursor_in_every_frame_size(served: Served) -> None:
    socket = await subscribed(served, trades=["*"], cursor="")
    cursor = (await socket.until("cursor")).cursor
    socket.cut()
    sent = [await served.trade(f"S{n % 7}", n) for n in range(2000)]
    again = await subscribed(served, trades=["*"], cursor=cursor)
    got: list[int] = []
    while len(got) < len(sent):
        events = (await again.until("events")).data
        assert len(events) <= 512
        got.extend(event["i"] for event in events)
    assert got == sent
    last = (await again.until("cursor")).cursor
    again.cut()
    third = await subscribed(served, trades=["*"], cursor=last)
    one = await served.trade("S1", 1)
    assert [event["i"] for event in (await third.until("events")).data] == [one]


async def test_adding_a_channel_keeps_the_place_in_the_others(served: Served) -> None:
    socket = await subscribed(served, trades=["AAPL"])
    sent = [await served.trade("AAPL", price) for price in range(3)]
    await served.trade("MSFT", 1)
    socket.send({"action": "subscribe", "trades": ["MSFT"]})
    sent.append(await served.trade("AAPL", 9))
    got: list[int] = []
    while len(got) < len(sent):
        got.extend(event["i"] for event in (await socket.until("events")).data if event["S"] == "AAPL")
    assert got == sent


async def test_bad_messages_are_answered_and_disturb_nobody(served: Served) -> None:
    neighbour = await subscribed(served, quotes=["AAPL"])
    socket = await subscribed(served, quotes=["MSFT"])
    bad: list[tuple[object, int, str]] = [
        (b"{", 1, "not JSON"),
        (b"\xff\xfe\x00rubbish", 2, "not msgpack"),
        ({"action": "dance"}, 1, "unknown action"),
        ([1], 1, "object"),
        ({"action": "subscribe", "qoutes": ["A"]}, 1, "unknown kind"),
        ({"action": "subscribe", "quotes": "A"}, 1, "list"),
        ({"action": "subscribe", "quotes": ["A B"]}, 1, "channel"),
        ({"action": "subscribe", "quotes": ["A"], "mode": "fast"}, 1, "mode"),
        ({"action": "subscribe", "quotes": ["A"], "cursor": "forged"}, 1, "cursor"),
        ({"action": "subscribe", "quotes": ["A"], "history": 501}, 1, "history"),
    ]
    for message, opcode, said in bad:
        socket.send(message, opcode=opcode)
        code, text = await error(socket)
        assert code == 400
        assert said in text
    socket.send({"action": "subscribe", "quotes": [f"S{n}" for n in range(10_000)]})
    assert (await error(socket))[0] == 405
    await served.quote("MSFT", 1)
    assert [event["S"] for event in (await socket.until("events")).data] == ["MSFT"]
    await served.quote("AAPL", 1)
    assert [event["S"] for event in (await neighbour.until("events")).data] == ["AAPL"]


async def test_a_cursor_of_other_channels_is_reset(served: Served) -> None:
    await served.trade("AAPL", 1)
    socket = await subscribed(served, trades=["MSFT"], cursor="")
    cursor = (await socket.until("cursor")).cursor
    again = await subscribed(served, trades=["AAPL"], cursor=cursor)
    assert (await again.until("reset")).data["reason"] == "channels"
    assert len((await again.until("events")).data) == 1


async def test_one_that_asks_for_cursors_later_is_given_fresh_values_after_a_reset(served: Served) -> None:
    socket = await subscribed(served, trades=["AAPL"])
    socket.send({"action": "subscribe", "cursor": ""})
    await socket.until("cursor")
    served.node.log.open("trades", "made again", [-1] * 6)
    one = await served.trade("AAPL", 1)
    served.node.interrupted("trades")
    assert (await socket.until("reset")).data["channels"] == ["trades/AAPL"]
    assert [event["i"] for event in (await socket.until("events")).data] == [one]


async def test_one_who_only_sends_rubbish_is_sent_away(served: Served) -> None:
    socket = await subscribed(served, quotes=["AAPL"])
    for _ in range(20):
        socket.send(b"{")
    await socket.until_end()
    assert isinstance(socket.parser, SocketParser)
    assert socket.parser.closed is not None
    assert socket.parser.closed[0] == 1008
    async with asyncio.timeout(10):
        while served.node.hub.readers:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("settings", [{"hub__heartbeat_seconds": 0.2}])
async def test_heartbeats_carry_feeds_and_place(served: Served, settings: dict[str, object]) -> None:
    del settings
    socket = await subscribed(served, trades=["AAPL"], cursor="", heartbeat=True)
    beat = await socket.until("heartbeat")
    assert beat.data["feeds"]["trades"]["state"] == "live"
    await served.trade("MSFT", 1)
    while (later := (await socket.until("heartbeat")).cursor) == beat.cursor:
        pass
    socket.cut()
    again = await subscribed(served, trades=["AAPL"], cursor=later)
    one = await served.trade("AAPL", 1)
    assert [event["i"] for event in (await again.until("events")).data] == [one]


def coroutines(tasks: Iterable[asyncio.Task[Any]]) -> Counter[str]:
    """How many tasks run each coroutine."""
    running = [task.get_coro() for task in tasks]
    return Counter(coroutine.__qualname__ for coroutine in running if isinstance(coroutine, CoroutineType))


def queues_there_are() -> int:
    gc.collect()
    return sum(isinstance(thing, asyncio.Queue) for thing in gc.get_objects())


@pytest.mark.on_each_loop
async def test_a_reader_has_the_tasks_of_aiohttp_alone_and_no_queue(served: Served) -> None:
    tasks, queues = asyncio.all_tasks(), queues_there_are()
    readers = [await subscribed(served, trades=["AAPL"]) for _ in range(20)]
    assert served.node.hub.readers == 20
    for price in (1, 2):
        one = await served.trade("AAPL", price)
        for reader in readers:
            assert [event["i"] for event in (await reader.until("events")).data] == [one]
        added = asyncio.all_tasks() - tasks
        assert len(added) == 40, "one for each connection and one for its request's handler"
        assert coroutines(added) == {"RequestHandler.start": 20, "RequestHandler._handle_request": 20}
        assert queues_there_are() == queues
