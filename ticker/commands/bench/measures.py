"""What each scenario does with its clients, and what it reports."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from ticker.commands.bench.connections import Connection
from ticker.commands.bench.ingest import ingest
from ticker.commands.bench.load import Load, Result, latencies, stage, wait_for_feed
from ticker.commands.bench.polls import poll
from ticker.commands.bench.usage import socket_memory

GRACE_SECONDS = 1.0
"""How long what was due is waited for, after the time measured."""
GZIP_SAMPLE = 10
"""One of so many gzip streams is decoded; to decode all would take more than the load's core has."""
ABSENCE_SECONDS = 10.0
"""How old the cursors of a herd are that comes back."""
OTHERS = 500
"""Clients on WebSockets that read while a herd comes back."""
FEW = 20
"""Fewer stalled clients than this can't be told in the memory of a process from all else that moves in it."""
_ID = re.compile(rb"\nid: ([^\n]+)\n")


def fan_out(load: Load) -> Result:
    """All clients read; every event is measured."""
    scenario = load.scenario
    clients = load.clients()
    if scenario.gzip:
        for number, client in enumerate(clients):
            client.is_counted = number % GZIP_SAMPLE == 0
    if load.job.way == "floor":
        for client in clients:
            client.is_counted = False
    stage("connecting")
    before = load.memory()
    load.connections.connect(clients)
    memory = (load.memory() - before) / scenario.clients
    wait_for_feed()
    counted = sum(client.is_counted for client in clients) / len(clients)
    result = _measure(load)
    due = round(scenario.due * counted)
    return {**result, "due": due, "counted": counted, "memory": memory, **_lateness(clients, scenario.interval)}


def _measure(load: Load) -> Result:
    """Read for the seconds of the scenario, after the warming up."""
    scenario, connections = load.scenario, load.connections
    stage("warming up", scenario.warm_seconds)
    connections.read_until(time.time() + scenario.warm_seconds)
    load.recorder.clear()
    if scenario.interval:
        for connection in connections.open.values():
            connection.arrivals = []
    stage("measuring", scenario.seconds + GRACE_SECONDS)
    load.begin()
    connections.read_until(time.time() + scenario.seconds)
    began, _, busy = load.end()
    for connection in connections.open.values():
        connection.arrivals, connection.beats = None, connection.arrivals or []
    connections.read_until(time.time() + GRACE_SECONDS)
    figures = load.recorder.figures(began, began + scenario.seconds)
    return {**busy, **latencies(figures), "closed": connections.closed}


def _lateness(clients: list[Connection], interval: int) -> Result:
    """By how much messages came after the beats of their interval, which the earliest to each client shows, p99."""
    late: list[float] = []
    for client in clients:
        beats = [arrival - number * interval / 1000 for number, arrival in enumerate(client.beats)]
        late.extend(beat - min(beats) for beat in beats)
    late.sort()
    return {"beats": len(late), "late": late[int(len(late) * 0.99)]} if interval and late else {}


def slow(load: Load) -> Result:
    """The same load twice: with all clients reading, then with some that have stopped to read."""
    scenario, connections = load.scenario, load.connections
    clients = load.clients()
    stalled = clients[: scenario.stalled]
    for client in stalled:
        client.is_counted = False
    stage("connecting")
    connections.connect(clients)
    wait_for_feed()
    together = _measure(load)
    result: Result = {"p99_together": together["p99"]}
    peers = {client.socket.getsockname()[1] for client in stalled}
    before = load.memory()
    for client in stalled:
        connections.pause(client)
    result |= {**_measure(load), "due": scenario.due}
    if load.job.pid:
        result["memory_kernel"] = socket_memory(load.job.port, peers) / scenario.stalled
        if scenario.stalled >= FEW:
            result["memory_stalled"] = (load.memory() - before) / scenario.stalled + result["memory_kernel"]
    return result


def idle(load: Load) -> Result:
    """Memory of connections of three sorts, one sort after the other."""
    scenario, count = load.scenario, load.scenario.clients
    shared = replace(scenario, transport="sse", mode="latest", interval=250, symbols_each=1)
    sorts = {
        "memory_sse_shared": shared,
        "memory_sse_own": replace(shared, symbols_each=20),
        "memory_websocket": replace(scenario, symbols_each=1),
    }
    result: Result = {}
    for name, sort in sorts.items():
        stage(f"connecting {count} for {name.replace('_', ' ')}")
        load.connections.connect([load.client(number, sort) for number in range(100)])
        load.connections.read_until(time.time() + 1)
        before = load.memory()
        load.connections.connect([load.client(number, sort) for number in range(100, 100 + count)])
        load.connections.read_until(time.time() + 2)
        result[name] = (load.memory() - before) / count
    return {**result, "closed": load.connections.closed}


def resume(load: Load) -> Result:
    """A herd of SSE dashboards goes and comes back at once, while others read."""
    scenario, connections, recorder = load.scenario, load.connections, load.recorder
    dashboards = replace(scenario, transport="sse", mode="latest", interval=250)
    stage("connecting")
    connections.connect([load.client(number, replace(scenario, transport="websocket")) for number in range(OTHERS)])
    herd = [load.client(number, dashboards) for number in range(scenario.clients)]
    for client in herd:
        client.is_counted = False
    connections.connect(herd)
    wait_for_feed()
    stage("warming up", scenario.warm_seconds)
    connections.read_until(time.time() + scenario.warm_seconds)
    recorder.clear()
    stage("measuring", 2 * scenario.seconds + ABSENCE_SECONDS)
    load.begin()
    connections.read_until(time.time() + scenario.seconds)
    began, _, busy = load.end()
    connections.read_until(time.time() + GRACE_SECONDS)
    before = recorder.figures(began, began + scenario.seconds)
    back = []
    for number, client in enumerate(herd):
        found = _ID.findall(client.tail)
        back.append(load.client(number, dashboards, found[-1] if found else b""))
        back[-1].is_counted = False
        connections.close(client)
    connections.read_until(time.time() + ABSENCE_SECONDS)
    return {**busy, **_come_back(load, back), "p99_before": before.percentile(0.99), "closed": connections.closed}


def _come_back(load: Load, back: list[Connection]) -> Result:
    """Connect the herd at once; how long until all were level, and what it was like for the others."""
    connections, recorder = load.connections, load.recorder
    recorder.clear()
    memory = most_memory = load.memory()
    began = time.time()
    connections.connect_at_once(back)
    while connections.unanswered and time.time() < began + load.scenario.seconds:
        connections.read_until(time.time() + 0.1)
        most_memory = max(most_memory, load.memory())
    level = max(client.answered for client in back) - began
    connections.read_until(began + load.scenario.seconds + GRACE_SECONDS)
    figures = recorder.figures(began, began + load.scenario.seconds)
    return {
        **latencies(figures),
        "due": round(OTHERS * load.scenario.symbols_each * load.scenario.seconds * load.scenario.rate / 500),
        "level": level,
        "unanswered": connections.unanswered,
        "resumed_with_cursor": sum(b"Last-Event-ID" in client.first for client in back),
        "memory_herd": most_memory - memory,
    }


MEASURES: Mapping[str, Callable[[Load], Result]] = {
    "fan_out": fan_out,
    "slow": slow,
    "idle": idle,
    "resume": resume,
    "poll": poll,
    "ingest": ingest,
}
