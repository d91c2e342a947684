"""What can happen, how often, and with which arguments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from tests.ticker.model import KEYS, LOGS, PARTITIONS, STATES, WHOLE, channels_holding
from ticker.subscription import NOTHING_OLD, Beginning

Arguments = dict[str, object]
BEGINNINGS = (Beginning(), Beginning(), Beginning(history=2), Beginning(history=500), NOTHING_OLD)


@dataclass(frozen=True)
class Theme:
    """What one run is about: in a smaller world more meets."""

    kinds: tuple[str, ...]
    channels: tuple[str, ...]
    weights: tuple[int, ...]
    """Of each action, in the order of ACTIONS."""
    readers: tuple[tuple[int, ...], ...]
    """Which nodes may read at once what is produced; one that never does lags behind."""

    def one_of(self, kinds: tuple[str, ...], random: Random) -> str:
        """One of its kinds that are among `kinds`, if there are any."""
        return random.choice([kind for kind in self.kinds if kind in kinds] or kinds)


def theme(random: Random) -> Theme:
    kinds = tuple(random.sample(sorted(KEYS), random.choice((1, 1, 2, 2, 4))))
    channels = sorted({name for kind in kinds for key in KEYS[kind] for name in channels_holding(kind, key)})
    weights = [weight if weight > _RARE or random.random() < 0.5 else 0 for weight, _ in ACTIONS.values()]
    readers = random.choice((((), (0,), (1,), (0, 1)), ((0, 1),), ((0,),)))
    return Theme(kinds, tuple(channels), tuple(weights), readers)


def _produce(random: Random, about: Theme) -> Arguments:
    kind = random.choice(about.kinds)
    return {
        "kind": kind,
        "keys": [random.choice(KEYS[kind]) for _ in range(random.choice((1, 1, 2, 3, 5)))],
        "skip": random.choice((0, 0, 0, 1, 3)),
        "value": random.choices(("event", "deletion", "rubbish"), (12, 4 if kind in STATES else 0, 1))[0],
        "nodes": random.choice(about.readers),
        "steps": random.choice((0, 1, 2, 3, WHOLE, WHOLE)),
    }


def _flush(random: Random, about: Theme) -> Arguments:
    """A flush, and what happens where it yields: mostly to the same node."""
    node = random.randrange(2)
    factors = {"flush": 0, "settle": 0, "read": 4}
    weights = [weight * factors.get(name, 1) for name, weight in zip(ACTIONS, about.weights, strict=True)]
    between: list[tuple[str, Arguments]] = []
    for name in random.choices(list(ACTIONS), weights, k=random.choice((0, 1, 2, 4))):
        arguments = ACTIONS[name][1](random, about)
        if "node" in arguments and random.random() < 0.7:
            arguments["node"] = node
        between.append((name, arguments))
    return {"node": node, "steps": random.choice((1, 2, 3, WHOLE, WHOLE)), "between": between}


def _read(random: Random, about: Theme) -> Arguments:
    return {
        "node": random.randrange(2),
        "kind": random.choice(about.kinds),
        "partitions": random.choice(((0,), (1,), (0, 1))),
        "most": random.choice((1, 2, WHOLE)),
    }


def _channels(random: Random, about: Theme) -> Sequence[str]:
    return sorted(set(random.choices(about.channels, k=random.choice((1, 1, 2, 3, 4)))))


def _join(random: Random, about: Theme) -> Arguments:
    return {
        "node": random.randrange(2),
        "channels": _channels(random, about),
        "mode": random.choice(("every", "latest")),
        "interval": random.choice((0, 0, 250)),
        "beginning": random.choice(BEGINNINGS),
        "is_after": random.random() < 0.5,
        "again": random.choice(BEGINNINGS),
        "twins": random.choice((1, 1, 2, 3)),
    }


def _resume(random: Random, about: Theme) -> Arguments:
    return {
        "node": random.randrange(2),
        "choice": random.randrange(1000),
        "is_old": random.random() < 0.4,
        "change": random.choice(("none", "none", "none", "repeat", "add", "widen", "drop", "remove")),
        "channel": random.choice(about.channels),
        "beginning": random.choice(BEGINNINGS),
        "again": random.choice(BEGINNINGS),
    }


def _resubscribe(random: Random, about: Theme) -> Arguments:
    return {
        "choice": random.randrange(1000),
        "channels": _channels(random, about),
        "mode": random.choice(("every", "latest")),
        "interval": random.choice((0, 0, 250)),
        "beginning": random.choice(BEGINNINGS),
        "is_after": random.random() < 0.5,
        "keep": random.randrange(4),
    }


_RARE = 2
ACTIONS: dict[str, tuple[int, Callable[[Random, Theme], Arguments]]] = {
    "produce": (20, _produce),
    "flush": (14, _flush),
    "read": (8, _read),
    "join": (7, _join),
    "resume": (8, _resume),
    "cut": (5, lambda random, _: {"choice": random.randrange(1000), "byte": random.randrange(10**6)}),
    "take": (3, lambda random, _: {"choice": random.randrange(1000)}),
    "stall": (4, lambda random, _: {"choice": random.randrange(1000), "is_full": random.random() < 0.5}),
    "drain": (4, lambda random, _: {"choice": random.randrange(1000)}),
    "resubscribe": (5, _resubscribe),
    "wait": (4, lambda random, _: {"seconds": random.choice((0.1, 0.3, 1.0, 5.0))}),
    "heartbeat": (3, lambda random, _: {"node": random.randrange(2), "steps": random.choice((1, 2, WHOLE))}),
    # What comes now is rare, and does not come at all in half of all runs.
    "age": (2, lambda random, _: {"node": random.randrange(2)}),
    "poll": (
        2,
        lambda random, _: {
            "node": random.randrange(2),
            "choice": random.randrange(1000),
            "is_old": random.random() < 0.5,
            "beginning": random.choice(BEGINNINGS),
        },
    ),
    "go_on": (
        2,
        lambda random, about: {
            "choice": random.randrange(1000),
            "change": random.choice(("none", "add", "drop")),
            "channel": random.choice(about.channels),
        },
    ),
    "compact": (
        2,
        lambda random, about: {
            "kind": about.one_of(STATES, random),
            "back": random.choice((0, 0, 1, 3)),
            "removed": random.choice((0, 0, 1, 3)),
        },
    ),
    "restart": (
        2,
        lambda random, _: {
            "node": random.randrange(2),
            "back": random.choice((0, 1, 2, WHOLE)),
            "knows_deletions": random.random() < 0.5,
            "byte": random.randrange(10**6),
        },
    ),
    "retain": (
        2,
        lambda random, about: {
            "kind": about.one_of(LOGS, random),
            "partition": random.randrange(PARTITIONS),
            "left": random.choice((0, 1, 2, 3)),
        },
    ),
    "recreate": (2, lambda random, about: {"kind": random.choice(about.kinds)}),
    "forge": (
        1,
        lambda random, about: {
            "node": random.randrange(2),
            "channels": _channels(random, about),
            "again": random.choice(BEGINNINGS),
        },
    ),
    "settle": (2, lambda random, _: {}),
}
"""By the name of each method of the machine its weight, and what makes its arguments."""
