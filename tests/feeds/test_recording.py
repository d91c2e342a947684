import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

import feeds.recording
from feeds.message import Message
from feeds.recording import InvalidRecording, RecordingWriter, read_recording
from ticker.events import canonical

DATA = Path(__file__).parents[1] / "data"
RECORDINGS = {"nfl-2015-09-13": 4648, "fx-2019-01-01": 20_000, "btc-2021-01-08": 2452}
GOOD = b'{"topic":"quotes","key":"A","at":5,"value":{"T":"q"}}\n'


@pytest.fixture(params=["recording.jsonl", "recording.jsonl.gz"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def read(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def quote(key: str, at: int, text: str = "") -> Message:
    return Message("quotes", key, at, json.dumps({"T": "q", "S": key, "x": text}).encode())


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recording_is_read_as_it_is(name: str) -> None:
    path = DATA / f"{name}.jsonl.gz"
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    messages = list(read_recording(path))
    assert len(messages) == len(lines) == RECORDINGS[name]
    for message, line in zip(messages, lines, strict=True):
        assert message.value is not None
        assert message[:3] == (line["topic"], line["key"], line["at"])
        assert json.loads(message.value) == line["value"]
        assert json.loads(canonical(message.kind, message.key, message.value)) == line["value"]


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_is_written_is_what_was_read(name: str, path: Path) -> None:
    source = DATA / f"{name}.jsonl.gz"
    with RecordingWriter(path) as writer:
        writer.write(read_recording(source))
    assert (writer.count, writer.skipped) == (RECORDINGS[name], 0)
    assert read(path) == gzip.decompress(source.read_bytes())


def test_the_recorded_sunday_is_in_the_package() -> None:
    package = Path(feeds.recording.__file__).parent / "recordings" / "nfl-2015-09-13.jsonl.gz"
    assert package.read_bytes() == (DATA / "nfl-2015-09-13.jsonl.gz").read_bytes()


def test_a_deletion_is_a_null_value(path: Path) -> None:
    deleted = Message("games", "nfl.1", 7, None)
    with RecordingWriter(path) as writer:
        writer.write([deleted])
    assert read(path) == b'{"topic":"games","key":"nfl.1","at":7,"value":null}\n'
    assert list(read_recording(path)) == [deleted]


def test_a_file_is_read_as_far_as_it_is_asked_for(path: Path) -> None:
    write(path, GOOD * 3 + b"rubbish\n")
    messages = read_recording(path)
    assert len(list(islice(messages, 3))) == 3
    with pytest.raises(InvalidRecording, match="line 4"):
        next(messages)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "truncated"),
        (b"rubbish", "malformed"),
        (b"[]", "Expected `object`"),
        (b'{"topic":"quotes","key":"A","at":5}', "missing required field `value`"),
        (b'{"topic":"quotes","at":5,"value":{}}', "missing required field `key`"),
        (b'{"topic":"quotes","key":"","at":5,"value":{}}', "length >= 1"),
        (b'{"topic":"quotes","key":"A","at":"5","value":{}}', "Expected `int`"),
        (b'{"topic":"quotes","key":"A","at":5.5,"value":{}}', "Expected `int`"),
        (b'{"topic":"quotes","key":"A","at":-5,"value":{}}', ">= 0"),
        (b'{"topic":"quotes","key":"A","at":4,"value":{}}', "lines are sorted by `at`"),
        (
            b'{"topic":"ticker.quotes","key":"A","at":5,"value":{}}',
            "unknown topic 'ticker.quotes': the topics are quotes",
        ),
        (b'{"topic":"quotes","key":"A","at":5,"value":"{}"}', "neither an object nor null"),
        (b'{"topic":"quotes","key":"A","at":5,"value":{"a":}}', "malformed"),
        (b'{"topic":"quotes","key":"\xff","at":5,"value":{}}', "utf-8"),
        (b'{"topic":"quotes","key":"A","at":5,"value":{"a":' + b"[" * 9999 + b"]" * 9999 + b"}}", "recursion"),
        (b'{"topic":"quotes","key":"' + b"A" * feeds.recording.LONGEST_LINE + b'","at":5,"value":{}}', "longer than"),
    ],
)
def test_a_bad_line_says_where_it_is_and_what_would_be_right(path: Path, line: bytes, why: str) -> None:
    write(path, GOOD + line + b"\n" + GOOD)
    with pytest.raises(InvalidRecording) as raised:
        list(read_recording(path))
    text = str(raised.value)
    assert text.startswith(f"{path}, line 2: ")
    assert why in text
    assert '"at": 1546383600078000128' in text


@pytest.mark.parametrize("damage", [lambda whole: whole[:-20], lambda whole: GOOD + whole[len(GOOD) :]])
def test_a_damaged_gzip_file_says_so(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "recording.jsonl.gz"
    path.write_bytes(damage((DATA / "btc-2021-01-08.jsonl.gz").read_bytes()))
    with pytest.raises(InvalidRecording, match=r"recording\.jsonl\.gz, after line \d+: not a whole gzip file"):
        list(read_recording(path))


def test_a_file_that_is_not_there_is_an_oserror(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(read_recording(path))


def test_an_empty_file_has_no_messages(path: Path) -> None:
    write(path, b"")
    assert list(read_recording(path)) == []


@pytest.mark.parametrize("most_in_memory", [1, 3, 100])
def test_messages_are_sorted_and_those_of_a_key_stay_in_order(
    path: Path, most_in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds.recording, "MOST_IN_MEMORY", most_in_memory)
    with RecordingWriter(path) as writer:
        writer.write([quote("A", 10, "1"), quote("A", 8, "2"), quote("A", 30, "3")])
        writer.write([quote("B", 5), quote("C", 20), quote("B", 10)])
    assert [message[1:3] for message in read_recording(path)] == [
        ("B", 5), ("A", 10), ("A", 10), ("B", 10), ("C", 20), ("A", 30),
    ]  # fmt: skip
    assert [json.loads(message.value or b"")["x"] for message in read_recording(path) if message.key == "A"] == [
        "1", "2", "3",
    ]  # fmt: skip


@pytest.mark.parametrize("value", [b"rubbish", b"", b"[1]", b"NaN", b'{"a":1} {"b":2}', b"[" * 9999])
def test_what_could_not_be_read_again_is_left_out_and_counted(path: Path, value: bytes) -> None:
    with RecordingWriter(path) as writer:
        writer.write([quote("A", 1), Message("quotes", "B", 2, value), quote("C", 3)])
    assert (writer.count, writer.skipped) == (2, 1)
    assert [message.key for message in read_recording(path)] == ["A", "C"]


def test_json_on_several_lines_becomes_one(path: Path) -> None:
    with RecordingWriter(path) as writer:
        writer.write([Message("quotes", "A", 1, b'{\r\n  "T": "q",\n  "S": "A\\n"\n}')])
    [message] = read_recording(path)
    assert json.loads(message.value or b"") == {"T": "q", "S": "A\n"}


def test_the_file_is_there_when_it_is_whole_and_nothing_is_left_beside_it(path: Path) -> None:
    write(path, b"as it was")
    with RecordingWriter(path) as writer:
        writer.write([quote("A", 1)])
        assert read(path) == b"as it was"
    assert [message.key for message in read_recording(path)] == ["A"]
    assert list(path.parent.iterdir()) == [path]


def record_until(error: type[BaseException], path: Path) -> None:
    with RecordingWriter(path) as writer:
        writer.write([quote("A", 1), quote("B", 2)])
        raise error


def test_an_error_leaves_the_file_as_it_was(path: Path) -> None:
    write(path, b"as it was")
    with pytest.raises(RuntimeError):
        record_until(RuntimeError, path)
    assert read(path) == b"as it was"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError])
def test_an_interruption_ends_the_recording(path: Path, interruption: type[BaseException]) -> None:
    with pytest.raises(interruption):
        record_until(interruption, path)
    assert Counter(message.key for message in read_recording(path)) == {"A": 1, "B": 1}
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        RecordingWriter(tmp_path / "missing" / "recording.jsonl")


def test_the_same_messages_make_the_same_file_at_any_time_under_any_name(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path / "r.jsonl.gz") as writer:
        writer.write([quote("A", 1), quote("B", 2)])
    flags, *time = (tmp_path / "r.jsonl.gz").read_bytes()[3:8]
    assert (flags, time) == (0, [0, 0, 0, 0])
