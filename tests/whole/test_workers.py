"""Several workers on one port: each serves, one that is lost is replaced, and all leave with their parent."""

import asyncio
import json
import os
import re
import signal
from pathlib import Path

from tests.conftest import SharedBroker
from tests.whole.processes import NodeProcess, Processes
from tests.whole.test_faults import produce, trade
from tests.wire import Connection, open_stream

READERS = 24
"""So many that each of two workers gets some: the kernel gives each its worker by chance."""
QUERY = "trades=*&mode=every&interval=0&history=0"


async def started(processes: Processes, bootstrap: str, prefix: str, **variables: str) -> NodeProcess:
    """Two workers on topics of their own, ready."""
    await processes.run("topics", "create", "--kafka", bootstrap, "--prefix", prefix)
    node = await processes.node(bootstrap, prefix, TICKER_SERVER__WORKERS="2", **variables)
    await node.is_ready()
    return node


async def connected(node: NodeProcess) -> list[Connection]:
    """Readers that have been taken in."""
    streams = [await open_stream(node.address, QUERY) for _ in range(READERS)]
    for stream in streams:
        await stream.until("status")
    return streams


def pids(node: NodeProcess) -> dict[int, list[int]]:
    """Each worker's processes, one after another."""
    found: dict[int, list[int]] = {1: [], 2: []}
    for line in node.command.lines:
        if line["event"] == "worker started":
            found[int(str(line["worker"]))].append(int(str(line["process"])))
    return found


def is_running(pid: int) -> bool:
    """Whether there is such a process, and not only its exit status."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def are_gone(gone: list[int]) -> None:
    async with asyncio.timeout(30):
        while any(map(is_running, gone)):
            await asyncio.sleep(0.05)


async def health(node: NodeProcess, status: int) -> str:
    """What /healthz says once it has this status."""
    async with asyncio.timeout(30):
        while (said := await node.ask("/healthz"))[0] != status:
            await asyncio.sleep(0.02)
    return said[1]


async def hear_or_lose(stream: Connection, ids: list[int]) -> bool:
    """Hear exactly these trades; False where the connection ends before any of them."""
    seen: list[int] = []
    async with asyncio.timeout(30):
        while len(seen) < len(ids):
            try:
                heard = await stream.hear()
            except ConnectionError:
                heard = None
            if heard is None:
                assert not seen
                return False
            for message in heard:
                assert message.name in ("events", "status", "heartbeat")
                if message.name == "events":
                    seen.extend(event["i"] for event in message.data)
    assert sorted(seen) == ids
    return True


async def test_a_worker_that_is_killed_comes_back(broker: SharedBroker, prefix: str, processes: Processes) -> None:
    node = await started(processes, broker.bootstrap, prefix)
    assert await node.ask("/healthz") == (200, '{"status":"live"}')
    status, metrics = await node.ask("/metrics")
    assert status == 200
    assert 'ticker_feed_live{kind="quotes"} 1' in metrics
    streams = await connected(node)
    before, after = list(range(1, 51)), list(range(51, 101))
    await produce(broker.bootstrap, prefix, [trade(f"S{n % 5}", n) for n in before])
    assert all(await asyncio.gather(*(hear_or_lose(stream, before) for stream in streams)))

    first = {worker: found[0] for worker, found in pids(node).items()}
    os.kill(first[1], signal.SIGKILL)
    said = json.loads(await health(node, 503))
    assert said == {"status": "not live", "reason": "worker 1: ended with status -9"}
    await produce(broker.bootstrap, prefix, [trade(f"S{n % 5}", n) for n in after])
    stayed = await asyncio.gather(*(hear_or_lose(stream, after) for stream in streams))
    assert set(stayed) == {True, False}, "both had readers, and only those of one have lost it"

    await health(node, 200)
    await node.is_ready()
    assert [len(found) for found in pids(node).values()] == [2, 1]
    assert is_running(first[2])
    again = [stream for stream, stays in zip(streams, stayed, strict=True) if stays] + await connected(node)
    new = list(range(101, 151))
    await produce(broker.bootstrap, prefix, [trade(f"S{n % 5}", n) for n in new])
    assert all(await asyncio.gather(*(hear_or_lose(stream, new) for stream in again)))


async def test_a_worker_that_goes_mute_is_replaced(broker: SharedBroker, prefix: str, processes: Processes) -> None:
    node = await started(processes, broker.bootstrap, prefix, TICKER_SERVER__MUTE_SECONDS="4")
    mute = pids(node)[2][0]
    os.kill(mute, signal.SIGSTOP)
    async with asyncio.timeout(30):
        while (said := await node.readiness()) != (503, '{"status":"not ready","reason":"worker 2: doesn\'t answer"}'):
            assert said[0] == 200 or "worker 2" in said[1], said
            assert len(pids(node)[2]) == 1, "it was replaced, and nobody had been told why it isn't ready"
            await asyncio.sleep(0.02)
    reason = (await node.command.logged("worker lost: starting it again"))["reason"]
    assert reason == "not heard of for 4 seconds: killed"
    await node.is_ready()
    await are_gone([mute])
    assert [len(found) for found in pids(node).values()] == [1, 2], node.command.lines


async def test_all_leave_when_the_parent_is_asked_to(broker: SharedBroker, prefix: str, processes: Processes) -> None:
    node = await started(processes, broker.bootstrap, prefix)
    streams = await connected(node)
    node.command.process.send_signal(signal.SIGTERM)
    for stream in streams:
        await stream.until("shutdown")
    assert await node.command.stop() == 0
    assert not any(is_running(pid) for found in pids(node).values() for pid in found)
    told = [line for line in node.command.lines if line["event"] == "leaving: telling the readers"]
    assert sorted(int(str(line["worker"])) for line in told) == [1, 2], node.command.lines
    readers = [int(str(line["readers"])) for line in told]
    assert sum(readers) == READERS
    assert min(readers) > 0, "both had readers"


async def test_all_leave_when_the_parent_is_killed(broker: SharedBroker, prefix: str, processes: Processes) -> None:
    node = await started(processes, broker.bootstrap, prefix)
    streams = await connected(node)
    sockets = {
        Path(str(line["admin"])) for line in node.command.lines if line["event"] == "serving" and "worker" in line
    }
    assert len(sockets) == 2
    assert all(path.is_socket() for path in sockets)
    await processes.kill(node.command)
    for stream in streams:
        await stream.until("shutdown")
    await are_gone([pid for found in pids(node).values() for pid in found])
    assert not any(path.parent.exists() for path in sockets)


async def test_each_worker_says_why_it_is_not_ready(broker: SharedBroker, prefix: str, processes: Processes) -> None:
    node = await processes.node(broker.bootstrap, prefix, TICKER_SERVER__WORKERS="2")
    async with asyncio.timeout(30):
        while (said := (await node.readiness())[1]).count("ticker topics create") < 2:
            await asyncio.sleep(0.05)
    assert re.search(r"worker 1: .*; worker 2: ", said)
    await processes.run("topics", "create", "--kafka", broker.bootstrap, "--prefix", prefix)
    await node.is_ready()
