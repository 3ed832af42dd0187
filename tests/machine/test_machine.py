"""Whatever happens to a desk in whatever order, it keeps what it promises (P2 to P7, P11, P12)."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine

SHORT = settings(
    max_examples=12, stateful_step_count=30, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
LONG = settings(SHORT, max_examples=600, stateful_step_count=60, derandomize=False)


def test_whatever_happens_the_desk_keeps_its_promises() -> None:
    run_state_machine_as_test(Machine, settings=SHORT)


@pytest.mark.soak
def test_whatever_happens_for_ten_minutes_the_desk_keeps_its_promises() -> None:
    run_state_machine_as_test(Machine, settings=LONG)
