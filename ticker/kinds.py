"""Kinds: what sorts of event there are, one Kafka topic each, and what each promises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of event. Of a state kind the newest event per key wins; of a log kind every event counts."""

    name: str
    """The topic's name after the prefix, and the first part of every channel: `quotes`."""
    code: str
    """One letter, unique, that stands for the kind in a cursor."""
    is_log: bool
    """True for a log kind, False for a state kind."""


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("quotes", "q", is_log=False),
        Kind("trades", "t", is_log=True),
        Kind("bars", "b", is_log=True),
        Kind("updated_bars", "u", is_log=True),
        Kind("daily_bars", "d", is_log=False),
        Kind("statuses", "s", is_log=False),
        Kind("instruments", "i", is_log=False),
        Kind("games", "g", is_log=False),
        Kind("plays", "p", is_log=True),
    )
}
"""Every kind by name, with its promise by default."""


def kinds_with(log: Iterable[str] = (), state: Iterable[str] = ()) -> Mapping[str, Kind]:
    """The kinds, with those named in `log` and `state` given that promise instead of their default.

    Raises ValueError for a name that is no kind, or that is in both.
    """
    promises = dict.fromkeys(log, True)
    for name in state:
        if name in promises:
            raise ValueError(f"{name!r} is declared both a log and a state kind: keep one")
        promises[name] = False
    for name in promises:
        if name not in KINDS:
            raise ValueError(f"unknown kind {name!r}: the kinds are {', '.join(KINDS)}")
    return {name: replace(kind, is_log=promises.get(name, kind.is_log)) for name, kind in KINDS.items()}
