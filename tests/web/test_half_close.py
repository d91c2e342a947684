import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.web.conftest import Served
from tests.web.test_handover import ASK, DIALLED, TRADES, dial, read_to_end, read_until, until
from tests.wire import open_socket, poll_once

pytestmark = pytest.mark.on_each_loop
GET = b"GET %b HTTP/1.1\r\nHost: node\r\n\r\n"


@pytest.fixture(autouse=True)
def _everybody_hangs_up() -> Iterator[None]:
    yield
    while DIALLED:
        DIALLED.pop().close()


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stays, stays for as long as the test."""
    monkeypatch.setattr("web.half_close.ANSWER_SECONDS", 3600.0)


async def end_at_once(address: str, request: bytes) -> socket.socket:
    """A client that has sent its request and closed its side before the node has a turn to accept it."""
    parts = urlsplit(address)
    client = socket.create_connection((parts.hostname, parts.port))
    DIALLED.append(client)
    client.sendall(request)
    client.shutdown(socket.SHUT_WR)
    client.setblocking(False)
    return client


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("path", [b"/healthz", b"/v1/poll?quotes=AAPL", b"/"])
async def test_a_request_that_came_with_its_end_is_answered(served: Served, path: bytes) -> None:
    got = await read_to_end(await end_at_once(served.address, GET % path))
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    head, _, body = got.partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(body) in head + b"\r\n"


@pytest.mark.parametrize("half_closed", [False, True])
async def test_what_is_no_http_is_answered_without_a_word_of_it(
    served: Served, half_closed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: node\r\nAuthorization : Bearer secret\r\n\r\n"
    client = await (end_at_once(served.address, request) if half_closed else dial(served, request))
    got = await read_to_end(client)
    assert got.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert b'"code":"not_http","message":"the request can\'t be read (BadHttpMessage)"' in got
    assert b"secret" not in got
    assert caplog.text == ""


@pytest.mark.usefixtures("unlimited")
async def test_the_admin_listener_answers_too(served: Served) -> None:
    got = await read_to_end(await end_at_once(served.admin, GET % b"/metrics"))
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"ticker_" in got


async def test_a_poll_that_waits_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.half_close.ANSWER_SECONDS", 0.1)
    await served.trade("AAPL", 1)
    _, heard, _ = await poll_once(served.address, "trades=AAPL")
    path = f"/v1/poll?trades=AAPL&cursor={heard[0].cursor}&wait=30"
    assert await read_to_end(await end_at_once(served.address, GET % path.encode())) == b""
    await until(lambda: not served.node.hub.readers)


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("first", [b"", GET % b"/healthz", b"GET /heal"])
async def test_an_end_with_nothing_to_answer_is_the_end(served: Served, first: bytes) -> None:
    client = await dial(served, first)
    if first.endswith(b"\r\n\r\n"):
        await read_until(client, b'{"status":"live"}')
    client.shutdown(socket.SHUT_WR)
    assert await read_to_end(client) == b""


@pytest.mark.usefixtures("unlimited")
async def test_a_websocket_that_is_closed_on_one_side_is_closed(served: Served) -> None:
    connection = await open_socket(served.address)
    await connection.until("success")
    connection.send({"action": "subscribe", "trades": ["AAPL"]})
    await connection.until("subscription")
    assert served.node.hub.readers == 1
    connection.end()
    await connection.until_end()
    await until(lambda: not served.node.hub.readers)


async def test_a_client_that_closed_its_side_with_its_request_is_served_on(served: Served) -> None:
    await served.trade("AAPL", 1)
    client = await end_at_once(served.address, ASK % TRADES)
    got = await read_until(client, b"event: status")
    got = await read_until(client, b"event: heartbeat", got)
    await served.trade("AAPL", 2)
    got = await read_until(client, b'"p":2', got)
    assert re.findall(rb"(?m)^event: (.*)", got) == [b"snapshot", b"status", b"heartbeat"]
    assert served.node.hub.readers == 1
    client.close()


async def test_a_client_that_is_gone_with_its_request_leaves_the_hub(served: Served) -> None:
    client = await end_at_once(served.address, ASK % TRADES)
    await until(lambda: served.node.hub.readers == 1)
    client.close()
    await until(lambda: not served.node.hub.readers)
