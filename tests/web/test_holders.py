"""That the connections of a key end when it is revoked, narrowed, or used too often; the oldest first."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.keys import Given, Keys
from tests.web.conftest import CERTIFICATE, Served
from tests.web.test_handover import until
from tests.wire import (
    Connection,
    GzipSseParser,
    Heard,
    SocketParser,
    SseParser,
    connect,
    open_socket,
    open_stream,
    poll_once,
)
from ticker.authorizer import Credentials, Grant
from ticker.disconnects import Disconnect
from web.holders import Holders

pytestmark = pytest.mark.on_each_loop
QUERY = "quotes=AAPL&interval=0"
END_SECONDS = 5.0
"""Within which a revoked key's connections are closed."""
_POLLS: set[asyncio.Task[tuple[int, list[Heard], dict[str, str]]]] = set()


@pytest.fixture
def file(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.json")


@pytest.fixture
def theirs(file: Keys) -> Given:
    return file.add_at_once(channels=["quotes/A*", "trades/*"], name="theirs")


@pytest.fixture
def neighbours(file: Keys) -> Given:
    return file.add_at_once(channels=["quotes/A*"])


@pytest.fixture
def settings(file: Keys, theirs: Given, neighbours: Given) -> dict[str, object]:
    assert theirs.key != neighbours.key
    return {"auth__keys_file": str(file.path), "auth__anonymous": []}


async def plain(served: Served, given: Given) -> Connection:
    stream = await open_stream(served.address, QUERY, headers=given.bearer)
    await stream.until("snapshot")
    return stream


async def gzipped(served: Served, given: Given) -> Connection:
    stream = await connect(served.address, GzipSseParser())
    stream.get(f"/v1/stream?{QUERY}", {**given.alpaca, "Accept-Encoding": "gzip"})
    await stream.until("snapshot")
    return stream


async def over_tls(port: int, given: Given) -> Connection:
    trust = await asyncio.to_thread(ssl.create_default_context, cafile=str(CERTIFICATE))
    stream = Connection(*await asyncio.open_connection("127.0.0.1", port, ssl=trust), SseParser())
    stream.get(f"/v1/stream?{QUERY}", given.bearer)
    await stream.until("snapshot")
    return stream


async def websocket(served: Served, given: Given, *, by_headers: bool = False) -> Connection:
    socket = await open_socket(served.address, headers=given.bearer if by_headers else None)
    await socket.until("success")
    if not by_headers:
        socket.send(given.auth)
        await socket.until("success")
    socket.send({"action": "subscribe", "quotes": ["AAPL"]})
    await socket.until("subscription")
    return socket


async def waiting_poll(served: Served, given: Given) -> asyncio.Task[tuple[int, list[Heard], dict[str, str]]]:
    _, heard, _ = await poll_once(served.address, "quotes=AAPL", given.bearer)
    held = len(served.node.holders)
    query = f"quotes=AAPL&cursor={heard[-1].cursor}&wait=30"
    poll = asyncio.create_task(poll_once(served.address, query, given.bearer))
    _POLLS.add(poll)
    poll.add_done_callback(_POLLS.discard)
    await until(lambda: len(served.node.holders) == held + 1)
    return poll


async def said_at_the_end(connection: Connection) -> dict[str, object]:
    """The last that a connection was told, once the node has ended it."""
    last = (await connection.until_end(END_SECONDS))[-1]
    assert last.name in ("unavailable", "error")
    return dict(last.data)


def most_of(served: Served, given: Given) -> int | None:
    """How many connections the node allows a key now."""
    grant = served.node.authorizer.grant(Credentials(given.key, given.secret))
    assert grant is not None
    return grant.most_connections


def closed(socket: Connection) -> int:
    assert isinstance(socket.parser, SocketParser)
    assert socket.parser.closed is not None
    return socket.parser.closed[0]


async def test_all_connections_of_a_revoked_key_end_and_no_others(
    served: Served, secure_port: int, file: Keys, theirs: Given, neighbours: Given
) -> None:
    streams = [await plain(served, theirs), await gzipped(served, theirs), await over_tls(secure_port, theirs)]
    sockets = [await websocket(served, theirs), await websocket(served, theirs, by_headers=True)]
    idle = await open_socket(served.address, headers=theirs.bearer)
    await idle.until("success")
    poll = await waiting_poll(served, theirs)
    stays = [await plain(served, neighbours), await websocket(served, neighbours)]
    assert len(served.node.holders) == 9
    await file.revoke(theirs)
    for stream in streams:
        assert (await said_at_the_end(stream))["reason"] == "revoked"
    for socket in (*sockets, idle):
        assert (await said_at_the_end(socket))["code"] == 402
        assert closed(socket) == 1008
    status, heard, _ = await poll
    assert (status, heard[0].data["code"]) == (401, "not_authenticated")
    assert len(served.node.holders) == served.node.hub.readers == 2
    assert served.node.hub.counts.disconnects["revoked"] == 7
    await served.quote("AAPL", 7)
    for connection in stays:
        assert [event["bp"] for event in (await connection.until("events")).data] == [7]
    assert (await poll_once(served.address, "quotes=AAPL", theirs.bearer))[0] == 401


async def test_massives_clients_are_told_in_their_words(served: Served, file: Keys, theirs: Given) -> None:
    await file.change(theirs, most_connections=1)
    await until(lambda: most_of(served, theirs) == 1)
    sockets = [await open_socket(served.address, "/massive/stocks") for _ in range(2)]
    for socket in sockets:
        for wrong in (theirs.key, f"{theirs.key}.{theirs.key}", f"{theirs.key}.{theirs.secret}."):
            socket.send({"action": "auth", "params": wrong})
            assert (await socket.until("auth_failed")).name
        socket.send({"action": "auth", "params": f"{theirs.key}.{theirs.secret}"})
        await socket.until("auth_success")
    assert (await sockets[0].until_end(END_SECONDS))[-1].name == "max_connections"
    sockets[1].send({"action": "subscribe", "params": "Q.MSFT"})
    assert (await sockets[1].until("not_authorized")).name
    await file.revoke(theirs)
    assert (await sockets[1].until_end(END_SECONDS))[-1].name == "auth_failed"
    assert [closed(socket) for socket in sockets] == [1008, 1008]


async def test_those_end_that_read_what_their_key_no_longer_allows(served: Served, file: Keys, theirs: Given) -> None:
    stream, socket = await plain(served, theirs), await websocket(served, theirs)
    poll = await waiting_poll(served, theirs)
    changed = await open_socket(served.address, headers=theirs.bearer)
    changed.send({"action": "subscribe", "quotes": ["AAPL"], "trades": ["AAPL"]})
    changed.send({"action": "unsubscribe", "quotes": ["AAPL"]})
    for _ in range(2):
        await changed.until("subscription")
    await file.change(theirs, channels=("trades/*",))
    assert (await said_at_the_end(stream))["reason"] == "not_allowed"
    said = await said_at_the_end(socket)
    assert said["code"] == 409
    assert "insufficient subscription" in str(said["msg"])
    assert closed(socket) == 1008
    status, heard, _ = await poll
    assert (status, heard[0].data["code"]) == (403, "not_allowed")
    await served.trade("AAPL", 3)
    assert [event["p"] for event in (await changed.until("events")).data] == [3]
    changed.send({"action": "subscribe", "quotes": ["AAPL"]})
    assert (await changed.until("error")).data["code"] == 409
    await file.change(theirs, channels=("trades/*",), most_channels=1)
    changed.send({"action": "subscribe", "trades": ["MSFT"]})
    await changed.until_end(END_SECONDS)
    assert closed(changed) == 1008


async def test_the_oldest_gives_way(
    served: Served, secure_port: int, file: Keys, theirs: Given, neighbours: Given
) -> None:
    stays = await plain(served, neighbours)
    socket, stream = await websocket(served, theirs), await plain(served, theirs)
    secure, poll = await over_tls(secure_port, theirs), await waiting_poll(served, theirs)
    await file.change(theirs, most_connections=4)
    await until(lambda: most_of(served, theirs) == 4)
    last = await websocket(served, theirs, by_headers=True)
    said = await said_at_the_end(socket)
    assert said["code"] == 406
    assert str(said["msg"]).startswith("connection limit exceeded")
    assert closed(socket) == 1008
    newer = [await plain(served, theirs)]
    assert (await said_at_the_end(stream))["reason"] == "displaced"
    newer.append(await gzipped(served, theirs))
    assert (await said_at_the_end(secure))["reason"] == "displaced"
    newer.append(await websocket(served, theirs))
    status, heard, headers = await poll
    assert (status, heard[0].data["code"], headers["retry-after"]) == (429, "displaced", "30")
    await served.quote("AAPL", 7)
    for connection in (stays, last, *newer):
        assert [event["bp"] for event in (await connection.until("events")).data] == [7]
    assert served.node.hub.counts.disconnects["displaced"] == 4
    await file.change(theirs, most_connections=1)
    for connection in (last, *newer[:2]):
        await said_at_the_end(connection)
    await served.quote("AAPL", 8)
    for connection in (stays, newer[2]):
        assert [event["bp"] for event in (await connection.until("events")).data] == [8]


async def test_one_that_left_counts_no_longer(served: Served, secure_port: int, file: Keys, theirs: Given) -> None:
    holders = served.node.holders
    for opening in (
        plain(served, theirs),
        over_tls(secure_port, theirs),
        websocket(served, theirs),
        websocket(served, theirs, by_headers=True),
    ):
        connection = await opening
        assert len(holders) == 1
        connection.cut()
        await until(lambda: len(holders) == 0)
    poll = await waiting_poll(served, theirs)
    await served.quote("AAPL", 7)
    assert (await poll)[0] == 200
    assert len(holders) == 0
    assert file.path.exists()


async def test_one_that_authenticates_counts_from_then_on(served: Served, theirs: Given) -> None:
    socket = await open_socket(served.address)
    await socket.until("success")
    assert len(served.node.holders) == 0
    socket.send(theirs.auth)
    await socket.until("success")
    assert len(served.node.holders) == 1


class Fickle:
    """An authorizer that changes its mind."""

    def __init__(self) -> None:
        self.grants: dict[str, Grant] = {}

    def grant(self, credentials: object) -> Grant | None:
        del credentials
        return None

    def renewed(self, grant: Grant) -> Grant | None:
        return self.grants.get(grant.key or "")


def closes(into: list[tuple[int, str]], number: int) -> Callable[[Disconnect], None]:
    return lambda disconnect: into.append((number, disconnect.name))


async def test_a_grant_that_is_worth_nothing_by_now_is_closed_at_once() -> None:
    holders, ended = Holders(Fickle()), list[tuple[int, str]]()
    holder = holders.admit(Grant("key"), closes(ended, 1), ("quotes/A",))
    assert ended == [(1, "revoked")]
    assert len(holders) == 0
    holder.leave()


async def test_thousands_are_closed_and_those_who_leave_meanwhile_are_not() -> None:
    authorizer, ended = Fickle(), list[tuple[int, str]]()
    authorizer.grants["key"] = Grant("key")
    holders = Holders(authorizer)
    held = [holders.admit(Grant("key"), closes(ended, number), ("quotes/A",)) for number in range(1000)]
    authorizer.grants.clear()
    looking = asyncio.create_task(holders.look())
    while not ended:
        await asyncio.sleep(0)
    assert 0 < len(ended) < 1000, "others have their turn meanwhile"
    held[999].leave()
    await looking
    assert ended == [(number, "revoked") for number in range(999)]
    assert len(holders) == 0


async def test_those_of_anybody_are_not_held() -> None:
    holders, ended = Holders(Fickle()), list[tuple[int, str]]()
    holder = holders.admit(Grant(), closes(ended, 1))
    assert len(holders) == 0
    await holders.look()
    holder.leave()
    assert ended == []
