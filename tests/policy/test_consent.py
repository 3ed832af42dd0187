"""Who is asked before it costs, who learns of the answer, and in which words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdeskd.domain.bill import bill
from helpdeskd.domain.card import Card
from helpdeskd.domain.cost_event import (
    ApprovalRefused,
    EstimateApproved,
    EstimateAsked,
    EstimateDeclined,
    EstimateExpired,
    EstimateReminded,
    OutsideContract,
)
from helpdeskd.domain.directory import Contact, Right
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import Event
from helpdeskd.domain.notice import Notice
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Reason, Status, Ticket
from helpdeskd.policy.react import react
from tests.policy.scenes import ANNA, BAKERY, BRAM, DESK, NOW, OFFICE, PLAN, TICKET, People, notices, scene

DORA = Contact("bakery", "Dora", ("dora@bakery.example",), "nl", frozenset({Right.APPROVE}))
TOM = Contact("bakery", "Tom", ("tom@bakery.example",), "en", frozenset({Right.OPEN, Right.APPROVE}))
TOPICS = {"training": {"nl": "opleiding", "en": "training"}, "hardware": {"en": "hardware"}, "other": {}}
PRICED = replace(PLAN, tariffs=(Tariff("EUR", OFFICE, {1: 100_00}, unit=15),), outside=TOPICS)
HOURLY = replace(DESK, plans={"standard": PRICED})
BY_THE_HOUR = People(bakery=replace(BAKERY, contacts=(ANNA, BRAM, DORA, TOM)))
PREPAID = People(bakery=replace(BAKERY, contacts=(ANNA, BRAM, DORA), cards=(Card("five", 300, 400_00, NOW.date()),)))
ESTIMATE = Estimate(2, 120, "piet", NOW, NOW + timedelta(days=30), topic="training", text="Two hours of it")
AWAITING = replace(TICKET, status=Status.APPROVAL, estimate=ESTIMATE, estimates=2)
ASKED = EstimateAsked(NOW, "piet", ESTIMATE)


def mails(*events: Event, ticket: Ticket = AWAITING, people: People = BY_THE_HOUR) -> list[Notice]:
    """What goes out when these events happen to the ticket."""
    costs = bill(ticket, PRICED, people)  # type: ignore[arg-type]
    return notices(react(scene(*events, ticket=ticket, people=people, desk=HOURLY, bill=costs)))


def whom(sent: list[Notice]) -> list[str]:
    return [f"{mail.to.address.partition('@')[0]} {mail.name}" for mail in sent]


def test_those_who_may_approve_are_asked_and_those_who_take_part_are_told() -> None:
    sent = mails(ASKED)
    assert whom(sent) == ["dora approval-request", "tom approval-request", "anna status", "bram status"]
    assert [mail.about for mail in sent] == [2, 2, 0, 0]
    assert {mail.facts.what for mail in sent[2:]} == {"awaiting approval"}


def test_who_may_approve_and_takes_part_is_asked_and_not_told_again() -> None:
    may = People(bakery=replace(BAKERY, contacts=(replace(ANNA, rights=frozenset({Right.APPROVE})), BRAM)))
    assert whom(mails(ASKED, people=may)) == ["anna approval-request", "bram status"]


def test_who_reads_that_it_is_outside_the_contract_is_not_told_again_that_others_are_asked() -> None:
    sent = mails(OutsideContract(NOW, "piet", "training"), ASKED)
    assert sorted(whom(sent)) == [
        "anna outside-contract",
        "bram outside-contract",
        "dora approval-request",
        "tom approval-request",
    ]
    assert {mail.facts.estimate and mail.facts.estimate.minutes for mail in sent} == {120}


@pytest.mark.parametrize(("booked", "worked"), [(0, 0), (45, 45), (180, 120)])
def test_a_request_says_how_much_of_it_was_worked_already(booked: int, worked: int) -> None:
    entries = (Entry(1, "HD-1001", "piet", NOW, booked),) if booked else ()
    sent = mails(ASKED, people=replace(BY_THE_HOUR, booked=entries))
    assert {mail.facts.estimate and mail.facts.estimate.worked for mail in sent} == {worked}


def test_what_was_worked_with_an_approval_needs_no_other() -> None:
    known = replace(
        BY_THE_HOUR,
        booked=(Entry(1, "HD-1001", "piet", NOW, 75),),
        approved=(Approval("HD-1001", 60, "Tom", NOW),),
    )
    assert {mail.facts.estimate and mail.facts.estimate.worked for mail in mails(ASKED, people=known)} == {15}


def test_prepaid_hours_are_asked_of_those_who_may_spend_them() -> None:
    by_card = replace(AWAITING, estimate=replace(ESTIMATE, by_card=True))
    sent = mails(EstimateAsked(NOW, "piet", replace(ESTIMATE, by_card=True)), ticket=by_card, people=PREPAID)
    assert whom(sent) == ["bram approval-request", "anna status"]
    assert sent[0].facts.estimate is not None
    assert sent[0].facts.estimate.by_card
    assert sent[0].facts.cards is not None
    assert sent[0].facts.cards.balance == 300


def test_a_request_says_what_is_asked_by_whom_and_what_an_hour_costs() -> None:
    dora, tom, *_ = mails(ASKED)
    told = dora.facts.estimate
    assert told is not None
    assert (told.minutes, told.cents, told.rate, told.currency) == (120, None, 100_00, "EUR")
    assert (told.text, told.asked_by, told.expires_at) == ("Two hours of it", "Piet Jansen", ESTIMATE.expires_at)
    assert dora.facts.person == "Piet Jansen"
    assert told.topic == "opleiding"
    assert tom.facts.estimate is not None
    assert tom.facts.estimate.topic == "training"


@pytest.mark.parametrize(("topic", "word"), [("hardware", "hardware"), ("other", "other"), ("gone", "gone"), ("", "")])
def test_a_topic_without_words_in_the_readers_language_is_told_in_the_desks(topic: str, word: str) -> None:
    ticket = replace(AWAITING, estimate=replace(ESTIMATE, topic=topic))
    told = mails(EstimateAsked(NOW, "piet", replace(ESTIMATE, topic=topic)), ticket=ticket)[0].facts.estimate
    assert told is not None
    assert told.topic == word


def test_of_two_estimates_in_one_mail_only_the_last_one_is_asked() -> None:
    first = EstimateAsked(NOW, "piet", replace(ESTIMATE, number=1, minutes=60))
    sent = mails(first, ASKED)
    assert whom(sent) == whom(mails(ASKED))
    assert {mail.facts.estimate and mail.facts.estimate.minutes for mail in sent} == {120}


def test_an_estimate_that_the_same_mail_takes_back_is_not_asked() -> None:
    assert mails(ASKED, ticket=replace(TICKET, status=Status.WAITING, estimates=2)) == []


def test_a_reminder_goes_to_those_who_can_answer_it_and_is_as_good_as_the_request() -> None:
    sent = mails(EstimateReminded(NOW, "desk"))
    assert whom(sent) == ["dora approval-request", "tom approval-request"]
    assert {(mail.facts.what, mail.about) for mail in sent} == {("reminder", 2)}


AFTER = replace(TICKET, status=Status.NEW, estimates=2)
KNOWN = replace(BY_THE_HOUR, told=(EstimateAsked(NOW, "ans", replace(ESTIMATE, number=1)), ASKED))


@pytest.mark.parametrize(
    ("event", "what", "person", "minutes"),
    [
        (EstimateApproved(NOW, TOM.address, 2, 60, None, "Please begin."), "approved", "Tom", 60),
        (EstimateDeclined(NOW, TOM.address, 2, "Too much."), "declined", "Tom", 120),
        (EstimateExpired(NOW, "desk", 2), "expired", "", 120),
    ],
)
def test_the_answer_goes_to_all_who_could_have_answered_and_the_requester_and_the_agents(
    event: EstimateApproved | EstimateDeclined | EstimateExpired, what: str, person: str, minutes: int
) -> None:
    sent = mails(event, ticket=AFTER, people=KNOWN)
    assert whom(sent) == [
        "dora approval-result",
        "tom approval-result",
        "anna approval-result",
        "piet agent-update",
        "ans agent-update",
    ]
    assert {mail.facts.what for mail in sent} == {what}
    assert {(mail.facts.person, mail.facts.estimate and mail.facts.estimate.minutes) for mail in sent[:3]} == {
        (person, minutes)
    }
    assert {(one.answered_by, one.asked, one.worked) for mail in sent[:3] if (one := mail.facts.estimate)} == {
        (event.by, 120, 0)
    }
    assert {mail.facts.text for mail in sent[3:]} == {"" if isinstance(event, EstimateExpired) else event.text}


def test_an_approval_of_money_tells_how_much() -> None:
    told = mails(EstimateApproved(NOW, TOM.address, 2, 120, 100_00), ticket=AFTER, people=KNOWN)[0].facts.estimate
    assert told is not None
    assert (told.minutes, told.cents) == (120, 100_00)


def test_a_requester_who_approves_is_told_once() -> None:
    able = replace(ANNA, rights=frozenset({Right.OPEN, Right.APPROVE}))
    people = replace(KNOWN, bakery=replace(BAKERY, contacts=(able, BRAM)))
    sent = mails(EstimateApproved(NOW, ANNA.address, 2, 120), ticket=AFTER, people=people)
    assert whom(sent) == ["anna approval-result", "piet agent-update", "ans agent-update"]


def test_an_answer_is_told_to_the_owner_alone() -> None:
    sent = mails(EstimateDeclined(NOW, TOM.address, 2), ticket=replace(AFTER, owner="ans"), people=KNOWN)
    assert whom(sent)[-1:] == ["ans agent-update"]
    assert "piet agent-update" not in whom(sent)


def test_who_wrote_what_does_not_count_is_told_why_and_nobody_else() -> None:
    refused = ApprovalRefused(NOW, BRAM.address, Reason("no-right", Right.APPROVE))
    (mail,) = mails(refused)
    assert (mail.to.address, mail.name) == (BRAM.address, "approval-result")
    assert (mail.facts.what, mail.facts.reasons) == ("not-counted", (refused.reason,))
    assert mails(ApprovalRefused(NOW, "gone@bakery.example", Reason("expired"))) == []


def test_what_is_outside_the_contract_is_told_to_all_who_take_part_in_their_own_words() -> None:
    sent = mails(OutsideContract(NOW, "piet", "training", "We can teach it."), ticket=TICKET)
    assert whom(sent) == ["anna outside-contract", "bram outside-contract"]
    assert [mail.facts.what for mail in sent] == ["opleiding", "training"]
    assert {(mail.facts.text, mail.facts.person, mail.facts.rate) for mail in sent} == {
        ("We can teach it.", "Piet Jansen", 100_00)
    }
