"""`/solution`: recorded for agents, whatever the status; the newest counts."""

import pytest

from helpdeskd.domain.event import StatusChanged
from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.domain.ticket import Status
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import NOW, ticket


@pytest.mark.parametrize("status", [Status.NEW, Status.RESOLVED, Status.CLOSED, Status.REJECTED])
def test_a_solution_is_recorded_whatever_the_status(status: Status) -> None:
    result = order("/solution Restart the spooler.", ticket(status=status))
    assert result.events == (SolutionRecorded(NOW, "piet", "Restart the spooler."),)
    assert (result.ticket.solution, result.ticket.status) == ("Restart the spooler.", status)
    assert result.lines == ("/solution Restart the spooler.: recorded for agents; the customer is not told",)


def test_the_newest_solution_counts() -> None:
    assert order("/solution Replace it.", ticket(solution="Restart it.")).ticket.solution == "Replace it."


def test_several_lines_in_a_mail_are_one_solution() -> None:
    result = order("/solution Restart the spooler.\n/resolve\n/solution Then print.", ticket(solution="Pray."))
    assert result.ticket.solution == "Restart the spooler.\nThen print."
    assert [type(event) for event in result.events] == [SolutionRecorded, StatusChanged, SolutionRecorded]


def test_a_solution_without_a_word_is_refused() -> None:
    assert refusal("/solution") == "/solution: what solved it? (/solution TEXT, in several such lines if it is long)"
