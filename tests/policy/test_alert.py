"""Alerts after the first: agents are told what changes, and nobody else."""

from dataclasses import replace

from helpdeskd.domain.event import AlertRaised, AlertRecovered, DutyPaged, MailRecorded
from tests.policy.scenes import NIGHT, NOW, TICKET, told

NAGIOS = "nagios@monitor.example"
ALERT = replace(TICKET, requester=NAGIOS, participants=(), alert_key="nagios/web1/")
RAISED, RECOVERED = AlertRaised(NOW, NAGIOS, "DOWN"), AlertRecovered(NOW, NAGIOS, "UP")


def test_a_recovery_and_a_problem_that_is_back_are_told_to_the_team_while_nobody_owns_the_ticket() -> None:
    assert told(RECOVERED, ticket=ALERT) == ["piet agent-update", "ans agent-update"]
    assert told(RAISED, ticket=ALERT) == ["piet agent-update", "ans agent-update"]


def test_the_owner_is_told_alone() -> None:
    assert told(RECOVERED, ticket=replace(ALERT, owner="ans")) == ["ans agent-update"]


def test_a_problem_that_wakes_somebody_again_is_told_by_the_page_alone() -> None:
    page = DutyPaged(NIGHT, "desk", "piet", 1, None, first=True)
    assert told(RAISED, page, ticket=ALERT, now=NIGHT) == ["piet duty-page"]


def test_what_is_reported_again_is_told_to_nobody() -> None:
    assert told(MailRecorded(NOW, NAGIOS, "DOWN", "web1: DOWN"), ticket=ALERT) == []
