"""One command on one ticket, as `triage.commands` would run it."""

from dataclasses import replace
from datetime import datetime

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.ticket import Ticket
from helpdeskd.triage.commands import Result, run
from helpdeskd.triage.grammar import parse
from helpdeskd.triage.orders.order import Order
from tests.triage.small_desk import DESK, NOW, PIET, PLAN, FakeDirectory, ticket


def order(
    line: str,
    on: Ticket | None = None,
    by: Agent = PIET,
    directory: FakeDirectory | None = None,
    now: datetime = NOW,
    plan: Plan = PLAN,
    desk: Desk = DESK,
) -> Result:
    known, desk = directory or FakeDirectory(), replace(desk, plans={**desk.plans, plan.name: plan})
    return run(parse(line).commands, Order(on or ticket(), "", by, desk, known, now, now, "<1@desk.example>"))


def refusal(
    line: str,
    on: Ticket | None = None,
    directory: FakeDirectory | None = None,
    now: datetime = NOW,
    plan: Plan = PLAN,
) -> str:
    """What is wrong with a line that may do nothing."""
    result = order(line, on, directory=directory, now=now, plan=plan)
    assert result.events == ()
    (error,) = result.errors
    return error
