"""That a node follows its keys file, and keeps the last good keys where it can't."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from feeds.embedded import EmbeddedSource
from tests.keys import Given, Keys
from tests.web.conftest import Served, config_with
from tests.web.test_handover import until
from tests.web.test_metrics import scrape
from tests.wire import open_stream, poll_once
from ticker.config import InvalidConfig
from ticker.key_file import Version, version_of
from ticker.keys import Key
from web.key_watch import KeyWatch
from web.node import Node
from web.server import serving

UNREADABLE = "no keys could be read: the last good ones are in force"


class Looks:
    """How often the file was looked at."""

    def __init__(self) -> None:
        self.count = 0

    def version_of(self, path: Path) -> Version:
        self.count += 1
        return version_of(path)

    async def more(self, number: int = 5) -> None:
        """Wait until it was looked at so many times more."""
        goal = self.count + number
        await until(lambda: self.count >= goal)


@pytest.fixture(autouse=True)
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    looks = Looks()
    monkeypatch.setattr("web.key_watch.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("web.key_watch.version_of", looks.version_of)
    return looks


@pytest.fixture
def file(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.json")


@pytest.fixture
def settings(file: Keys) -> dict[str, object]:
    return {"auth__keys_file": str(file.path), "auth__anonymous": []}


async def status_of(served: Served, given: Given) -> int:
    return (await poll_once(served.address, "quotes=AAPL", given.bearer))[0]


async def until_status(served: Served, given: Given, status: int) -> None:
    async with asyncio.timeout(20):
        while await status_of(served, given) != status:
            await asyncio.sleep(0.01)


async def until_failures(served: Served, number: float) -> None:
    await until(lambda: served.node.key_watch.failures == number)


async def until_said(lines: list[EventDict], event: str) -> None:
    await until(lambda: event in [line["event"] for line in lines])


async def test_keys_come_and_go(served: Served, file: Keys) -> None:
    one = await file.add()
    await until_status(served, one, 200)
    two = await file.add(channels=["games/*"])
    await until_status(served, two, 403)
    await file.change(two, channels=("quotes/*",))
    await until_status(served, two, 200)
    await file.revoke(one)
    await until_status(served, one, 401)
    assert await status_of(served, two) == 200


async def test_a_file_that_is_not_there_yet_is_said_once(file: Keys, looks: Looks) -> None:
    node = Node(config_with(auth__keys_file=str(file.path), auth__anonymous=[]), EmbeddedSource)
    with capture_logs() as lines:
        async with serving(node) as (address, admin):
            assert isinstance(node.source, EmbeddedSource)
            served = Served(node, node.source, address, admin)
            await looks.more()
            given = await file.add()
            await until_status(served, given, 200)
            assert node.key_watch.failures == 1
    said = [line["reason"] for line in lines if line["event"] == UNREADABLE]
    assert said == [f"{file.path}: there is none: make it with ticker keys add"]


async def test_a_broken_file_keeps_the_last_good_keys(served: Served, file: Keys, looks: Looks) -> None:
    given = await file.add()
    await until_status(served, given, 200)
    stream = await open_stream(served.address, "quotes=AAPL&interval=0", headers=given.bearer)
    await stream.until("snapshot")
    before = (await scrape(served))["ticker_keys_file_failures_total", ""]
    good = await asyncio.to_thread(file.path.read_bytes)
    with capture_logs() as lines:
        for number, data in enumerate((good[:-20], b"[]", b'{"keys":[{"id":"TK"}]}'), 1):
            await file.write(data)
            await until_failures(served, before + number)
            await looks.more()
            assert await status_of(served, given) == 200
        await asyncio.to_thread(file.path.unlink)
        await until_failures(served, before + 4)
        await looks.more()
        assert await status_of(served, given) == 200
    said = [line["reason"] for line in lines if line["event"] == UNREADABLE]
    assert len(said) == 4
    assert all(reason.startswith(f"{file.path}: ") for reason in said)
    found = await scrape(served)
    assert found["ticker_keys_file_failures_total", ""] == before + 4
    assert found["ticker_key_connections", ""] == 1
    await file.write(good)
    other = await file.add()
    await until_status(served, other, 200)
    await served.quote("AAPL", 7)
    assert [event["bp"] for event in (await stream.until("events")).data] == [7]
    await file.write(b"")
    await until_failures(served, before + 5)


async def test_a_file_that_comes_back_as_it_was_is_read_again(served: Served, file: Keys) -> None:
    given, away = await file.add(), file.path.with_name("away")
    await until_status(served, given, 200)
    before = served.node.key_watch.failures
    for number in (1, 2):
        await asyncio.to_thread(file.path.rename, away)
        await until_failures(served, before + number)
        with capture_logs() as lines:
            await asyncio.to_thread(away.rename, file.path)
            await until_said(lines, "keys read")


async def test_who_could_not_be_told_is_told_again(file: Keys) -> None:
    told: list[int] = []

    async def change(keys: Mapping[str, Key]) -> None:
        told.append(len(keys))
        if len(told) == 2:
            raise RuntimeError

    given = await file.add()
    watch = KeyWatch(str(file.path), change)
    with capture_logs() as lines:
        await watch.start()
        await file.revoke(given)
        await until(lambda: len(told) == 3)
        await watch.stop()
    assert told == [1, 0, 0]
    assert [line["event"] for line in lines] == ["following the keys file failed: trying again", "keys read"]


async def test_a_node_does_not_start_on_what_is_no_keys_file(file: Keys) -> None:
    folder = file.path.parent / "folder"
    await asyncio.to_thread(folder.mkdir)
    await file.write(b"[]")
    for path, said in ((file.path, "not a keys file"), (folder, "can't be read: Is a directory")):
        node = Node(config_with(auth__keys_file=str(path)), EmbeddedSource)
        with pytest.raises(InvalidConfig, match=rf"auth\.keys_file: {path}: {said}"):
            async with serving(node):
                pass


async def test_nothing_follows_where_there_is_no_file(looks: Looks) -> None:
    tasks = asyncio.all_tasks()
    node = Node(config_with(), EmbeddedSource)
    await node.key_watch.start()
    assert asyncio.all_tasks() == tasks
    await node.key_watch.stop()
    assert looks.count == 0
