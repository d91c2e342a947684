"""What the kernel says of processes and sockets, against what is known of them."""

import os
import socket
import time

from ticker.commands.bench.usage import cpu_seconds, memory_bytes, socket_memory


def test_cpu_of_a_process_is_what_it_used() -> None:
    before, began = cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() < began + 0.2:
        pass
    assert 0.15 <= cpu_seconds(os.getpid()) - before <= 1.0


def test_memory_grows_by_what_is_written() -> None:
    before = memory_bytes(os.getpid())
    held = b"x" * 30_000_000
    assert 25_000_000 <= memory_bytes(os.getpid()) - before <= 60_000_000
    assert held


def test_memory_of_sockets_is_what_nobody_reads() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        peers = range(65_536)
        assert socket_memory(port, peers) == 0
        with socket.create_connection(("127.0.0.1", port)) as client:
            server, _ = listener.accept()
            with server:
                server.setblocking(False)
                sent = 0
                try:
                    while True:
                        sent += server.send(b"x" * 65_536)
                except BlockingIOError:
                    pass
                unread = sent - _received(client)
                assert socket_memory(port, {client.getsockname()[1]}) == socket_memory(port, peers) > 0
                assert socket_memory(port, ()) == 0
                assert unread > 0


def _received(client: socket.socket) -> int:
    client.settimeout(5)
    return len(client.recv(1000))
