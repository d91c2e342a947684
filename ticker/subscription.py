"""Subscriptions, and the one grammar in which URLs say them.

`quotes=AAPL,MSFT&trades=BTC/USD&games=nfl&mode=latest&interval=250&history=1&cursor=…&added=quotes/MSFT&removed=bars/V`
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from ticker.channels import absorb, digest, everything, kind_of
from ticker.cursor import cursor_head, decode_cursor, encode_cursor, kinds_read
from ticker.kinds import KINDS
from ticker.position import Position

Mode = Literal["every", "latest"]
INTERVALS = (0, 100, 250, 500, 1000, 2000, 5000)
"""The intervals there are, in milliseconds. Few, so that audiences are shared; others are rounded up."""
MOST_HISTORY = 500
"""Entries of each key that a beginning may ask for."""
_NAME = re.compile(r"[^\s,\x00-\x1f]{1,129}")


class InvalidSubscription(ValueError):
    """A subscription that can't be read. The text says what was wrong and what would be right."""


@dataclass(frozen=True)
class Subscription:
    """What a reader gets: channels (canonical: see `absorb`), how, and how often (milliseconds; 0 is each flush)."""

    channels: tuple[str, ...]
    mode: Mode = "every"
    interval: int = 0

    @cached_property
    def digest(self) -> bytes:
        """Stands for the channels in cursors."""
        return digest(self.channels)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds it reads."""
        return kinds_read(self.channels)

    def cursor(self, position: Position) -> str:
        """The cursor of this subscription at `position`."""
        return encode_cursor(self._head, self.kinds, position)

    @cached_property
    def _head(self) -> str:
        return cursor_head(self.digest)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a reader gets of channels that it begins: the newest of each state key, the last N of each log key."""

    snapshot: bool = True
    history: int = 1
    after: int | None = None
    """With a `seq` of the log: also every entry after it, since what comes once a client was answered is never old."""

    def and_also(self, other: "Beginning") -> "Beginning":
        """What one gets of a key that two channels hold which begin differently: all that either gives."""
        after = [seq for seq in (self.after, other.after) if seq is not None]
        return Beginning(self.snapshot or other.snapshot, max(self.history, other.history), min(after, default=None))


NOTHING_OLD = Beginning(snapshot=False, history=0)
"""What a trading client gets that asks for nothing old."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader stands. A key that kept channels hold is a kept one, whatever others hold it too."""

    kept: tuple[str, ...] = ()
    """Channels of which it has all up to `position`."""
    position: Position = Position({})
    """What it is given must never be older than this."""
    fresh: tuple[tuple[str, Beginning], ...] = ()
    """Channels that it begins, and how."""
    void: tuple[str, ...] = ()
    """Channels of which it may hold something that must be replaced."""
    reason: str | None = None
    """Why they are void."""
    again: Beginning = Beginning()
    """How it begins void channels, and those that turn out to have a gap."""


@dataclass(frozen=True, slots=True)
class Query:
    """A request of a reader, as a URL says it."""

    names: tuple[str, ...]
    """The channels as asked for, sorted, before `*` absorbs any."""
    subscription: Subscription
    beginning: Beginning
    cursor: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...] = ()

    def start(self, cursor: str | None) -> Start:
        """Where it starts, with a cursor or at the beginning. Raises InvalidCursor."""
        if not cursor:
            return begin(self.subscription.channels, self.beginning)
        return resume(cursor, self.names, self.added, self.beginning, self.beginning, self.removed)


def begin(channels: Iterable[str], beginning: Beginning, again: Beginning | None = None) -> Start:
    """Where a reader without a cursor starts; `again` is how it begins what must begin anew later."""
    return Start(fresh=tuple((name, beginning) for name in channels), again=again or beginning)


def resume(
    text: str,
    names: Iterable[str],
    added: Iterable[str],
    beginning: Beginning,
    again: Beginning,
    removed: Iterable[str] = (),
) -> Start:
    """Where a reader of the channels `names` starts, with a cursor which knows all of them but `added`, and `removed`.

    A browser repeats its old URL, `added` and `removed` included, with a newer cursor in its header: one that knows
    just `names`, or while the reader was catching up, those but `added`. Raises InvalidCursor.
    """
    cursor = decode_cursor(text)
    channels = absorb(names)
    old = set(names) - set(added)
    for known in (channels, absorb(old), absorb(old | set(removed))):
        if cursor.digest == digest(known):
            break
    else:
        return Start(position=cursor.position, void=channels, reason="channels", again=again)
    kept = _common(known, channels)
    fresh = tuple((name, beginning) for name in channels if name not in kept)
    return Start(kept, cursor.position, fresh, again=again)


def resubscribe(start: Start, channels: tuple[str, ...], beginning: Beginning, again: Beginning | None = None) -> Start:
    """Where a reader that stood at `start` stands in other channels: it keeps what it has, and begins what it lacks.

    `again` is how it begins from now on what must begin anew; as before where it is None.
    """
    kept, void = _common(start.kept, channels), _common(start.void, channels)
    begun = dict(start.fresh)
    fresh = tuple((name, begun.get(name, beginning)) for name in channels if name not in kept and name not in void)
    reason = start.reason if void else None
    return replace(start, kept=kept, fresh=fresh, void=void, reason=reason, again=again or start.again)


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """The channels that are in both, or in one and covered by a `*` of the other."""
    pairs = ((one, set(other)), (other, set(one)))
    return tuple(
        sorted(
            {
                name
                for names, there in pairs
                for name in names
                if not there.isdisjoint((name, everything(kind_of(name))))
            }
        )
    )


def parse_channel(name: str) -> str:
    """The channel `name`, checked. Raises InvalidSubscription."""
    kind, slash, rest = name.partition("/")
    if kind not in KINDS:
        raise InvalidSubscription(f"unknown kind {kind[:64]!r}: the kinds are {', '.join(KINDS)}")
    if not slash or not _NAME.fullmatch(rest) or ("*" in rest and rest != "*"):
        raise InvalidSubscription(
            f"{name[:160]!r} is no channel: write a kind, a slash and one name, such as quotes/AAPL or games/nfl"
        )
    return name


def parse_query(
    items: Iterable[tuple[str, str]], *, mode: Mode, interval: int, most_channels: int, history: int = 1
) -> Query:
    """The request in a URL's query (its decoded names and values), with `mode` and `interval` where it names none.

    Raises InvalidSubscription.
    """
    names: set[str] = set()
    options: dict[str, str] = {}
    for key, value in items:
        if key in KINDS:
            names.update(parse_channel(f"{key}/{name}") for name in value.split(",") if name)
        elif key in _OPTIONS and key not in options:
            options[key] = value
        elif key in _OPTIONS:
            raise InvalidSubscription(f"{key!r} is given twice: give it once")
        else:
            known = ", ".join([*KINDS, *_OPTIONS])
            raise InvalidSubscription(f"unknown kind or option {key[:64]!r}: known are {known}")
        if len(names) > most_channels:
            raise InvalidSubscription(f"more than {most_channels} channels: ask for fewer, or for all of a kind with *")
    if not names:
        raise InvalidSubscription("no channels: ask for some, such as ?quotes=AAPL,MSFT&games=nfl")
    added = _parse_list(options.get("added", ""))
    for name in added:
        if name not in names:
            raise InvalidSubscription(
                f"{name!r} is said to be added, but isn't asked for: put it beside the others too"
            )
    removed = _parse_removed(options.get("removed", ""), names, most_channels)
    subscription = Subscription(
        absorb(names),
        parse_mode(options.get("mode", mode)),
        parse_interval(options.get("interval", interval)),
    )
    beginning = Beginning(history=parse_history(options.get("history", history)))
    return Query(tuple(sorted(names)), subscription, beginning, options.get("cursor"), added, removed)


def _parse_list(text: str) -> tuple[str, ...]:
    """The channels in a list with commas, sorted."""
    return tuple(sorted({parse_channel(name) for name in text.split(",") if name}))


def _parse_removed(text: str, names: Collection[str], most_channels: int) -> tuple[str, ...]:
    removed = _parse_list(text)
    if len(removed) > most_channels:
        raise InvalidSubscription(f"more than {most_channels} channels are removed: begin anew, without a cursor")
    for name in removed:
        if name in names:
            raise InvalidSubscription(f"{name!r} is said to be removed, but is asked for: leave out one of the two")
    return removed


_OPTIONS = ("mode", "interval", "history", "cursor", "added", "removed")


def parse_mode(value: object) -> Mode:
    """A mode. Raises InvalidSubscription."""
    if value == "every":
        return "every"
    if value == "latest":
        return "latest"
    raise InvalidSubscription(f"mode is {str(value)[:64]!r}: it is 'every' or 'latest'")


def parse_interval(value: object) -> int:
    """An interval in milliseconds, rounded up to one of INTERVALS. Raises InvalidSubscription."""
    number = _whole(value, "interval", INTERVALS[-1])
    return next(interval for interval in INTERVALS if interval >= number)


def parse_history(value: object) -> int:
    """How many entries of each log key to begin with. Raises InvalidSubscription."""
    return _whole(value, "history", MOST_HISTORY)


def _whole(value: object, name: str, most: int) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most):
        raise InvalidSubscription(f"{name} is {text[:64]!r}: it is a whole number from 0 to {most}")
    return int(text)
