"""Alpaca's own SDK, alpaca-py, on a node's address: prints what it read, as JSON."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from alpaca.common.enums import Sort
from alpaca.common.exceptions import APIError
from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
from alpaca.data.requests import (
    CryptoBarsRequest,
    CryptoLatestBarRequest,
    CryptoLatestQuoteRequest,
    CryptoLatestTradeRequest,
    CryptoSnapshotRequest,
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockSnapshotRequest,
)
from alpaca.data.timeframe import TimeFrame

BOTH = ["AAPL", "MSFT", "NONE"]


def stocks(address: str) -> dict[str, Any]:
    """What is found out about stocks."""
    client = StockHistoricalDataClient("key", "secret", url_override=address)
    start, end = datetime(2021, 1, 8, 0, 1, tzinfo=UTC), datetime(2021, 1, 8, 0, 3, tzinfo=UTC)
    minutes = {"symbol_or_symbols": BOTH, "timeframe": TimeFrame.Minute}
    try:
        client.get_stock_bars(StockBarsRequest(symbol_or_symbols="AAPL", timeframe=TimeFrame.Hour))
        error = None
    except APIError as raised:
        error = [raised.status_code, raised.code]
    return {
        "snapshots": jsons(client.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols=BOTH))),
        "snapshot": jsons(client.get_stock_snapshot(StockSnapshotRequest(symbol_or_symbols="AAPL"))),
        "quotes": jsons(client.get_stock_latest_quote(StockLatestQuoteRequest(symbol_or_symbols=BOTH))),
        "trades": jsons(client.get_stock_latest_trade(StockLatestTradeRequest(symbol_or_symbols=BOTH))),
        "bar": jsons(client.get_stock_latest_bar(StockLatestBarRequest(symbol_or_symbols=BOTH))),
        "all": closes(client.get_stock_bars(StockBarsRequest(**minutes))),
        "ten": closes(client.get_stock_bars(StockBarsRequest(**minutes, limit=10))),
        "some": closes(client.get_stock_bars(StockBarsRequest(**minutes, start=start, end=end, sort=Sort.DESC))),
        "day": closes(client.get_stock_bars(StockBarsRequest(symbol_or_symbols="AAPL", timeframe=TimeFrame.Day))),
        "error": error,
    }


def crypto(address: str) -> dict[str, Any]:
    """What is found out about crypto pairs."""
    client = CryptoHistoricalDataClient(url_override=address)
    pairs = ["BTC/USD", "NO/USD"]
    return {
        "snapshots": jsons(client.get_crypto_snapshot(CryptoSnapshotRequest(symbol_or_symbols=pairs))),
        "quotes": jsons(client.get_crypto_latest_quote(CryptoLatestQuoteRequest(symbol_or_symbols=pairs))),
        "trades": jsons(client.get_crypto_latest_trade(CryptoLatestTradeRequest(symbol_or_symbols=pairs))),
        "bar": jsons(client.get_crypto_latest_bar(CryptoLatestBarRequest(symbol_or_symbols="BTC/USD"))),
        "all": closes(client.get_crypto_bars(CryptoBarsRequest(symbol_or_symbols=pairs, timeframe=TimeFrame.Minute))),
    }


def jsons(found: Any) -> dict[str, Any]:
    """The SDK's own models, by symbol."""
    return {symbol: model.model_dump(mode="json") for symbol, model in found.items()}


def closes(found: Any) -> dict[str, list[float]]:
    """The close of each bar, by symbol."""
    return {symbol: [bar.close for bar in bars] for symbol, bars in found.data.items()}


print(json.dumps({"stocks": stocks(sys.argv[1]), "crypto": crypto(sys.argv[1])}))
