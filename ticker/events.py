"""Events: one quote, trade, bar, game or play, as producers write it and readers get it.

Market events have the keys of Alpaca's market-data stream v2 (docs.alpaca.markets, "Real-time Stock Data"); games and
plays have the canonical record of docs/producers.md. Attribute names are words; the short keys exist only on the wire.
"""

import re
from collections.abc import Mapping
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from ticker.game_id import GAME_ID, GameId, is_game_id

# What every event has is matched by `decode_event`: msgspec's own matching costs as much as all of its decoding.
_SYMBOL = r"^[^\s,*\x00-\x1f]{1,64}$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z$"
_TIME_DESCRIPTION = "RFC 3339 in UTC, to the nanosecond at the finest: `2021-01-08T00:00:00.278Z`."
Symbol = Annotated[str, Meta(extra_json_schema={"pattern": _SYMBOL}, description="A symbol: `AAPL`, `BTC/USD`.")]
EventTime = Annotated[str, Meta(extra_json_schema={"pattern": _TIME}, description=_TIME_DESCRIPTION)]
Time = Annotated[str, Meta(pattern=_TIME, description=_TIME_DESCRIPTION)]
Size = Annotated[float, Meta(ge=0, description="Shares, coins or contracts.")]


class Event(Struct, tag_field="T", kw_only=True, gc=False, omit_defaults=True):
    """What all events have in common: a tag `T` that says which they are."""


class Quote(Event, tag="q"):
    """The best bid and ask of one symbol."""

    symbol: Symbol = field(name="S")
    bid_price: float = field(name="bp")
    bid_size: Size = field(name="bs")
    ask_price: float = field(name="ap")
    ask_size: Size = field(name="as")
    time: EventTime = field(name="t")
    bid_exchange: str | None = field(name="bx", default=None)
    ask_exchange: str | None = field(name="ax", default=None)
    conditions: list[str] | None = field(name="c", default=None)
    tape: str | None = field(name="z", default=None)


class Trade(Event, tag="t"):
    """One trade."""

    symbol: Symbol = field(name="S")
    price: float = field(name="p")
    size: Size = field(name="s")
    time: EventTime = field(name="t")
    id: int | None = field(name="i", default=None)
    exchange: str | None = field(name="x", default=None)
    conditions: list[str] | None = field(name="c", default=None)
    tape: str | None = field(name="z", default=None)
    taker_side: str | None = field(name="tks", default=None)


class Correction(Event, tag="c"):
    """A trade that had been reported wrongly, and how it should have been."""

    symbol: Symbol = field(name="S")
    original_id: int = field(name="oi")
    corrected_id: int = field(name="ci")
    corrected_price: float = field(name="cp")
    corrected_size: Size = field(name="cs")
    time: EventTime = field(name="t")
    exchange: str | None = field(name="x", default=None)
    original_price: float | None = field(name="op", default=None)
    original_size: Size | None = field(name="os", default=None)
    original_conditions: list[str] | None = field(name="oc", default=None)
    corrected_conditions: list[str] | None = field(name="cc", default=None)
    tape: str | None = field(name="z", default=None)


class Cancel(Event, tag="x"):
    """A trade that is taken back."""

    symbol: Symbol = field(name="S")
    id: int = field(name="i")
    time: EventTime = field(name="t")
    exchange: str | None = field(name="x", default=None)
    price: float | None = field(name="p", default=None)
    size: Size | None = field(name="s", default=None)
    action: str | None = field(name="a", default=None)
    tape: str | None = field(name="z", default=None)


class _Candle(Event):
    symbol: Symbol = field(name="S")
    open: float = field(name="o")
    high: float = field(name="h")
    low: float = field(name="l")
    close: float = field(name="c")
    volume: Size = field(name="v")
    time: EventTime = field(name="t")
    trade_count: int | None = field(name="n", default=None)
    average_price: float | None = field(name="vw", default=None)


class Bar(_Candle, tag="b"):
    """One minute of trades, sent when the minute is over; `t` is its first second."""


class UpdatedBar(_Candle, tag="u"):
    """A minute that a late trade changed after its bar was sent."""


class DailyBar(_Candle, tag="d"):
    """The day so far, cumulative."""


class Status(Event, tag="s"):
    """A symbol's trading status: halted, resumed."""

    symbol: Symbol = field(name="S")
    status_code: str = field(name="sc")
    time: EventTime = field(name="t")
    status_message: str | None = field(name="sm", default=None)
    reason_code: str | None = field(name="rc", default=None)
    reason_message: str | None = field(name="rm", default=None)
    tape: str | None = field(name="z", default=None)


class Instrument(Event, tag="instrument"):
    """What a symbol is, and the close that change and percent are computed from."""

    symbol: Symbol = field(name="S")
    name: str
    time: EventTime = field(name="t")
    exchange: str | None = None
    currency: str | None = None
    decimals: Annotated[int, Meta(ge=0, le=12)] | None = None
    previous_close: float | None = None
    session: Literal["open", "closed", "pre", "post"] | None = None


Phase = Literal[
    "pre", "live", "break", "final", "closed", "postponed", "delayed",
    "suspended", "cancelled", "abandoned", "forfeit", "unknown",
]  # fmt: skip


class GameStatus(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Where a game stands: the phase for logic, the text for people."""

    phase: Phase
    text: str | None = None
    detail: str | None = None
    reason: str | None = None


class Period(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The part of the game being played."""

    n: int
    kind: str | None = None
    label: str | None = None
    half: str | None = None
    regulation: int | None = None


class GameClock(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The game's clock; `as_of` is when it showed `seconds`."""

    display: str | None = None
    seconds: float | None = None
    dir: Literal["down", "up", "none"] | None = None
    running: bool | None = None
    as_of: Time | None = None
    stoppage: str | None = None


class Side(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One of those who play: a team or a person."""

    role: Literal["away", "home", "1", "2"]
    id: str
    name: str | None = None
    short: str | None = None
    abbr: str | None = None
    color: str | None = None
    logo: str | None = None
    score: float | None = None
    score_text: str | None = None
    by_period: list[float | None] | None = None
    winner: bool | None = None
    record: str | None = None
    rank: int | None = None
    timeouts: int | None = None
    extra: dict[str, Any] | None = None


class LastPlay(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The newest play, in short."""

    id: str | None = None
    text: str | None = None
    type: str | None = None


class Season(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """The season a game belongs to."""

    year: int | None = None
    type: str | None = None
    week: int | None = None


class Game(Event, tag="game"):
    """A game as it stands now, whole."""

    id: GameId
    league: str
    time: EventTime = field(name="t")
    status: GameStatus
    sides: list[Side]
    sport: str | None = None
    seq: int | None = None
    start: Time | None = None
    start_tbd: bool | None = None
    source: str | None = None
    season: Season | None = None
    venue: str | None = None
    neutral: bool | None = None
    period: Period | None = None
    clock: GameClock | None = None
    possession: str | None = None
    situation: dict[str, Any] | None = None
    last_play: LastPlay | None = None


class Play(Event, tag="play"):
    """One play of a game. One with a known id replaces the play it corrects, or removes it (`op` is `delete`)."""

    id: str
    game: GameId
    league: str
    time: EventTime = field(name="t")
    text: str
    seq: int | None = None
    period: int | None = None
    clock: str | None = None
    type: str | None = None
    side: str | None = None
    score_value: float | None = None
    score: dict[str, float] | None = None
    op: Literal["upsert", "delete"] | None = None


EVENTS: Mapping[str, Any] = {
    "quotes": Quote,
    "trades": Trade | Correction | Cancel,
    "bars": Bar,
    "updated_bars": UpdatedBar,
    "daily_bars": DailyBar,
    "statuses": Status,
    "instruments": Instrument,
    "games": Game,
    "plays": Play,
}
"""The type of the events of each kind."""


class _Untagged(Event, tag=""):
    """No event. In a union the tag `T` is required; msgspec lets a lone struct go without."""


_MATCHES_TIME = re.compile(_TIME).fullmatch
_OF_SYMBOL = ("S", attrgetter("symbol"), _SYMBOL, re.compile(_SYMBOL).fullmatch)
_OF_GAME = {
    "games": ("id", attrgetter("id"), GAME_ID, is_game_id),
    "plays": ("game", attrgetter("game"), GAME_ID, is_game_id),
}
_FORMS = {
    kind: (msgspec.json.Decoder(type_ | _Untagged).decode, *_OF_GAME.get(kind, _OF_SYMBOL))
    for kind, type_ in EVENTS.items()
}
"""How the events of each kind are decoded, where they say what they are of, and how that must look."""
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def is_symbol(text: str) -> bool:
    """Whether `text` has the form of a symbol."""
    return _OF_SYMBOL[3](text) is not None


class InvalidEvent(ValueError):
    """A value that is no event of its kind, or that contradicts its key. The text says what would be right."""


def decode_event(kind: str, value: bytes) -> Event:
    """The event that `value` (JSON) holds. Raises InvalidEvent where it isn't one of `kind`."""
    decode, name, of, pattern, matches = _FORMS[kind]
    try:
        event: Any = decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent(f"not an event of kind {kind!r}: {error}") from None
    if type(event) is _Untagged:
        raise InvalidEvent(f"not an event of kind {kind!r}: the key `T` is empty")
    if not matches(of(event)):
        raise InvalidEvent(f"not an event of kind {kind!r}: `{name}` must match the regex {pattern}")
    if not _MATCHES_TIME(event.time):
        raise InvalidEvent(f"not an event of kind {kind!r}: `t` must match the regex {_TIME}")
    return event  # type: ignore[no-any-return]


def canonical(kind: str, key: str, value: bytes) -> bytes:
    """The event in `value` (JSON) as readers get it: on one line, with the keys that ticker doesn't know.

    Raises InvalidEvent where it isn't one of `kind`, or where it isn't the one that `key` names.
    """
    event: Any = decode_event(kind, value)
    named = _FORMS[kind][2](event)
    if named != key:
        raise InvalidEvent(f"the record's key is {key!r}, but its value is of {named!r}: they must be the same")
    if kind in _OF_GAME and event.league != key.rpartition(".")[0]:
        raise InvalidEvent(f"the league is {event.league!r}, but the game {key!r} is of {key.rpartition('.')[0]!r}")
    try:
        return _encode(_decode(value))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidEvent(f"not JSON that can be passed on: {error}") from None
