"""The metrics of several workers as those of one node, in Prometheus' text format.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s+(\S+)(?:\s+-?\d+)?')
_PARTS = re.compile(r"(.+)_(?:bucket|sum|count)")
"""The samples of a histogram or a summary are named after their family, and after what they are of it."""
_Number = int | float


@dataclass(slots=True)
class _Family:
    help: str = ""
    type: str = ""
    samples: dict[str, _Number] = field(default_factory=dict)
    """By name and labels, as they are written."""


def merge(texts: Iterable[str]) -> str:
    """One text of all: equal names and labels are summed.

    Of gauges that end in `_seconds` or `_info` the largest counts, and of those in `_live` the least: a node is as late
    as its latest worker, and live where all are. Timestamps are left out. Raises ValueError for what is no sample.
    """
    families: dict[str, _Family] = {}
    for text in texts:
        for line in filter(None, map(str.strip, text.split("\n"))):
            if line.startswith("#"):
                _describe(families, line)
            else:
                _count(families, line)
    return "".join(f"{line}\n" for name, family in families.items() for line in _lines(name, family))


def _describe(families: dict[str, _Family], line: str) -> None:
    _, what, name, said = [*line.split(" ", 3), "", "", ""][:4]
    if what in ("HELP", "TYPE"):
        family = families.setdefault(name, _Family())
        if what == "HELP":
            family.help = family.help or said
        else:
            family.type = family.type or said


def _count(families: dict[str, _Family], line: str) -> None:
    found = _SAMPLE.fullmatch(line)
    if found is None:
        raise ValueError(f"not a sample of a metric: {line[:200]!r}")
    name, labels, text = found.groups(default="")
    parts = _PARTS.fullmatch(name)
    is_part = parts is not None and parts[1] in families and families[parts[1]].type in ("histogram", "summary")
    family = families.setdefault(parts[1] if parts and is_part else name, _Family())
    value, sample = _number(text), name + labels
    if sample in family.samples:
        value = _together(name, family.type, family.samples[sample], value)
    family.samples[sample] = value


def _together(name: str, type_: str, one: _Number, other: _Number) -> _Number:
    if type_ == "gauge" and name.endswith(("_seconds", "_info")):
        return max(one, other)
    if type_ == "gauge" and name.endswith("_live"):
        return min(one, other)
    return one + other


def _number(text: str) -> _Number:
    """Raises ValueError."""
    return int(text) if text.isascii() and text.isdigit() else float(text)


def _lines(name: str, family: _Family) -> Iterator[str]:
    if family.help:
        yield f"# HELP {name} {family.help}"
    if family.type:
        yield f"# TYPE {name} {family.type}"
    for sample, value in family.samples.items():
        yield f"{sample} {value}"
