"""Each recording, from a file through Kafka and two nodes to a reader of each transport."""

import asyncio
from pathlib import Path

import pytest

from feeds.recording import read_recording
from tests.conftest import SharedBroker
from tests.whole.conftest import RECORDINGS
from tests.whole.processes import Processes, compare
from tests.whole.readers import Reader


def log_events_in(recording: Path) -> int:
    return sum(message.kind in ("trades", "plays") for message in read_recording(recording))


async def level(readers: list[Reader], log_events: int, seconds: float) -> None:
    """Wait until each reader has so many events of log kinds, or one more than it should."""
    async with asyncio.timeout(seconds):
        while any(reader.log_events < log_events for reader in readers):
            await asyncio.sleep(0.05)


async def quiet(readers: list[Reader]) -> None:
    """Wait until nothing but heartbeats has come for a second."""
    before = None
    while (now := [dict(reader.heard, heartbeat=0) for reader in readers]) != before:
        before = now
        await asyncio.sleep(1)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name.split(".")[0])
async def test_every_event_reaches_every_transport(
    recording: Path, broker: SharedBroker, prefix: str, processes: Processes, tmp_path: Path
) -> None:
    where = ["--kafka", broker.bootstrap, "--prefix", prefix]
    printed = await processes.run("topics", "create", *where)
    assert printed.count("created") == 9
    nodes = [await processes.node(broker.bootstrap, prefix) for _ in range(2)]
    for node in nodes:
        await node.is_ready()
    first, second = (node.address for node in nodes)
    readers = [
        Reader("socket", "socket", [first], tmp_path),
        Reader("sse", "sse", [second], tmp_path),
        Reader("poll", "poll", [first], tmp_path),
    ]
    async with asyncio.TaskGroup() as group:
        for reader in readers:
            group.create_task(reader.run())
        async with asyncio.timeout(10):
            while not all(reader.heard for reader in readers) or not readers[0].heard.get("subscription"):
                await asyncio.sleep(0.02)
        await processes.run("feed", "replay", str(recording), "--speed", "0", *where)
        await level(readers, await asyncio.to_thread(log_events_in, recording), 60)
        await quiet(readers)
        for reader in readers:
            reader.is_over = True
    said = await compare(recording, {reader.name: (reader.framing, reader.files) for reader in readers})
    assert said.count(" 0 differences") == 3
    assert not [message for reader in readers for message in reader.named if message.name in ("gap", "reset")]


async def test_readers_cut_after_any_byte_lose_and_double_nothing(
    broker: SharedBroker, prefix: str, processes: Processes, tmp_path: Path
) -> None:
    recording = next(path for path in RECORDINGS if path.name.startswith("nfl"))
    where = ["--kafka", broker.bootstrap, "--prefix", prefix]
    await processes.run("topics", "create", *where)
    nodes = [await processes.node(broker.bootstrap, prefix) for _ in range(2)]
    for node in nodes:
        await node.is_ready()
    first, second = (node.address for node in nodes)
    readers = [
        Reader("socket", "resumable", [first, second], tmp_path, cut_within=60_000),
        Reader("sse", "sse", [second, first], tmp_path, cut_within=60_000),
        Reader("poll", "poll", [first, second], tmp_path, cut_within=60_000),
    ]
    async with asyncio.TaskGroup() as group:
        for reader in readers:
            group.create_task(reader.run())
        async with asyncio.timeout(20):
            while not all(reader.cursor for reader in readers):
                await asyncio.sleep(0.02)
        # Six and a half hours in some fifteen seconds.
        await processes.run("feed", "replay", str(recording), "--speed", "1600", *where)
        await level(readers, await asyncio.to_thread(log_events_in, recording), 90)
        await quiet(readers)
        for reader in readers:
            reader.is_over = True
    for reader in readers:
        assert len(reader.files) > 10, reader.name
        assert reader.cuts_inside > 3, reader.name
    said = await compare(recording, {reader.name: (reader.framing, reader.files) for reader in readers})
    assert said.count(" 0 differences") == 3
    assert not [message for reader in readers for message in reader.named if message.name in ("gap", "reset")]
