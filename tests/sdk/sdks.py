"""The SDKs as tests meet them: how each is started, what it calls things, and what it logs."""

import asyncio
import json
from dataclasses import dataclass

from tests.keys import Given
from tests.sdk.conftest import Client, Clients
from tests.web.conftest import Served
from ticker.disconnects import Disconnect
from web.dialect import Problem
from web.massive import STATUSES


@dataclass(frozen=True)
class Sdk:
    """One that is made for a protocol."""

    program: str
    url: str
    word: str
    """How it says that it wants the trades of a symbol."""
    loss: str
    """What it logs of a lost connection, before the code."""

    async def start(self, clients: Clients, served: Served, given: Given, *more: str) -> Client:
        """Start it with a key; `more` are further arguments of its program."""
        credentials = [given.key, given.secret] if self is ALPACA else [f"{given.key}.{given.secret}"]
        url = self.url.format(at=served.address.removeprefix("http://"))
        return await clients.start(self.program, url, "stocks", *credentials, *more)

    async def subscribe(self, client: Client, *symbols: str) -> None:
        """Have it subscribe to the trades of symbols."""
        await client.tell("subscribe", symbols=[self.word.format(symbol) for symbol in symbols])

    def told(self, client: Client, problem: Problem) -> int:
        """How often it logged that the node told it of a problem."""
        if self is ALPACA:
            return client.logged(f"({int(problem)})")
        return client.logged(f"server {STATUSES.get(problem, 'error')}: ")

    def lost(self, client: Client, disconnect: Disconnect) -> int:
        """How often it logged that the node had ended its connection like this."""
        return client.logged(f"{self.loss}: received {disconnect.code} (policy violation) {disconnect.reason}; ")


ALPACA = Sdk("alpaca_client.py", "ws://{at}/v2/iex", "{}", "restarting connection")
MASSIVE = Sdk("massive_client.py", "{at}/massive", "T.{}", "connection closed (ERR)")
SDKS = {"alpaca-py": ALPACA, "massive": MASSIVE}


async def start_plain(clients: Clients, address: str, given: Given | None = None) -> Client:
    """Start plain websockets, on ticker's own path, and with a key log in."""
    client = await clients.start("plain_client.py", f"{address.replace('http', 'ws', 1)}/v1/ws")
    await client.until(lambda: bool(heard(client, "success")))
    if given is not None:
        await send(client, given.auth)
    return client


async def send(client: Client, message: object) -> None:
    """Have plain websockets send something."""
    await client.tell("send", text=json.dumps(message))


def heard(client: Client, name: str) -> list[dict[str, object]]:
    """The messages `T` of a name that plain websockets heard."""
    return [line["heard"] for line in client.lines if line.get("heard", {}).get("T") == name]


def connections(client: Client) -> int:
    """How many connections of plain websockets a node has greeted."""
    return sum(message["msg"] == "connected" for message in heard(client, "success"))


def closes(client: Client) -> list[tuple[int | None, str | None]]:
    """The code and reason with which each of plain websockets' connections was closed."""
    return [(line["closed"], line["reason"]) for line in client.lines if "closed" in line]


async def goes_on(served: Served, client: Client, symbol: str = "AAPL") -> None:
    """Wait until a client gets what is traded from now on."""
    ids: set[int] = set()
    async with asyncio.timeout(60):
        while not ids & set(client.trades(symbol)):
            ids.add(await served.trade(symbol, 1.25))
            await asyncio.sleep(0.05)


async def subscribed(served: Served, clients: Clients, sdk: Sdk, given: Given, *more: str) -> Client:
    """An SDK that gets the trades of AAPL."""
    client = await sdk.start(clients, served, given, *more)
    await sdk.subscribe(client, "AAPL")
    await goes_on(served, client)
    return client
