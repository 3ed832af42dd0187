"""How a new request is served: every question, its answer, and the reasons that are kept."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contract
from helpdeskd.domain.event import MailHeld, MailRefused
from helpdeskd.domain.plan import Without
from helpdeskd.domain.ticket import Decision
from helpdeskd.triage.case import Outcome
from tests.triage.small_desk import BAKERY, CARL, DESK, NOW, PLAN, THIS_YEAR, FakeDirectory, decide, envelope, mail


def asked(*contracts: Contract, desk: Desk = DESK, at: datetime = NOW, accepted_for: str = "") -> Outcome:
    customer = replace(BAKERY, contracts=contracts)
    return decide(
        mail(), envelope(at=at), FakeDirectory(customers=(customer,)), desk, now=at, accepted_for=accepted_for
    )


def without(way: Without) -> Desk:
    return replace(DESK, plans={"basic": replace(PLAN, without_contract=way)})


def reasons(outcome: Outcome) -> list[str]:
    """What was answered, last what decided."""
    event = outcome.events[0]
    if isinstance(event, MailHeld | MailRefused):
        return [reason.code for reason in event.reasons]
    assert outcome.ticket is not None
    return [reason.code for reason in outcome.ticket.entitlement.reasons]


ENDED = replace(THIS_YEAR, last_day=date(2026, 11, 22))
TODAY = replace(THIS_YEAR, first_day=date(2026, 11, 23), last_day=date(2026, 11, 23))
LATER = replace(THIS_YEAR, first_day=date(2026, 11, 24))


def test_a_contact_with_a_contract_in_force_is_served_and_every_answer_is_kept() -> None:
    outcome = asked(THIS_YEAR)
    assert outcome.fate == "opened"
    assert reasons(outcome) == ["contact", "aligned", "right", "contract"]


def test_a_contract_serves_on_its_first_and_on_its_last_day() -> None:
    assert asked(TODAY).fate == "opened"


def test_a_day_begins_and_ends_by_the_clock_of_the_plan() -> None:
    still_sunday, monday = datetime(2026, 11, 22, 22, 59, tzinfo=UTC), datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert (asked(TODAY, at=still_sunday).fate, asked(TODAY, at=monday).fate) == ("held", "opened")


@pytest.mark.parametrize(
    ("contracts", "why"), [((), "no-contract"), ((ENDED,), "contract-ended"), ((LATER,), "contract-not-started")]
)
def test_without_a_contract_in_force_the_plan_decides(contracts: tuple[Contract, ...], why: str) -> None:
    held = asked(*contracts, desk=without(Without.HOLD))
    assert (held.fate, reasons(held)[-1]) == ("held", why)
    refused = asked(*contracts, desk=without(Without.REFUSE))
    assert (refused.fate, reasons(refused)[-1]) == ("refused", why)
    billable = asked(*contracts, desk=without(Without.BILLABLE))
    assert (billable.fate, reasons(billable)[-1]) == ("opened", "billable-without-contract")
    assert billable.ticket is not None
    assert billable.ticket.entitlement.decision is Decision.BILLABLE


def test_a_proved_contact_is_told_why_they_are_held_or_refused() -> None:
    for way in (Without.HOLD, Without.REFUSE):
        (event,) = asked(desk=without(way)).events
        assert isinstance(event, MailHeld | MailRefused)
        assert event.tell


def test_who_may_not_open_tickets_is_refused_whatever_the_contract() -> None:
    (event,) = decide(mail(CARL.address)).events
    assert isinstance(event, MailRefused)
    assert [reason.code for reason in event.reasons] == ["contact", "aligned", "no-right"]


@pytest.mark.parametrize(("paid_until", "fate"), [(date(2026, 11, 23), "opened"), (date(2026, 11, 22), "held")])
def test_a_contract_serves_to_the_day_that_it_is_paid_until(paid_until: date, fate: str) -> None:
    assert asked(replace(THIS_YEAR, paid_until=paid_until)).fate == fate


def test_the_first_contract_in_force_serves() -> None:
    better = replace(THIS_YEAR, agreement="better")
    outcome = asked(ENDED, better, THIS_YEAR)
    assert outcome.ticket is not None
    assert outcome.ticket.agreement == "better"


def test_of_contracts_that_are_over_the_last_one_says_what_happens() -> None:
    refuses = replace(PLAN, name="strict", without_contract=Without.REFUSE)
    desk = replace(DESK, plans={"basic": PLAN, "strict": refuses})
    last = replace(ENDED, plan="strict")
    assert asked(replace(ENDED, last_day=date(2026, 3, 1)), last, desk=desk).fate == "refused"


def test_a_plan_that_the_configuration_no_longer_has_is_served_as_the_desks() -> None:
    outcome = asked(replace(THIS_YEAR, plan="gone"))
    assert outcome.ticket is not None
    assert outcome.ticket.plan == "basic"


def test_what_a_person_of_the_desk_accepts_is_not_held_again_and_says_why_it_might_have_been() -> None:
    outcome = asked(desk=without(Without.HOLD), accepted_for=mail().from_.address)  # type: ignore[union-attr]
    assert outcome.fate == "opened"
    assert {"accepted-by-desk", "no-contract"} <= set(reasons(outcome))


def test_accepting_a_mail_gives_nobody_a_right_that_they_do_not_have() -> None:
    assert decide(mail(), accepted_for=CARL.address).fate == "refused"
