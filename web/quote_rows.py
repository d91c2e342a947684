"""Quotes as texts: what a table, a tape or a symbol's page says of one symbol.

static/js/quote-row.js makes the same texts of the same events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ticker.config import FreshnessConfig
from ticker.events import DailyBar, Instrument, Quote, Status, Trade
from ticker.timestamp import seconds_of
from web.number_texts import UNKNOWN, decimals_of, format_age, format_number, format_signed, format_volume, sign_of
from web.page_state import PageState
from web.sparkline import Closes, line_of
from web.standing_trades import standing_trades

_HALTED = frozenset("HP2")
"""Status codes of a halt or a pause: `H` and `P` on the UTP tape, `2` on the CTA's."""
NOT_KNOWN = "Unknown symbol"
"""In place of a name, where there is nothing of a symbol at all."""


@dataclass(frozen=True, slots=True)
class Market:
    """What is known of symbols, by symbol: the newest of each."""

    quotes: Mapping[str, Quote] = field(default_factory=dict)
    trades: Mapping[str, Trade] = field(default_factory=dict)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    daily_bars: Mapping[str, DailyBar] = field(default_factory=dict)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    closes: Mapping[str, Closes] = field(default_factory=dict)
    """The last hour's, where they are shown."""

    @property
    def times(self) -> list[str]:
        """Those of its quotes and trades."""
        return [*(quote.time for quote in self.quotes.values()), *(trade.time for trade in self.trades.values())]


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """One symbol as texts."""

    symbol: str
    name: str
    session: str
    """`Halted`, `Closed`, `Pre` or `Post`; empty while it is open."""
    last: str
    change: str
    percent: str
    direction: Literal["up", "down", "flat"]
    bid: str
    ask: str
    spread: str
    volume: str
    age: str
    """How old the price is where that is more than its kind's limit; empty otherwise."""
    line: str
    """The last hour, as the data of a path."""


def market_of(state: PageState) -> Market:
    """What a page's state says of symbols."""
    trades = {symbol: standing_trades(events) for symbol, events in state.by_key("trades").items()}
    return Market(
        quotes=state.newest("quotes"),
        trades={symbol: standing[-1][0] for symbol, standing in trades.items() if standing},
        instruments=state.newest("instruments"),
        daily_bars=state.newest("daily_bars"),
        statuses=state.newest("statuses"),
    )


def quote_row(symbol: str, market: Market, freshness: FreshnessConfig, now: float) -> QuoteRow:
    """The row of one symbol at `now`, in seconds since 1970 UTC."""
    quote, trade = market.quotes.get(symbol), market.trades.get(symbol)
    instrument, bar = market.instruments.get(symbol), market.daily_bars.get(symbol)
    bid, ask = (quote.bid_price, quote.ask_price) if quote else (None, None)
    last = last_price(quote, trade)
    previous = instrument.previous_close if instrument else None
    decimals = decimals_for(symbol, market)
    change = last - previous if last is not None and previous is not None else None
    sign = sign_of(change, decimals)
    percent = change / abs(previous) * 100 if change is not None and previous else None
    is_known = any(event is not None for event in (quote, trade, instrument, bar))
    return QuoteRow(
        symbol=symbol,
        name=instrument.name if instrument else "" if is_known else NOT_KNOWN,
        session=session_of(instrument, market.statuses.get(symbol)),
        last=format_number(last, decimals),
        change=format_signed(change, decimals),
        percent=UNKNOWN if percent is None else f"{format_signed(percent, 2)}%",
        direction="up" if sign == "+" else "down" if sign else "flat",
        bid=format_number(bid, decimals),
        ask=format_number(ask, decimals),
        spread=format_number(None if bid is None or ask is None else ask - bid, decimals),
        volume=format_volume(bar.volume if bar else None),
        age="" if instrument is not None and instrument.session == "closed" else _age(trade, quote, freshness, now),
        line=line_of(market.closes.get(symbol, {})),
    )


def last_price(quote: Quote | None, trade: Trade | None) -> float | None:
    """The newest trade's price, or else the middle of the quote."""
    if trade is not None:
        return trade.price
    return None if quote is None else (quote.bid_price + quote.ask_price) / 2


def decimals_for(symbol: str, market: Market) -> int:
    """How many decimals a symbol's prices are written with: as its instrument says, or as its prices need."""
    instrument, quote, trade = market.instruments.get(symbol), market.quotes.get(symbol), market.trades.get(symbol)
    if instrument is not None and instrument.decimals is not None:
        return instrument.decimals
    prices = (quote.bid_price if quote else None, quote.ask_price if quote else None, trade.price if trade else None)
    return max(decimals_of(price) for price in prices)


def session_of(instrument: Instrument | None, status: Status | None) -> str:
    """What keeps a symbol from being traded as usual, if anything does."""
    if status is not None and status.status_code in _HALTED:
        return "Halted"
    session = instrument.session if instrument else None
    return "" if session in (None, "open") else str(session).capitalize()


def _age(trade: Trade | None, quote: Quote | None, freshness: FreshnessConfig, now: float) -> str:
    price, limit = (trade, freshness.trades) if trade is not None else (quote, freshness.quotes)
    if price is None:
        return ""
    age = now - seconds_of(price.time)
    return format_age(age) if age > limit else ""
