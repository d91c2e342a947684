from pathlib import Path

import pytest

from tests.keys import Given, Keys
from tests.web.conftest import Served
from tests.web.rest import get
from tests.web.turns import turns_during
from ticker.authorizer import Grant
from ticker.events import Game, decode_event
from web.game_cards import in_order
from web.games import MOST_LEAGUES, Wanted, games_of, readable

TIME = "2021-01-08T00:00:00Z"


def game(id_: str, phase: str, start: str | None = None, **more: object) -> dict[str, object]:
    sides = [{"role": "away", "id": "GB", "score": 31}, {"role": "home", "id": "CHI", "score": 23}]
    league = id_.rpartition(".")[0]
    when = {} if start is None else {"start": start}
    return {
        "T": "game",
        "id": id_,
        "league": league,
        "t": TIME,
        "status": {"phase": phase},
        "sides": sides,
        **when,
        **more,
    }


GAMES = [
    game("nfl.1", "final", "2015-09-13T17:00:00Z"),
    game("nfl.2", "live", "2015-09-13T20:25:00Z", mine={"kept": [1]}),
    game("nfl.3", "pre", "2015-09-14T00:30:00Z"),
    game("nfl.4", "break", "2015-09-13T20:05:00.5Z"),
    game("nba.1", "final", "2015-09-12T17:00:00Z"),
    game("soccer/eng.1.1", "postponed"),
    game("soccer/eng.1.2", "forfeit", "2015-09-13T00:00:00Z"),
]


async def send_games(served: Served) -> None:
    for value in GAMES:
        await served.send("games", str(value["id"]), value)


async def found(served: Served, query: str = "", headers: dict[str, str] | None = None) -> list[str]:
    status, body, _ = await get(served.address, f"/v1/games{query}", headers)
    assert status == 200
    return [game["id"] for game in body["games"]]


async def test_games_are_whole_and_in_the_scoreboards_order(served: Served) -> None:
    await send_games(served)
    status, body, headers = await get(served.address, "/v1/games")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    by_id = {value["id"]: value for value in GAMES}
    assert [by_id[game["id"]] for game in body["games"]] == body["games"]
    ordered = ["nfl.4", "nfl.2", "soccer/eng.1.1", "nfl.3", "nfl.1", "soccer/eng.1.2", "nba.1"]
    assert [game["id"] for game in body["games"]] == ordered
    series = served.node.log.topics["games"].series.values()
    decoded = [decode_event("games", one.newest.json) for one in series]
    assert [game.id for game in in_order(game for game in decoded if isinstance(game, Game))] == ordered
    await served.send("games", "nfl.4", None)
    assert await found(served, "?limit=3") == ["nfl.2", "soccer/eng.1.1", "nfl.3"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("league=nba", ["nba.1"]),
        ("league=soccer/eng.1,nba", ["soccer/eng.1.1", "soccer/eng.1.2", "nba.1"]),
        ("league=nhl", []),
        ("league=nfl.1", []),
        ("league=", ["nfl.4", "nfl.2", "soccer/eng.1.1", "nfl.3", "nfl.1", "soccer/eng.1.2", "nba.1"]),
        ("phase=final", ["nfl.1", "nba.1"]),
        ("phase=live", ["nfl.4", "nfl.2"]),
        ("phase=next", ["soccer/eng.1.1", "nfl.3"]),
        ("phase=over", ["nfl.1", "soccer/eng.1.2", "nba.1"]),
        ("phase=break,pre", ["nfl.4", "nfl.3"]),
        ("date=2015-09-13", ["nfl.4", "nfl.2", "nfl.1", "soccer/eng.1.2"]),
        ("date=2015-09-13&tz=America/New_York", ["nfl.4", "nfl.2", "nfl.3", "nfl.1"]),
        ("date=2015-09-14&tz=Asia/Tokyo", ["nfl.4", "nfl.2", "nfl.3", "nfl.1"]),
        ("date=2015-09-12&tz=America/New_York", ["soccer/eng.1.2", "nba.1"]),
        ("date=2015-09-13&league=nfl&phase=over", ["nfl.1"]),
        ("date=2015-09-15", []),
    ],
)
async def test_games_are_chosen(served: Served, query: str, ids: list[str]) -> None:
    await send_games(served)
    assert await found(served, f"?{query}") == ids


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("phase=over,halftime", "phase is 'halftime'", "it is some of live, next, over, pre, break, final"),
        ("date=yesterday", "date is 'yesterday'", "it is a day such as 2015-09-13"),
        ("date=20150913", "date is '20150913'", "it is a day such as 2015-09-13"),
        ("date=2015-02-30", "date is '2015-02-30'", "it is a day such as 2015-09-13"),
        ("date=9999-12-31", "date is '9999-12-31'", "it is a day such as 2015-09-13"),
        ("date=0001-01-01&tz=Asia/Tokyo", "date is '0001-01-01'", "it is a day such as 2015-09-13"),
        ("tz=Mars/Olympus", "tz is 'Mars/Olympus'", "it is a time zone such as America/New_York"),
        ("tz=../../etc/passwd", "tz is '../../etc/passwd'", "it is a time zone such as America/New_York"),
        ("tz=America", "tz is 'America'", "it is a time zone such as America/New_York"),
        ("tz=", "tz is ''", "it is a time zone such as America/New_York"),
        ("league=*", "'*' is no league", "write them with commas between"),
        ("league=" + ",".join(f"l{n}" for n in range(MOST_LEAGUES + 1)), "101 leagues", "ask for 100 at most"),
        ("limit=501", "limit is '501'", "it is a whole number from 1 to 500"),
        ("team=GB", "unknown parameter 'team'", "known are league, date, tz, phase, limit"),
    ],
)
async def test_bad_parameters(served: Served, query: str, message: str, hint: str) -> None:
    status, body, _ = await get(served.address, f"/v1/games?{query}")
    assert status == 400
    assert (body["error"]["code"], body["error"]["message"]) == ("invalid_parameter", message)
    assert body["error"]["hint"].startswith(hint)


async def test_the_tag_is_of_the_leagues_that_are_asked_for(served: Served) -> None:
    await send_games(served)
    path = "/v1/games?league=nfl&phase=live"
    tag = {"If-None-Match": (await get(served.address, path))[2]["ETag"]}
    await served.send("games", "nba.1", game("nba.1", "closed"))
    answered = len(served.node.log.topics["games"].series)
    assert answered == len(GAMES)
    assert (await get(served.address, path, tag))[0] == 304
    assert (await get(served.address, f"{path}&limit=1", tag))[0] == 200
    await served.send("games", "nfl.2", game("nfl.2", "final"))
    status, body, headers = await get(served.address, path, tag)
    assert (status, [game["id"] for game in body["games"]]) == (200, ["nfl.4"])
    assert headers["ETag"] != tag["If-None-Match"]


async def test_a_node_that_is_behind_never_answers_with_older_scores(served: Served) -> None:
    await send_games(served)
    path = "/v1/games?league=nba"
    log = served.node.log
    head = (await get(served.address, path))[2]["ETag"].rpartition(".")[0]
    partition = log.topics["games"].series["nba.1"].newest.partition
    end = log.topics["games"].ends[partition]
    ahead = log.reached(["games/nba"]).moved({("games", partition): end + 1}).topics["games"].text
    tag = {"If-None-Match": f'{head}.{ahead}"'}
    assert (await get(served.address, path, tag))[0] == 200
    log.topics["games"].ends[partition] = end + 1
    assert (await get(served.address, path, tag))[0] == 304


async def test_many_games_hold_up_nobody(served: Served) -> None:
    await send_games(served)
    log = served.node.log
    games, turns = await turns_during(games_of(log, ("games/*",), Wanted(), 0.0))
    assert len(games) == len(GAMES)
    assert turns >= len(GAMES)
    channels, turns = await turns_during(readable(log, ("games/*",), Grant("key", ("games/nfl.1",)), 0.0))
    assert channels == ("games/nfl.1",)
    assert turns >= len(GAMES)


class TestWhoMayFind:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Keys:
        return Keys(tmp_path / "keys.json")

    @pytest.fixture
    def settings(self, file: Keys) -> dict[str, object]:
        return {"auth__keys_file": str(file.path), "auth__anonymous": ["games/nba*"]}

    @pytest.fixture
    def one_game(self, file: Keys) -> Given:
        return file.add_at_once(channels=["games/nfl.2"], most_channels=1)

    @pytest.fixture
    def league_channel(self, file: Keys) -> Given:
        return file.add_at_once(channels=["games/nfl"])

    @pytest.fixture
    def quotes(self, file: Keys) -> Given:
        return file.add_at_once(channels=["quotes/*"])

    @pytest.fixture
    def all_of_it(self, file: Keys) -> Given:
        return file.add_at_once()

    async def test_a_key_finds_what_it_may_read(
        self, one_game: Given, league_channel: Given, quotes: Given, served: Served
    ) -> None:
        await send_games(served)
        assert await found(served) == await found(served, "", quotes.bearer) == ["nba.1"]
        assert await found(served, "?league=nfl") == []
        assert await found(served, "", one_game.bearer) == ["nfl.2", "nba.1"]
        assert await found(served, "?league=nfl", one_game.bearer) == ["nfl.2"]
        assert await found(served, "?league=nfl", league_channel.bearer) == ["nfl.4", "nfl.2", "nfl.3", "nfl.1"]

    async def test_a_tag_tells_nothing_of_what_may_not_be_read(
        self, one_game: Given, all_of_it: Given, served: Served
    ) -> None:
        await send_games(served)
        path = "/v1/games?league=nfl"
        for headers in ({}, one_game.bearer):
            before = (await get(served.address, path, headers))[2]["ETag"]
            await served.send("games", "nfl.1", game("nfl.1", "closed"))
            await served.send("games", "nfl.9", game("nfl.9", "live"))
            answer = await get(served.address, path, {**headers, "If-None-Match": before})
            assert (answer[0], answer[2]["ETag"]) == (304, before)
        narrow = (await get(served.address, path, one_game.bearer))[2]["ETag"]
        for others in (all_of_it.bearer, {}):
            assert (await get(served.address, path, {**others, "If-None-Match": narrow}))[0] == 200
        assert await found(served, "?league=nfl", all_of_it.bearer) == ["nfl.9", "nfl.4", "nfl.2", "nfl.3", "nfl.1"]
        await served.send("games", "nfl.2", game("nfl.2", "closed"))
        assert (await get(served.address, path, {**one_game.bearer, "If-None-Match": narrow}))[0] == 200
