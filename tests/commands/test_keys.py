"""`ticker keys`, and a node that is given keys by it, as processes."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.keys import Given
from tests.whole.processes import Command, Processes
from tests.wire import PollParser, connect, open_socket, open_stream, poll_once
from ticker.key_file import read_key_file


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "keys.json"
    monkeypatch.setenv("TICKER_AUTH__KEYS_FILE", str(path))
    monkeypatch.setenv("TICKER_AUTH__ANONYMOUS", "")
    return path


def start(*arguments: str) -> subprocess.Popen[str]:
    """`ticker keys`, under way."""
    command = [sys.executable, "-m", "ticker", "keys", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit status, what it printed, and its errors."""
    printed, errors = process.communicate(timeout=60)
    return process.returncode, printed, errors


def keys(*arguments: str) -> tuple[int, str, str]:
    return ended(start(*arguments))


def given_by(process: subprocess.Popen[str]) -> tuple[Given, str]:
    """The new key, and what was printed."""
    status, printed, errors = ended(process)
    assert (status, errors) == (0, "")
    found = re.match(r"key     (TK[0-9A-Z]{18})\nsecret  ([A-Za-z0-9_-]{43})\n", printed)
    assert found, printed
    return Given(found[1], found[2]), printed


def add(*arguments: str) -> tuple[Given, str]:
    return given_by(start("add", *arguments))


def test_add_list_and_revoke(path: Path) -> None:
    one, printed = add("--name", "Ann", "--channels", "quotes/A*", "--channels", "games/nfl", "--most-channels=5")
    for said in (
        f"Authorization: Bearer {one.key}.{one.secret}\n",
        f"APCA-API-KEY-ID: {one.key} and APCA-API-SECRET-KEY: {one.secret}\n",
        f'StockDataStream("{one.key}", "{one.secret}")\n',
        f'api_key="{one.key}.{one.secret}"',
    ):
        assert said in printed
    two, _ = add("--feeds", "iex", "--feeds", "us", "--most-connections", "2")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [name.name for name in path.parent.iterdir()] == ["keys.json"]
    for given in (one, two):
        assert given.secret not in path.read_text()
    status, printed, _ = keys("list")
    assert status == 0
    rows = [re.split(r"  +", line) for line in printed.splitlines()]
    assert rows[0] == ["key", "name", "channels", "feeds", "most channels", "most connections", "created"]
    assert [row[:-1] for row in rows[1:]] == [
        [one.key, "Ann", "quotes/A*,games/nfl", "*", "5", "-"],
        [two.key, "-", "*", "iex,us", "-", "2"],
    ]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[-1]) for row in rows[1:])
    assert one.secret not in printed
    status, printed, _ = keys("revoke", one.key)
    assert (status, printed) == (0, f"{one.key} is revoked: nodes close its connections within 5 seconds\n")
    assert list(read_key_file(path)[0]) == [two.key]
    status, _, errors = keys("revoke", f"{one.key}.{one.secret}")
    assert status == 1
    assert f"no key '{one.key}'" in errors
    assert one.secret not in errors


def test_keys_added_at_once_are_all_there(path: Path) -> None:
    adding = [start("add") for _ in range(4)]
    given = [given_by(process)[0] for process in adding]
    assert set(read_key_file(path)[0]) == {one.key for one in given}


def test_what_can_not_be_done_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, said in (
        (["add", "--channels", "qoutes/A"], "is no pattern of channels: write *"),
        (["add", "--feeds", "a b"], "is no feed"),
        (["add", "--name", "a\nb"], "a name is one line of 64 characters at most"),
        (["add", "--most-channels", "0"], "not a whole number above 0"),
        (["add", "--most-connections", "many"], "not a whole number above 0"),
        ([], "ACTION"),
    ):
        status, _, errors = keys(*arguments)
        assert status == 2
        assert said in errors
    assert not path.exists()
    status, _, errors = keys("list")
    assert (status, errors) == (1, f"ticker keys: {path}: No such file or directory\n")
    path.write_text("{}")
    for arguments in (["add"], ["list"], ["revoke", "TK"]):
        status, _, errors = keys(*arguments)
        assert status == 1
        assert errors.startswith(f"ticker keys: {path}: not a keys file: ")
    monkeypatch.delenv("TICKER_AUTH__KEYS_FILE")
    status, _, errors = keys("add")
    assert status == 2
    assert "TICKER_AUTH__KEYS_FILE" in errors


@pytest.mark.usefixtures("path")
def test_a_key_that_restricts_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TICKER_AUTH__ANONYMOUS")
    status, _, errors = keys("add")
    assert status == 0
    assert errors == "Note: [auth] anonymous lets everybody read everything, with a key or without.\n"


def test_anonymous_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKER_AUTH__ANONYMOUS", "games/*,qoutes/A")
    status, _, errors = keys("list")
    assert status == 2
    assert "auth.anonymous: 'qoutes/A' is no pattern of channels" in errors
    assert "TICKER_AUTH__ANONYMOUS" in errors


async def serve(processes: Processes, path: Path) -> tuple[Command, str]:
    """A node that follows the keys file, and its address."""
    where = ["--feed", "simulate", "--port", "0", "--admin-port", "0"]
    variables = {"TICKER_AUTH__KEYS_FILE": str(path), "TICKER_AUTH__ANONYMOUS": ""}
    command = await processes.start("serve", *where, **variables)
    return command, str((await command.logged("serving"))["address"])


async def test_a_node_follows_and_no_log_holds_a_secret(path: Path, processes: Processes) -> None:
    given, _ = await asyncio.to_thread(add, "--channels", "quotes/*")
    command, address = await serve(processes, path)
    wrong = Given(given.key, "wrong-secret-of-somebody")
    unknown = Given("TK" + "0" * 18, "secret-of-an-unknown-key")
    assert (await poll_once(address, "quotes=AAPL", given.bearer))[0] == 200
    assert (await poll_once(address, "trades=AAPL", given.alpaca))[0] == 403
    stream = await open_stream(address, "quotes=AAPL", headers=given.bearer)
    await stream.until("snapshot")
    socket = await open_socket(address)
    for bad in (wrong, unknown):
        for headers in (bad.bearer, bad.alpaca):
            assert (await poll_once(address, "quotes=AAPL", headers))[0] == 401
        socket.send(bad.auth)
        assert (await socket.until("error")).data["code"] == 402
    socket.send(given.auth)
    await socket.until("success")
    socket.send({"action": given.secret})
    await socket.until("error")
    for broken in ("Authorization: Bearer \0", "Authorization : Bearer ", "Authorization: " + "x" * 9000):
        # aiohttp would quote what it can't read.
        connection = await connect(address, PollParser())
        connection.get("/healthz", {"X": f"1\r\n{broken}{given.secret}"})
        heard = await connection.hear()
        assert heard
        assert given.secret.encode() not in connection.raw
        assert heard[0].data["code"] == "not_http"
        connection.cut()
    status, _, _ = await asyncio.to_thread(keys, "revoke", given.key)
    assert status == 0
    assert (await stream.until_end(5))[-1].data["reason"] == "revoked"
    await socket.until_end(5)
    assert await command.stop() == 0
    logged = json.dumps(command.lines)
    assert "keys read" in logged
    for secret in (given.secret, wrong.secret, unknown.secret, "Bearer"):
        assert secret not in logged


def test_a_node_does_not_start_on_a_broken_file(path: Path) -> None:
    path.write_text("{")
    where = ["--feed", "simulate", "--port", "0", "--admin-port", "0"]
    command = [sys.executable, "-m", "ticker", "serve", *where]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert process.returncode == 2
    assert f"auth.keys_file: {path}: not a keys file" in process.stderr
