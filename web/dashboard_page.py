"""`/`: the dashboard, of the symbols in its URL or of the usual ones."""

from collections.abc import Sequence

from ticker.authorizer import Grant
from ticker.events import Game
from ticker.log import Log
from web.game_cards import MOST_CARDS, game_cards
from web.node import Node
from web.page_state import PageState, read_page
from web.quote_rows import market_of, quote_row, times_in
from web.rendering import newest_time, render_page

SYMBOLS = (
    "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA", "AVGO", "JPM", "V",
    "WMT", "XOM", "UNH", "JNJ", "HD", "KO", "DIS", "NFLX", "AMD", "INTC",
    "BTC/USD", "ETH/USD", "SOL/USD", "DOGE/USD",
)  # fmt: skip
"""What a first visit sees, as far as the node has it."""
_KINDS = ("quotes", "trades", "instruments", "daily_bars", "statuses")


def dashboard_page(node: Node, grant: Grant) -> str:
    """The page as HTML."""
    symbols = _symbols(node.log)
    history = {f"{kind}/{symbol}": 1 for kind in _KINDS for symbol in symbols}
    return render_dashboard(read_page(node, grant, {**history, "games/*": 1}), symbols)


def render_dashboard(state: PageState, symbols: Sequence[str]) -> str:
    """The page of what was read, with a row for each of `symbols`."""
    market = market_of(state)
    games: list[Game] = list(state.newest("games").values())
    return render_page(
        "dashboard.html",
        "",
        state,
        as_of=newest_time(times_in(market) or [game.time for game in games]),
        data={"symbols": symbols},
        rows=[quote_row(symbol, market, state.freshness, state.now) for symbol in symbols],
        cards=game_cards(games),
        most_cards=MOST_CARDS,
    )


def _symbols(log: Log) -> list[str]:
    """The usual symbols that the node has; where it has none, the first of those it has."""
    held: dict[str, None] = {}
    for kind in ("quotes", "trades"):
        if kind in log.topics:
            held.update(dict.fromkeys(log.topics[kind].series))
    usual = [symbol for symbol in SYMBOLS if symbol in held]
    return usual or sorted(held)[: len(SYMBOLS)]
