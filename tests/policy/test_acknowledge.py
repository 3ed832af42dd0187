"""What a customer is told of a request."""

from dataclasses import replace

import pytest

from helpdeskd.domain.event import DutyPaged, MailRefused, TicketOpened
from helpdeskd.domain.ticket import Decision, Entitlement, Reason
from helpdeskd.policy.acknowledge import acknowledge, decline, inform
from tests.policy.scenes import DESK, NIGHT, NOW, TICKET, notices, scene

OPENED = TicketOpened(NOW, "anna@bakery.example", TICKET, "Help", "normal", ("picture",))


def facts_of(event: TicketOpened, **more: object):  # type: ignore[no-untyped-def]
    (notice,) = notices(list(acknowledge(event, scene(event, **more))))  # type: ignore[arg-type]
    return notice.facts


def test_promises_are_told_with_their_deadlines() -> None:
    promised = facts_of(OPENED).promises
    assert [(promise.kind, promise.amount) for promise in promised] == [
        ("response", "4 working hours"),
        ("resolution", "2 working days"),
    ]
    assert all(promise.due for promise in promised)


def test_a_goal_is_not_told() -> None:
    high = replace(TICKET, priority="high")
    opened = replace(OPENED, ticket=high, promised="high")
    assert [promise.kind for promise in facts_of(opened, ticket=high).promises] == ["response"]


def test_the_promise_is_of_another_priority_than_the_ticket_has_for_now() -> None:
    high = replace(TICKET, plan="untriaged", priority="high", triaged=False)
    opened = replace(OPENED, ticket=high)
    assert facts_of(opened, ticket=high).promises[0].amount == "4 working hours"


def test_what_is_missing_is_asked_for() -> None:
    assert facts_of(OPENED).missing == ("picture",)


def test_only_reasons_that_change_something_for_the_customer_are_told() -> None:
    reasons = (Reason("contact", "Anna"), Reason("billable-without-contract"))
    billable = replace(TICKET, entitlement=Entitlement(Decision.BILLABLE, reasons))
    assert facts_of(OPENED, ticket=billable).reasons == (Reason("billable-without-contract"),)


def test_whose_message_it_is_about_and_an_answer_that_did_not_count_are_told() -> None:
    reasons = (Reason("adopted", "sam@bakery.example"), Reason("not-alone"))
    adopted = replace(TICKET, entitlement=Entitlement(Decision.ACCEPT, reasons))
    assert facts_of(OPENED, ticket=adopted).reasons == reasons


def test_closed_hours_and_the_duty_phone_are_told() -> None:
    assert facts_of(OPENED).desk.opens_at is None
    assert facts_of(OPENED).desk.duty_phone == ""
    at_night = facts_of(OPENED, now=NIGHT)
    assert at_night.desk.opens_at is not None
    assert at_night.desk.duty_phone == "+31 20 555 0100"


def test_the_language_is_the_contacts_else_the_customers() -> None:
    (to_anna,) = notices(list(acknowledge(OPENED, scene(OPENED))))
    bram = replace(TICKET, requester="bram@bakery.example")
    (to_bram,) = notices(list(acknowledge(OPENED, scene(OPENED, ticket=bram))))
    assert (to_anna.to.language, to_bram.to.language) == ("nl", "en")


def test_an_emergency_is_answered_otherwise() -> None:
    paged = DutyPaged(NOW, "desk", "piet", 1, NOW, first=True)
    assert list(acknowledge(OPENED, scene(OPENED, paged))) == []


def test_mail_that_does_not_name_us_is_not_answered() -> None:
    assert list(acknowledge(OPENED, scene(OPENED, addressed=False))) == []
    refused = MailRefused(NOW, "anna@bakery.example", "Help", (Reason("no-contract"),), tell=True)
    unaddressed = scene(refused, ticket=None, writer="anna@bakery.example", addressed=False)
    assert list(decline(refused, unaddressed)) == []


@pytest.mark.parametrize("by", ["anna@bakery.example", "piet"])
def test_who_is_kept_informed_reads_no_text_that_the_desk_took_in(by: str) -> None:
    taken_in = replace(OPENED, by=by, ticket=replace(TICKET, accepted_at=NOW), informed=("bram@bakery.example",))
    (notice,) = notices(list(inform(taken_in, scene(taken_in))))
    assert (notice.facts.what, notice.facts.person, notice.facts.text) == ("opened-for", "Anna", "")


def test_who_is_kept_informed_reads_what_a_colleague_has_sent() -> None:
    sent = replace(OPENED, informed=("bram@bakery.example",))
    (notice,) = notices(list(inform(sent, scene(sent))))
    assert (notice.facts.what, notice.facts.person, notice.facts.text) == ("opened", "Anna", "Help")


def test_a_requester_who_has_left_the_directory_is_not_written_to() -> None:
    gone = replace(TICKET, requester="gone@bakery.example")
    assert list(acknowledge(OPENED, scene(OPENED, ticket=gone))) == []


def test_of_a_refusal_the_deciding_reason_is_told() -> None:
    reasons = (Reason("contact", "Anna"), Reason("no-contract"))
    refused = MailRefused(NOW, "anna@bakery.example", "Help", reasons, tell=True)
    (notice,) = notices(list(decline(refused, scene(refused, ticket=None, writer="anna@bakery.example"))))
    assert notice.facts.reasons == (Reason("no-contract"),)
    assert notice.facts.what == "refused"


def test_a_language_that_the_plan_does_not_speak_gives_way_to_the_desks() -> None:
    english = replace(DESK, plans={name: replace(plan, languages=("en",)) for name, plan in DESK.plans.items()})
    (to_anna,) = notices(list(acknowledge(OPENED, replace(scene(OPENED), desk=english))))
    assert to_anna.to.language == "en"


@pytest.mark.parametrize(
    ("code", "what"), [("already-answered", "late"), ("already-decided", "late"), ("no-contract", "refused")]
)
def test_whoever_answers_too_late_is_not_refused(code: str, what: str) -> None:
    late = MailRefused(NOW, "anna@bakery.example", "yes", (Reason(code),), tell=True)
    (notice,) = notices(list(decline(late, scene(late, ticket=None, writer="anna@bakery.example"))))
    assert (notice.facts.what, notice.facts.reasons) == (what, (Reason(code),))
