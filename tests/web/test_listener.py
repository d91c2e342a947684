import asyncio
import errno
import socket
from collections import Counter
from urllib.parse import urlsplit

import pytest

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from web.listener import MOST_ACCEPTS, bind
from web.node import Node
from web.outlet import UNSENT_LIMIT
from web.server import serving

pytestmark = pytest.mark.on_each_loop
CLIENTS = 300
ASK = b"GET /healthz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"
_TCP_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
_ACCEPT = socket.socket.accept


def knock(address: str, count: int) -> list[socket.socket]:
    """Clients that the kernel has connected, before the node has had a turn to accept one."""
    parts = urlsplit(address)
    clients = [socket.create_connection((parts.hostname, parts.port)) for _ in range(count)]
    for client in clients:
        client.setblocking(False)
    return clients


async def ask(client: socket.socket) -> bytes:
    """The whole answer to a request for the node's health."""
    loop = asyncio.get_running_loop()
    answer = b""
    async with asyncio.timeout(20):
        await loop.sock_sendall(client, ASK)
        while data := await loop.sock_recv(client, 65_536):
            answer += data
    client.close()
    return answer


async def test_a_crowd_is_taken_in_a_few_at_a_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    iteration = 0
    accepted: Counter[int] = Counter()

    def turn() -> None:
        nonlocal iteration
        iteration += 1
        if accepted.total() < CLIENTS:
            loop.call_soon(turn)

    def accept(listening: socket.socket) -> tuple[socket.socket, object]:
        connection = _ACCEPT(listening)
        accepted[iteration] += 1
        return connection

    monkeypatch.setattr(socket.socket, "accept", accept)
    clients = knock(served.address, CLIENTS)
    turn()
    answers = await asyncio.gather(*map(ask, clients))
    assert Counter(answer.partition(b"\r\n")[0] for answer in answers) == {b"HTTP/1.1 200 OK": CLIENTS}
    assert accepted.total() == CLIENTS
    assert max(accepted.values()) == MOST_ACCEPTS


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS])
async def test_without_descriptors_it_waits_and_recovers(
    served: Served, number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("web.listener.PAUSE_SECONDS", 0.05)
    tries = []

    def accept(listening: socket.socket) -> tuple[socket.socket, object]:
        tries.append(asyncio.get_running_loop().time())
        if len(tries) <= 3:
            raise OSError(number, "out of something")
        return _ACCEPT(listening)

    monkeypatch.setattr(socket.socket, "accept", accept)
    (client,) = knock(served.address, 1)
    assert (await ask(client)).startswith(b"HTTP/1.1 200 OK")
    assert len(tries) == 5, "three that failed, one that didn't, and one that found nobody"
    assert capsys.readouterr().out.count("can't accept connections") == 1


async def test_it_stops_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def accept(listening: socket.socket) -> tuple[socket.socket, object]:
        tries.append(listening)
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(socket.socket, "accept", accept)
    monkeypatch.setattr("web.listener.PAUSE_SECONDS", 0.05)
    async with serving(Node(config_with(), EmbeddedSource)) as (address, _):
        (client,) = knock(address, 1)
        async with asyncio.timeout(20):
            while not tries:
                await asyncio.sleep(0.01)
    failed = len(tries)
    await asyncio.sleep(0.1)
    assert len(tries) == failed
    client.close()


async def test_nobody_is_taken_in_once_it_has_stopped() -> None:
    node = Node(config_with(), EmbeddedSource)
    async with serving(node) as (address, _):
        pass
    with pytest.raises(ConnectionRefusedError):
        knock(address, 1)


async def test_addresses_and_options() -> None:
    for host in ("127.0.0.1", "localhost", ""):
        listening = await bind(host, 0)
        families = [one.family for one in listening]
        assert socket.AF_INET in families
        assert len(set(families)) == len(families)
        for one in listening:
            assert one.getsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT) == UNSENT_LIMIT
            assert not one.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)
            one.close()


async def test_a_port_is_shared_only_where_all_agree() -> None:
    (first,) = await bind("127.0.0.1", 0, reuse_port=True)
    port = first.getsockname()[1]
    (second,) = await bind("127.0.0.1", port, reuse_port=True)
    assert second.getsockname() == first.getsockname()
    with pytest.raises(OSError, match=rf"127\.0\.0\.1 port {port}: Address already in use"):
        await bind("127.0.0.1", port)
    with pytest.raises(OSError, match=r"nothing to listen on: 192\.0\.2\.1"):
        await bind("192.0.2.1", 0)
    for one in (first, second):
        one.close()
