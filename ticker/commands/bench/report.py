"""The report: what was measured of each way, medians of the runs, and how the ways compare."""

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

from ticker.commands.bench.load import Result
from ticker.commands.bench.scenario import Scenario

BUSIEST = 0.9
"""The share of its core above which a load measures itself, not the server."""
_MICRO = 1e6
_PACKAGES = ("ticker-live", "aiohttp", "aiohttp-sse", "uvloop", "orjson", "msgspec", "isal", "starlette", "uvicorn")


def why_invalid(scenario: Scenario, way: str, result: Result) -> str | None:
    """Why a run says nothing; None where it does."""
    if result.get("load_cpu", 0.0) > BUSIEST * result.get("seconds", 1.0):
        return f"the load's core was {result['load_cpu'] / result['seconds']:.0%} busy: it measured itself"
    if result.get("closed"):
        return f"the server closed {result['closed']} connections"
    if result.get("unanswered"):
        return f"{result['unanswered']} connections were not answered"
    if "events" not in result or way == "floor":
        return None
    due = result.get("due", 0) if not scenario.saturates(way) else 1
    # What is due by the clock alone, at a beat on either side of the time measured, may be counted with its neighbour.
    least = due * 0.99 if scenario.mode == "latest" else due
    if result["events"] < max(1, least):
        return f"{result['events']:,} events came of {due:,} that were due"
    return None


def figures_of(scenario: Scenario, way: str, result: Result) -> dict[str, float]:
    """The figures of one run that are compared, by name: seconds, bytes and shares of a core; µs where they say so."""
    figures = {name: value for name, value in result.items() if name.startswith(("memory", "level", "late", "p99"))}
    if not result.get("seconds"):
        return figures
    seconds, cpu = result["seconds"], result.get("server_cpu", 0.0)
    writes = result.get("reads", 0) if way == "floor" else result.get("messages", 0) or result.get("reads", 0)
    if way == "floor":
        writes = result["bytes"] / result["message_bytes"]
    elif scenario.saturates(way):
        writes = result["events"]
    figures["core"] = cpu / seconds
    figures["load_core"] = result["load_cpu"] / seconds
    # Where only some clients are looked at, the others are taken to have had as much.
    counted = result.get("counted", 1.0)
    if 0 < counted < 1:
        writes = result["reads"]
    if way != "floor" and "events" in result:
        events = result["events"] / (counted or 1.0)
        figures["per_second"] = events / seconds
        figures["us_each"] = cpu / max(1, events) * _MICRO
    if writes:
        figures["us_write"] = cpu / writes * _MICRO
        figures["bytes_per_second"] = result["bytes"] / seconds
        figures["message_bytes"] = result["bytes"] / writes
    if not scenario.saturates(way) and way != "floor" and "p50" in result:
        figures.update({name: result[name] for name in ("p50", "worst")})
    else:
        figures.pop("p99", None)
    return figures


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Each figure's median."""
    return {name: median(run[name] for run in runs if name in run) for name in runs[0]}


def ratios(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """How ticker compares: how many times cheaper than each plain way, and how many times the floor."""
    ours = figures.get("ticker", {})
    found: dict[str, float] = {}
    for way, theirs in figures.items():
        if way == "floor" and "us_write" in ours and "us_write" in theirs:
            found["CPU of a write, times the floor's"] = ours["us_write"] / theirs["us_write"]
        elif way not in ("ticker", "floor") and ours.get("us_each"):
            found[f"CPU of a delivery, times less than {way}"] = theirs["us_each"] / ours["us_each"]
    for name, base in (("p99", "p99_together"), ("p99", "p99_before")):
        if name in ours and ours.get(base):
            found[f"others' p99, times that {base.partition('_')[2]}"] = ours[name] / ours[base]
    return found


_COLUMNS = (
    ("per_second", "per second", "{:,.0f}", 1),
    ("core", "core", "{:.0%}", 1),
    ("us_each", "µs each", "{:.3f}", 1),
    ("us_write", "µs a write", "{:.2f}", 1),
    ("message_bytes", "bytes a write", "{:,.0f}", 1),
    ("p50", "p50 ms", "{:.1f}", 1e3),
    ("p99", "p99 ms", "{:.1f}", 1e3),
    ("worst", "worst ms", "{:.0f}", 1e3),
    ("p99_together", "p99 ms all", "{:.1f}", 1e3),
    ("p99_before", "p99 ms before", "{:.1f}", 1e3),
    ("late", "late p99 ms", "{:.1f}", 1e3),
    ("level", "level after s", "{:.2f}", 1),
    ("memory", "KB each", "{:.1f}", 1 / 1024),
    ("memory_sse_shared", "KB SSE shared", "{:.2f}", 1 / 1024),
    ("memory_sse_own", "KB SSE own 20", "{:.2f}", 1 / 1024),
    ("memory_websocket", "KB WebSocket", "{:.2f}", 1 / 1024),
    ("memory_kernel", "KB kernel", "{:.1f}", 1 / 1024),
    ("memory_stalled", "KB stalled", "{:.1f}", 1 / 1024),
    ("memory_herd", "MB herd", "{:.1f}", 1 / 1048576),
    ("load_core", "load's core", "{:.0%}", 1),
)


def table(figures: Mapping[str, Mapping[str, float]], invalid: Mapping[str, str]) -> str:
    """The figures for people: a line for each way, INVALID where it says nothing."""
    columns = [column for column in _COLUMNS if any(column[0] in row for row in figures.values())]
    rows = [["", *(title for _, title, _, _ in columns)]]
    for way, row in figures.items():
        shown = [form.format(row[name] * scale) if name in row else "" for name, _, form, scale in columns]
        rows.append([f"{way} INVALID" if way in invalid else way, *shown])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def machine() -> dict[str, Any]:
    """Where this was measured, and with which versions."""
    found: dict[str, str] = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return {"python": platform.python_version(), "kernel": platform.release(), "cpus": os.cpu_count(), **found}
