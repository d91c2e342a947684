"""Scenarios: what is offered to whom, as data."""

from dataclasses import dataclass
from random import Random

SYMBOLS = tuple(f"B{number:03}" for number in range(500))
"""The symbols of the bench's feed; event number n is of symbol n modulo 500, so that each has its even share."""
_PLAIN = ("aiohttp send_str", "aiohttp-sse send", "starlette websocket", "sse-starlette")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of load on a server, and how long it is looked at."""

    name: str
    summary: str
    measure: str
    """How it is measured: the name of a function of the load."""
    clients: int
    transport: str = "websocket"
    symbols_each: int = 20
    """Symbols of each client; 1 is the same one for all."""
    rate: int = 5000
    """Events a second over all symbols."""
    mode: str = "every"
    interval: int = 0
    """Milliseconds between two messages to a client; 0 is each flush."""
    gzip: bool = False
    stalled: int = 0
    """Clients that stop to read."""
    flush_interval: float = 0.02
    names: tuple[str, ...] = ()
    """The symbols of a server that runs already; empty for the bench's own."""
    ways: tuple[str, ...] = ("ticker",)
    """What is measured beside each other: see `WAYS` of the servers."""
    saturated: bool = True
    """Whether the plain ways are measured at what they can do at most; otherwise they are given `rate` too."""
    warm_seconds: float = 2.0
    seconds: float = 10.0
    """What is measured, after the warming up. A multiple of `period` keeps the number of events due exact."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that the feed has."""
        names = self.names or SYMBOLS
        return names if self.symbols_each > 1 else names[:1]

    def watchlist(self, client: int) -> tuple[str, ...]:
        """What a client reads; the same in every run."""
        if self.symbols_each == 1:
            return self.symbols
        each = min(self.symbols_each, len(self.symbols))
        return tuple(sorted(Random(client).sample(self.symbols, each)))  # noqa: S311 (no secret)

    def saturates(self, way: str) -> bool:
        """Whether a way is given the next event as soon as the last is sent, to find what it can do at its best."""
        return self.saturated and way in _PLAIN

    @property
    def due(self) -> int:
        """Events that must come to all clients that read, in the time measured; 0 where that isn't known."""
        if self.names:
            return 0
        readers = self.clients - self.stalled
        if self.mode == "latest":
            return round(readers * self.symbols_each * self.seconds * 1000 / self.interval)
        return round(readers * self.symbols_each * self.seconds * self.rate / len(self.symbols))


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "watchlist",
            "2,000 clients, each 20 of 500 symbols, 5,000 events/s",
            "fan_out",
            2000,
            ways=("ticker", "floor", *_PLAIN),
        ),
        Scenario(
            "broadcast",
            "2,000 clients on one channel, 1,000 events/s",
            "fan_out",
            2000,
            symbols_each=1,
            rate=1000,
            ways=("ticker", "floor", *_PLAIN),
        ),
        Scenario(
            "dashboard",
            "10,000 SSE dashboards, each 20 of 500 symbols, the latest every 250 ms",
            "fan_out",
            10_000,
            transport="sse",
            mode="latest",
            interval=250,
            flush_interval=0.01,
            ways=("ticker", "floor"),
        ),
        Scenario(
            "quiet",
            "2,000 clients on one channel, 20 events/s",
            "fan_out",
            2000,
            symbols_each=1,
            rate=20,
            flush_interval=0.01,
            ways=("ticker", "aiohttp send_str"),
            saturated=False,
        ),
        Scenario("slow", "the watchlists, with a tenth of the clients stalled", "slow", 2000, stalled=200),
        Scenario("stalled", "the watchlists, with one client that reads nothing", "slow", 2000, stalled=1, seconds=60),
        Scenario("idle", "memory of connections that get nothing", "idle", 4000, rate=0),
        Scenario("resume", "5,000 SSE dashboards come back at once with cursors 10 s old", "resume", 5000),
        Scenario(
            "poll",
            "unchanged polls over 20 channels, on 64 connections",
            "poll",
            64,
            transport="poll",
            rate=0,
            ways=("ticker", "aiohttp handler"),
        ),
        Scenario(
            "ingest",
            "2,000,000 quotes from Kafka, as a log kind, into the log, nobody reading",
            "ingest",
            2_000_000,
            transport="kafka",
            rate=0,
        ),
    )
}
