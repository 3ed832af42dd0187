"""What customers write: added to a ticket, opened as one, joined to an emergency, or held."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.desk import Trust
from helpdeskd.domain.event import CustomerWrote, DutyPaged, MailHeld, StatusChanged, TicketOpened
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.plan import ContactRules, PriorityBy
from helpdeskd.domain.ticket import Participant, Status, Ticket
from helpdeskd.domain.token import REPLY
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
    FLEUR,
    NIGHT,
    NOW,
    OUTSIDE,
    PLAN,
    THIS_YEAR,
    FakeDirectory,
    decide,
    emergency,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)


def on(status: Status, owner: str = "") -> Outcome:
    """Anna answers on her ticket."""
    directory = FakeDirectory(tickets=(ticket(status=status, owner=owner),))
    return decide(mail(), envelope(reply_address(ANNA.address, purpose=REPLY)), directory)


@pytest.mark.parametrize("status", [Status.WAITING, Status.PENDING, Status.RESOLVED])
@pytest.mark.parametrize(("owner", "again"), [("piet", Status.OPEN), ("", Status.NEW)])
def test_an_answer_opens_again_what_waited_or_was_resolved(status: Status, owner: str, again: Status) -> None:
    outcome = on(status, owner)
    assert happened(outcome) == ["CustomerWrote", "StatusChanged"]
    assert outcome.events[1] == StatusChanged(NOW, ANNA.address, status, again)


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.APPROVAL])
def test_an_answer_on_a_ticket_that_nobody_waits_with_changes_no_status(status: Status) -> None:
    assert happened(on(status)) == ["CustomerWrote"]


@pytest.mark.parametrize("status", [Status.CLOSED, Status.REJECTED, Status.MERGED])
def test_an_answer_on_a_ticket_that_is_over_opens_a_new_one_that_is_linked(status: Status) -> None:
    outcome = on(status)
    assert outcome.fate == "opened"
    assert outcome.ticket is not None
    assert outcome.ticket.links == ("ACME-1001",)
    assert ("closed-ticket", "ACME-1001") in [(r.code, r.detail) for r in outcome.ticket.entitlement.reasons]


def test_a_mail_without_a_word_of_its_own_is_a_mail_all_the_same() -> None:
    only_quotes = mail(text="##- Please reply above this line -##\n> Did it work?")
    (wrote,) = decide(only_quotes, envelope(reply_address(ANNA.address))).events
    assert isinstance(wrote, CustomerWrote)
    assert wrote.text == ""


def test_what_was_written_counts_from_when_it_reached_the_desk() -> None:
    outcome = decide(mail(subject="[ACME-1001]"), envelope(at=EARLIER))
    assert outcome.events[0].at == EARLIER


def test_who_writes_on_a_colleagues_ticket_takes_part_from_then_on() -> None:
    outcome = decide(mail(BERT.address, subject="[ACME-1001]"))
    (wrote,) = outcome.events
    assert isinstance(wrote, CustomerWrote)
    assert wrote.joined == (BERT.address,)
    assert evolve(ticket(), wrote).participants[-1] == Participant(BERT.address, NOW)


def test_who_takes_part_by_another_of_their_addresses_does_not_join_again() -> None:
    (wrote,) = decide(mail("anna@home.example", subject="[ACME-1001]")).events
    assert isinstance(wrote, CustomerWrote)
    assert wrote.joined == ()


def copied(*addresses: str) -> tuple[Mailbox, ...]:
    return tuple(Mailbox("", address) for address in addresses)


EVERYBODY = copied(BERT.address, CARL.address, FLEUR.address, EVE, "piet@desk.example", "support@desk.example", "x")


def test_of_those_copied_only_authorised_contacts_of_the_customer_join() -> None:
    (wrote,) = decide(mail(subject="[ACME-1001]", cc=EVERYBODY, to=EVERYBODY)).events
    assert isinstance(wrote, CustomerWrote)
    assert wrote.joined == (BERT.address,)


def test_the_same_holds_for_a_new_ticket_whose_first_participant_is_the_requester() -> None:
    outcome = decide(mail(cc=EVERYBODY))
    assert outcome.ticket is not None
    assert [participant.address for participant in outcome.ticket.participants] == [ANNA.address, BERT.address]
    assert outcome.ticket.requester == ANNA.address


def participants(outcome: Outcome) -> list[str]:
    assert outcome.ticket is not None
    return [participant.address for participant in outcome.ticket.participants]


def test_where_plan_or_contract_informs_all_every_contact_takes_part_from_the_opening() -> None:
    by_plan = replace(DESK, plans={"basic": replace(PLAN, contacts=ContactRules(inform_all=True))})
    by_contract = replace(BAKERY, contracts=(replace(THIS_YEAR, inform_all=True),))
    for desk, customer in ((by_plan, BAKERY), (DESK, by_contract)):
        outcome = decide(mail(BERT.address), directory=FakeDirectory(customers=(customer,)), desk=desk)
        assert participants(outcome) == [BERT.address, ANNA.address, CARL.address]
    assert participants(decide(mail(BERT.address))) == [BERT.address]


def test_a_contract_that_is_over_informs_nobody_else() -> None:
    over = replace(BAKERY, contracts=(replace(THIS_YEAR, inform_all=True, last_day=NOW.date() - timedelta(days=1)),))
    outcome = decide(mail(), directory=FakeDirectory(customers=(over,)), accepted_for=ANNA.address)
    assert participants(outcome) == [ANNA.address]


@pytest.mark.parametrize("accepted_for", ["", ANNA.address])
def test_what_is_added_after_it_was_held_is_marked(accepted_for: str) -> None:
    outcome = decide(mail(ANNA.address, subject="[ACME-1001]"), accepted_for=accepted_for)
    (wrote,) = outcome.events
    assert isinstance(wrote, CustomerWrote)
    assert wrote.accepted is bool(accepted_for)


def test_a_stranger_who_copies_a_contact_is_held() -> None:
    assert happened(decide(mail(EVE, cc=copied(ANNA.address), subject="[ACME-1001]"))) == ["MailHeld"]


@pytest.mark.parametrize("sender", [EVE, "nobody@bakery.example"])
def test_an_unknown_sender_is_held_and_hears_nothing(sender: str) -> None:
    (held,) = decide(mail(sender)).events
    assert isinstance(held, MailHeld)
    assert (held.tell, [reason.code for reason in held.reasons]) == (False, ["unknown-sender"])


def test_a_contact_who_is_not_proved_is_held_and_the_contact_hears_nothing_of_it() -> None:
    (held,) = decide(mail(), envelope(peer=OUTSIDE)).events
    assert isinstance(held, MailHeld)
    assert (held.tell, [reason.code for reason in held.reasons]) == (False, ["unproved-sender"])


def test_what_is_held_at_the_duty_address_is_urgent_and_wakes_nobody() -> None:
    for message, at in (
        (mail(EVE), envelope(DUTY_ADDRESS, at=NIGHT)),
        (mail(), envelope(DUTY_ADDRESS, OUTSIDE, NIGHT)),
    ):
        (held,) = decide(message, at, now=NIGHT).events
        assert isinstance(held, MailHeld)
        assert held.urgent


def test_a_foreign_reference_is_noted_for_agents_and_not_repeated_in_the_subject() -> None:
    outcome = decide(mail(FLEUR.address, subject="Re: [ACME-1001] Printer"))
    assert outcome.ticket is not None
    assert (outcome.ticket.subject, outcome.ticket.links) == ("Printer", ("ACME-1001",))
    assert outcome.ticket.entitlement.reasons[-1].code == "not-participant"


def test_a_new_ticket_begins_when_the_mail_reached_the_desk_with_the_standard_priority() -> None:
    outcome = decide(mail(), envelope(at=EARLIER))
    opened = outcome.ticket
    assert opened is not None
    assert (opened.opened_at, opened.unanswered_since) == (EARLIER, EARLIER)
    assert (opened.priority, opened.kind, opened.queue, opened.status) == ("normal", "question", "support", Status.NEW)
    assert opened.triaged


def test_a_plan_may_give_every_new_ticket_the_highest_priority_until_it_is_triaged() -> None:
    desk = replace(DESK, plans={"basic": replace(PLAN, priority_by=PriorityBy.HIGHEST)})
    (opened,) = decide(mail(), desk=desk).events
    assert isinstance(opened, TicketOpened)
    assert (opened.ticket.priority, opened.ticket.triaged, opened.promised) == ("high", False, "normal")


def test_an_endless_subject_is_cut() -> None:
    opened = decide(mail(subject="x" * 5000)).ticket
    assert opened is not None
    assert len(opened.subject) == 200


def at_night(message_from: str = ANNA.address, *tickets: Ticket, desk: object = DESK, **fields: object) -> Outcome:
    at = envelope(DUTY_ADDRESS, at=NIGHT)
    return decide(mail(message_from, **fields), at, FakeDirectory(tickets=tickets), desk, now=NIGHT)  # type: ignore[arg-type]


def test_an_emergency_at_night_opens_a_ticket_of_the_top_priority_and_pages_the_first_person() -> None:
    outcome = at_night()
    opened, paged = outcome.events
    assert isinstance(opened, TicketOpened)
    assert isinstance(paged, DutyPaged)
    assert (opened.ticket.priority, opened.promised) == ("high", "high")
    assert (paged.person, paged.step, paged.next_at, paged.first) == ("piet", 1, NIGHT + timedelta(minutes=15), True)


def test_in_opening_hours_the_duty_address_is_an_ordinary_one_with_top_priority() -> None:
    outcome = decide(mail(), envelope(DUTY_ADDRESS))
    assert happened(outcome) == ["TicketOpened"]
    assert outcome.ticket is not None
    assert (outcome.ticket.priority, outcome.ticket.emergency) == ("high", None)


def test_a_plan_without_duty_wakes_nobody_and_says_so() -> None:
    desk = replace(DESK, plans={"basic": replace(PLAN, duty=False)})
    outcome = at_night(desk=desk)
    assert happened(outcome) == ["TicketOpened"]
    assert outcome.ticket is not None
    assert (outcome.ticket.priority, outcome.ticket.entitlement.reasons[-1].code) == ("normal", "duty-not-included")
    by_day = decide(mail(), envelope(DUTY_ADDRESS), desk=desk).ticket
    assert by_day is not None
    assert by_day.entitlement.reasons[-1].code == "contract"


@pytest.mark.parametrize("subject", ["Printer", "Re: Printer", "HELP, it burns"])
@pytest.mark.parametrize("sender", [ANNA.address, BERT.address])
def test_the_same_emergency_mailed_again_is_one_ticket_and_one_page(subject: str, sender: str) -> None:
    outcome = at_night(sender, emergency(), subject=subject)
    assert (outcome.fate, happened(outcome)) == ("added", ["CustomerWrote"])


def test_once_it_is_taken_the_same_subject_is_still_the_same_and_another_is_a_new_emergency() -> None:
    taken = emergency(taken_by="piet")
    assert at_night(ANNA.address, taken, subject="RE:  printer").fate == "added"
    assert "DutyPaged" in happened(at_night(ANNA.address, taken, subject="The oven burns"))


def silent(**changes: object) -> Ticket:
    """The emergency after every step was silent."""
    return replace(emergency(step=4, next_at=None), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("subject", ["Printer", "The oven burns"])
def test_where_every_step_was_silent_another_mail_of_any_subject_pages_again_from_the_first(subject: str) -> None:
    outcome = at_night(BERT.address, silent(), subject=subject)
    assert (outcome.fate, happened(outcome)) == ("added", ["CustomerWrote", "DutyPaged"])
    paged = outcome.events[-1]
    assert isinstance(paged, DutyPaged)
    assert (paged.person, paged.step, paged.next_at, paged.first) == ("piet", 1, NIGHT + timedelta(minutes=15), True)


def test_what_an_agent_has_answered_since_is_not_paged_again() -> None:
    answered = silent(unanswered_since=None)
    assert happened(at_night(ANNA.address, answered)) == ["CustomerWrote"]
    assert happened(at_night(ANNA.address, answered, subject="The oven burns")) == ["TicketOpened", "DutyPaged"]


def test_by_day_nothing_pages_again_and_another_subject_is_a_new_matter() -> None:
    by_day = envelope(DUTY_ADDRESS)
    directory = FakeDirectory(tickets=(silent(),))
    assert happened(decide(mail(), by_day, directory)) == ["CustomerWrote"]
    assert happened(decide(mail(subject="The oven burns"), by_day, directory)) == ["TicketOpened"]


def answers(on_ticket: Ticket, queue: str = DUTY_ADDRESS, at: object = NIGHT, desk: object = DESK) -> Outcome:
    """Anna answers a notice of that ticket."""
    address = reply_address(ANNA.address, queue=queue)
    return decide(mail(), envelope(address, at=at), FakeDirectory(tickets=(on_ticket,)), desk, now=at)  # type: ignore[arg-type]


def test_an_answer_out_of_hours_to_a_released_emergency_pages_again() -> None:
    released = emergency(released=True, next_at=None)
    assert happened(answers(released)) == ["CustomerWrote", "DutyPaged"]
    assert happened(answers(replace(released, status=Status.RESOLVED))) == [
        "CustomerWrote",
        "StatusChanged",
        "DutyPaged",
    ]
    assert happened(answers(released, at=NOW)) == ["CustomerWrote"]


def test_an_answer_to_an_emergency_that_is_paged_or_taken_pages_nobody_else() -> None:
    assert happened(answers(emergency())) == ["CustomerWrote"]
    assert happened(answers(emergency(taken_by="piet", next_at=None))) == ["CustomerWrote"]


def test_an_emergency_that_answers_an_ordinary_ticket_is_one_of_its_own_and_refers_to_it() -> None:
    outcome = answers(ticket())
    assert happened(outcome) == ["TicketOpened", "DutyPaged"]
    assert outcome.ticket is not None
    assert outcome.ticket.links == ("ACME-1001",)
    assert "closed-ticket" not in [reason.code for reason in outcome.ticket.entitlement.reasons]


def test_an_answer_that_is_no_emergency_stays_on_its_ticket() -> None:
    without = replace(DESK, plans={"basic": replace(PLAN, duty=False)})
    nobody = replace(DESK, duty=None)
    assert happened(answers(ticket(), desk=without)) == ["CustomerWrote"]
    assert happened(answers(ticket(), desk=nobody)) == ["CustomerWrote"]
    assert happened(answers(ticket(), at=NOW)) == ["CustomerWrote"]
    assert happened(answers(ticket(), "support@desk.example")) == ["CustomerWrote"]


@pytest.mark.parametrize(
    "on_ticket", [ticket(), silent(), emergency(released=True)], ids=["none", "silent", "released"]
)
def test_what_nothing_proves_wakes_nobody_where_it_is_taken_all_the_same(on_ticket: Ticket) -> None:
    closed = replace(DESK, trust=Trust(strength_to_open="none"))
    at = envelope(DUTY_ADDRESS, OUTSIDE, NIGHT)
    tagged = mail(subject="[ACME-1001]")
    outcome = decide(tagged, at, FakeDirectory(tickets=(on_ticket,)), closed, now=NIGHT)
    assert happened(outcome) == ["CustomerWrote"]


@pytest.mark.parametrize(
    "other",
    [
        replace(emergency(), customer="florist"),
        emergency(released=True),
        replace(emergency(), status=Status.RESOLVED),
        ticket(),
    ],
    ids=["of another customer", "released", "resolved", "no emergency"],
)
def test_any_other_ticket_is_not_the_same_emergency(other: Ticket) -> None:
    assert "DutyPaged" in happened(at_night(ANNA.address, other))


def test_who_may_not_open_tickets_joins_no_emergency_of_others() -> None:
    assert at_night(CARL.address, emergency()).fate == "refused"
