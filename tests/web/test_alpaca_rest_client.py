import asyncio
import json
import sys
from pathlib import Path

from tests.web.conftest import Served
from tests.web.rest import bar, minute, send_bars


async def test_alpaca_py_reads_what_a_node_holds(served: Served) -> None:
    for symbol in ("AAPL", "BTC/USD"):
        await served.quote(symbol, 1)
        await served.trade(symbol, 5)
        await served.send("daily_bars", symbol, bar(symbol, minute(0), 7, "d"))
    await served.send("trades", "MSFT", {"T": "t", "S": "MSFT", "p": 9, "s": 1, "t": minute(0)})
    await send_bars(served, "AAPL", 6000)
    await send_bars(served, "MSFT", 6000)
    await send_bars(served, "BTC/USD", 3)
    await served.send("updated_bars", "BTC/USD", bar("BTC/USD", minute(2), 30, "u"))
    program = Path(__file__).with_name("alpaca_rest_client.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), served.address, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        printed, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    found = json.loads(printed)
    stocks, crypto = found["stocks"], found["crypto"]

    assert list(stocks["snapshots"]) == ["AAPL", "MSFT"]
    apple = stocks["snapshots"]["AAPL"]
    assert stocks["snapshot"] == {"AAPL": apple}
    assert apple["latest_trade"] == stocks["trades"]["AAPL"]
    assert apple["latest_quote"] == stocks["quotes"]["AAPL"]
    assert apple["minute_bar"] == stocks["bar"]["AAPL"]
    assert (apple["latest_trade"]["price"], apple["latest_quote"]["ask_price"]) == (5, 2)
    assert (apple["minute_bar"]["close"], apple["daily_bar"]["close"]) == (6000, 7)
    assert apple["previous_daily_bar"] is None
    assert (stocks["trades"]["MSFT"]["price"], stocks["trades"]["MSFT"]["id"]) == (9, None)
    assert list(stocks["quotes"]) == ["AAPL"]
    assert stocks["all"] == {symbol: list(range(1, 6001)) for symbol in ("AAPL", "MSFT")}
    assert stocks["ten"] == {"AAPL": list(range(1, 11))}
    assert stocks["some"] == {"AAPL": [4, 3, 2], "MSFT": [4, 3, 2]}
    assert stocks["day"] == {"AAPL": [7]}
    assert stocks["error"] == [400, 40010000]

    bitcoin = crypto["snapshots"]["BTC/USD"]
    assert list(crypto["snapshots"]) == ["BTC/USD"]
    assert bitcoin["latest_trade"] == crypto["trades"]["BTC/USD"]
    assert bitcoin["latest_quote"] == crypto["quotes"]["BTC/USD"]
    assert bitcoin["minute_bar"] == crypto["bar"]["BTC/USD"]
    assert crypto["bar"]["BTC/USD"]["close"] == 30
    assert crypto["all"] == {"BTC/USD": [1, 2, 30]}
