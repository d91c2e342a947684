"""How ticker's JavaScript client finds what works, and comes back: against a service that does as the test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from tests.web.client_page import SECONDS, Tab
from web.static_files import static_file

OPEN = {"Access-Control-Allow-Origin": "*"}


def message(data: object, name: str = "message", cursor: str = "") -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n{f'id: {cursor}' if cursor else ''}\n\n"


def quote(bid: float) -> dict[str, Any]:
    return {"T": "q", "S": "AAPL", "bp": bid, "bs": 1, "ap": bid + 1, "as": 1, "t": "2021-01-08T00:00:00Z"}


@dataclass
class Stream:
    """How one stream is answered."""

    text: str = ""
    status: int = 200
    stays: bool = False
    """Whether it is left open."""


@dataclass
class Service:
    """What the client talks to."""

    address: str = ""
    streams: list[Stream] = field(default_factory=list)
    """The answers to the streams it opens, one after the other; the last one again and again."""
    polls: list[tuple[int, object]] = field(default_factory=list)
    """The answers to its polls, likewise."""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """The path and the query of each request."""

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(("stream", dict(request.query)))
        answer = self.streams.pop(0) if len(self.streams) > 1 else self.streams[0]
        headers = {**OPEN, "Content-Type": "text/event-stream"}
        response = web.StreamResponse(status=answer.status, headers=headers)
        await response.prepare(request)
        await response.write(answer.text.encode())
        if answer.stays:
            await asyncio.Event().wait()
        return response

    async def poll(self, request: web.Request) -> web.Response:
        self.asked.append(("poll", dict(request.query)))
        status, body = self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]
        if status == 304:
            # One that waits does so for ever.
            if request.query["wait"] != "0":
                await asyncio.Event().wait()
            return web.Response(status=304, headers=OPEN)
        return web.json_response(body, status=status, headers=OPEN)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition():
                await asyncio.sleep(0.05)

    def count(self, path: str) -> int:
        return sum(asked == path for asked, _ in self.asked)

    def cursors(self, path: str) -> list[str | None]:
        return [query.get("cursor") for asked, query in self.asked if asked == path]


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.add_routes([web.get("/v1/stream", service.stream), web.get("/v1/poll", service.poll)])
    app.add_routes([web.get("/static/{path:.+}", static_file)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield service
    await runner.cleanup()


def answer(*events: object, cursor: str) -> tuple[int, object]:
    return 200, {"events": events, "cursor": cursor, "reset": None, "gap": []}


def error(status: int, code: str, text: str) -> tuple[int, object]:
    return status, {"error": {"code": code, "message": text, "hint": ""}}


async def test_a_stream_that_the_browser_gave_up_is_opened_again_at_the_last_cursor(service: Service, tab: Tab) -> None:
    service.streams = [
        Stream(message([quote(1)], cursor="1a.1")),
        Stream(status=503),
        Stream(message([quote(2)], cursor="1a.2"), stays=True),
    ]
    service.polls = [error(503, "not_ready", "not now")]
    await tab.subscribe(service.address, ["quotes/AAPL"])
    await tab.until_event("bp", 2)
    assert service.cursors("stream") == [None, "1a.1", "1a.1"]
    assert await tab.of("bp", "q") == [1, 2]
    assert await tab.state("transport") == "sse"
    said = await tab.got("said")
    assert [one for one in said if one.startswith("reconnecting")]
    assert not any("poll" in one and "live" in one for one in said)


async def test_a_stream_that_falls_silent_is_opened_again(service: Service, tab: Tab) -> None:
    service.streams = [Stream(message([quote(1)], cursor="1a.1"), stays=True), Stream(stays=True)]
    await tab.page.clock.install()
    await tab.subscribe(service.address, ["quotes/AAPL"], transport="sse")
    await tab.until_event("bp", 1)
    await tab.page.clock.run_for(19_000)
    assert await tab.state("connection") == "live"
    await tab.page.clock.run_for(1_500)
    assert await tab.state("connection") == "reconnecting"
    assert service.count("stream") == 1
    await tab.page.clock.run_for(2_000)
    await service.until(lambda: service.count("stream") == 2)
    assert service.cursors("stream") == [None, "1a.1"]


async def test_it_comes_back_less_and_less_often(service: Service, tab: Tab) -> None:
    service.streams = [Stream(status=503)]
    await tab.page.clock.install()
    await tab.subscribe(service.address, ["quotes/AAPL"], transport="sse")
    opened = []
    for _ in range(5):
        await service.until(lambda: service.count("stream") > 0)
        count = service.count("stream")
        for second in range(60):
            await tab.page.wait_for_timeout(20)
            if service.count("stream") > count:
                opened.append(second)
                break
            await tab.page.clock.run_for(1_000)
    assert opened[-1] > opened[1]
    assert max(opened) <= 46


async def test_it_comes_back_when_the_server_said_so(service: Service, tab: Tab) -> None:
    service.streams = [
        Stream(message([quote(1)], cursor="1a.1") + message({"delay": 50}, "shutdown"), stays=True),
        Stream(message({"reason": "overloaded", "delay": 50}, "unavailable"), stays=True),
        Stream(message([quote(2)], cursor="1a.2"), stays=True),
    ]
    service.polls = [(304, None)]
    await tab.subscribe(service.address, ["quotes/AAPL"])
    await tab.until_event("bp", 2)
    assert service.cursors("stream") == [None, "1a.1", "1a.1"]
    assert service.count("poll") == 0


async def test_a_stream_that_is_held_back_gives_way_to_polls_that_wait(service: Service, tab: Tab) -> None:
    service.streams = [Stream(stays=True)]
    service.polls = [answer(quote(1), cursor="1a.1"), answer(quote(2), cursor="1a.2"), (304, None)]
    await tab.subscribe(service.address, ["quotes/AAPL"], share=False)
    await tab.until_event("bp", 2)
    await tab.until_live("long-poll")
    await service.until(lambda: service.count("poll") == 3)
    assert [query["wait"] for path, query in service.asked if path == "poll"] == ["0", "20", "20"]
    assert service.cursors("poll") == [None, "1a.1", "1a.2"]
    # What worked is remembered.
    await tab.page.reload()
    before = service.count("stream")
    await tab.subscribe(service.address, ["quotes/AAPL"], share=False)
    await tab.until_live("long-poll")
    assert service.count("stream") == before == 1


async def test_a_stream_that_is_refused_gives_way_though_the_node_answers(service: Service, tab: Tab) -> None:
    service.streams = [Stream(status=404)]
    service.polls = [answer(quote(1), cursor="1a.1"), answer(quote(2), cursor="1a.2"), (304, None)]
    await tab.subscribe(service.address, ["quotes/AAPL"])
    await tab.until_live("long-poll")
    await tab.until_event("bp", 2)
    # The node was seen to answer, and the stream got a second chance.
    assert [path for path, _ in service.asked[:4]] == ["stream", "poll", "stream", "poll"]


async def test_a_node_that_is_down_is_no_reason_to_give_way(service: Service, tab: Tab) -> None:
    service.streams = [Stream(status=502)]
    service.polls = [error(502, "bad_gateway", "nobody is there")]
    await tab.subscribe(service.address, ["quotes/AAPL"])
    await service.until(lambda: service.count("stream") >= 3)
    service.streams = [Stream(message([quote(1)], cursor="1a.1"), stays=True)]
    await tab.until_event("bp", 1)
    await tab.until_live("sse")


async def test_streams_that_are_cut_again_and_again_give_way(service: Service, tab: Tab) -> None:
    service.streams = [Stream(message([quote(number)], cursor=f"1a.{number}")) for number in range(1, 4)]
    service.polls = [answer(quote(4), cursor="1a.4"), (304, None)]
    await tab.subscribe(service.address, ["quotes/AAPL"])
    await tab.until_event("bp", 4)
    await tab.until_live("long-poll")
    assert service.cursors("stream") == [None, "1a.1", "1a.2"]
    assert await tab.of("bp", "q") == [1, 2, 3, 4]


async def test_a_refusal_is_said(service: Service, tab: Tab) -> None:
    service.streams = [Stream(status=403)]
    service.polls = [error(403, "not_allowed", "not allowed to read quotes/AAPL")]
    await tab.subscribe(service.address, ["quotes/AAPL"])
    await tab.until("ticker.state.problem === 'not allowed to read quotes/AAPL'")
    assert await tab.state("connection") == "connecting"


async def test_a_cursor_that_cannot_be_read_begins_anew(service: Service, tab: Tab) -> None:
    service.polls = [error(400, "invalid_cursor", "unreadable"), answer(quote(1), cursor="1a.1"), (304, None)]
    more = {"cursor": "rubbish", "events": [quote(0)]}
    await tab.subscribe(service.address, ["quotes/AAPL"], more, transport="long-poll")
    await tab.until_event("bp", 1)
    await service.until(lambda: service.count("poll") == 3)
    assert service.cursors("poll") == ["rubbish", None, "1a.1"]
    assert await tab.got("resets") == [["quotes/AAPL"]]


async def test_what_was_reset_in_part_is_told_in_part(service: Service, tab: Tab) -> None:
    reset = message({"reason": "epoch", "channels": ["games/nfl"]}, "reset")
    gap = message({"channels": ["trades/*"]}, "gap")
    service.streams = [
        Stream(message([quote(1)], "snapshot", "1a.1") + reset + gap + message([quote(2)], cursor="1a.2"), stays=True)
    ]
    await tab.subscribe(service.address, ["quotes/AAPL", "games/nfl", "games/nfl.1", "trades/AAPL"])
    await tab.until_event("bp", 2)
    assert await tab.of("bp", "q") == [1, 2]
    assert [sorted(channels) for channels in await tab.got("resets")] == [["games/nfl", "games/nfl.1"]]
    assert await tab.got("gaps") == [["trades/AAPL"]]
