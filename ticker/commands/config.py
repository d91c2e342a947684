"""`ticker config`.

Check the configuration and print it whole, each setting with where its value came from.
"""

import argparse

import msgspec

from ticker.commands.settings import add_config_flag, add_kafka_flags, add_server_flags, configuration


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    add_config_flag(parser)
    add_server_flags(parser)
    add_kafka_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Print the configuration as TOML."""
    config, sources = configuration(options)
    for section, settings in msgspec.to_builtins(config).items():
        print(f"[{section}]")
        for name, value in settings.items():
            source = sources.get(f"{section}.{name}", "default")
            print(f"{f'{name} = {_toml(value)}':<44} # {source}")
        print()
    return 0


def _toml(value: object) -> str:
    return msgspec.json.encode(value).decode() if not isinstance(value, bool) else str(value).lower()
