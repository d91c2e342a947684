"""`/`: the dashboard, of the symbols in its URL or of the usual ones."""

from collections.abc import Container, Sequence
from dataclasses import replace
from itertools import islice

from ticker.authorizer import Grant
from ticker.entry import Entry
from ticker.events import Game, Trade
from ticker.log import Log
from web.game_cards import MOST_CARDS, game_cards, in_order
from web.mover_rows import MOST_ROWS, mover_panels
from web.movers import TopMovers
from web.node import Node
from web.page_state import PageState, read_page
from web.quote_rows import market_of, quote_row
from web.rendering import newest_time, render_page
from web.sparkline import MINUTES, VIEW_BOX, closes_of, compact
from web.watchlist import MOST_SYMBOLS, Watchlist, read_watchlist

SYMBOLS = (
    "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "AVGO", "JPM", "V",
    "WMT", "XOM", "JNJ", "KO", "NFLX", "AMD", "BTC/USD", "ETH/USD", "SOL/USD", "DOGE/USD",
)  # fmt: skip
"""What a first visit sees, and what scrolls by, as far as the node has it."""
TRADES = 10
"""Of each symbol: the newest may be a correction or a cancel of one before."""
_OF_A_ROW = {"quotes": 1, "trades": TRADES, "instruments": 1, "daily_bars": 1, "statuses": 1, "bars": MINUTES}
"""What a row of the watchlist reads, and how much."""
NO_MOVERS = TopMovers(gainers=(), losers=(), active=())
_OF_THE_TAPE = ("quotes", "trades", "instruments")


async def dashboard_page(node: Node, grant: Grant, symbols: str | None) -> str:
    """The page as HTML, of the `symbols` in its URL, with commas between them, or of the usual ones (None)."""
    usual = _usual_symbols(node.log, grant)
    watchlist = Watchlist(usual) if symbols is None else read_watchlist(symbols)
    history = {f"{kind}/{symbol}": 1 for kind in _OF_THE_TAPE for symbol in usual}
    history.update({f"{kind}/{name}": count for kind, count in _OF_A_ROW.items() for name in watchlist.symbols})
    movers = await node.movers.top(grant, MOST_ROWS)
    kinds = [kind for kind in _OF_A_ROW if grant.reads(kind)]
    return render_dashboard(read_page(node, grant, {**history, "games/*": 1}), watchlist, usual, movers, kinds)


def render_dashboard(
    state: PageState,
    watchlist: Watchlist,
    tape: Sequence[str] = (),
    movers: TopMovers = NO_MOVERS,
    kinds: Sequence[str] = tuple(_OF_A_ROW),
) -> str:
    """The page of what was read, with a row for each symbol of `watchlist`, and with those of `tape` scrolling by.

    `kinds` are those that rows which are added will read.
    """
    closes = {symbol: closes_of(bars) for symbol, bars in state.by_key("bars").items()}
    market = replace(market_of(state), closes=closes)
    games: list[Game] = in_order(state.newest("games").values())[:MOST_CARDS]
    return render_page(
        "dashboard.html",
        "",
        replace(state, entries=_needed(state, {game.id for game in games})),
        as_of=newest_time(market.times or [game.time for game in games]),
        data={
            "kinds": kinds,
            "closes": {symbol: compact(minutes) for symbol, minutes in closes.items()},
            "history": MINUTES,
        },
        rows=[quote_row(symbol, market, state.freshness, state.now) for symbol in watchlist.symbols],
        notices=watchlist.notices,
        most_symbols=MOST_SYMBOLS,
        tape=[quote_row(symbol, market, state.freshness, state.now) for symbol in tape],
        cards=game_cards(games),
        most_cards=MOST_CARDS,
        movers=mover_panels(movers),
        view_box=VIEW_BOX,
    )


def _needed(state: PageState, games: Container[str]) -> list[Entry]:
    """What the script needs: not the bars, whose closes it has, and of trades the last where that stands alone."""
    trades = {symbol: isinstance(events[-1], Trade) for symbol, events in state.by_key("trades").items()}
    needed: dict[object, Entry] = {}
    for entry in state.entries:
        kind, key = entry.series.kind, entry.series.key
        if kind == "trades" and trades.get(key):
            needed[kind, key] = entry
        elif kind != "bars" and (kind != "games" or key in games):
            needed[entry.seq] = entry
    return list(needed.values())


def _usual_symbols(log: Log, grant: Grant) -> list[str]:
    """The usual symbols that the node has and `grant` may read; where it has none, the first of those it has."""

    def is_held(symbol: str) -> bool:
        return any(
            symbol in log.topics[kind].series and not grant.refused((f"{kind}/{symbol}",))
            for kind in ("quotes", "trades")
            if kind in log.topics
        )

    usual = [symbol for symbol in SYMBOLS if is_held(symbol)]
    if usual:
        return usual
    every = {symbol for kind in ("quotes", "trades") if kind in log.topics for symbol in log.topics[kind].series}
    return list(islice(filter(is_held, sorted(every)), len(SYMBOLS)))
