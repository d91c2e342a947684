"""The floor: bare non-blocking sends of the same sizes, to all sockets in turn. No server can write for less."""

import json
import select
import socket
import sys
import time

from ticker.commands.bench.server import Announce, Job


def serve(job: Job, announce: Announce) -> int:
    """Accept every client of the scenario; when told to begin, send to each as often as a node would, for ever."""
    del announce
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    clients: list[socket.socket] = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        if select.select([listener, sys.stdin], [], [])[0] == [listener]:
            client = listener.accept()[0]
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.send(b"\n")
            clients.append(client)
    scenario = job.scenario
    data = b"." * job.message_bytes
    slices = 25 if scenario.interval else 1
    period = (scenario.interval / 1000 or scenario.flush_interval) / slices
    due = time.monotonic()
    while True:
        for number in range(slices):
            for client in clients[number::slices]:
                try:
                    client.send(data)
                except BlockingIOError:
                    continue
                except ConnectionError:  # The load has seen enough.
                    return 0
            due += period
            time.sleep(max(0.0, due - time.monotonic()))
