"""That `Watched` never takes channels to be what they were when they are not."""

import json

from hypothesis import example, given
from hypothesis import strategies as some

from ticker.config import LogConfig
from ticker.log import Log
from ticker.record import Record
from ticker.watched import Watched

CHANNELS = (("quotes/A",), ("quotes/A", "quotes/B", "trades/A"), ("quotes/*",), ("games/nfl",), ("trades/A",))
Step = tuple[object, ...]
KEYS = some.sampled_from(["A", "B", "C"])
STEPS = some.one_of(
    some.tuples(some.just("quote"), KEYS, some.booleans()),
    some.tuples(some.just("trade"), KEYS),
    some.tuples(some.just("lose"), some.sampled_from(["quotes", "trades"]), some.integers(0, 1)),
    some.tuples(some.just("open"), some.sampled_from(["quotes", "trades", "games"])),
    some.tuples(some.just("close"), some.sampled_from(["quotes", "trades"])),
    some.tuples(some.just("later")),
)


class Setup:
    """A log whose clock and offsets are the test's."""

    def __init__(self) -> None:
        self.now = 0.0
        self.epochs = 0
        self.offset = 0
        self.log = Log(LogConfig(deletion_seconds=10, history_seconds=10, history_entries=2), lambda: self.now)
        for kind in ("quotes", "trades"):
            self.open(kind)

    def open(self, kind: str) -> None:
        self.epochs += 1
        self.log.open(kind, f"epoch {self.epochs}", [-1, -1])

    def append(self, kind: str, key: str, value: object) -> None:
        if kind not in self.log.topics:
            return
        self.offset += 1
        data = None if value is None else json.dumps(value).encode()
        self.log.append(Record(kind, ord(key) % 2, self.offset, key, self.now, data))

    def quote(self, key: str, *, is_deletion: bool = False) -> None:
        quote = {"T": "q", "S": key, "bp": 1, "bs": 1, "ap": 2, "as": 1, "t": "2021-01-08T00:00:00Z"}
        self.append("quotes", key, None if is_deletion else quote)

    def step(self, *step: object) -> None:
        match step:
            case "quote", str(key), bool(is_deletion):
                self.quote(key, is_deletion=is_deletion)
            case "trade", str(key):
                trade = {"T": "t", "S": key, "p": 1, "s": 1, "i": 1, "t": "2021-01-08T00:00:00Z"}
                self.append("trades", key, trade)
            case "lose", str(kind), int(partition) if kind in self.log.topics:
                self.log.lose(kind, partition, self.offset)
            case "open", str(kind):
                self.open(kind)
            case "close", str(kind):
                self.log.close(kind)
            case ("later",):
                self.now += 6
                self.log.trim()


def reached(log: Log, channels: tuple[str, ...]) -> dict[str, str]:
    return {kind: topic.text for kind, topic in log.reached(channels).topics.items()}


@example([("quote", "A", False)], [("lose", "quotes", 1)], ("quotes/A",))
@given(some.lists(STEPS, max_size=20), some.lists(STEPS, min_size=1, max_size=8), some.sampled_from(CHANNELS))
def test_what_is_said_to_be_unchanged_is(before: list[Step], after: list[Step], of: tuple[str, ...]) -> None:
    setup = Setup()
    for step in before:
        setup.step(*step)
    watched, then = Watched(setup.log, of), reached(setup.log, of)
    assert watched.is_unchanged()
    for step in after:
        setup.step(*step)
        if not watched.is_unchanged():
            break
        assert reached(setup.log, of) == then


def test_what_comes_to_other_channels_changes_nothing() -> None:
    setup = Setup()
    setup.quote("A")
    setup.quote("B")
    watched = Watched(setup.log, ("quotes/A",))
    assert len(watched) == 1
    for _ in range(3):
        setup.quote("B")
        assert watched.is_unchanged()
    setup.quote("A")
    assert not watched.is_unchanged()


def test_a_hole_does_not_trouble_a_deletion_that_is_forgotten_later() -> None:
    setup = Setup()
    setup.quote("A", is_deletion=True)
    setup.step("lose", "quotes", 1)
    setup.quote("A")
    for _ in range(2):
        setup.step("later")
    assert [series.key for series in setup.log.held_by(["quotes/A"])] == ["A"]
