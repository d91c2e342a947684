"""The words of Alpaca's market-data stream v2 (docs.alpaca.markets), with ticker's extensions, and their meaning."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from ticker.channels import kind_of
from ticker.subscription import (
    InvalidSubscription,
    parse_channel,
    parse_history,
    parse_interval,
    parse_mode,
)

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


class InvalidMessage(ValueError):
    """A message that can't be read."""


@dataclass(frozen=True, slots=True)
class Command:
    """One message of a client."""

    action: Literal["auth", "subscribe", "unsubscribe"]
    key: str = ""
    secret: str = field(default="", repr=False)
    channels: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)
    """Those it named, of: cursor, snapshot, history, mode, interval, heartbeat."""


def parse_command(data: bytes, *, is_binary: bool) -> Command:
    """What a client's message says: JSON in a text frame, msgpack in a binary one. Raises InvalidMessage."""
    try:
        message = msgspec.msgpack.decode(data) if is_binary else msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        form = "msgpack (a binary frame)" if is_binary else "JSON"
        raise InvalidMessage(f"not {form}: {error}") from None
    if not isinstance(message, dict):
        raise InvalidMessage('a message is an object, such as {"action":"subscribe","quotes":["AAPL"]}')
    action = message.get("action")
    if action == "auth":
        key, secret = (value if isinstance(value, str) else "" for value in (message.get("key"), message.get("secret")))
        return Command("auth", key, secret)
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


def subscription_message(channels: Iterable[str]) -> dict[str, object]:
    """The whole state of a client's subscription, which answers each subscribe and unsubscribe.

    Corrections and cancels mirror trades, as Alpaca's do; ticker's own kinds are named where there are any.
    """
    names: dict[str, list[str]] = {word: [] for word in WORDS if word not in _EXTENSIONS}
    words = {kind: word for word, kind in WORDS.items()}
    for channel in sorted(channels):
        names.setdefault(words[kind_of(channel)], []).append(channel.partition("/")[2])
    return {"T": "subscription", **names, "lulds": [], "corrections": names["trades"], "cancelErrors": names["trades"]}
