"""The log and the hub against the model that keeps every record."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ticker.machine import Machine

BUDGET = settings(
    max_examples=1200,
    stateful_step_count=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
"""What a run may take; each of the known mistakes must be found within it."""
COMPARED = [
    "log entries",
    "states",
    "resumes",
    "removals",
    "polls",
    "settled",
    "cuts inside of a frame",
    "gaps",
    "resets: channels",
    "resets: epoch",
    "resets: expired",
]


def test_log_and_hub_keep_their_promises() -> None:
    Machine.compared.counts.clear()
    run_state_machine_as_test(Machine, settings=BUDGET)
    counts = Machine.compared.counts
    assert [what for what in COMPARED if not counts.get(what)] == [], counts
    assert counts["log entries"] > 1000, counts
