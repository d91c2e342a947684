"""`ticker bench`.

Measure a node beside the plain ways of doing the same, in one run on this machine.
"""

import argparse
import http.client
import json
import os
import sys
import uuid
from dataclasses import replace
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from ticker.commands.bench.load import Result
from ticker.commands.bench.progress import Progress
from ticker.commands.bench.race import RunFailed, load_only, race
from ticker.commands.bench.report import figures_of, machine, medians, ratios, table, why_invalid
from ticker.commands.bench.scenario import SCENARIOS, Scenario
from ticker.commands.bench.server import Job
from ticker.commands.settings import positive, positive_count

_NEEDS = {"starlette websocket": ("starlette", "uvicorn", "websockets"), "sse-starlette": ("sse_starlette", "uvicorn")}

MESSAGE_BYTES = 512
"""What the floor sends when no node was measured before it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    scenarios = "; ".join(f"{scenario.name}: {scenario.summary}" for scenario in SCENARIOS.values())
    parser.add_argument("scenario", choices=SCENARIOS, metavar="SCENARIO", help=f"{scenarios}.")
    parser.add_argument("--transport", choices=("websocket", "msgpack", "sse"), help="What the clients speak.")
    parser.add_argument("--gzip", action="store_true", help="SSE clients that accept gzip; each tenth is decoded.")
    parser.add_argument("--clients", type=positive_count, help="How many clients there are.")
    parser.add_argument("--rate", type=positive_count, help="Events a second.")
    parser.add_argument("--seconds", type=positive, help="How long each run is measured (10 unless set).")
    parser.add_argument("--runs", type=positive_count, default=3, help="Runs whose medians are shown (3 unless set).")
    parser.add_argument("--only", action="append", metavar="WAY", help="Measure this way alone; may be given again.")
    parser.add_argument(
        "--against", metavar="URL", help="Load a server that runs already and speaks ticker's protocol."
    )
    parser.add_argument("--cpu", metavar="SERVER,LOAD", help="The cores of server and load (the first two unless set).")
    parser.add_argument(
        "--kafka", metavar="HOST:PORT", help="For ingest: the brokers. It makes topics of its own there."
    )
    parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a table.")


def run(options: argparse.Namespace) -> int:
    """Measure, and print the report; the exit status is 1 where a run was invalid or failed."""
    try:
        cpus = _cpus(options.cpu)
        scenario = _scenario(options)
        ways = _ways(scenario, options)
    except ValueError as error:
        print(f"ticker bench: {error}", file=sys.stderr)
        return 2
    progress = Progress(sys.stderr)
    runs: dict[str, list[dict[str, float]]] = {}
    invalid: dict[str, str] = {}
    results: dict[str, list[Result]] = {}
    message_bytes = MESSAGE_BYTES
    for number in range(options.runs):
        for way in ways:
            progress.begin(f"{way}, run {number + 1} of {options.runs}")
            try:
                result = _measure(scenario, way, options, cpus, message_bytes, progress)
            except RunFailed as error:
                progress.end()
                print(f"ticker bench: {way}: {error}", file=sys.stderr)
                return 1
            figures = figures_of(scenario, way, {**result, "message_bytes": message_bytes})
            if way == "ticker" and "message_bytes" in figures:
                message_bytes = round(figures["message_bytes"])
            runs.setdefault(way, []).append(figures)
            results.setdefault(way, []).append(result)
            why = why_invalid(scenario, way, result)
            if why is not None:
                invalid[way] = why
    progress.end()
    found = {way: medians(each) for way, each in runs.items()}
    compared = {} if invalid else ratios(found)
    if options.json:
        said = {"scenario": scenario.name, "machine": machine(), "figures": found, "ratios": compared}
        print(json.dumps({**said, "invalid": invalid, "runs": results}))
    else:
        changed = "".join(f" --{name} {value}" for name, value in _given(options).items())
        changed += " --gzip" if options.gzip else ""
        heading = f"{scenario.name}: {scenario.summary}" + (f"; with{changed}" if changed else "")
        print(f"{heading}; medians of {options.runs} runs of {scenario.seconds:g} s\n")
        print(table(found, invalid))
        print()
        for name, ratio in compared.items():
            print(f"{name}: {ratio:.2f}")
        for way, why in invalid.items():
            print(f"INVALID, no ratios: {way}: {why}")
    return 1 if invalid else 0


def _scenario(options: argparse.Namespace) -> Scenario:
    scenario = SCENARIOS[options.scenario]
    changed = replace(scenario, gzip=options.gzip, **_given(options))
    if changed.gzip and changed.transport != "sse":
        raise ValueError("--gzip is for SSE: add --transport sse")
    if scenario.name == "ingest" and not options.kafka:
        raise ValueError("ingest reads from Kafka: give --kafka HOST:PORT")
    period = len(changed.symbols) / changed.rate if changed.rate else 0.0
    if period and abs(changed.seconds / period - round(changed.seconds / period)) > 1e-9:
        raise ValueError(
            f"--seconds must be a multiple of {period:g}, in which each symbol has as many events as others"
        )
    return changed


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """What was said to be other than the scenario has it."""
    names = ("transport", "clients", "rate", "seconds")
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _ways(scenario: Scenario, options: argparse.Namespace) -> list[str]:
    ways = ["ticker"] if options.against else list(scenario.ways)
    ways = [way for way in ways if all(find_spec(package) for package in _NEEDS.get(way, ()))]
    for way in options.only or ():
        if way not in ways:
            raise ValueError(f"{way!r} is no way of {scenario.name} here: there are {', '.join(ways)}")
    return options.only or ways


def _cpus(given: str | None) -> tuple[int | None, int | None]:
    """The cores of server and load. Raises ValueError."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    if given is None:
        return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)
    server, comma, load = given.partition(",")
    if not comma or not (server.isdigit() and load.isdigit()) or not {int(server), int(load)} <= set(allowed):
        raise ValueError(f"--cpu is {given!r}: give two of the cores {allowed}, such as 0,1")
    return int(server), int(load)


def _measure(
    scenario: Scenario,
    way: str,
    options: argparse.Namespace,
    cpus: tuple[int | None, int | None],
    message_bytes: int,
    progress: Progress,
) -> Result:
    if options.against:
        url = urlsplit(options.against)
        if url.scheme != "http" or url.hostname is None:
            raise RunFailed(f"{options.against!r} can't be loaded: give http://HOST:PORT")
        port = url.port or 80
        there = replace(scenario, names=_symbols_of(url.hostname, port))
        return load_only(url.hostname, port, Job(way, there, None), cpus[1], progress.stage)
    rate = 0 if scenario.saturates(way) else scenario.rate or None
    if scenario.measure == "idle":
        rate = None
    job = Job(way, scenario, rate, cpus[0], message_bytes, options.kafka or "", f"bench.{uuid.uuid4().hex[:8]}.")
    return race(job, cpus[1], progress.stage)


def _symbols_of(host: str, port: int) -> tuple[str, ...]:
    """The symbols that a server has quotes of. Raises RunFailed."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", "/v1/poll?quotes=*")
        answer = json.loads(connection.getresponse().read())
        symbols = tuple(sorted(event["S"] for event in answer["events"]))
    except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
        raise RunFailed(f"http://{host}:{port} doesn't answer /v1/poll as a ticker does: {error}") from None
    finally:
        connection.close()
    if not symbols:
        raise RunFailed(f"http://{host}:{port} has no quotes: start its feed first")
    return symbols
