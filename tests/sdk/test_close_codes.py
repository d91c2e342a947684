"""What the public SDKs do when a node has ended their connection with 1008 or 1009; 1012 and 1013 are in test_sdks."""

import asyncio
import inspect

import pytest
from massive import WebSocketClient

from feeds.embedded import EmbeddedSource
from tests.keys import Given, Keys
from tests.sdk.conftest import Clients
from tests.sdk.sdks import (
    ALPACA,
    MASSIVE,
    SDKS,
    Sdk,
    closes,
    connections,
    goes_on,
    heard,
    send,
    start_plain,
    subscribed,
)
from tests.web.conftest import Served, config_with
from tests.wire import open_socket
from ticker.disconnects import (
    BAD_MESSAGES,
    DISPLACED,
    NOT_ALLOWED,
    OVERLOADED,
    RESTART,
    REVOKED,
    TOO_MUCH,
    UNAUTHENTICATED,
    Disconnect,
)
from web import websocket
from web.dialect import Problem
from web.node import Node
from web.server import serving
from web.session import MOST_BAD_MESSAGES

SMALL_MESSAGES = {"limits__message_bytes": 2000}
MANY = [f"S{number}" for number in range(1000)]
"""More symbols than such a message has room for."""
each_sdk = pytest.mark.parametrize("sdk", SDKS.values(), ids=SDKS)


async def until_ended(served: Served, disconnect: Disconnect, times: int) -> None:
    """Wait until the node has ended so many connections like this."""
    async with asyncio.timeout(40):
        while served.node.hub.counts.disconnects[disconnect.name] < times:
            await asyncio.sleep(0.05)


async def test_alpaca_py_tries_a_revoked_key_again_and_again(
    served: Served, file: Keys, given: Given, clients: Clients
) -> None:
    client = await subscribed(served, clients, ALPACA, given)
    await file.revoke(given)
    await client.until(lambda: client.logged("error during websocket communication: auth failed") >= 2)
    assert ALPACA.told(client, Problem.WRONG_CREDENTIALS) == 1
    assert ALPACA.lost(client, REVOKED) == 1
    assert served.node.hub.counts.disconnects == {"revoked": 1}


async def test_massive_ends_on_a_revoked_key(served: Served, file: Keys, given: Given, clients: Clients) -> None:
    client = await subscribed(served, clients, MASSIVE, given)
    await file.revoke(given)
    assert await client.ended() == 1
    assert client.lines[-1]["log"] == "massive.exceptions.AuthError: the key or its secret is not right\n"
    assert MASSIVE.told(client, Problem.WRONG_CREDENTIALS) == 1
    assert MASSIVE.lost(client, REVOKED) == 1


async def test_plain_websockets_raise_on_a_revoked_key(
    served: Served, file: Keys, given: Given, clients: Clients
) -> None:
    client = await start_plain(clients, served.address, given)
    await client.until(lambda: len(heard(client, "success")) == 2)
    await file.revoke(given)
    await client.until(lambda: connections(client) == 2)
    assert [error["code"] for error in heard(client, "error")] == [402]
    assert closes(client) == [(1008, REVOKED.reason)]


@each_sdk
async def test_a_narrowed_key_brings_an_sdk_back_to_be_refused(
    sdk: Sdk, served: Served, file: Keys, given: Given, clients: Clients
) -> None:
    client = await subscribed(served, clients, sdk, given)
    await file.change(given, channels=("trades/MSFT",))
    # As the last words of one connection, and as the answer to what it asks for on the next.
    await client.until(lambda: sdk.told(client, Problem.NOT_ALLOWED) == 2)
    assert sdk.lost(client, NOT_ALLOWED) == 1
    assert served.node.hub.counts.disconnects == {"not_allowed": 1}
    assert served.node.hub.readers == 0
    assert len(served.node.holders) == 1, "it stays, without a subscription"


@each_sdk
async def test_two_of_an_sdk_with_one_key_take_each_others_place(
    sdk: Sdk, served: Served, given: Given, clients: Clients
) -> None:
    both = [await subscribed(served, clients, sdk, given), await sdk.start(clients, served, given)]
    await sdk.subscribe(both[1], "AAPL")
    for client in both:
        await client.until(lambda: sdk.lost(client, DISPLACED) >= 2)  # noqa: B023 (it is awaited here)
    told = "connection limit exceeded" if sdk is ALPACA else "server max_connections: "
    for client in both:
        await client.until(lambda: client.logged(told) >= 2)  # noqa: B023 (it is awaited here)
    assert set(served.node.hub.counts.disconnects) == {"displaced"}


async def test_massive_gives_up_when_it_has_lost_one_connection_more_than_it_may(
    served: Served, given: Given, clients: Clients
) -> None:
    most = inspect.signature(WebSocketClient).parameters["max_reconnects"].default
    assert most == 5
    both = [await subscribed(served, clients, MASSIVE, given, str(most)) for _ in range(2)]
    assert await both[0].ended() == 1
    assert MASSIVE.lost(both[0], DISPLACED) == most + 1
    assert DISPLACED.reason in both[0].lines[-1]["log"]
    assert "ConnectionClosedError" in both[0].lines[-1]["log"]
    assert both[1].process.returncode is None


async def test_plain_websockets_raise_when_they_are_displaced(served: Served, given: Given, clients: Clients) -> None:
    client = await start_plain(clients, served.address, given)
    await client.until(lambda: len(heard(client, "success")) == 2)
    await open_socket(served.address, headers=given.bearer)
    await client.until(lambda: connections(client) == 2)
    assert [error["code"] for error in heard(client, "error")] == [406]
    assert closes(client) == [(1008, DISPLACED.reason)]


@each_sdk
async def test_unreadable_subscribes_bring_an_sdk_back_to_be_refused(
    sdk: Sdk, served: Served, given: Given, clients: Clients
) -> None:
    client = await subscribed(served, clients, sdk, given)

    async def trade() -> None:
        # massive says what it wants when something came, otherwise once a second.
        while True:
            await served.trade("AAPL", 1.25)
            await asyncio.sleep(0.02)

    trading = asyncio.create_task(trade())
    answer = "(400)" if sdk is ALPACA else "status: 'trades/NO"
    for number in range(MOST_BAD_MESSAGES):
        await sdk.subscribe(client, f"NO {number}")
        await client.until(lambda: client.logged(answer) > number)  # noqa: B023 (it is awaited here)
    await client.until(lambda: sdk.lost(client, BAD_MESSAGES) == 1)
    await client.until(lambda: sdk.told(client, Problem.INVALID_MESSAGE) > MOST_BAD_MESSAGES)
    trading.cancel()
    assert served.node.hub.counts.disconnects == {"bad_messages": 1}
    assert served.node.hub.readers == 0
    assert len(served.node.holders) == 1, "it stays, without a subscription"


async def test_plain_websockets_raise_after_messages_that_nobody_can_read(served: Served, clients: Clients) -> None:
    client = await start_plain(clients, served.address)
    for _ in range(MOST_BAD_MESSAGES):
        await client.tell("send", text="{")
    await client.until(lambda: connections(client) == 2)
    assert [error["code"] for error in heard(client, "error")] == [400] * MOST_BAD_MESSAGES
    assert closes(client) == [(1008, BAD_MESSAGES.reason)]


async def test_alpaca_py_comes_back_when_its_credentials_are_late(
    served: Served, given: Given, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every auth is on its way for longer than this.
    monkeypatch.setattr(websocket, "AUTH_SECONDS", 0.0)
    client = await ALPACA.start(clients, served, given)
    await ALPACA.subscribe(client, "AAPL")
    await until_ended(served, UNAUTHENTICATED, 2)
    monkeypatch.undo()
    await goes_on(served, client)
    # The last words before a close, or its reason, whichever it had read when it sent its auth.
    assert client.logged("within 10 seconds") >= 2


async def test_massive_forgets_what_it_wanted_when_it_is_closed_at_its_login(
    served: Served, given: Given, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await subscribed(served, clients, MASSIVE, given)
    wanted_nothing = client.logged("reconciling: set() set()")
    monkeypatch.setattr(websocket, "AUTH_SECONDS", 0.0)
    await open_socket(served.address, headers=given.bearer)
    await client.until(lambda: client.logged("reconciling: set() set()") > wanted_nothing)
    assert MASSIVE.told(client, Problem.LATE) > 0
    assert MASSIVE.lost(client, UNAUTHENTICATED) > 0
    assert served.node.hub.readers == 0


async def test_plain_websockets_raise_without_credentials(
    served: Served, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "AUTH_SECONDS", 0.3)
    client = await start_plain(clients, served.address)
    await client.until(lambda: len(closes(client)) == 2)
    assert [error["code"] for error in heard(client, "error")] == [404, 404]
    assert closes(client) == [(1008, UNAUTHENTICATED.reason)] * 2


@pytest.mark.parametrize("settings", [{"log__snapshot_entries": 10}])
async def test_plain_websockets_raise_when_they_ask_for_too_much(served: Served, clients: Clients) -> None:
    for number in range(11):
        await served.trade(f"S{number}", 1.25)
    client = await start_plain(clients, served.address)
    await send(client, {"action": "subscribe", "trades": ["*"], "history": 1})
    await client.until(lambda: connections(client) == 2)
    assert [error["msg"] for error in heard(client, "error")] == [TOO_MUCH.reason]
    assert closes(client) == [(1008, TOO_MUCH.reason)]


@each_sdk
@pytest.mark.parametrize("settings", [SMALL_MESSAGES])
async def test_an_sdk_says_what_is_too_large_again_and_again(
    sdk: Sdk, served: Served, given: Given, clients: Clients
) -> None:
    client = await sdk.start(clients, served, given)
    await sdk.subscribe(client, *MANY)
    await client.until(lambda: client.logged(f"{sdk.loss}: received 1009 (message too big); ") >= 3)
    assert served.node.hub.readers == 0


@pytest.mark.parametrize("settings", [SMALL_MESSAGES])
async def test_plain_websockets_raise_on_a_message_too_large(served: Served, clients: Clients) -> None:
    client = await start_plain(clients, served.address)
    await send(client, {"action": "subscribe", "trades": MANY})
    await client.until(lambda: connections(client) == 2)
    assert closes(client) == [(1009, "")]


async def test_plain_websockets_raise_when_the_node_restarts(clients: Clients) -> None:
    async with serving(Node(config_with(), EmbeddedSource)) as (address, _):
        client = await start_plain(clients, address)
        await send(client, {"action": "subscribe", "trades": ["AAPL"]})
        await client.until(lambda: bool(heard(client, "subscription")))
    await client.until(lambda: bool(closes(client)))
    assert len(heard(client, "shutdown")) == 1
    assert closes(client) == [(1012, RESTART.reason)]
    assert client.process.returncode is None


@each_sdk
@pytest.mark.parametrize("settings", [{"limits__connections": 1}])
async def test_an_sdk_waits_until_a_full_node_has_room(
    sdk: Sdk, served: Served, given: Given, clients: Clients
) -> None:
    first = await open_socket(served.address)
    first.send({"action": "subscribe", "trades": ["AAPL"]})
    await first.until("subscription")
    client = await sdk.start(clients, served, given)
    await sdk.subscribe(client, "AAPL")
    await until_ended(served, OVERLOADED, 2)
    first.cut()
    await goes_on(served, client)
