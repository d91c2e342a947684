"""What the public SDKs do after each error of a node; 407 is in test_sdks."""

import pytest

from tests.keys import Given, make_key
from tests.sdk.conftest import Clients
from tests.sdk.sdks import ALPACA, MASSIVE, SDKS, Sdk, connections, goes_on, heard, send, start_plain, subscribed
from tests.web.conftest import Served
from tests.web.test_alpaca import Broken, closed_node
from tests.wire import open_socket
from web.dialect import Problem

each_sdk = pytest.mark.parametrize("sdk", SDKS.values(), ids=SDKS)
REFUSED = {
    Problem.INVALID_MESSAGE: ["A B"],
    Problem.TOO_MANY_CHANNELS: ["A", "AA", "AB"],
    Problem.NOT_ALLOWED: ["MSFT"],
    Problem.NOT_ON_THIS_PATH: ["BTC/USD"],
}
"""What a node doesn't take from somebody who reads AAPL already."""
each_refusal = pytest.mark.parametrize("problem", REFUSED, ids=lambda problem: str(int(problem)))


@each_sdk
@each_refusal
async def test_an_sdk_logs_a_refused_subscribe_and_what_it_had_goes_on(
    sdk: Sdk, problem: Problem, served: Served, given: Given, clients: Clients
) -> None:
    client = await subscribed(served, clients, sdk, given)
    await sdk.subscribe(client, *REFUSED[problem])
    await client.until(lambda: sdk.told(client, problem) == 1)
    await goes_on(served, client)
    assert served.node.hub.counts.disconnects == {}


@each_sdk
@each_refusal
async def test_after_a_reconnect_an_sdk_asks_for_all_in_one_and_is_refused_all(
    sdk: Sdk, problem: Problem, served: Served, given: Given, clients: Clients
) -> None:
    client = await subscribed(served, clients, sdk, given)
    await sdk.subscribe(client, *REFUSED[problem])
    await client.until(lambda: sdk.told(client, problem) == 1)
    # Somebody takes its place, and it takes it back.
    await open_socket(served.address, headers=given.bearer)
    await client.until(lambda: sdk.told(client, problem) == 2)
    assert served.node.hub.counts.disconnects["displaced"] == 2
    assert served.node.hub.readers == 0


async def test_alpaca_py_says_a_refused_symbol_again_until_it_unsubscribes(
    served: Served, given: Given, clients: Clients
) -> None:
    client = await subscribed(served, clients, ALPACA, given)
    for number, symbol in enumerate(["MSFT", "AMZN"], 1):
        await ALPACA.subscribe(client, symbol)
        await client.until(lambda: ALPACA.told(client, Problem.NOT_ALLOWED) == number)  # noqa: B023 (it is awaited here)
    await client.tell("unsubscribe", symbols=["MSFT"])
    await ALPACA.subscribe(client, "AMZN")
    await goes_on(served, client, "AMZN")
    assert ALPACA.told(client, Problem.NOT_ALLOWED) == 2


async def test_massive_says_a_refused_symbol_once(served: Served, given: Given, clients: Clients) -> None:
    client = await subscribed(served, clients, MASSIVE, given)
    await MASSIVE.subscribe(client, "MSFT")
    await client.until(lambda: MASSIVE.told(client, Problem.NOT_ALLOWED) == 1)
    await MASSIVE.subscribe(client, "AMZN")
    await goes_on(served, client, "AMZN")
    assert MASSIVE.told(client, Problem.NOT_ALLOWED) == 1


async def test_alpaca_py_tries_a_wrong_key_again_and_again(served: Served, clients: Clients) -> None:
    client = await ALPACA.start(clients, served, make_key()[1])
    await ALPACA.subscribe(client, "AAPL")
    await client.until(lambda: client.logged("error during websocket communication: auth failed") >= 2)


async def test_massive_ends_on_a_wrong_key(served: Served, clients: Clients) -> None:
    client = await MASSIVE.start(clients, served, make_key()[1])
    assert await client.ended() == 1
    assert client.lines[-1]["log"] == "massive.exceptions.AuthError: the key or its secret is not right\n"


async def test_plain_websockets_stay_after_what_an_sdk_never_does(
    served: Served, given: Given, clients: Clients
) -> None:
    client = await start_plain(clients, served.address)
    await send(client, {"action": "subscribe", "trades": ["AAPL"]})
    await send(client, {**given.auth, "secret": "guess"})
    await send(client, given.auth)
    await send(client, given.auth)
    await send(client, {"action": "subscribe", "trades": ["AAPL"]})
    await client.until(lambda: bool(heard(client, "subscription")))
    assert [error["code"] for error in heard(client, "error")] == [401, 402, 403]
    await served.trade("AAPL", 1.25)
    await client.until(lambda: bool(heard(client, "t")))
    assert connections(client) == 1


@each_sdk
async def test_an_sdk_logs_a_failure_of_the_nodes_and_stays(sdk: Sdk, clients: Clients) -> None:
    async with closed_node(Broken()) as served:
        client = await sdk.start(clients, served, make_key()[1])
        for number in (1, 2):
            await sdk.subscribe(client, f"A{number}")
            await client.until(lambda: sdk.told(client, Problem.FAILED) == number)  # noqa: B023 (it is awaited here)
        assert served.node.hub.counts.disconnects == {}
        assert served.node.hub.readers == 0
        # A node waits for its clients before it leaves.
        await clients.stop()
