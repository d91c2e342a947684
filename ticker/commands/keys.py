"""`ticker keys`.

Give out keys that may read certain channels, list them, and revoke them; nodes follow without a restart.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from ticker.authorizer import check_pattern
from ticker.commands.settings import add_config_flag, configuration, positive_count
from ticker.config import AuthConfig, InvalidConfig
from ticker.key_file import InvalidKeyFile, changing, read_key_file
from ticker.keys import LONGEST_NAME, Key, check_feed, digest_of, new_id, new_secret

_COLUMNS = ("key", "name", "channels", "feeds", "most channels", "most connections", "created")


def configure(parser: argparse.ArgumentParser) -> None:
    """The things to do, and their flags."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="Make a key, and print its secret, which is kept nowhere.")
    add.add_argument("--name", type=_name, default="", help="Whose it is.")
    add.add_argument(
        "--channels",
        type=_checked(check_pattern),
        action="append",
        metavar="PATTERN",
        help="What it may read, such as 'quotes/A*' or games/nfl; may be given again ('*', all, unless given).",
    )
    add.add_argument(
        "--feeds",
        type=_checked(check_feed),
        action="append",
        metavar="FEED",
        help="Which WebSocket paths' feeds it may use, such as iex; may be given again ('*', any, unless given).",
    )
    add.add_argument("--most-channels", type=positive_count, metavar="N", help="How many one connection may read.")
    add.add_argument(
        "--most-connections",
        type=positive_count,
        metavar="N",
        help="How many may be open on one node; with one more the oldest is closed.",
    )
    show = actions.add_parser("list", help="Show the keys that there are, without secrets.")
    revoke = actions.add_parser("revoke", help="Revoke a key: its connections are closed within 5 seconds.")
    revoke.add_argument("key", metavar="ID", help="The key's id, which begins with TK.")
    for action in (add, show, revoke):
        add_config_flag(action)


def run(options: argparse.Namespace) -> int:
    """Do it; 1 where it can't be done. Raises InvalidConfig."""
    config, _ = configuration(options)
    if not config.auth.keys_file:
        raise InvalidConfig("no keys file: name one by [auth] keys_file, or set TICKER_AUTH__KEYS_FILE")
    path = Path(config.auth.keys_file)
    try:
        if options.action == "add":
            return _add(path, config.auth, options)
        return _revoke(path, options.key) if options.action == "revoke" else _list(path)
    except InvalidKeyFile as error:
        print(f"ticker keys: {error}", file=sys.stderr)
    except OSError as error:
        print(f"ticker keys: {path}: {error.strerror}", file=sys.stderr)
    return 1


def _add(path: Path, auth: AuthConfig, options: argparse.Namespace) -> int:
    secret = new_secret()
    key = Key(
        id=new_id(),
        secret_sha256=digest_of(secret).hex(),
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        name=options.name,
        channels=tuple(options.channels or ("*",)),
        feeds=tuple(options.feeds or ("*",)),
        most_channels=options.most_channels,
        most_connections=options.most_connections,
    )
    with changing(path) as keys:
        keys[key.id] = key
    print(
        f"key     {key.id}\n"
        f"secret  {secret}\n"
        "\n"
        "The secret is shown this once: only its hash is kept. Send both in one of these ways:\n"
        "\n"
        f"  Authorization: Bearer {key.id}.{secret}\n"
        f"  APCA-API-KEY-ID: {key.id} and APCA-API-SECRET-KEY: {secret}\n"
        f'  alpaca-py:         StockDataStream("{key.id}", "{secret}")\n'
        f'  Massive\'s client:  WebSocketClient(api_key="{key.id}.{secret}")\n'
    )
    if "*" in auth.anonymous:
        print("Note: [auth] anonymous lets everybody read everything, with a key or without.", file=sys.stderr)
    return 0


def _list(path: Path) -> int:
    keys, _ = read_key_file(path)
    rows = [_COLUMNS, *(_row(key) for key in keys.values())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(key: Key) -> tuple[str, ...]:
    most_channels, most_connections = (
        "-" if most is None else str(most) for most in (key.most_channels, key.most_connections)
    )
    lists = (",".join(key.channels), ",".join(key.feeds))
    return (key.id, key.name or "-", *lists, most_channels, most_connections, key.created)


def _revoke(path: Path, key: str) -> int:
    with changing(path) as keys:
        known = keys.pop(key, None)
    if known is None:
        # Somebody may have given the secret too.
        print(f"ticker keys: no key {key.partition('.')[0]!r}: ticker keys list shows what there is", file=sys.stderr)
        return 1
    print(f"{key} is revoked: nodes close its connections within 5 seconds")
    return 0


def _name(text: str) -> str:
    """A flag's name of a key. Raises argparse's own error."""
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(f"a name is one line of {LONGEST_NAME} characters at most")
    return text


def _checked(check: Callable[[str], str]) -> Callable[[str], str]:
    """What `check` lets pass; what it says otherwise as argparse's own error."""

    def checked(text: str) -> str:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked
