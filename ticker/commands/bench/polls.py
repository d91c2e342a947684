"""Unchanged polls: each connection asks again as soon as it is answered."""

import re
import select
import socket
import time

from ticker.commands.bench.clients import HEAD_END, get_request
from ticker.commands.bench.load import Load, Result, stage, wait_for_feed

_TAG = re.compile(rb"\r\nETag: ([^\r]+)\r\n", re.IGNORECASE)


def poll(load: Load) -> Result:
    """Poll over 20 channels, unchanged, as fast as the server answers."""
    scenario = load.scenario
    wait_for_feed()
    time.sleep(1)
    epoll = select.epoll()
    sockets: dict[int, socket.socket] = {}
    requests: dict[int, bytes] = {}
    for number in range(scenario.clients):
        connection = socket.create_connection(load.connections.address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[connection.fileno()] = connection
        requests[connection.fileno()] = _unchanged_request(load, connection, number)
        epoll.register(connection, select.EPOLLIN)
    for number, connection in sockets.items():
        connection.send(requests[number])
    answers, changed = _ask(epoll, sockets, requests, time.time() + scenario.warm_seconds)
    stage("measuring", scenario.seconds)
    load.begin()
    answers, changed = _ask(epoll, sockets, requests, time.time() + scenario.seconds)
    _, _, busy = load.end()
    return {**busy, "events": answers, "changed": changed, "closed": 0}


def _unchanged_request(load: Load, connection: socket.socket, number: int) -> bytes:
    """The request of a client that has what there is; for a plain handler, one of the same length."""
    host = f"{load.job.host}:{load.job.port}"
    path = "/304" if load.job.way == "aiohttp handler" else "/v1/poll"
    path += f"?quotes={','.join(load.scenario.watchlist(number))}"
    connection.sendall(get_request(path, host))
    answer = b""
    while HEAD_END not in answer:
        answer += connection.recv(262_144)
    head, _, body = answer.partition(HEAD_END)
    size = re.search(rb"(?i)content-length: (\d+)", head)
    while size is not None and len(body) < int(size[1]):
        body += connection.recv(262_144)
    tag = _TAG.search(answer)
    return get_request(path, host, {"If-None-Match": tag[1].decode() if tag else f'"h1.{"A" * 100}"'})


def _ask(
    epoll: select.epoll, sockets: dict[int, socket.socket], requests: dict[int, bytes], end: float
) -> tuple[int, int]:
    """Ask until `end`: how many answers there were, and how many of them were no 304."""
    answers = changed = 0
    while time.time() < end:
        for number, _ in epoll.poll(0.1):
            answer = sockets[number].recv(65_536)
            if not answer.endswith(HEAD_END) or not answer.startswith(b"HTTP/1.1 304"):
                changed += 1
            answers += 1
            sockets[number].send(requests[number])
    return answers, changed
