"""The grammar of URLs as JSON Schemas, made from what reads them: see `ticker.subscription.parse_query`."""

from collections.abc import Mapping
from typing import Any, get_args

from ticker.config import Config
from ticker.kinds import KINDS
from ticker.subscription import INTERVALS, MOST_HISTORY, Mode

Schema = Mapping[str, Any]


def kind_parameters() -> Mapping[str, str]:
    """Each kind's parameter, and what it is for."""
    example = {"games": "nfl", "plays": "nfl.2015091300"}
    return {
        kind: f"Names with commas between them, or `*` for all: `{example.get(kind, 'AAPL,MSFT')}`." for kind in KINDS
    }


def option_schemas() -> Mapping[str, Schema]:
    """The options beside the kinds."""
    return {
        "mode": {
            "type": "string",
            "enum": list(get_args(Mode)),
            "description": "`every` event, or the `latest` of each key in each interval.",
        },
        "interval": {
            "type": "integer",
            "minimum": 0,
            "maximum": INTERVALS[-1],
            "description": f"Milliseconds between two batches, rounded up to one of {', '.join(map(str, INTERVALS))}.",
        },
        "history": {
            "type": "integer",
            "minimum": 0,
            "maximum": MOST_HISTORY,
            "description": "How many events of each key of log kinds to begin with.",
        },
        "cursor": {"type": "string", "description": "Where to go on: what came with the last batch that was had."},
        "added": {
            "type": "string",
            "description": "Channels that the cursor does not know, such as `quotes/MSFT`, with commas.",
        },
        "removed": {
            "type": "string",
            "description": "Channels that the cursor knows and that are asked for no more, with commas.",
        },
    }


def wait_schema(config: Config) -> Schema:
    """How long a poll waits."""
    return {
        "type": "number",
        "minimum": 0,
        "maximum": config.limits.wait_seconds,
        "description": "Seconds to wait for something newer than the cursor.",
    }


def stale_schema() -> Schema:
    """What a poll knows to be stale."""
    return {
        "type": "string",
        "description": "Kinds that the client knows to be stale, such as `quotes,trades`: it is answered at once when "
        "that is no longer so. Without it a poll that waits is told of what changes while it waits.",
    }
