"""That a key which may read only `quotes/A*` is given nothing else, by no way in."""

import asyncio
from pathlib import Path

import pytest

from tests.keys import Given, Keys
from tests.web.conftest import Served
from tests.web.test_handover import until
from tests.wire import Connection, Heard, PollParser, connect, open_socket, open_stream, poll_once
from ticker.authorizer import Credentials

NOT_THEIRS = [
    "quotes=MSFT",
    "quotes=*",
    "quotes=AAPL,MSFT",
    "quotes=AAPL,*",
    "quotes=a",
    "trades=AAPL",
    "quotes=AAPL&games=nfl",
    "daily_bars=*",
]
ALL_KINDS = ("quotes", "trades", "games")


@pytest.fixture
def file(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.json")


@pytest.fixture
def theirs(file: Keys) -> Given:
    return file.add_at_once(channels=["quotes/A*"])


@pytest.fixture
def all_of_it(file: Keys) -> Given:
    return file.add_at_once()


@pytest.fixture
def settings(file: Keys, theirs: Given, all_of_it: Given) -> dict[str, object]:
    assert theirs.key != all_of_it.key
    return {"auth__keys_file": str(file.path), "auth__anonymous": []}


async def answer(served: Served, path: str, headers: dict[str, str] | None = None) -> tuple[int, Heard, dict[str, str]]:
    """One answer that is no stream."""
    parser = PollParser()
    connection = await connect(served.address, parser)
    connection.get(path, headers)
    heard: list[Heard] | None = []
    while not heard:
        heard = await connection.hear()
        assert heard is not None, "the node ended the connection without an answer"
    connection.cut()
    return parser.status, heard[0], parser.headers


async def symbols_until(connection: Connection, last: str) -> list[str]:
    """The symbols of all events up to the first of `last`."""
    found: list[str] = []
    while last not in found:
        heard = await connection.following()
        if heard.name in ("events", "snapshot"):
            found.extend(event["S"] for event in heard.data)
    return found


@pytest.mark.parametrize("query", NOT_THEIRS)
async def test_urls(served: Served, theirs: Given, all_of_it: Given, query: str) -> None:
    _, _, headers = await poll_once(served.address, query, all_of_it.bearer)
    tag = {"If-None-Match": headers["etag"]}
    for shown in (theirs.bearer, theirs.alpaca):
        for path in ("stream", "poll"):
            status, heard, _ = await answer(served, f"/v1/{path}?{query}", shown)
            assert (status, heard.data["code"]) == (403, "not_allowed")
        # The poll is a known one by now.
        assert (await answer(served, f"/v1/poll?{query}", {**shown, **tag}))[0] == 403
    assert (await answer(served, f"/v1/poll?{query}", {**all_of_it.bearer, **tag}))[0] == 304


async def test_without_a_key_or_with_a_wrong_one(served: Served, theirs: Given) -> None:
    wrong = [
        {},
        {"Authorization": f"Bearer {theirs.key}.{theirs.secret}x"},
        {"Authorization": f"Bearer {theirs.key}"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {theirs.key}.{theirs.secret}"},
        {"APCA-API-KEY-ID": theirs.key},
        {"APCA-API-SECRET-KEY": theirs.secret},
        {"APCA-API-KEY-ID": theirs.key, "APCA-API-SECRET-KEY": "\xff"},
    ]
    for shown in wrong:
        for path in ("stream", "poll"):
            status, heard, headers = await answer(served, f"/v1/{path}?quotes=AAPL", shown)
            assert (status, heard.data["code"]) == (401, "not_authenticated")
            assert headers["www-authenticate"] == 'Bearer realm="ticker"'
            assert theirs.secret not in str(heard.data)


@pytest.mark.parametrize("scheme", ["bearer", "alpaca"])
async def test_a_stream(served: Served, theirs: Given, all_of_it: Given, scheme: str) -> None:
    shown = {"bearer": theirs.bearer, "alpaca": theirs.alpaca}[scheme]
    await served.quote("MSFT", 1)
    await served.quote("AAPL", 1)
    other = await open_stream(served.address, "quotes=MSFT", headers=all_of_it.bearer)
    cursor = (await other.until("snapshot")).cursor
    stream = await open_stream(served.address, "quotes=AAPL,A&interval=0", cursor, shown)
    assert (await stream.until("reset")).data == {"reason": "channels", "channels": ["quotes/A", "quotes/AAPL"]}
    assert await symbols_until(stream, "AAPL") == ["AAPL"]
    for symbol in ("MSFT", "B", "A"):
        await served.quote(symbol, 2)
    assert await symbols_until(stream, "A") == ["A"]
    status, heard, _ = await answer(served, "/v1/stream?quotes=AAPL&added=quotes/MSFT", shown)
    assert (status, heard.data["code"]) == (400, "invalid_subscription")


async def test_a_poll(served: Served, theirs: Given, all_of_it: Given) -> None:
    await served.quote("MSFT", 1)
    await served.quote("AAPL", 1)
    _, heard, headers = await poll_once(served.address, "quotes=MSFT", all_of_it.bearer)
    tag, cursor = {"If-None-Match": headers["etag"]}, heard[-1].cursor
    status, heard, _ = await poll_once(served.address, "quotes=AAPL", {**theirs.bearer, **tag})
    assert (status, [event["S"] for event in heard[-1].data]) == (200, ["AAPL"])
    query = f"quotes=AAPL&cursor={cursor}&wait=20"
    status, (reset, events), _ = await poll_once(served.address, query, theirs.bearer)
    assert (status, reset.data["channels"]) == (200, ["quotes/AAPL"])
    assert [event["S"] for event in events.data] == ["AAPL"]
    status, heard, _ = await poll_once(served.address, f"quotes=MSFT&cursor={cursor}&wait=20", theirs.bearer)
    assert (status, heard[0].data["code"]) == (403, "not_allowed")


async def refused(socket: Connection, **wanted: object) -> tuple[int, str]:
    socket.send({"action": "subscribe", **wanted})
    said = (await socket.until("error")).data
    return said["code"], said["msg"]


@pytest.mark.parametrize("by_headers", [False, True])
async def test_a_websocket(served: Served, theirs: Given, all_of_it: Given, by_headers: bool) -> None:
    await served.quote("MSFT", 1)
    await served.quote("AAPL", 1)
    other = await open_stream(served.address, "quotes=MSFT", headers=all_of_it.bearer)
    cursor = (await other.until("snapshot")).cursor
    socket = await open_socket(served.address, headers=theirs.bearer if by_headers else None)
    await socket.until("success")
    if not by_headers:
        assert (await refused(socket, quotes=["AAPL"]))[0] == 401
        for wrong, code in (({"action": "auth"}, 400), ({**theirs.auth, "secret": "x"}, 402)):
            socket.send(wrong)
            assert (await socket.until("error")).data["code"] == code
        assert (await refused(socket, quotes=["AAPL"]))[0] == 401
        socket.send(theirs.auth)
        assert (await socket.until("success")).data["msg"] == "authenticated"
    for names in (["MSFT"], ["*"], ["AAPL", "MSFT"], ["AAPL", "*"]):
        for kind in ALL_KINDS:
            code, text = await refused(socket, **{kind: names})
            assert code == 409
            assert text.startswith("insufficient subscription: not allowed to read ")
    assert (await refused(socket, quotes=["MSFT"], cursor=cursor, snapshot=True))[0] == 409
    socket.send({"action": "subscribe", "quotes": ["AAPL"], "cursor": cursor})
    assert (await socket.until("subscription")).data["quotes"] == ["AAPL"]
    assert (await socket.until("reset")).data["channels"] == ["quotes/AAPL"]
    assert await symbols_until(socket, "AAPL") == ["AAPL"]
    assert (await refused(socket, quotes=["MSFT"]))[0] == 409
    socket.send({"action": "subscribe", "quotes": ["A"]})
    assert (await socket.until("subscription")).data["quotes"] == ["A", "AAPL"]
    for symbol in ("MSFT", "B", "A"):
        await served.quote(symbol, 2)
    assert await symbols_until(socket, "A") == ["A"]


async def test_how_many_channels(served: Served, file: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.key_watch.LOOK_SECONDS", 0.02)
    few = await file.add(channels=["quotes/A*"], most_channels=2)
    shown = Credentials(few.key, few.secret)
    await until(lambda: served.node.authorizer.grant(shown) is not None)
    socket = await open_socket(served.address)
    socket.send(few.auth)
    for said in ("connected", "authenticated"):
        assert (await socket.until("success")).data["msg"] == said
    for path in ("stream", "poll"):
        status, heard, _ = await answer(served, f"/v1/{path}?quotes=A,AA,AAA", few.bearer)
        assert (status, heard.data["code"]) == (400, "invalid_subscription")
        assert "more than 2 channels" in heard.data["message"]
    assert (await answer(served, "/v1/poll?quotes=A,AA", few.bearer))[0] == 200
    assert (await refused(socket, quotes=["A", "AA", "AAA"]))[0] == 405
    socket.send({"action": "subscribe", "quotes": ["A", "AA"]})
    await socket.until("subscription")
    assert await refused(socket, quotes=["AAA"]) == (405, "symbol limit exceeded: 2 channels are the most")
    await served.quote("AA", 1)
    assert await symbols_until(socket, "AA") == ["AA"]


async def test_a_known_poll_is_bounded_too(served: Served, file: Keys, all_of_it: Given) -> None:
    _, _, headers = await poll_once(served.address, "quotes=A,AA,AAA", all_of_it.bearer)
    tag = {"If-None-Match": headers["etag"]}
    assert (await poll_once(served.address, "quotes=A,AA,AAA", {**tag, **all_of_it.bearer}))[0] == 304
    await file.change(all_of_it, most_channels=2)
    async with asyncio.timeout(5):
        while (await poll_once(served.address, "quotes=A,AA,AAA", {**tag, **all_of_it.bearer}))[0] != 400:
            await asyncio.sleep(0.01)


class TestAnonymous:
    @pytest.fixture
    def settings(self, file: Keys, theirs: Given) -> dict[str, object]:
        assert theirs.key
        return {"auth__keys_file": str(file.path), "auth__anonymous": ["games/*"]}

    async def test_anybody_may_read_what_is_open_and_a_key_adds_to_it(self, served: Served, theirs: Given) -> None:
        assert (await answer(served, "/v1/poll?games=nfl"))[0] == 200
        assert (await answer(served, "/v1/poll?games=nfl&quotes=AAPL"))[0] == 401
        assert (await answer(served, "/v1/poll?games=nfl&quotes=AAPL", theirs.bearer))[0] == 200
        wrong = {"Authorization": f"Bearer {theirs.key}.x"}
        assert (await answer(served, "/v1/poll?games=nfl", wrong))[0] == 401
        socket = await open_socket(served.address)
        socket.send({"action": "subscribe", "games": ["nfl"]})
        await socket.until("subscription")
        assert await refused(socket, quotes=["AAPL"]) == (401, "not authenticated: not allowed to read quotes/AAPL")
        socket.send({**theirs.auth, "secret": "x"})
        assert (await socket.until("error")).data["code"] == 402
        socket.send(theirs.auth)
        await socket.until("success")
        socket.send({"action": "subscribe", "quotes": ["AAPL"]})
        assert (await socket.until("subscription")).data["games"] == ["nfl"]
        assert (await refused(socket, quotes=["MSFT"]))[0] == 409


class TestOpen:
    @pytest.fixture
    def settings(self, file: Keys) -> dict[str, object]:
        return {"auth__keys_file": str(file.path)}

    async def test_wrong_credentials_are_anybodys(self, served: Served, theirs: Given) -> None:
        wrong = {"Authorization": f"Bearer {theirs.key}.x"}
        assert (await answer(served, "/v1/poll?games=nfl", wrong))[0] == 200
        socket = await open_socket(served.address, headers=wrong)
        assert (await socket.until("success")).data["msg"] == "connected"
        socket.send({**theirs.auth, "secret": "x"})
        assert (await socket.until("success")).data["msg"] == "authenticated"
        socket.send({"action": "subscribe", "quotes": ["*"]})
        await socket.until("subscription")
