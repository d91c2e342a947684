import asyncio
import time
from typing import Any

import aiohttp

from tests.web.conftest import Served
from tests.wire import poll_once
from ticker.feed_status import FeedStatus
from ticker.timestamp import format_time


async def test_a_short_poll_and_its_tag(served: Served) -> None:
    await served.quote("AAPL", 1)
    await served.trade("AAPL", 5)
    status, heard, headers = await poll_once(served.address, "quotes=AAPL&trades=AAPL")
    assert status == 200
    assert [event["T"] for event in heard[-1].data] == ["q", "t"]
    assert headers["access-control-allow-origin"] == "*"
    tag = {"If-None-Match": headers["etag"]}
    await served.quote("MSFT", 9)
    assert (await poll_once(served.address, "quotes=AAPL&trades=AAPL", tag))[0] == 304
    assert (await poll_once(served.address, "quotes=AAPL&trades=AAPL", {"If-None-Match": "W/" + headers["etag"]}))[
        0
    ] == 304
    assert (await poll_once(served.address, "quotes=AAPL", tag))[0] == 200
    assert (await poll_once(served.address, "quotes=AAPL&trades=AAPL&history=2", tag))[0] == 200
    await served.quote("AAPL", 2)
    status, heard, _ = await poll_once(served.address, "quotes=AAPL&trades=AAPL", tag)
    assert status == 200
    assert [event.get("bp") for event in heard[-1].data] == [None, 2]


async def test_a_node_that_is_behind_never_answers_with_older_values(served: Served) -> None:
    await served.quote("AAPL", 1)
    ahead = served.node.log.position().topics["quotes"]
    _, _, headers = await poll_once(served.address, "quotes=AAPL")
    ends = served.node.log.topics["quotes"].ends
    moved = served.node.log.reached(["quotes/AAPL"]).moved({("quotes", ahead.offsets.index(0)): 5})
    subscription = ".".join(headers["etag"].split(".")[:2])
    tag = f'{subscription}.{moved.topics["quotes"].text}"'
    assert (await poll_once(served.address, "quotes=AAPL", {"If-None-Match": tag}))[0] == 200
    ends[ahead.offsets.index(0)] = 5
    assert (await poll_once(served.address, "quotes=AAPL", {"If-None-Match": tag}))[0] == 304


async def test_a_long_poll_waits_for_events(served: Served) -> None:
    await served.trade("AAPL", 1)
    _, heard, _ = await poll_once(served.address, "trades=AAPL")
    cursor = heard[-1].cursor
    assert (await poll_once(served.address, f"trades=AAPL&cursor={cursor}"))[0] == 304
    waiting = asyncio.create_task(poll_once(served.address, f"trades=AAPL&cursor={cursor}&wait=20"))
    async with asyncio.timeout(10):
        while not served.node.hub.readers:
            await asyncio.sleep(0.01)
    two = await served.trade("AAPL", 2)
    status, heard, _ = await waiting
    assert status == 200
    assert [event["i"] for event in heard[-1].data] == [two]
    prefer = {"Prefer": "wait=1"}
    assert (await poll_once(served.address, f"trades=AAPL&cursor={heard[-1].cursor}", prefer))[0] == 304
    assert served.node.hub.readers == 0


async def test_cursors_that_cannot_be_used(served: Served) -> None:
    await served.trade("AAPL", 1)
    status, heard, _ = await poll_once(served.address, "trades=AAPL&cursor=forged")
    assert (status, heard[0].data["code"]) == (400, "invalid_cursor")
    _, other, _ = await poll_once(served.address, "trades=MSFT")
    status, heard, _ = await poll_once(served.address, f"trades=AAPL&cursor={other[-1].cursor}")
    assert status == 200
    assert heard[0].data == {"reason": "channels", "channels": ["trades/AAPL"]}
    assert len(heard[1].data) == 1


async def test_bad_requests(served: Served) -> None:
    for query in ("", "nothing=AAPL", "quotes=AAPL&wait=soon", "quotes=" + ",".join(f"S{n}" for n in range(1001))):
        status, heard, _ = await poll_once(served.address, query)
        assert status == 400
        assert set(heard[0].data) == {"code", "message", "hint"}


async def test_a_page_of_another_origin_may_send_the_tag(served: Served) -> None:
    async with aiohttp.ClientSession() as session, session.options(f"{served.address}/v1/poll") as response:
        assert response.status == 204
        assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]


async def test_a_poll_that_waits_is_told_at_once_when_a_feed_becomes_stale(served: Served) -> None:
    await served.trade("AAPL", 1)
    _, heard, _ = await poll_once(served.address, "trades=AAPL")
    url = f"{served.address}/v1/poll?trades=AAPL&cursor={heard[-1].cursor}"
    async with aiohttp.ClientSession() as session:
        waiting = asyncio.create_task(ask(session, f"{url}&wait=20"))
        async with asyncio.timeout(10):
            while not served.node.hub.readers:
                await asyncio.sleep(0.01)
        now = time.time()
        served.node.feeds_changed({kind: FeedStatus(kind != "trades", now) for kind in served.node.log.kinds})
        status, body = await waiting
        assert (status, body["events"], body["cursor"]) == (200, [], heard[-1].cursor)
        assert body["feeds"] == {"trades": {"state": "stale", "since": format_time(now)}}
        status, body = await ask(session, url)
        assert (status, body["feeds"]["trades"]["state"]) == (200, "stale")
        # One that knows nothing of it is told at once; one that knows it, when it is over.
        assert (await ask(session, f"{url}&wait=20&stale="))[1]["feeds"] == body["feeds"]
        waiting = asyncio.create_task(ask(session, f"{url}&wait=20&stale=trades"))
        async with asyncio.timeout(10):
            while not served.node.hub.readers:
                await asyncio.sleep(0.01)
        served.node.feeds_changed({kind: FeedStatus(True, now) for kind in served.node.log.kinds})
        assert (await waiting)[1]["feeds"]["trades"]["state"] == "live"
        assert await ask(session, f"{url}&stale=") == (304, None)


async def ask(session: aiohttp.ClientSession, url: str) -> tuple[int, Any]:
    async with session.get(url) as answer:
        return answer.status, await answer.json() if answer.status == 200 else None
