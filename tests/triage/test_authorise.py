"""How a new request is served: every question, its answer, and the reasons that are kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from helpdeskd.domain.desk import Desk, Trust
from helpdeskd.domain.directory import Contract
from helpdeskd.domain.event import MailHeld, MailRefused
from helpdeskd.domain.plan import ContactRules, PriorityBy, Without
from helpdeskd.domain.standby import Period
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Decision, Ticket
from helpdeskd.triage.case import Outcome
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    BERT,
    CARL,
    DESK,
    DUTY_ADDRESS,
    EARLIER,
    EVE,
    NIGHT,
    NOW,
    OFFICE_HOURS,
    OUTSIDE,
    PLAN,
    THIS_YEAR,
    FakeDirectory,
    decide,
    envelope,
    mail,
    ticket,
)


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


def told(outcome: Outcome, code: str) -> str:
    """What a ticket's reason says in detail."""
    assert outcome.ticket is not None
    return next(reason.detail for reason in outcome.ticket.entitlement.reasons if reason.code == code)


def served_as(outcome: Outcome) -> Decision:
    assert outcome.ticket is not None
    return outcome.ticket.entitlement.decision


def with_plan(**changes: object) -> Desk:
    return replace(DESK, plans={"basic": replace(PLAN, **changes)})  # type: ignore[arg-type]


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
    outcome = decide(mail(EVE), accepted_for=CARL.address)
    (held,) = outcome.events
    assert isinstance(held, MailHeld)
    assert (outcome.fate, outcome.reason) == ("held", "no-right: open")
    assert (held.by, held.tell) == (EVE, False)


def test_where_a_plan_serves_roles_a_contact_without_one_is_refused_whatever_their_rights() -> None:
    desk = with_plan(contacts=ContactRules(roles=("site", "general")))
    (event,) = asked(THIS_YEAR, desk=desk).events
    assert isinstance(event, MailRefused)
    assert event.reasons[-1].code == "no-role"
    assert event.tell


@pytest.mark.parametrize(("role", "fate"), [("site:main", "opened"), ("general", "opened"), ("technical", "refused")])
def test_any_role_of_those_that_the_plan_names_will_do(role: str, fate: str) -> None:
    bakery = replace(BAKERY, contacts=(replace(ANNA, roles=(role,)),))
    desk = with_plan(contacts=ContactRules(roles=("site", "general")))
    assert decide(mail(), directory=FakeDirectory(customers=(bakery,)), desk=desk).fate == fate


PRICES = Tariff("EUR", OFFICE_HOURS, {1: 8050, 2: 11000})


def test_what_is_billable_without_a_contract_says_at_which_rate_of_the_plan_itself() -> None:
    dear, cheap = PRICES, replace(PRICES, levels={1: 100})
    desk = with_plan(without_contract=Without.BILLABLE, tariffs=(dear,), agreements={"good": (cheap,)})
    outcome = asked(replace(ENDED, agreement="good"), desk=desk)
    assert served_as(outcome) is Decision.BILLABLE
    assert reasons(outcome)[-2:] == ["billable-without-contract", "rate"]
    assert told(outcome, "rate") == "80.50 EUR"


def test_what_is_billable_without_a_contract_says_how_much_it_is_at_least() -> None:
    desk = with_plan(without_contract=Without.BILLABLE, tariffs=(replace(PRICES, minimum_per_ticket=15),))
    outcome = asked(desk=desk)
    assert reasons(outcome)[-2:] == ["rate", "minimum"]
    assert told(outcome, "minimum") == "15"


def about(product: str) -> Desk:
    return replace(DESK, queues=(replace(DESK.queues[0], product=product), *DESK.queues[1:]))


def test_what_no_contract_in_force_covers_becomes_a_ticket_whose_work_needs_approval() -> None:
    outcome = asked(replace(THIS_YEAR, covers=("webshop",)), desk=about("hosting"))
    assert (outcome.fate, served_as(outcome)) == ("opened", Decision.ASK)
    assert told(outcome, "not-covered") == "hosting"


@pytest.mark.parametrize(("covers", "kept"), [(("webshop", "hosting"), ["covered"]), ((), ["covered"])])
def test_a_product_that_a_contract_covers_is_accepted(covers: tuple[str, ...], kept: list[str]) -> None:
    outcome = asked(replace(THIS_YEAR, covers=covers), desk=about("hosting"))
    assert served_as(outcome) is Decision.ACCEPT
    assert reasons(outcome)[4:] == kept


def test_mail_about_no_product_is_covered_by_every_contract() -> None:
    assert served_as(asked(replace(THIS_YEAR, covers=("webshop",)))) is Decision.ACCEPT


LIMITED = with_plan(tariffs=(replace(PRICES, quota=2, over_quota_rate=11550),))


def after(*earlier: Ticket, desk: Desk = LIMITED, at: datetime = NOW, accepted_for: str = "", now: datetime = NOW):  # type: ignore[no-untyped-def]
    """Anna writes when the customer has had these tickets."""
    directory = FakeDirectory(tickets=earlier)
    return decide(mail(), envelope(at=at), directory, desk, now=now, accepted_for=accepted_for)


def earlier(number: int, at: datetime = EARLIER, **changes: object) -> Ticket:
    return ticket(id=number, reference=f"ACME-{number}", opened_at=at, **changes)


def test_a_ticket_within_the_quota_is_accepted_and_one_beyond_it_billable() -> None:
    second, third = after(earlier(1)), after(earlier(1), earlier(2))
    assert (served_as(second), told(second, "quota")) == (Decision.ACCEPT, "2/2")
    assert (served_as(third), told(third, "over-quota")) == (Decision.BILLABLE, "3/2")
    assert told(third, "over-quota-rate") == "115.50 EUR"


def test_a_month_begins_by_the_clock_of_the_plan() -> None:
    """In Amsterdam the 1st of December begins at 23:00 UTC."""
    november, december = datetime(2026, 11, 30, 22, 59, tzinfo=UTC), datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    two = (earlier(1), earlier(2))
    assert served_as(after(*two, at=november, now=november)) is Decision.BILLABLE
    assert told(after(*two, at=december, now=december), "quota") == "1/2"


def test_what_does_not_count_takes_no_place() -> None:
    unproved = earlier(2, on_quota=False)
    assert told(after(earlier(1), unproved), "quota") == "2/2"
    other_plan = earlier(2, plan="other")
    assert told(after(earlier(1), other_plan), "quota") == "2/2"


def test_a_mail_that_was_held_takes_its_place_when_it_is_accepted() -> None:
    last_month = NOW - timedelta(days=30)
    accepted = after(earlier(1, at=last_month), earlier(2), at=last_month, accepted_for=ANNA.address)
    assert told(accepted, "quota") == "2/2"
    assert accepted.ticket is not None
    assert (accepted.ticket.opened_at, accepted.ticket.accepted_at) == (last_month, NOW)


def test_a_sender_whom_nothing_proves_neither_counts_nor_is_charged_for_the_quota() -> None:
    closed_network = replace(LIMITED, trust=Trust(strength_to_open="none"))
    directory = FakeDirectory(tickets=(earlier(1), earlier(2)))
    outcome = decide(mail(), envelope(peer=OUTSIDE), directory, closed_network)
    assert served_as(outcome) is Decision.ACCEPT
    assert outcome.ticket is not None
    assert not outcome.ticket.on_quota


def test_a_proved_senders_ticket_counts_from_its_receipt() -> None:
    opened = after().ticket
    assert (opened.on_quota, opened.accepted_at, opened.served_at) == (True, None, NOW)


def marked(by: PriorityBy, mark: str = "high", to: str = "") -> Outcome:
    desk = with_plan(priority_by=by)
    arrived = envelope(to) if to else envelope()
    return decide(replace(mail(), headers=(*mail().headers, ("Importance", mark))), arrived, desk=desk)


@pytest.mark.parametrize("mark", ["high", "low"])
def test_a_mark_of_importance_asks_for_a_priority_and_gives_none(mark: str) -> None:
    outcome = marked(PriorityBy.ASK, mark)
    assert told(outcome, "priority-asked") == mark
    assert outcome.ticket is not None
    assert outcome.ticket.priority == "normal"


def test_where_the_priority_is_locked_a_mark_does_not_even_ask() -> None:
    outcome = marked(PriorityBy.LOCKED)
    assert reasons(outcome)[-1] == "priority-locked"
    assert outcome.ticket is not None
    assert outcome.ticket.priority == "normal"


def test_where_every_ticket_has_the_top_priority_a_mark_says_nothing() -> None:
    assert reasons(marked(PriorityBy.HIGHEST))[-1] == "contract"
    assert reasons(marked(PriorityBy.ASK, to=DUTY_ADDRESS))[-1] == "contract"


def at_night(desk: Desk = DESK, to: str = DUTY_ADDRESS, **contract: object) -> Outcome:
    bakery = replace(BAKERY, contracts=(replace(THIS_YEAR, **contract),))  # type: ignore[arg-type]
    return decide(mail(), envelope(to, at=NIGHT), FakeDirectory((bakery,), tickets=()), desk, now=NIGHT)


def test_outside_opening_hours_the_reason_says_how_it_is_served() -> None:
    assert reasons(at_night())[-1] == "duty"
    assert reasons(at_night(to="support@desk.example"))[-1] == "outside-hours"
    assert reasons(at_night(with_plan(duty=False)))[-1] == "duty-not-included"
    assert reasons(at_night(replace(DESK, duty=None)))[-1] == "outside-hours"


BY_AGREEMENT = with_plan(duty_by_agreement=True)
AGREED = Period(NIGHT, NIGHT + timedelta(hours=8))


def test_duty_by_agreement_wakes_nobody_outside_an_agreed_period() -> None:
    for standby in ((), (Period(NIGHT - timedelta(hours=8), NIGHT),)):
        outcome = at_night(BY_AGREEMENT, standby=standby)
        assert reasons(outcome)[-1] == "duty-not-agreed"
        assert outcome.ticket is not None
        assert (outcome.ticket.emergency, outcome.ticket.priority) == (None, "normal")


def test_duty_by_agreement_wakes_in_an_agreed_period_from_its_first_minute() -> None:
    outcome = at_night(BY_AGREEMENT, standby=(AGREED,))
    assert reasons(outcome)[-1] == "duty"
    assert outcome.ticket is not None
    assert outcome.ticket.emergency is not None
    assert outcome.ticket.priority == "high"


def test_a_period_that_another_contract_of_the_plan_agrees_serves_as_well() -> None:
    bakery = replace(BAKERY, contracts=(THIS_YEAR, replace(THIS_YEAR, standby=(AGREED,))))
    outcome = decide(mail(), envelope(DUTY_ADDRESS, at=NIGHT), FakeDirectory((bakery,)), BY_AGREEMENT, now=NIGHT)
    assert reasons(outcome)[-1] == "duty"


def test_by_day_duty_by_agreement_is_an_ordinary_address_with_the_top_priority() -> None:
    outcome = decide(mail(), envelope(DUTY_ADDRESS), FakeDirectory(tickets=()), BY_AGREEMENT)
    assert outcome.ticket is not None
    assert (outcome.ticket.emergency, outcome.ticket.priority) == (None, "high")


def test_a_product_that_is_not_covered_wakes_nobody() -> None:
    queues = (DESK.queues[0], replace(DESK.queues[1], product="hosting"))
    outcome = at_night(replace(DESK, queues=queues), covers=("webshop",))
    assert served_as(outcome) is Decision.ASK
    assert reasons(outcome)[-1] == "duty-not-included"
    assert outcome.ticket is not None
    assert outcome.ticket.emergency is None


def test_what_is_accepted_in_the_morning_wakes_nobody() -> None:
    arrived = envelope(DUTY_ADDRESS, at=NIGHT)
    outcome = decide(mail(), arrived, FakeDirectory(tickets=()), now=NOW, accepted_for=ANNA.address)
    assert outcome.ticket is not None
    assert (outcome.ticket.emergency, outcome.ticket.priority) == (None, "high")


def test_every_contract_covers_and_pays_and_counts_in_the_order_of_the_spec() -> None:
    everything = with_plan(tariffs=(replace(PRICES, quota=9),), contacts=ContactRules(roles=("general",)))
    desk = replace(everything, queues=about("webshop").queues)
    bakery = replace(
        BAKERY,
        contacts=(replace(ANNA, roles=("general",)), BERT),
        contracts=(replace(THIS_YEAR, paid_until=date(2026, 12, 31)),),
    )
    urgent = replace(mail(), headers=(*mail().headers, ("Importance", "high")))
    outcome = decide(urgent, envelope(at=NIGHT), FakeDirectory((bakery,), tickets=()), desk, now=NIGHT)
    assert reasons(outcome) == [
        "contact",
        "aligned",
        "right",
        "role",
        "contract",
        "paid",
        "covered",
        "quota",
        "priority-asked",
        "outside-hours",
    ]
    assert [step.why for step in outcome.steps if step.name == "entitlement"][-1] == "outside-hours"
