"""Massive's market-data stream, formerly Polygon's (massive.com/docs/websocket): a dialect of three kinds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from ticker.encoding import Encoding
from ticker.subscription import InvalidSubscription, parse_channel
from web.credentials import credentials_from
from web.dialect import Command, InvalidMessage, Problem
from web.markets import has_wildcard, others
from web.massive_encoding import MassiveEncoding, status_message

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "stocks": {"T": ("trades",), "Q": ("quotes",), "AM": ("bars", "updated_bars")},
    "crypto": {"XT": ("trades",), "XQ": ("quotes",), "XA": ("bars", "updated_bars")},
}
"""What a client calls the kinds, by market."""
STATUSES = {
    Problem.NOT_AUTHENTICATED: "auth_required",
    Problem.WRONG_CREDENTIALS: "auth_failed",
    Problem.LATE: "auth_timeout",
    Problem.NOT_ALLOWED: "not_authorized",
}


@dataclass(frozen=True, slots=True)
class Massive:
    """One connection's dialect; `feed` is the market: stocks or crypto."""

    feed: Literal["stocks", "crypto"]

    def parse(self, data: bytes, *, is_binary: bool) -> Command:
        """What a client's message says. Raises InvalidMessage."""
        del is_binary
        try:
            message = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidMessage(f"not JSON: {error}") from None
        example = '{"action":"subscribe","params":"T.AAPL,Q.*"}'
        if not isinstance(message, dict):
            raise InvalidMessage(f"a message is an object, such as {example}")
        action, params = message.get("action"), message.get("params")
        if action not in ("auth", "subscribe", "unsubscribe"):
            raise InvalidMessage(f"unknown action {str(action)[:64]!r}: it is auth, subscribe or unsubscribe")
        if not isinstance(params, str):
            raise InvalidMessage(f"params is a text, such as in {example}")
        if action == "auth":
            return Command("auth", credentials_from(params))
        return Command(action, channels=frozenset(self._channels(params)))

    def _channels(self, params: str) -> Iterator[str]:
        words = WORDS[self.feed]
        for name in params.split(","):
            word, dot, symbol = name.strip().partition(".")
            if word not in words or not dot:
                raise InvalidMessage(
                    f"{name[:64]!r} is no channel of {self.feed}: write one of {', '.join(words)}, a dot and a symbol"
                )
            symbol = symbol.replace("-", "/", 1) if self.feed == "crypto" else symbol
            try:
                yield from (parse_channel(f"{kind}/{symbol}") for kind in words[word])
            except InvalidSubscription as error:
                raise InvalidMessage(str(error)) from None

    def not_here(self, channels: Iterable[str]) -> tuple[str, ...]:
        """Those of the other market."""
        return others(self.feed, channels)

    def encoding(self, channels: Iterable[str], *, cursors: bool, heartbeats: bool) -> Encoding:
        """Massive's events; it has no words for cursors and heartbeats."""
        del cursors, heartbeats
        return MassiveEncoding(self.feed if has_wildcard(channels) else "")

    def connected(self) -> bytes:
        """What the public client waits for."""
        return status_message("connected", "Connected Successfully")

    def authenticated(self) -> bytes:
        """The key is right."""
        return status_message("auth_success", "authenticated")

    def subscribed(self, command: Command, channels: frozenset[str]) -> bytes:
        """One message for each channel that the client named."""
        del channels
        did = f"{command.action}d to" if command.action == "subscribe" else "unsubscribed from"
        return b"".join(status_message("success", f"{did}: {name}") for name in self._names(command.channels))

    def _names(self, channels: Iterable[str]) -> Iterator[str]:
        words = {kinds[0]: word for word, kinds in WORDS[self.feed].items()}
        for channel in sorted(channels):
            kind, _, symbol = channel.partition("/")
            if kind in words:
                yield f"{words[kind]}.{symbol.replace('/', '-')}"

    def problem(self, problem: Problem, text: str) -> bytes:
        """A status message."""
        return status_message(STATUSES.get(problem, "error"), text or problem.name.lower().replace("_", " "))
