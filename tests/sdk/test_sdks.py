"""The public trading SDKs, unmodified, against a node on Kafka, and through its restart."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import count

import pytest

from feeds.kafka_sink import KafkaSink
from feeds.message import Message
from tests.conftest import SharedBroker
from tests.sdk.conftest import Client, Clients
from tests.sdk.cutting_relay import Cuts, cutting_relay
from tests.whole.processes import NodeProcess, Processes

SLOW = {"TICKER_HUB__SLOW_SECONDS": "1", "TICKER_HUB__BACKLOG_BYTES": "4096"}
PAUSE_SECONDS = 4.0
"""More than a reader may be slow, less than its last words are waited for."""
MANY = 8001
"""Symbols; alpaca-py cuts a subscribe of so many into fragments."""


class Market:
    """Produces trades, numbered from 1."""

    def __init__(self, sink: KafkaSink) -> None:
        self._sink = sink
        self._ids: Iterator[int] = count(1)

    async def trade(self, *symbols: str) -> list[int]:
        """One trade of each symbol; their ids."""
        ids = [next(self._ids) for _ in symbols]
        values = [
            {"T": "t", "S": symbol, "p": 1.25, "s": 1, "i": id_, "x": "V", "z": "A", "t": "2021-01-08T00:00:00.5Z"}
            for symbol, id_ in zip(symbols, ids, strict=True)
        ]
        messages = [Message("trades", str(value["S"]), 0, json.dumps(value).encode()) for value in values]
        await self._sink.send(messages)
        await self._sink.flush()
        return ids


async def heard(client: Client, market: Market, symbol: str) -> None:
    """Wait until the client gets what is produced from now on."""
    async with asyncio.timeout(60):
        while True:
            (one,) = await market.trade(symbol)
            for _ in range(20):
                if one in client.trades():
                    return
                await asyncio.sleep(0.05)


async def started(processes: Processes, bootstrap: str, prefix: str, port: str = "0") -> NodeProcess:
    node = await processes.node(bootstrap, prefix, port=port, TICKER_SERVER__SHUTDOWN_SECONDS="1", **SLOW)
    await node.is_ready()
    return node


CASES = {
    "alpaca-py stocks": ("alpaca_client.py", "ws://{at}/v2/iex", "stocks", "{}", "AAPL", "MSFT"),
    "alpaca-py crypto": ("alpaca_client.py", "ws://{at}/v1beta3/crypto/us", "crypto", "{}", "BTC/USD", "ETH/USD"),
    "massive stocks": ("massive_client.py", "{at}/massive", "stocks", "T.{}", "AAPL", "MSFT"),
    "massive crypto": ("massive_client.py", "{at}/massive", "crypto", "XT.{}", "BTC/USD", "ETH/USD"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_an_sdk_through_everything(
    case: tuple[str, str, str, str, str, str],
    broker: SharedBroker,
    prefix: str,
    processes: Processes,
    clients: Clients,
) -> None:
    program, url, market_name, word, one, other = case
    await processes.run("topics", "create", "--kafka", broker.bootstrap, "--prefix", prefix)
    node = await started(processes, broker.bootstrap, prefix)
    at = node.address.removeprefix("http://")
    sink = KafkaSink(broker.bootstrap, prefix)
    await sink.start()
    market = Market(sink)

    def said(*symbols: str) -> list[str]:
        return [word.format(symbol if word == "{}" else symbol.replace("/", "-")) for symbol in symbols]

    try:
        client = await clients.start(program, url.format(at=at), market_name)
        await client.tell("subscribe", symbols=said(one))
        await heard(client, market, one)
        line = next(line for line in client.lines if "trade" in line)
        assert line["price"] == 1.25
        assert str(line["time"]).startswith(("2021-01-08T00:00:00.5", "1610064000500"))

        # Subscribe to another one while it runs, and leave the first.
        await client.tell("subscribe", symbols=said(other))
        await heard(client, market, other)
        await client.tell("unsubscribe", symbols=said(one))
        await asyncio.sleep(0)
        before = len(client.trades(one, one.replace("/", "-")))
        await heard(client, market, other)
        await market.trade(one)
        await heard(client, market, other)
        assert len(client.trades(one, one.replace("/", "-"))) <= before + 1, "what was under way, at the most"

        # A handler that pauses: the node tells it, lets go of it, and takes it back.
        await client.tell("subscribe", symbols=said("*"))
        await heard(client, market, one)
        await client.tell("pause", seconds=PAUSE_SECONDS)
        first = client.count(lambda line: "paused" in line)
        while client.count(lambda line: "paused" in line) == first:
            await market.trade(one)
        for _ in range(40):
            await market.trade(*[one] * 3000)
        await heard(client, market, other)
        assert 'ticker_disconnects_total{name="slow"} 1' in (await node.ask("/metrics"))[1]
        told = "(407)" if program == "alpaca_client.py" else "slow_consumer"
        assert client.count(lambda line: told in line.get("log", "")) == 1

        # The node restarts: the SDK comes back by itself, and goes on.
        port = node.address.rpartition(":")[2]
        assert await node.command.stop() == 0
        node = await started(processes, broker.bootstrap, prefix, port)
        await heard(client, market, other)
    finally:
        await sink.stop()


async def test_a_subscribe_of_thousands(
    broker: SharedBroker, prefix: str, processes: Processes, clients: Clients
) -> None:
    await processes.run("topics", "create", "--kafka", broker.bootstrap, "--prefix", prefix)
    node = await started(processes, broker.bootstrap, prefix)
    sink = KafkaSink(broker.bootstrap, prefix)
    await sink.start()
    try:
        market = Market(sink)
        at = node.address.removeprefix("http://")
        client = await clients.start("alpaca_client.py", f"ws://{at}/v2/sip", "stocks")
        symbols = [f"S{number}" for number in range(MANY)]
        await client.tell("subscribe", symbols=symbols)
        await heard(client, market, symbols[-1])
        sent = await market.trade(*symbols)
        await client.until(lambda: len(client.trades()) >= MANY)
        assert set(sent) <= set(client.trades())
    finally:
        await sink.stop()


async def test_a_client_cut_a_hundred_times_loses_nothing(
    broker: SharedBroker, prefix: str, processes: Processes, clients: Clients
) -> None:
    await processes.run("topics", "create", "--kafka", broker.bootstrap, "--prefix", prefix)
    nodes = [await started(processes, broker.bootstrap, prefix) for _ in range(2)]
    sink = KafkaSink(broker.bootstrap, prefix)
    await sink.start()
    try:
        market = Market(sink)
        cuts = Cuts(left=100, within=40_000)
        async with AsyncExitStack() as stack:
            relays = [await stack.enter_async_context(cutting_relay(node.address, cuts)) for node in nodes]
            client = await clients.start("websockets_client.py", *(f"ws://{relay}/v1/ws" for relay in relays))
            await heard(client, market, "BEFORE")
            sent: dict[str, list[int]] = {f"S{number}": [] for number in range(7)}
            symbols = [f"S{number % 7}" for number in range(100)]
            async with asyncio.timeout(100):
                while cuts.done < 100:
                    for symbol, id_ in zip(symbols, await market.trade(*symbols), strict=True):
                        sent[symbol].append(id_)
                    await asyncio.sleep(0.05)
            (last,) = await market.trade("AFTER")
            await client.until(lambda: last in client.trades())
        assert not client.count(lambda line: "trouble" in line)
        assert cuts.inside > 10, "too few cuts fell inside of a frame"
        assert sum(map(len, sent.values())) > 2000
        for symbol, ids in sent.items():
            assert client.trades(symbol) == ids
    finally:
        await sink.stop()
