"""What bars must be: made slowly and simply, with fractions, from lists of all trades, by code of its own."""

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from feeds.message import Message

SYMBOLS = [f"S{number}" for number in range(23)]
EVENING = datetime.fromisoformat("2026-01-05T23:00:00+00:00")
"""Two hours from here on hold a midnight."""
SECONDS = 6800
Values = tuple[float, ...]
"""Open, high, low, close, volume, number of trades and average price."""
Rows = dict[int, dict[str, Any]]
"""Trades as they are now, by offset."""
Key = tuple[str, str]
"""A symbol, and a minute or a day."""


def time_of(seconds: float) -> str:
    """A time so long after the evening began; as text, one is less than another where it is earlier."""
    return (EVENING + timedelta(seconds=seconds)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seeded(count: int) -> list[tuple[float, Message]]:
    """Trades, late ones, corrections and cancels: when they come, in seconds, and what they are."""
    chance = random.Random(11)
    coming: list[tuple[float, int, str, dict[str, Any]]] = []
    for number in range(count):
        symbol, at = chance.choice(SYMBOLS), chance.uniform(0, SECONDS)
        comes = at + (chance.uniform(30, 300) if chance.random() < 0.02 else chance.uniform(0, 0.3))
        said: dict[str, Any] = {
            "p": chance.randint(9_900, 10_100) / 100,
            "s": chance.randint(1, 3000) / 1000,
            "i": number,
        }
        coming.append((comes, 0, symbol, {"T": "t", "S": symbol, **said, "t": time_of(at)}))
        change, later = chance.random(), comes + chance.uniform(0, 100)
        if change < 0.02:
            new = {"ci": number + 10_000_000, "cp": chance.randint(9_000, 11_000) / 100, "cs": 0.7}
            coming.append((later, 1, symbol, {"T": "c", "S": symbol, "oi": number, **new, "t": time_of(later)}))
            if change < 0.005:
                back = {"T": "x", "S": symbol, "i": new["ci"], "t": time_of(later + 1)}
                coming.append((later + 1, 2, symbol, back))
        elif change < 0.04:
            coming.append((later, 1, symbol, {"T": "x", "S": symbol, "i": number, "t": time_of(later)}))
    # All trades of one symbol are taken back, and what is of another day, or of no trade, makes no bar.
    for at in range(0, SECONDS, 300):
        trade = {"T": "t", "S": "LONE", "p": at + 0.5, "s": 3, "i": at, "t": time_of(at + 1)}
        coming.append((at + 1, 0, "LONE", trade))
        coming.append((at + 2, 0, "LONE", {**trade, "t": "2025-12-24T12:00:00Z"}))
        coming.append((at + 2, 0, "LONE", {**trade, "t": "2055-12-24T12:00:00Z"}))
        cancel = {"T": "x", "S": "LONE", "i": at, "t": time_of(at + 100)}
        coming.append((at + 100, 1, "LONE", cancel))
        coming.append((at + 100, 1, "LONE", {**cancel, "i": 99_999_999}))
    coming.sort(key=lambda one: one[:2])
    return [(comes, Message("trades", symbol, 0, json.dumps(value).encode())) for comes, _, symbol, value in coming]


@dataclass
class Expected:
    """What bars there must be."""

    bars: dict[str, list[tuple[str, Values]]] = field(default_factory=lambda: defaultdict(list))
    """By symbol, in their order: the minute, and its bar as it was when it ended."""
    minutes: dict[Key, Values] = field(default_factory=dict)
    """As they are in the end."""
    days: dict[Key, Values] = field(default_factory=dict)
    updated: set[Key] = field(default_factory=set)
    """Minutes that changed after their end."""


def expected_of(partitions: Iterable[Sequence[tuple[int, bytes]]]) -> Expected:
    """What is expected of each partition's trades: offsets and values."""
    expected = Expected()
    for records in partitions:
        _Partition(expected).add(records)
    return expected


@dataclass
class _Partition:
    """One partition, record by record."""

    expected: Expected
    minutes: dict[Key, Rows] = field(default_factory=dict)
    last: dict[Key, Values] = field(default_factory=dict)
    """Minutes when they had one trade left, and it was changed."""
    over: set[Key] = field(default_factory=set)
    published: set[Key] = field(default_factory=set)
    clock: str = ""

    def add(self, records: Sequence[tuple[int, bytes]]) -> None:
        for offset, value in records:
            event = json.loads(value)
            changed = self.trade(offset, event) if event["T"] == "t" else self.change(event)
            if changed in self.over:
                assert changed is not None
                self.published.add(changed)
                self.expected.updated.add(changed)
        for key in self.published:
            self.expected.minutes[key] = values(self.minutes[key]) if self.minutes[key] else none_left(self.last[key])
        for symbol, day in {(symbol, minute[:10]) for symbol, minute in self.published}:
            of_day = sorted(key for key in self.published if key[0] == symbol and key[1][:10] == day)
            rows = {offset: row for key in of_day for offset, row in self.minutes[key].items()}
            left = values(rows) if rows else none_left(self.last[of_day[-1]])
            self.expected.days[symbol, f"{day}T00:00:00Z"] = left

    def trade(self, offset: int, event: dict[str, Any]) -> Key | None:
        """Add a trade; its minute."""
        minute = event["t"][:16]
        if minute[:4] != "2026":
            return None
        if minute > self.clock:
            self.clock = minute
            self.end_minutes()
        key = (event["S"], f"{minute}:00Z")
        self.minutes.setdefault(key, {})[offset] = event
        if minute < self.clock:
            self.over.add(key)
        return key

    def end_minutes(self) -> None:
        """Publish what the clock has left behind."""
        for key in [key for key in self.minutes if key not in self.over and key[1][:16] < self.clock]:
            self.over.add(key)
            if self.minutes[key]:
                self.published.add(key)
                self.expected.bars[key[0]].append((key[1], values(self.minutes[key])))

    def change(self, event: dict[str, Any]) -> Key | None:
        """Correct or cancel a trade; its minute."""
        old = event["oi"] if event["T"] == "c" else event["i"]
        for key, rows in reversed(self.minutes.items()):
            for offset, row in rows.items():
                if key[0] == event["S"] and row["i"] == old:
                    if len(rows) == 1:
                        self.last[key] = values(rows)
                    del rows[offset]
                    if event["T"] == "c":
                        rows[offset] = {**row, "p": event["cp"], "s": event["cs"], "i": event["ci"]}
                    return key
        return None


def none_left(last: Values) -> Values:
    """Of what has no trade left: the prices stay."""
    return (*last[:4], 0.0, 0.0, last[3])


def values(rows: Rows) -> Values:
    """What trades come to."""
    in_order = [row for _, row in sorted(rows.items(), key=lambda item: (item[1]["t"], item[0]))]
    prices = [row["p"] for row in in_order]
    sizes = [Fraction(str(row["s"])) for row in in_order]
    value = sum((Fraction(str(price)) * size for price, size in zip(prices, sizes, strict=True)), Fraction(0))
    average = float(round(value / sum(sizes), 9))
    return (prices[0], max(prices), min(prices), prices[-1], float(sum(sizes)), float(len(prices)), average)
