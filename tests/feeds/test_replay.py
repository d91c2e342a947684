import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from feeds.event_time import SECOND, time_at
from feeds.message import Message
from feeds.recording import InvalidRecording, RecordingWriter, read_recording
from feeds.replay import PAUSE_SECONDS, replay, replay_now
from ticker.events import canonical

DATA = Path(__file__).parents[1] / "data"
SUNDAY = DATA / "nfl-2015-09-13.jsonl.gz"
RECORDINGS = [SUNDAY, DATA / "fx-2019-01-01.jsonl.gz", DATA / "btc-2021-01-08.jsonl.gz"]
LENGTH = 4648
NOW = 1_800_000_000 * SECOND
FINALS = {
    "00": {"GB": 31, "CHI": 23},
    "01": {"SEA": 31, "STL": 34},
    "02": {"CAR": 20, "JAC": 9},
    "03": {"MIA": 17, "WAS": 10},
    "04": {"IND": 14, "BUF": 27},
    "05": {"CLE": 10, "NYJ": 31},
    "06": {"KC": 27, "HOU": 20},
    "07": {"NO": 19, "ARI": 31},
    "08": {"DET": 28, "SD": 33},
    "09": {"BAL": 13, "DEN": 19},
    "10": {"CIN": 33, "OAK": 13},
    "11": {"TEN": 42, "TB": 14},
    "12": {"NYG": 26, "DAL": 27},
}
"""The results of September 13, 2015, by the end of the game's id."""


def event_of(message: Message) -> dict[str, Any]:
    assert message.value is not None
    event: dict[str, Any] = json.loads(message.value)
    return event


def now(path: Path, speed: float = 1.0, **options: Any) -> Iterator[Message]:
    return replay_now(path, speed, clock=lambda: NOW, **options)


def state(messages: Iterable[Message]) -> dict[str, dict[str, Any]]:
    """The games that are left when all messages are in."""
    games: dict[str, dict[str, Any]] = {}
    for message in messages:
        if message.kind == "games":
            if message.value is None:
                del games[message.key]
            else:
                games[message.key] = event_of(message)
    return games


def finals(games: dict[str, dict[str, Any]], suffix: str = "") -> dict[str, dict[str, int]]:
    assert all(game["status"]["phase"] == "final" for game in games.values())
    scores = {}
    for key, game in games.items():
        assert key.startswith("nfl.20150913")
        assert key.endswith(suffix)
        scores[key[12 : len(key) - len(suffix)]] = {side["abbr"]: side["score"] for side in game["sides"]}
    return scores


def recording(path: Path, *messages: Message) -> Path:
    with RecordingWriter(path) as writer:
        writer.write(messages)
    return path


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_with_its_times_kept_a_recording_is_what_it_was_byte_for_byte(path: Path) -> None:
    made = b"".join(
        b'{"topic":"%b","key":"%b","at":%d,"value":%b}\n'
        % (message.kind.encode(), message.key.encode(), message.at, message.value or b"null")
        for message in replay(path)
    )
    assert made == gzip.decompress(path.read_bytes())


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("speed", [0.0, 0.5, 1.0, 20.0])
def test_moved_to_now_only_the_times_differ(path: Path, speed: float) -> None:
    original, replayed = list(read_recording(path)), list(now(path, speed))
    assert len(original) == len(replayed) > 2000
    for before, after in zip(original, replayed, strict=True):
        assert before[:2] == after[:2]
        old, new = event_of(before), event_of(after)
        assert canonical(after.kind, after.key, after.value or b"")
        for event in (old, new):
            del event["t"]
            event.pop("start", None)
            if event["T"] == "game" and event["status"]["phase"] == "pre":
                del event["status"]["text"]
        assert old == new


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("speed", [0.5, 1.0, 20.0])
def test_at_any_speed_an_events_time_is_when_it_is_due(path: Path, speed: float) -> None:
    first = next(read_recording(path)).at
    compared = 0
    for before, after in zip(read_recording(path), now(path, speed), strict=True):
        event = event_of(after)
        assert after.at == time_at(event["t"]) == pytest.approx(NOW + (before.at - first) / speed, abs=1000)
        if "start" in event:
            start = time_at(event_of(before)["start"])
            assert time_at(event["start"]) == pytest.approx(NOW + (start - first) / speed, abs=1000)
        compared += 1
    assert compared > 2000


def test_at_once_all_is_now() -> None:
    replayed = list(now(SUNDAY, 0))
    assert {message.at for message in replayed} == {NOW}
    assert {event_of(message)["t"] for message in replayed} == {"2027-01-15T08:00:00Z"}


def test_a_game_that_has_not_begun_says_when_it_will() -> None:
    texts = {}
    for message in now(SUNDAY):
        if message.kind == "games" and event_of(message)["status"]["phase"] == "pre":
            texts[message.key] = (event_of(message)["status"]["text"], event_of(message)["start"])
    assert len(texts) == 13
    assert texts["nfl.2015091300"] == ("08:10 UTC", "2027-01-15T08:10:00Z")
    assert texts["nfl.2015091309"] == ("11:18 UTC", "2027-01-15T11:18:00Z")


def test_times_are_moved_wherever_they_are_and_nothing_else_is(tmp_path: Path) -> None:
    value = (
        b'{"T":"game","id":"nfl.1","league":"nfl","t":"2020-01-01T00:00:10Z","start":"2020-01-01T00:00:00.5Z",'
        b'"clock":{"as_of":"2020-01-01T00:00:08.000000002Z","display":"4:15"},"status":{"phase":"live","text":"Q4"},'
        b'"sides":[],"situation":{"log":[{"when":"2020-01-01T00:00:09Z"}]},'
        b'"venue":"2020-01-01T00:00:10Z Stadium","source":"2020-13-45T00:00:10Z","x":1.0,"y":12345678901234567890}'
    )
    path = recording(tmp_path / "r.jsonl", Message("games", "nfl.1", time_at("2020-01-01T00:00:10Z"), value))
    [message] = now(path, 2)
    event, as_it_was = event_of(message), json.loads(value)
    assert (event.pop("t"), event.pop("start")) == ("2027-01-15T08:00:00Z", "2027-01-15T07:59:55.25Z")
    assert event.pop("clock") == {"as_of": "2027-01-15T07:59:59.000000001Z", "display": "4:15"}
    assert event.pop("situation") == {"log": [{"when": "2027-01-15T07:59:59.5Z"}]}
    for name in ("t", "start", "clock", "situation"):
        del as_it_was[name]
    assert event == as_it_was
    assert b'"x":1.0,"y":12345678901234567890}' in (message.value or b"")


def test_a_time_that_would_be_beyond_the_calendar_stays(tmp_path: Path) -> None:
    value = b'{"T":"q","t":"2020-01-01T00:00:00Z","until":"9999-12-31T23:59:59Z"}'
    path = recording(tmp_path / "r.jsonl", Message("quotes", "A", time_at("2020-01-01T00:00:00Z"), value))
    [message] = now(path)
    assert event_of(message) == {"T": "q", "t": "2027-01-15T08:00:00Z", "until": "9999-12-31T23:59:59Z"}


def test_what_cannot_be_moved_is_passed_on_for_the_sink_to_judge(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"topic":"quotes","key":"A","at":1,"value":{"T":"\xff"}}\n')
    assert [message.value for message in now(path)] == [b'{"T":"\xff"}']


@pytest.mark.parametrize("skip_hours", [1.5, 24])
def test_what_is_skipped_comes_at_once_with_the_times_it_had(skip_hours: float) -> None:
    first = next(read_recording(SUNDAY)).at
    skip = round(skip_hours * 3600) * SECOND
    skipped = expected = 0
    for before, after in zip(read_recording(SUNDAY), now(SUNDAY, 20, skip_seconds=skip_hours * 3600), strict=True):
        due = NOW + (before.at - first - skip) / 20
        assert time_at(event_of(after)["t"]) == pytest.approx(due, abs=1000)
        assert after.at == pytest.approx(max(NOW, due), abs=1000)
        skipped += after.at == NOW
        expected += before.at <= first + skip
    assert skipped == expected > 1000


def test_in_the_middle_of_the_sunday_games_are_on() -> None:
    opening = (message for message in now(SUNDAY, 20, skip_seconds=5400) if message.at == NOW)
    phases = Counter(game["status"]["phase"] for game in state(opening).values())
    assert phases["live"] + phases["break"] == 9


def test_skipping_keeps_the_bytes_where_times_are_kept() -> None:
    original, replayed = list(read_recording(SUNDAY)), list(replay(SUNDAY, skip_seconds=5400))
    assert [message.value for message in original] == [message.value for message in replayed]
    assert [message.at for message in replayed] == [
        max(message.at, original[0].at + 5400 * SECOND) for message in original
    ]


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("skip", [0.0, 5400.0])
def test_a_new_round_is_the_same_sunday_with_new_games_and_without_the_old(kept: bool, skip: float) -> None:
    def replayed() -> Iterator[Message]:
        if kept:
            return replay(SUNDAY, loop=True, skip_seconds=skip)
        return now(SUNDAY, 20, loop=True, skip_seconds=skip)

    rounds = 3
    messages = list(islice(replayed(), rounds * LENGTH + (rounds - 1) * 13))
    assert all(earlier.at <= later.at for earlier, later in pairwise(messages))
    first = messages[:LENGTH]
    assert finals(state(first)) == FINALS
    for number in range(2, rounds + 1):
        begin = (number - 1) * (LENGTH + 13) - 13
        deleted, again = messages[begin : begin + 13], messages[begin + 13 : begin + 13 + LENGTH]
        assert {message.key for message in deleted} == set(state(messages[:begin]))
        assert {(message.kind, message.value) for message in deleted} == {("games", None)}
        assert finals(state(messages[: begin + 13 + LENGTH]), f"-{number}") == FINALS
        pause = PAUSE_SECONDS * SECOND / (1 if kept else 20)
        assert deleted[0].at == again[0].at == pytest.approx(messages[begin - 1].at + pause, abs=1000)
        for before, after in zip(first, again, strict=True):
            assert_same_but_for_ids(before, after, number, kept=kept)


def assert_same_but_for_ids(before: Message, after: Message, number: int, *, kept: bool) -> None:
    assert (after.kind, after.key) == (before.kind, f"{before.key}-{number}")
    old, new = event_of(before), event_of(after)
    assert canonical(after.kind, after.key, after.value or b"")
    if after.kind == "games":
        assert new["id"] == after.key
        if old["last_play"]:
            assert (
                new["last_play"].pop("id") == f"{after.key}.{old['last_play'].pop('id').removeprefix(f'{before.key}.')}"
            )
    else:
        assert new["game"] == after.key
        assert new["id"] == f"{after.key}.{old['id'].removeprefix(f'{before.key}.')}"
    for event in (old, new):
        for name in ("id", "game") if kept else ("id", "game", "t", "start"):
            event.pop(name, None)
        if not kept and event["T"] == "game" and event["status"]["phase"] == "pre":
            del event["status"]["text"]
    assert old == new


def test_every_play_of_every_round_is_another() -> None:
    messages = islice(now(SUNDAY, 20, loop=True), 3 * LENGTH + 2 * 13)
    plays = Counter(event_of(message)["id"] for message in messages if message.kind == "plays")
    assert len(plays) == 3 * 2291
    assert set(plays.values()) == {1}


def test_markets_loop_under_their_own_symbols() -> None:
    path = DATA / "btc-2021-01-08.jsonl.gz"
    messages = list(islice(now(path, loop=True), 2 * 2452))
    assert {message.key for message in messages} == {"BTC/USD"}
    assert all(earlier.at <= later.at for earlier, later in pairwise(messages))
    for message in messages:
        assert time_at(event_of(message)["t"]) == message.at


def test_a_league_with_a_dot_stays_valid_and_only_the_games_own_ids_change(tmp_path: Path) -> None:
    game = {
        "T": "game", "id": "soccer/eng.1.7", "league": "soccer/eng.1", "t": "2020-01-01T00:00:00Z", "sides": [],
        "status": {"phase": "live"}, "last_play": {"id": "soccer/eng.1.7.3"}, "x": ["soccer/eng.1.70", "soccer/eng.1"],
    }  # fmt: skip
    path = recording(tmp_path / "r.jsonl", Message("games", "soccer/eng.1.7", 5, json.dumps(game).encode()))
    first, deleted, second = islice(now(path, loop=True), 3)
    assert (first.key, deleted.key, deleted.value) == ("soccer/eng.1.7", "soccer/eng.1.7", None)
    assert second.key == event_of(second)["id"] == "soccer/eng.1.7-2"
    assert event_of(second)["last_play"] == {"id": "soccer/eng.1.7-2.3"}
    assert event_of(second)["x"] == ["soccer/eng.1.70", "soccer/eng.1"]
    assert canonical("games", second.key, second.value or b"")


def test_a_recorded_deletion_deletes_the_rounds_own_game(tmp_path: Path) -> None:
    path = recording(tmp_path / "r.jsonl", Message("games", "nfl.1", 5, None))
    messages = list(islice(replay(path, loop=True), 5))
    assert [message.key for message in messages] == ["nfl.1", "nfl.1", "nfl.1-2", "nfl.1-2", "nfl.1-3"]
    assert {message.value for message in messages} == {None}


def test_an_empty_recording_ends_even_in_a_loop(tmp_path: Path) -> None:
    assert list(replay(recording(tmp_path / "r.jsonl"), loop=True)) == []


def test_what_is_wrong_with_the_recording_is_said(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_bytes(b"rubbish\n")
    with pytest.raises(InvalidRecording, match="line 1"):
        list(now(tmp_path / "r.jsonl"))


@pytest.mark.parametrize(("speed", "skip"), [(-1.0, 0.0), (float("nan"), 0.0), (1.0, -1.0), (1.0, float("nan"))])
def test_speed_and_skip_are_not_below_zero(speed: float, skip: float) -> None:
    with pytest.raises(ValueError, match="neither can be below 0"):
        list(now(SUNDAY, speed, skip_seconds=skip))
