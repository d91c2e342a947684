"""The log and the hub against the model that keeps every record."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ticker.machine import Machine


def test_log_and_hub_keep_their_promises() -> None:
    Machine.compared.counts.clear()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=300,
            stateful_step_count=60,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(Machine.compared.counts)
