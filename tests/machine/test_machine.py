"""Whatever happens to a desk in whatever order, it keeps what it promises (P2 to P7, P11, P12); on one machine, and on
two nodes with one database.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.one_desk import OneDesk
from tests.machine.two_nodes import TwoNodes

SHORT = settings(
    max_examples=8, stateful_step_count=30, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
SHORT_OF_NODES = settings(SHORT, max_examples=3)
LONG = settings(SHORT, max_examples=600, stateful_step_count=60, derandomize=False)
LONG_OF_NODES = settings(LONG, max_examples=200)


def test_whatever_happens_the_desk_keeps_its_promises() -> None:
    run_state_machine_as_test(OneDesk, settings=SHORT)


def test_whatever_happens_to_two_nodes_they_keep_the_desks_promises() -> None:
    run_state_machine_as_test(TwoNodes, settings=SHORT_OF_NODES)


@pytest.mark.soak
def test_whatever_happens_for_long_the_desk_keeps_its_promises() -> None:
    run_state_machine_as_test(OneDesk, settings=LONG)


@pytest.mark.soak
def test_whatever_happens_to_two_nodes_for_long_they_keep_the_desks_promises() -> None:
    run_state_machine_as_test(TwoNodes, settings=LONG_OF_NODES)
