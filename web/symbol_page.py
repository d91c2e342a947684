"""`/s/{symbol}`: one symbol: its price, its chart, its day and its last trades."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ticker.authorizer import Grant
from ticker.events import Bar, Cancel, Correction, Trade, UpdatedBar
from web.node import Node
from web.number_texts import UNKNOWN, format_number, format_volume
from web.page_state import PageState, read_page
from web.quote_rows import Market, decimals_for, last_price, market_of, quote_row
from web.rendering import newest_time, render_page
from web.standing_trades import standing_trades

BARS = 390
"""Minutes that the chart begins with, as far as the log has them: a trading day of the New York exchanges."""
TRADES = 30
"""Trades that the page shows."""
WIDTH, HEIGHT = 600, 160
"""The viewBox of the line that stands where the chart will be."""
_KINDS = {
    "quotes": 1, "trades": TRADES, "instruments": 1, "daily_bars": 1, "statuses": 1, "bars": BARS, "updated_bars": BARS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One trade as texts."""

    time: str
    """As the event has it."""
    clock: str
    price: str
    size: str
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The day so far as texts; all `UNKNOWN` where it isn't known."""

    open: str
    low: str
    high: str
    previous: str
    place: int | None
    """Where the last price is between low and high, in percent."""


def symbol_page(node: Node, grant: Grant, symbol: str, root: str) -> tuple[str, bool]:
    """The page as HTML, and whether anything is known of the symbol. `root` leads to the node's own path."""
    state = read_page(node, grant, {f"{kind}/{symbol}": history for kind, history in _KINDS.items()})
    return render_symbol(state, symbol, root), bool(state.entries)


def render_symbol(state: PageState, symbol: str, root: str) -> str:
    """The page of what was read."""
    market = market_of(state)
    decimals = decimals_for(symbol, market)
    bars = bars_of(state, symbol)
    instrument = market.instruments.get(symbol)
    return render_page(
        "symbol.html",
        root,
        state,
        as_of=newest_time(market.times),
        data={"symbol": symbol, "history": BARS},
        is_known=bool(state.entries),
        row=quote_row(symbol, market, state.freshness, state.now),
        exchange=" · ".join(filter(None, (instrument.exchange, instrument.currency))) if instrument else "",
        sizes=_sizes(symbol, market),
        day=day_of(symbol, market, decimals),
        trades=trade_rows(state.events("trades", symbol), decimals),
        line=line_of([bar.close for bar in bars]),
        view_box=f"0 0 {WIDTH} {HEIGHT}",
    )


def bars_of(state: PageState, symbol: str) -> list[Bar | UpdatedBar]:
    """The minutes in order, each as a late trade changed it."""
    bars = {bar.time: bar for kind in ("bars", "updated_bars") for bar in state.events(kind, symbol)}
    return [bars[time] for time in sorted(bars)]


def day_of(symbol: str, market: Market, decimals: int) -> Day:
    """The range of a symbol's day, its open, and the close of the day before."""
    bar, instrument = market.daily_bars.get(symbol), market.instruments.get(symbol)
    previous = format_number(instrument.previous_close if instrument else None, decimals)
    if bar is None:
        return Day(UNKNOWN, UNKNOWN, UNKNOWN, previous, None)
    last = last_price(market.quotes.get(symbol), market.trades.get(symbol))
    low, high = (bar.low, bar.high) if last is None else (min(bar.low, last), max(bar.high, last))
    place = int((last - low) / (high - low) * 100 + 0.5) if last is not None and 0 < high - low < math.inf else None
    opened, lowest, highest = (format_number(price, decimals) for price in (bar.open, low, high))
    return Day(opened, lowest, highest, previous, place)


def trade_rows(events: Iterable[Trade | Correction | Cancel], decimals: int) -> list[TradeRow]:
    """The last trades that stand, the newest first, as they were corrected."""
    newest_first = reversed(standing_trades(events)[-TRADES:])
    return [_trade_row(trade, decimals, is_corrected=corrected) for trade, corrected in newest_first]


def _trade_row(trade: Trade, decimals: int, *, is_corrected: bool) -> TradeRow:
    price, size = format_number(trade.price, decimals), format_size(trade.size)
    return TradeRow(trade.time, trade.time[11:19], price, size, is_corrected)


def line_of(values: Sequence[float]) -> str:
    """The points of a line through `values` in a picture of WIDTH times HEIGHT; empty for fewer than two."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = high - low or 1.0
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{number * step:.1f},{HEIGHT - (value - low) / span * HEIGHT:.1f}" for number, value in enumerate(values)
    )


def format_size(size: float) -> str:
    """A size as it is; a large one short."""
    if size >= 1e6:
        return format_volume(size)
    text = format_number(size, 8).rstrip("0").rstrip(".")
    return text or "0"


def _sizes(symbol: str, market: Market) -> tuple[str, str]:
    quote = market.quotes.get(symbol)
    return (format_size(quote.bid_size), format_size(quote.ask_size)) if quote else (UNKNOWN, UNKNOWN)
