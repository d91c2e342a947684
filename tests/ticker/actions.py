"""What can happen, how often, and with which arguments."""

import hypothesis.strategies as st

from tests.ticker.model import CHANNELS, KEYS, LOGS, PARTITIONS, STATES, WHOLE
from ticker.subscription import NOTHING_OLD, Beginning, Mode

NODES = st.integers(0, 1)
ANY = st.integers(0, 2**16)
KINDS = st.sampled_from(sorted(KEYS))
SETS = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=4)
MODES: st.SearchStrategy[Mode] = st.sampled_from(("every", "latest"))
INTERVALS = st.sampled_from((0, 0, 250))
BEGINNINGS = st.sampled_from((Beginning(), Beginning(history=2), Beginning(history=500), NOTHING_OLD))
ACTIONS: dict[str, tuple[int, dict[str, st.SearchStrategy[object]]]] = {
    "take": (3, {"choice": ANY}),
    "produce": (
        20,
        {
            "kind": KINDS,
            "keys": st.lists(ANY, min_size=1, max_size=4),
            "skip": st.sampled_from((0, 0, 0, 1, 3)),
            "value": st.sampled_from(("event", "event", "event", "event", "deletion", "rubbish")),
            "readers": st.sampled_from(((), (0,), (1,), (0, 1), (0, 1))),
            "steps": st.sampled_from((0, 1, 2, WHOLE, WHOLE)),
        },
    ),
    "compact": (2, {"kind": st.sampled_from(STATES), "back": st.integers(0, 3), "removed": st.integers(0, 3)}),
    "retain": (
        1,
        {"kind": st.sampled_from(LOGS), "partition": st.integers(0, PARTITIONS - 1), "left": st.integers(0, 3)},
    ),
    "recreate": (1, {"kind": KINDS}),
    "read": (5, {"node": NODES, "kind": KINDS, "partition": st.integers(0, PARTITIONS - 1), "most": st.integers(1, 3)}),
    "read_all": (3, {"node": NODES}),
    "trim": (3, {"node": NODES}),
    "flush": (12, {"node": NODES, "steps": st.sampled_from((1, 1, 2, 3, WHOLE, WHOLE))}),
    "heartbeat": (3, {"node": NODES, "steps": st.sampled_from((1, WHOLE))}),
    "wait": (4, {"seconds": st.sampled_from((0.1, 0.3, 1.0, 5.0, 60.0))}),
    "restart": (1, {"node": NODES, "choice": ANY}),
    "join": (
        7,
        {
            "node": NODES,
            "channels": SETS,
            "mode": MODES,
            "interval": INTERVALS,
            "beginning": BEGINNINGS,
            "is_after": st.booleans(),
            "again": BEGINNINGS,
            "twins": st.sampled_from((1, 1, 2)),
        },
    ),
    "resume": (
        6,
        {
            "node": NODES,
            "choice": ANY,
            "is_old": st.booleans(),
            "change": st.sampled_from(("none", "none", "none", "repeat", "add", "widen", "drop")),
            "channel": st.sampled_from(CHANNELS),
            "beginning": BEGINNINGS,
            "again": BEGINNINGS,
        },
    ),
    "poll": (2, {"node": NODES, "choice": ANY, "is_old": st.booleans(), "beginning": BEGINNINGS}),
    "forge": (1, {"node": NODES, "channels": SETS, "again": BEGINNINGS}),
    "resubscribe": (
        5,
        {
            "choice": ANY,
            "channels": SETS,
            "mode": MODES,
            "interval": INTERVALS,
            "beginning": BEGINNINGS,
            "keep": st.integers(0, 3),
        },
    ),
    "restart_by_cursor": (
        2,
        {"choice": ANY, "change": st.sampled_from(("none", "add", "drop")), "channel": st.sampled_from(CHANNELS)},
    ),
    "stall": (4, {"choice": ANY, "is_full": st.booleans()}),
    "drain": (4, {"choice": ANY}),
    "cut": (4, {"choice": ANY, "byte": ANY}),
    "settle": (1, {}),
}
"""By name the weight and the arguments of each method of the machine."""
_NAMES = st.sampled_from([name for name, (weight, _) in ACTIONS.items() for _ in range(weight)])


class Action:
    """One thing that happens: the name of a method of the machine, and its arguments."""

    def __init__(self, name: str, arguments: dict[str, object]) -> None:
        self.name = name
        self.arguments = arguments

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


@st.composite
def actions(draw: st.DrawFn) -> Action:
    name = draw(_NAMES)
    return Action(name, {argument: draw(strategy) for argument, strategy in ACTIONS[name][1].items()})
