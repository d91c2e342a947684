import aiohttp
import pytest

from feeds.embedded import EmbeddedSource
from tests.web.conftest import Served, config_with
from tests.web.rest import bar, get, minute
from ticker.authorizer import Credentials, Grant
from web.node import Node
from web.rest import ROUTES
from web.server import serving

PATHS = [
    "/v2/stocks/snapshots?symbols=AAPL",
    "/v2/stocks/AAPL/snapshot",
    "/v2/stocks/quotes/latest?symbols=AAPL",
    "/v2/stocks/AAPL/quotes/latest",
    "/v2/stocks/bars?symbols=AAPL&timeframe=1Min",
    "/v2/stocks/AAPL/bars?timeframe=1Min",
    "/v1beta3/crypto/us/snapshots?symbols=BTC/USD",
    "/v1beta3/crypto/us/latest/quotes?symbols=BTC/USD",
    "/v1beta3/crypto/us/bars?symbols=BTC/USD&timeframe=1Min",
]
"""One request for each of the routes."""


def test_each_route_has_its_path() -> None:
    assert len(PATHS) == len(ROUTES)


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_a_tag(served: Served, path: str) -> None:
    kind = "bars" if "/bars?" in path else "quotes"
    symbol = "BTC/USD" if "crypto" in path else "AAPL"
    await served.quote(symbol, 1)
    await served.send("bars", symbol, bar(symbol, minute(0), 1))
    status, before, headers = await get(served.address, path)
    assert status == 200
    tag = headers["ETag"]
    await served.quote("MSFT", 1)
    for given in (tag, f"W/{tag}", f'"other", {tag}'):
        status, _, headers = await get(served.address, path, {"If-None-Match": given})
        assert (status, headers["ETag"], headers["Access-Control-Allow-Origin"]) == (304, tag, "*")
    if kind == "bars":
        await served.send("bars", symbol, bar(symbol, minute(0), 2))
    else:
        await served.quote(symbol, 2)
    status, after, headers = await get(served.address, path, {"If-None-Match": tag})
    assert status == 200
    assert after != before
    assert headers["ETag"] != tag
    assert "ETag" in headers["Access-Control-Expose-Headers"]


async def test_a_tag_is_of_one_url(served: Served) -> None:
    await served.quote("AAPL", 1)
    tag = {"If-None-Match": (await get(served.address, "/v2/stocks/quotes/latest?symbols=AAPL"))[2]["ETag"]}
    assert (await get(served.address, "/v2/stocks/quotes/latest?symbols=AAPL", tag))[0] == 304
    assert (await get(served.address, "/v2/stocks/AAPL/quotes/latest", tag))[0] == 200
    assert (await get(served.address, "/v2/stocks/quotes/latest?symbols=AAPL,MSFT", tag))[0] == 200


async def test_a_node_that_is_behind_never_answers_with_older_values(served: Served) -> None:
    await served.quote("AAPL", 1)
    log = served.node.log
    path = "/v2/stocks/quotes/latest?symbols=AAPL"
    head = (await get(served.address, path))[2]["ETag"].rpartition(".")[0]
    partition = log.position().topics["quotes"].offsets.index(0)
    ahead = log.reached(["quotes/AAPL"]).moved({("quotes", partition): 5}).topics["quotes"].text
    tag = {"If-None-Match": f'{head}.{ahead}"'}
    assert (await get(served.address, path, tag))[0] == 200
    log.topics["quotes"].ends[partition] = 5
    assert (await get(served.address, path, tag))[0] == 304


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v2/stocks/snapshots", "no symbols: name some, such as symbols=AAPL,MSFT"),
        ("/v2/stocks/snapshots?symbols=,", "no symbols: name some, such as symbols=AAPL,MSFT"),
        ("/v2/stocks/snapshots?symbols=*", "'*' is no symbol: write them with commas between"),
        ("/v2/stocks/snapshots?symbols=AAPL,%20MSFT", "' MSFT' is no symbol: write them with commas between"),
        ("/v2/stocks/snapshots?symbols=AAPL&symbols=MSFT", "'symbols' is given twice: give it once"),
        ("/v2/stocks/snapshots?symbol=AAPL", "unknown parameter 'symbol': known are symbols, feed, currency"),
        ("/v2/stocks/AAPL/snapshot?symbols=AAPL", "unknown parameter 'symbols': known are feed, currency"),
        ("/v2/stocks/AAPL,MSFT/snapshot", "'AAPL,MSFT' is no symbol"),
        ("/v2/stocks/snapshots?symbols=AAPL,BTC/USD", "'BTC/USD' is of the other market: pairs such as BTC/USD are at"),
        ("/v2/stocks/BTC%2FUSD/snapshot", "'BTC/USD' is of the other market: pairs such as BTC/USD are at"),
        ("/v1beta3/crypto/us/snapshots?symbols=AAPL", "'AAPL' is of the other market: pairs such as BTC/USD are at"),
        (
            "/v2/stocks/snapshots?symbols=" + ",".join(f"S{n}" for n in range(1001)),
            "1001 symbols: ask for 1000 at most",
        ),
    ],
)
async def test_bad_parameters_are_said_in_alpacas_shape(served: Served, path: str, message: str) -> None:
    status, body, headers = await get(served.address, path)
    assert (status, set(body), body["code"]) == (400, {"code", "message"}, 40010000)
    assert body["message"].startswith(message)
    assert headers["Access-Control-Allow-Origin"] == "*"


async def test_paths_that_there_are_not(served: Served) -> None:
    for path in ("/v2/stocks/auctions?symbols=AAPL", "/v1beta3/crypto/us/latest/orderbooks", "/v2/stocks/AAPL"):
        status, body, _ = await get(served.address, path)
        assert (status, body["code"]) == (404, 40410000)
    async with aiohttp.ClientSession() as session, session.post(f"{served.address}{PATHS[0]}") as response:
        assert (response.status, (await response.json())["code"]) == (405, 40510000)
        assert response.headers["Allow"] == "GET,OPTIONS"


async def test_a_page_of_another_origin_may_ask(served: Served) -> None:
    async with aiohttp.ClientSession() as session:
        for path in PATHS:
            async with session.options(served.address + path) as response:
                assert response.status == 204
                allowed = response.headers["Access-Control-Allow-Headers"]
                assert "If-None-Match" in allowed
                assert "APCA-API-KEY-ID" in allowed


class QuotesAlone:
    """A key may read quotes, and what nobody knows may read nothing."""

    def grant(self, credentials: Credentials | None) -> Grant | None:
        if credentials is None:
            return Grant(None, ())
        known = credentials == Credentials("key", "secret")
        return Grant("key", ("quotes/*",), most_channels=2) if known else None

    def renewed(self, grant: Grant) -> Grant | None:
        return grant


async def test_who_may_read() -> None:
    node = Node(config_with(), EmbeddedSource, QuotesAlone())
    right = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}
    quotes = "/v2/stocks/quotes/latest?symbols=AAPL"
    async with serving(node) as (address, _):
        status, body, headers = await get(address, quotes)
        assert (status, body["code"]) == (401, 40110000)
        assert "WWW-Authenticate" in headers
        assert (await get(address, quotes, {**right, "APCA-API-SECRET-KEY": "wrong"}))[0] == 401
        status, body, headers = await get(address, quotes, right)
        assert (status, body) == (200, {"quotes": {}})
        assert (await get(address, quotes, {**right, "If-None-Match": headers["ETag"]}))[0] == 304
        assert (await get(address, quotes, {"If-None-Match": headers["ETag"]}))[0] == 401
        status, body, _ = await get(address, f"{quotes},MSFT,NVDA", right)
        assert (status, body["code"]) == (400, 40010000)
        status, body, _ = await get(address, "/v2/stocks/trades/latest?symbols=AAPL", right)
        assert (status, body["code"]) == (403, 40310000)
        assert "trades/AAPL" in body["message"]


class Broken:
    """Fails whatever it is asked."""

    def grant(self, credentials: Credentials | None) -> Grant | None:
        raise RuntimeError(f"asked about {credentials}")

    def renewed(self, grant: Grant) -> Grant | None:
        raise RuntimeError(f"asked about {grant}")


async def test_a_failure_is_said_in_alpacas_shape_on_alpacas_paths_alone() -> None:
    async with serving(Node(config_with(), EmbeddedSource, Broken())) as (address, _):
        status, body, _ = await get(address, PATHS[0])
        assert (status, body["code"]) == (500, 50010000)
        status, body, _ = await get(address, "/v1/poll?quotes=AAPL")
        assert (status, body["error"]["code"]) == (500, "internal")


async def test_a_node_that_leaves_sends_pollers_elsewhere(served: Served) -> None:
    tags = [{"If-None-Match": (await get(served.address, path))[2].get("ETag", "")} for path in PATHS]
    served.node.is_draining = True
    for path, tag in zip(PATHS, tags, strict=True):
        status, body, headers = await get(served.address, path, tag)
        assert (status, body["code"], headers["Retry-After"]) == (503, 50310000, "2")
