"""Alpaca's market-data stream v2 (docs.alpaca.markets), with ticker's extensions.

The extensions are words that its public clients never say, and messages that they ignore.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ticker.authorizer import Credentials
from ticker.channels import kind_of
from ticker.encoding import Encoding
from ticker.subscription import (
    InvalidSubscription,
    parse_channel,
    parse_history,
    parse_interval,
    parse_mode,
)
from web.alpaca_encoding import AlpacaEncoding
from web.dialect import Command, InvalidMessage, Problem
from web.forms import JSON, Form
from web.markets import Market, has_wildcard, others

WORDS: Mapping[str, str] = {
    "trades": "trades",
    "quotes": "quotes",
    "bars": "bars",
    "updatedBars": "updated_bars",
    "dailyBars": "daily_bars",
    "statuses": "statuses",
    "games": "games",
    "plays": "plays",
    "instruments": "instruments",
}
"""What a client calls each kind."""
_EXTENSIONS = frozenset({"games", "plays", "instruments"})
_WITHOUT_EFFECT = frozenset({"lulds", "corrections", "cancelErrors"})
"""Words of Alpaca's that subscribe to nothing here: corrections and cancels come with their trades."""
_OPTIONS = frozenset({"action", "cursor", "snapshot", "history", "mode", "interval", "heartbeat"})


_CRYPTO_LACKS = frozenset({"statuses"})
"""Kinds that Alpaca's crypto streams don't have."""
TEXTS = {
    Problem.INVALID_MESSAGE: "invalid syntax",
    Problem.NOT_AUTHENTICATED: "not authenticated",
    Problem.WRONG_CREDENTIALS: "auth failed",
    Problem.AUTHENTICATED_ALREADY: "already authenticated",
    Problem.LATE: "auth timeout",
    Problem.TOO_MANY_CHANNELS: "symbol limit exceeded",
    Problem.NOT_ALLOWED: "insufficient subscription",
    Problem.NOT_ON_THIS_PATH: "invalid subscribe action for this feed",
    Problem.FAILED: "internal error",
}
"""Alpaca's own words."""


@dataclass(frozen=True, slots=True)
class Alpaca:
    """One connection's dialect."""

    feed: str = ""
    form: Form = JSON
    market: Market = ""

    def parse(self, data: bytes, *, is_binary: bool) -> Command:
        """What a client's message says: JSON in a text frame, msgpack in a binary one. Raises InvalidMessage."""
        return _command(data, is_binary=is_binary)

    def not_here(self, channels: Iterable[str]) -> tuple[str, ...]:
        """Those of the other market, and for crypto the kinds that Alpaca has for stocks alone."""
        names = tuple(channels)
        lacking = _CRYPTO_LACKS if self.market == "crypto" else frozenset()
        return others(self.market, names) + tuple(channel for channel in names if kind_of(channel) in lacking)

    def encoding(self, channels: Iterable[str], *, cursors: bool, heartbeats: bool) -> Encoding:
        """Arrays of events."""
        return AlpacaEncoding(self.form, cursors, heartbeats, self.market if has_wildcard(channels) else "")

    def connected(self) -> bytes:
        """`[{"T":"success","msg":"connected"}]`."""
        return self.form.message({"T": "success", "msg": "connected"})

    def authenticated(self) -> bytes:
        """`[{"T":"success","msg":"authenticated"}]`."""
        return self.form.message({"T": "success", "msg": "authenticated"})

    def subscribed(self, command: Command, channels: frozenset[str]) -> bytes:
        """The whole state of the client's subscription, whatever it said."""
        del command
        return self.form.message(_subscription(channels))

    def problem(self, problem: Problem, text: str) -> bytes:
        """`[{"T":"error","code":…,"msg":…}]`: Alpaca's words, then ours."""
        said = f"{TEXTS[problem]}: {text}" if text else TEXTS[problem]
        return self.form.message({"T": "error", "code": int(problem), "msg": said})


def _command(data: bytes, *, is_binary: bool) -> Command:
    try:
        message = msgspec.msgpack.decode(data) if is_binary else msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        form = "msgpack (a binary frame)" if is_binary else "JSON"
        raise InvalidMessage(f"not {form}: {error}") from None
    if not isinstance(message, dict):
        raise InvalidMessage('a message is an object, such as {"action":"subscribe","quotes":["AAPL"]}')
    action = message.get("action")
    if action == "auth":
        key, secret = message.get("key"), message.get("secret", "")
        if not isinstance(key, str) or not isinstance(secret, str):
            raise InvalidMessage('auth needs a key and a secret: {"action":"auth","key":"…","secret":"…"}')
        return Command("auth", Credentials(key, secret))
    if action not in ("subscribe", "unsubscribe"):
        raise InvalidMessage(f"unknown action {str(action)[:64]!r}: it is auth, subscribe or unsubscribe")
    try:
        return Command(action, channels=_channels(message), options=_options(message))
    except InvalidSubscription as error:
        raise InvalidMessage(str(error)) from None


def _channels(message: Mapping[Any, Any]) -> frozenset[str]:
    channels: set[str] = set()
    for word, names in message.items():
        if word in WORDS:
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise InvalidMessage(f'{word!r} is a list of names, such as ["AAPL"]')
            channels.update(parse_channel(f"{WORDS[word]}/{name}") for name in names)
        elif word not in _OPTIONS and word not in _WITHOUT_EFFECT:
            raise InvalidMessage(f"unknown kind or option {str(word)[:64]!r}: known are {', '.join(WORDS)}")
    return frozenset(channels)


def _options(message: Mapping[Any, Any]) -> dict[str, Any]:
    options = {name: message[name] for name in _OPTIONS - {"action"} if name in message}
    for name in ("snapshot", "heartbeat"):
        if not isinstance(options.get(name, False), bool):
            raise InvalidMessage(f"{name!r} is true or false")
    if not isinstance(options.get("cursor", ""), str):
        raise InvalidMessage("'cursor' is a text: one that was given, or \"\" to be given them from now on")
    if "mode" in options:
        options["mode"] = parse_mode(options["mode"])
    if "interval" in options:
        options["interval"] = parse_interval(options["interval"])
    if "history" in options:
        options["history"] = parse_history(options["history"])
    return options


def _subscription(channels: Iterable[str]) -> dict[str, object]:
    """Corrections and cancels mirror trades, as Alpaca's do; ticker's own kinds are named where there are any."""
    names: dict[str, list[str]] = {word: [] for word in WORDS if word not in _EXTENSIONS}
    words = {kind: word for word, kind in WORDS.items()}
    for channel in sorted(channels):
        names.setdefault(words[kind_of(channel)], []).append(channel.partition("/")[2])
    return {"T": "subscription", **names, "lulds": [], "corrections": names["trades"], "cancelErrors": names["trades"]}
