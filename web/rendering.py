"""Pages as HTML, rendered on the server from events that are already decoded.

What is shown here is what static/js goes on from: format.js, quote-row.js and game-card.js make the same texts of the
same events, digit for digit, so that nothing flickers when they take over.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import Any, Literal

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ticker.config import FreshnessConfig
from ticker.events import DailyBar, Event, Game, Instrument, Quote, Side, Trade
from ticker.feed_status import FeedStatus
from ticker.timestamp import format_time
from web.status import feeds_object

MOST_CARDS = 40
"""Games that the scoreboard shows at once."""
UNKNOWN = "—"
_MINUS = "−"
_LARGEST_WRITTEN_OUT = 1e15
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
_DERIVED_DECIMALS = range(2, 9)
_MAGNITUDES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))

Group = Literal["live", "next", "over"]
_GROUPS: Mapping[str, Group] = {
    "live": "live", "break": "live", "delayed": "live", "suspended": "live",
    "pre": "next", "unknown": "next", "postponed": "next",
}  # fmt: skip
"""Where in the scoreboard a phase belongs; all others are over."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard shows, and from where its stream goes on."""

    cursor: str
    """Where the events below were read: the stream's start."""
    channels: str
    """The stream's query, without a cursor: `quotes=AAPL,MSFT&trades=AAPL,MSFT&games=nfl`."""
    symbols: Sequence[str]
    """The rows, in their order. What isn't known of them may be absent below."""
    now: float
    """Seconds since 1970 UTC."""
    feeds: Mapping[str, FeedStatus]
    """How the feeds of the kinds in `channels` are."""
    freshness: FreshnessConfig
    """After how long a price is greyed."""
    quotes: Mapping[str, Quote]
    trades: Mapping[str, Trade]
    """Each symbol's newest trade."""
    instruments: Mapping[str, Instrument]
    daily_bars: Mapping[str, DailyBar]
    """The day so far; only the volume is shown."""
    games: Sequence[Game]


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """One symbol as texts."""

    symbol: str
    name: str
    session: str
    last: str
    change: str
    percent: str
    direction: Literal["up", "down", "flat"]
    bid: str
    ask: str
    volume: str


@dataclass(frozen=True, slots=True)
class SideRow:
    """One of those who play, as texts."""

    id: str
    abbreviation: str
    name: str
    score: str
    is_winner: bool
    has_ball: bool


@dataclass(frozen=True, slots=True)
class GameCard:
    """One game as texts."""

    id: str
    group: Group
    status: str
    start: str | None
    """When it begins, if the status is that time."""
    sides: Sequence[SideRow]
    note: str


def render_dashboard(dashboard: Dashboard) -> str:
    """The whole page."""
    rows = [quote_row(symbol, dashboard) for symbol in dashboard.symbols]
    stale = {kind: feed.since for kind, feed in dashboard.feeds.items() if not feed.live}
    times = [quote.time for quote in dashboard.quotes.values()] + [trade.time for trade in dashboard.trades.values()]
    return (
        _environment()
        .get_template("dashboard.html")
        .render(
            panels=_panels(rows),
            has_volume=bool(dashboard.daily_bars),
            cards=game_cards(dashboard.games),
            most_cards=MOST_CARDS,
            stale=_names(stale, dashboard.feeds),
            stale_since=format_time(min(stale.values())) if stale else "",
            as_of=max(times or [game.time for game in dashboard.games], key=lambda time: time[:19], default=""),
            data=_data(dashboard),
        )
    )


def load_templates() -> None:
    """Read the templates, so that no request has to."""
    for name in _environment().list_templates():
        _environment().get_template(name)


def quote_row(symbol: str, dashboard: Dashboard) -> QuoteRow:
    """The row of one symbol: last is the newest trade's price, or else the middle of the quote."""
    quote, trade = dashboard.quotes.get(symbol), dashboard.trades.get(symbol)
    instrument, bar = dashboard.instruments.get(symbol), dashboard.daily_bars.get(symbol)
    bid, ask = (quote.bid_price, quote.ask_price) if quote else (None, None)
    last = trade.price if trade else (quote.bid_price + quote.ask_price) / 2 if quote else None
    previous = instrument.previous_close if instrument else None
    decimals = instrument.decimals if instrument else None
    if decimals is None:
        decimals = max(_decimals_of(value) for value in (bid, ask, trade.price if trade else None))
    change = last - previous if last is not None and previous is not None else None
    sign = _sign(change, decimals)
    percent = change / abs(previous) * 100 if change is not None and previous else None
    return QuoteRow(
        symbol=symbol,
        name=instrument.name if instrument else "",
        session=_session(instrument),
        last=format_number(last, decimals),
        change=_signed(change, decimals),
        percent=UNKNOWN if percent is None else f"{_signed(percent, 2)}%",
        direction="up" if sign == "+" else "down" if sign else "flat",
        bid=format_number(bid, decimals),
        ask=format_number(ask, decimals),
        volume=format_volume(bar.volume if bar else None),
    )


def game_cards(games: Sequence[Game]) -> list[GameCard]:
    """The cards in their order: those being played, those to come, those that are over (the newest first)."""
    by_group: dict[Group, list[Game]] = {"live": [], "next": [], "over": []}
    for game in sorted(games, key=lambda game: game.id):
        by_group[_GROUPS.get(game.status.phase, "over")].append(game)
    for group, members in by_group.items():
        members.sort(key=lambda game: game.start or "", reverse=group == "over")
    return [_game_card(game, group) for group, members in by_group.items() for game in members][:MOST_CARDS]


def format_number(value: float | None, decimals: int) -> str:
    """A number with its thousands grouped, halves rounded away from zero as JavaScript's `toFixed` does."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= _LARGEST_WRITTEN_OUT:
        return f"{value:.2e}".replace("-", _MINUS)
    rounded = _EXACT.quantize(Decimal(abs(value)), Decimal(1).scaleb(-decimals))
    return f"{_MINUS if value < 0 and rounded else ''}{rounded:,f}"


def format_volume(value: float | None) -> str:
    """A size in three places or so: `12.34M`."""
    for magnitude, letter in _MAGNITUDES:
        if value is not None and value >= magnitude:
            return f"{format_number(value / magnitude, 2)}{letter}"
    return format_number(value, 0)


def _game_card(game: Game, group: Group) -> GameCard:
    start = game.start if game.status.phase == "pre" and not game.start_tbd else None
    return GameCard(
        id=game.id,
        group=group,
        status=f"{start[11:16]} UTC" if start else _status(game),
        start=start,
        sides=[_side_row(side, game, group) for side in game.sides],
        note=(game.last_play.text if game.last_play and group == "live" else None) or game.league.upper(),
    )


def _status(game: Game) -> str:
    if game.status.phase == "pre":
        return "Time to be set"
    if game.status.text:
        return game.status.text
    label = game.period.label if game.period else None
    display = game.clock.display if game.clock else None
    running = " ".join(part for part in (label, display) if part) if game.status.phase == "live" else ""
    return running or game.status.phase.capitalize()


def _side_row(side: Side, game: Game, group: Group) -> SideRow:
    score = side.score_text or format_number(side.score, 0 if side.score is None else _decimals_of(side.score, 0))
    return SideRow(
        id=side.id,
        abbreviation=side.abbr or side.short or side.id,
        name=side.short or side.name or "",
        score="" if group == "next" else score,
        is_winner=bool(side.winner),
        has_ball=group == "live" and game.possession == side.id,
    )


def _session(instrument: Instrument | None) -> str:
    session = instrument.session if instrument else None
    return "" if session in (None, "open") else str(session).capitalize()


def _decimals_of(value: float | None, least: int = 2) -> int:
    """How many decimals write a number out, for an instrument that doesn't say."""
    if value is None or not math.isfinite(value):
        return least
    for decimals in range(least, _DERIVED_DECIMALS.stop):
        if float(_EXACT.quantize(Decimal(value), Decimal(1).scaleb(-decimals))) == value:
            return decimals
    return _DERIVED_DECIMALS.stop - 1


def _sign(change: float | None, decimals: int) -> str:
    """`+`, a minus or nothing: of the number as it is written, so that no sign stands before a zero."""
    if change is None or not any(digit in "123456789" for digit in format_number(change, decimals)):
        return ""
    return "+" if change > 0 else _MINUS


def _names(stale: Collection[str], feeds: Collection[str]) -> str:
    if len(stale) == len(feeds) and stale:
        return "all feeds"
    return ", ".join(kind.replace("_", " ") for kind in stale)


def _signed(change: float | None, decimals: int) -> str:
    return _sign(change, decimals) + format_number(None if change is None else abs(change), decimals)


def _panels(rows: Sequence[QuoteRow]) -> list[tuple[str, list[QuoteRow]]]:
    """The rows under their titles: pairs apart from the rest, where there are both."""
    pairs = [row for row in rows if "/" in row.symbol]
    others = [row for row in rows if "/" not in row.symbol]
    titled = (("Stocks", others), ("Crypto & FX", pairs))
    return [(title, group) for title, group in titled if group]


def render_documents(http: Mapping[str, Any], streams: Mapping[str, Any]) -> str:
    """The page of an OpenAPI and an AsyncAPI document."""
    return _environment().get_template("documents.html").render(http=http, streams=streams)


def _data(dashboard: Dashboard) -> Markup:
    """What the page's script starts with, as JSON that can't end its own element."""
    events: list[Event] = [
        *dashboard.instruments.values(),
        *dashboard.daily_bars.values(),
        *dashboard.quotes.values(),
        *dashboard.trades.values(),
        *dashboard.games,
    ]
    data = {
        "cursor": dashboard.cursor,
        "channels": dashboard.channels,
        "status": feeds_object(dashboard.feeds, dashboard.now),
        "freshness": {"quotes": dashboard.freshness.quotes, "trades": dashboard.freshness.trades},
        "events": events,
    }
    text = msgspec.json.encode(data).decode()
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


def _with_code(text: str) -> Markup:
    """Text in which what stands between backticks is code."""
    parts = [
        escape(part) if number % 2 == 0 else Markup("<code>{}</code>").format(part)
        for number, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["with_code"] = _with_code
    return environment
