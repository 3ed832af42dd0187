"""Who agrees to what: one table for each thing that an approval must have, and what becomes of one that lacks it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.card import Card
from helpdeskd.domain.cost_event import ApprovalRefused, EstimateApproved, EstimateDeclined, EstimateExpired
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contact, Right, SentMail
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import AgentReplied, CustomerWrote
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Reason, Status, Ticket
from helpdeskd.domain.token import APPROVE, DUTY, REPLY
from helpdeskd.triage.case import Outcome
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    BERT,
    CARL,
    DESK,
    EARLIER,
    EVE,
    FLEUR,
    FLORIST,
    KEYS,
    NOW,
    OFFICE,
    OFFICE_HOURS,
    OUTSIDE,
    PIET,
    PLAN,
    SUPPORT,
    FakeDirectory,
    decide,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)

PRICED = replace(PLAN, tariffs=(Tariff("EUR", OFFICE_HOURS, {1: 100_00}, unit=15),))
HOURLY = replace(DESK, plans={"basic": PRICED})
TAG = "Re: [ACME-1001] Printer"
SPENDER = replace(BERT, rights=frozenset({Right.SPEND}))
WITH_CARD = replace(BAKERY, contacts=(ANNA, SPENDER, CARL), cards=(Card("bakery-1", 300, 400_00, EARLIER.date()),))
ESTIMATE = Estimate(
    number=2,
    minutes=120,
    asked_by="piet",
    asked_at=EARLIER,
    expires_at=NOW + timedelta(days=29),
)


def awaiting(estimate: Estimate | None = ESTIMATE, **changes: object) -> Ticket:
    """Anna's ticket, for which a second estimate was asked."""
    return ticket(**{"status": Status.APPROVAL, "estimate": estimate, "estimates": 2} | changes)


def asked_of(who: Contact, about: int = 2) -> str:
    """The reply address in the request that this person got."""
    return reply_address(who.address, purpose=APPROVE, about=about)


def answers(
    who: str = ANNA.address,
    text: str = "approve",
    to: str | None = None,
    on: Ticket | None = None,
    *,
    directory: FakeDirectory | None = None,
    desk: Desk = HOURLY,
    now: datetime = NOW,
    accepted_for: str = "",
    arrived: Mapping[str, str] | None = None,
    **fields: object,
) -> Outcome:
    """Somebody writes to the address of the request that Anna got, or to another one."""
    known = directory or FakeDirectory(tickets=(on or awaiting(),))
    came = envelope(to or asked_of(ANNA), at=now, **(arrived or {}))
    return decide(mail(who, text, **fields), came, known, desk, now, accepted_for)


def result(outcome: Outcome) -> str:
    """What an answer came to: approved, declined, why it did not count; else the fate of the mail."""
    for event in outcome.events:
        match event:
            case EstimateApproved():
                return "approved"
            case EstimateDeclined():
                return "declined"
            case ApprovalRefused(reason=reason):
                return reason.code
            case _:
                continue
    return outcome.fate


def agreed(outcome: Outcome) -> tuple[int, int | None]:
    (approved, _) = outcome.events
    assert isinstance(approved, EstimateApproved)
    return approved.minutes, approved.cents


def after(outcome: Outcome) -> Ticket:
    assert outcome.ticket is not None
    changed = outcome.ticket
    for event in outcome.events:
        changed = evolve(changed, event)  # type: ignore[arg-type]
    return changed


@pytest.mark.parametrize(
    ("who", "came_to"),
    [
        (ANNA, "approved"),
        (CARL, "approved"),
        (BERT, "no-right"),
        (FLEUR, "opened"),
        (Contact("", "Eve", (EVE,), "en"), "held"),
    ],
    ids=["all rights", "approve only", "open only", "of another customer", "stranger"],
)
def test_who_has_the_right_may_agree(who: Contact, came_to: str) -> None:
    assert result(answers(who.address, to=asked_of(who))) == came_to
    assert result(answers(who.address, "nee", asked_of(who))) == came_to.replace("approved", "declined")


def test_who_has_lost_the_right_since_the_request_is_told_which() -> None:
    outcome = answers(BERT.address, to=asked_of(BERT))
    assert outcome.events[1] == ApprovalRefused(NOW, BERT.address, Reason("no-right", Right.APPROVE))
    assert outcome.fate == "added"


def test_an_agent_agrees_to_nothing_for_a_customer() -> None:
    for purpose, about in ((REPLY, 0), (APPROVE, 2)):
        outcome = answers(PIET.address, to=reply_address(PIET.address, purpose=purpose, about=about))
        assert isinstance(outcome.events[0], AgentReplied)
        assert result(outcome) == "added"


@pytest.mark.parametrize(
    ("to", "subject", "came_to"),
    [
        (asked_of(ANNA), "", "approved"),
        (asked_of(ANNA, about=1), "", "replaced"),
        (reply_address(ANNA.address), "", "not-in-reply"),
        (reply_address(ANNA.address, purpose=DUTY), "", "not-in-reply"),
        (reply_address(ANNA.address, purpose=APPROVE, about=0), "", "opened"),
        (reply_address(ANNA.address, purpose=APPROVE, about=3), "", "opened"),
        (reply_address(ANNA.address, 2, APPROVE, about=2), "", "opened"),
        (reply_address(ANNA.address, purpose=APPROVE, about=2, at=NOW - timedelta(days=402)), "", "opened"),
        (asked_of(CARL), "", "held"),
        (asked_of(CARL), TAG, "not-in-reply"),
        (SUPPORT, TAG, "not-in-reply"),
        (SUPPORT, "", "opened"),
    ],
    ids=[
        "own request",
        "own request that was replaced",
        "own reply address",
        "own address of a page",
        "bound to no estimate",
        "bound to one that was never asked",
        "of another ticket",
        "expired",
        "colleague's request",
        "colleague's request and the tag",
        "the tag",
        "nothing",
    ],
)
def test_an_answer_counts_only_to_the_request_that_its_writer_got(to: str, subject: str, came_to: str) -> None:
    assert result(answers(to=to, subject=subject)) == came_to


def test_the_message_id_of_the_request_is_as_good_as_its_reply_address() -> None:
    message_id = f"<7.{KEYS.issue(1, ANNA.address, APPROVE, EARLIER, about=2)}@desk.example>"
    sent = {message_id: SentMail(7, ANNA.address, "approval-request", "ACME-1001")}
    known = FakeDirectory(tickets=(awaiting(),), sent_mails=sent)
    assert result(answers(to=SUPPORT, directory=known, in_reply_to=message_id)) == "approved"
    assert result(answers(CARL.address, to=SUPPORT, directory=known, in_reply_to=message_id)) == "refused"


def verdict(text: str) -> dict[str, object]:
    return {"headers": (("Authentication-Results", f"mx.desk.example; {text}"),)}


@pytest.mark.parametrize(
    ("proof", "came_to"),
    [
        (verdict("dmarc=pass header.from=bakery.example"), "approved"),
        (verdict("dkim=pass header.d=bakery.example"), "approved"),
        (verdict("spf=pass smtp.mailfrom=bakery.example"), "weakly-proved"),
        (verdict("spf=pass smtp.mailfrom=bakery.example; dkim=pass header.d=elsewhere.example"), "weakly-proved"),
        (verdict("dmarc=fail header.from=bakery.example"), "held"),
        ({"headers": ()}, "held"),
        ({"arrived": {"peer": OUTSIDE}}, "held"),
        ({"arrived": {"peer": OFFICE}, "headers": ()}, "approved"),
        ({"arrived": {"peer": OUTSIDE, "login": ANNA.address}, "headers": ()}, "approved"),
        ({"arrived": {"peer": OUTSIDE}, "accepted_for": ANNA.address}, "weakly-proved"),
    ],
    ids=["dmarc", "dkim", "spf", "spf, dkim of another", "failed", "none", "elsewhere", "inside", "login", "accepted"],
)
def test_who_agrees_is_proved_by_more_than_spf_and_by_no_agent(proof: dict[str, object], came_to: str) -> None:
    assert result(answers(**proof)) == came_to  # type: ignore[arg-type]


def test_a_word_that_only_html_has_approves_nothing() -> None:
    assert result(answers(plain=False)) == "not-plain"


def test_where_anybody_may_open_tickets_the_right_to_agree_is_still_proved() -> None:
    closed = replace(HOURLY, trust=replace(HOURLY.trust, strength_to_open="none"))
    assert result(answers(desk=closed, headers=())) == "weakly-proved"
    assert result(answers(desk=closed, headers=(), to=SUPPORT, subject=TAG)) == "added"


LATER = Estimate(3, 60, "piet", NOW, NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("on", "story", "reason"),
    [
        (awaiting(LATER, estimates=3), (), Reason("replaced")),
        (awaiting(None, status=Status.OPEN), (), Reason("withdrawn")),
        (awaiting(None, status=Status.RESOLVED), (), Reason("withdrawn")),
        (
            awaiting(None, status=Status.OPEN, estimates=3),
            (EstimateApproved(NOW, CARL.address, 3, 60),),
            Reason("withdrawn"),
        ),
        (
            awaiting(None, status=Status.OPEN),
            (EstimateApproved(NOW, CARL.address, 2, 120),),
            Reason("already-approved", CARL.address),
        ),
        (
            awaiting(None, status=Status.OPEN),
            (EstimateDeclined(NOW, CARL.address, 2),),
            Reason("already-declined", CARL.address),
        ),
        (awaiting(None, status=Status.OPEN), (EstimateExpired(NOW, "desk", 2),), Reason("expired")),
        (
            awaiting(LATER, estimates=3),
            (EstimateDeclined(NOW, CARL.address, 1), EstimateApproved(NOW, ANNA.address, 2, 60)),
            Reason("already-approved", ANNA.address),
        ),
    ],
    ids=[
        "replaced",
        "withdrawn",
        "resolved",
        "replaced by one that was answered",
        "approved",
        "declined",
        "expired",
        "approved, then asked for more",
    ],
)
@pytest.mark.parametrize("text", ["approve", "nee"])
def test_what_was_answered_replaced_or_taken_back_cannot_be_answered(
    on: Ticket, story: tuple[EstimateApproved, ...], reason: Reason, text: str
) -> None:
    outcome = answers(text=text, directory=FakeDirectory(tickets=(on,), told=story))
    assert outcome.events == (
        CustomerWrote(NOW, ANNA.address, text),
        ApprovalRefused(NOW, ANNA.address, reason),
    )
    assert after(outcome).status is on.status
    assert after(outcome).estimate == on.estimate


def test_an_estimate_can_be_agreed_to_until_it_expires() -> None:
    end = ESTIMATE.expires_at
    assert result(answers(now=end - timedelta(microseconds=1))) == "approved"
    assert result(answers(now=end)) == "expired"


def test_a_request_of_a_ticket_that_was_merged_counts_for_neither() -> None:
    merged = awaiting(status=Status.MERGED, merged_into="ACME-1002")
    into = awaiting(id=2, reference="ACME-1002")
    outcome = answers(directory=FakeDirectory(tickets=(merged, into)))
    assert (outcome.ticket and outcome.ticket.id, result(outcome)) == (2, "replaced")
    nothing_asked = replace(into, status=Status.OPEN, estimate=None)
    assert result(answers(directory=FakeDirectory(tickets=(merged, nothing_asked)))) == "withdrawn"


def test_an_approval_ends_the_waiting_and_says_who_agreed_to_how_much() -> None:
    outcome = answers("anna@home.example", "Akkoord!\n\nPlease begin tomorrow.", headers=(), arrived={"peer": OFFICE})
    assert outcome.fate == "approval"
    assert outcome.events[0] == EstimateApproved(NOW, ANNA.address, 2, 120, None, "Please begin tomorrow.")
    assert (after(outcome).status, after(outcome).estimate, after(outcome).estimates) == (Status.NEW, None, 2)
    assert after(answers(on=awaiting(owner="piet"))).status is Status.OPEN


def test_a_decline_ends_the_waiting_too() -> None:
    outcome = answers(text="Nee.\nToo expensive.")
    assert outcome.fate == "approval"
    assert outcome.events[0] == EstimateDeclined(NOW, ANNA.address, 2, "Too expensive.")
    assert after(outcome).status is Status.NEW


FOR_MONEY = replace(ESTIMATE, cents=240_00)


@pytest.mark.parametrize(
    ("text", "of_time", "of_money"),
    [
        ("approve", (120, None), (120, 240_00)),
        ("approve 1h", (60, None), (60, 240_00)),
        ("approve 60 min", (60, None), (60, 240_00)),
        ("akkoord 1 uur", (60, None), (60, 240_00)),
        ("approve 2 hrs", (120, None), (120, 240_00)),
        ("approve 3h", (120, None), (120, 240_00)),
        ("approve €100", (60, 100_00), (60, 100_00)),
        ("approve 100 EUR", (60, 100_00), (60, 100_00)),
        ("approve €300", (120, 300_00), (120, 240_00)),
    ],
)
def test_as_much_is_approved_as_was_said_and_never_more_than_was_asked(
    text: str, of_time: tuple[int, int | None], of_money: tuple[int, int | None]
) -> None:
    assert agreed(answers(text=text)) == of_time
    assert agreed(answers(text=text, on=awaiting(FOR_MONEY))) == of_money


@pytest.mark.parametrize("argument", ["2", "0h", "-1h", "1h30 or so", "DKK 100", "100 kr", "€0"])
def test_an_amount_that_is_none_approves_nothing_and_is_told(argument: str) -> None:
    outcome = answers(text=f"approve {argument}")
    assert outcome.events[1] == ApprovalRefused(NOW, ANNA.address, Reason("not-understood", argument))
    assert after(outcome).status is Status.APPROVAL


def test_prepaid_hours_are_agreed_to_by_who_may_spend_them_and_in_time() -> None:
    known = FakeDirectory(customers=(WITH_CARD, FLORIST), tickets=(awaiting(replace(ESTIMATE, by_card=True)),))
    assert agreed(answers(SPENDER.address, "ja 30m", asked_of(SPENDER), directory=known)) == (30, None)
    refused = answers(CARL.address, to=asked_of(CARL), directory=known)
    assert refused.events[1] == ApprovalRefused(NOW, CARL.address, Reason("no-right", Right.SPEND))
    assert result(answers(text="approve €50", directory=known)) == "not-understood"


def test_where_nothing_has_a_price_no_money_is_agreed_to() -> None:
    assert result(answers(text="approve €50", desk=DESK)) == "not-understood"
    assert agreed(answers(text="approve 1h", desk=DESK)) == (60, None)


MORE = ["Akkoord, graag vanmiddag.", "Nee, te duur.", "Ja graag", "Akkoord met 2 uur", "ok?", "approve perhaps"]


@pytest.mark.parametrize("text", MORE)
def test_what_begins_with_the_word_and_goes_on_counts_for_nothing_and_is_told(text: str) -> None:
    outcome = answers(text=text)
    assert outcome.fate == "added"
    assert outcome.events == (
        CustomerWrote(NOW, ANNA.address, text),
        ApprovalRefused(NOW, ANNA.address, Reason("not-alone")),
    )
    assert after(outcome).estimate == ESTIMATE


def test_what_is_worse_than_a_word_too_many_is_told_instead() -> None:
    assert result(answers(BERT.address, "Ja graag", asked_of(BERT))) == "no-right"
    assert result(answers(BERT.address, "Ja graag", reply_address(BERT.address))) == "no-right"
    assert result(answers(text="Ja graag", to=reply_address(ANNA.address))) == "not-in-reply"
    assert result(answers(text="Ja graag", now=ESTIMATE.expires_at)) == "expired"


@pytest.mark.parametrize(
    ("to", "on"),
    [
        (reply_address(ANNA.address), awaiting(None, status=Status.RESOLVED)),
        (asked_of(ANNA), awaiting(None, status=Status.RESOLVED)),
    ],
    ids=["nothing asked", "withdrawn"],
)
def test_a_sentence_that_answers_no_open_request_is_an_answer_like_any_other(to: str, on: Ticket) -> None:
    outcome = answers(text="Nee, het werkt nog niet.", to=to, on=on)
    assert result(outcome) == "added"
    assert after(outcome).status is not Status.RESOLVED


@pytest.mark.parametrize(
    "text",
    [
        "Tom wants this.\n\napprove",
        "> approve",
        "On Mon, 23 Nov 2026 at 10:00, Carl <carl@bakery.example> wrote:\n\napprove\n",
        "\n\nOn Mon, 23 Nov 2026 at 10:00, Carl <carl@bakery.example> wrote:\n\napprove\n",
        "-------- Forwarded message --------\nFrom: Carl\nDate: Monday\nSubject: x\nTo: Anna\n\napprove\n",
        "From: Carl\nSent: Monday 23 November 2026 10:00\nTo: Anna\nSubject: x\n\napprove\n",
        "-- \napprove",
        "Is that ok?",
        "I do not approve",
        "",
    ],
)
def test_what_the_writer_has_not_written_alone_on_the_first_line_is_no_answer(text: str) -> None:
    outcome = answers(text=text)
    assert result(outcome) == "no-answer"
    assert happened(outcome) == ["CustomerWrote", "ApprovalRefused"]
    assert after(outcome).estimate == ESTIMATE


FRIENDLY = "Sure, go ahead, looks good!"


@pytest.mark.parametrize(
    ("to", "subject"),
    [(asked_of(ANNA), ""), (asked_of(ANNA, about=1), ""), (reply_address(ANNA.address), ""), (SUPPORT, TAG)],
    ids=["the request", "one that was replaced", "own reply address", "the tag"],
)
def test_who_is_asked_and_writes_anything_else_learns_that_it_is_no_answer(to: str, subject: str) -> None:
    outcome = answers(text=FRIENDLY, to=to, subject=subject)
    assert outcome.fate == "added"
    assert outcome.events == (
        CustomerWrote(NOW, ANNA.address, FRIENDLY),
        ApprovalRefused(NOW, ANNA.address, Reason("no-answer")),
    )


def test_they_learn_it_once_for_each_estimate() -> None:
    def again(told: ApprovalRefused) -> str:
        return result(answers(text=FRIENDLY, directory=FakeDirectory(tickets=(awaiting(),), told=(told,))))

    told = ApprovalRefused(NOW, ANNA.address, Reason("no-answer"))
    assert again(told) == "added"
    assert again(replace(told, reason=Reason("not-alone"))) == "added"
    assert again(replace(told, at=EARLIER - timedelta(seconds=1))) == "no-answer"
    assert again(replace(told, by=CARL.address)) == "no-answer"


@pytest.mark.parametrize(
    "more",
    [
        {"who": BERT.address, "to": reply_address(BERT.address)},
        {"headers": (*mail().headers, ("Auto-Submitted", "auto-replied"))},
        {"arrived": {"peer": OUTSIDE}, "accepted_for": ANNA.address},
        {"on": ticket(status=Status.WAITING), "to": reply_address(ANNA.address)},
    ],
    ids=["without the right", "automatic", "let in", "nothing asked"],
)
def test_nobody_else_is_told_that_it_is_no_answer(more: dict[str, object]) -> None:
    assert result(answers(text=FRIENDLY, **more)) in {"added", "recorded"}  # type: ignore[arg-type]


def test_the_word_may_stand_below_what_it_quotes() -> None:
    asked = "On Mon, 23 Nov 2026 at 10:00, Helpdesk <support@desk.example> wrote:\n> Shall we?\n\n"
    assert result(answers(text=f"{asked}approve\n")) == "approved"


def test_a_word_on_a_ticket_that_asks_nothing_is_an_answer_like_any_other() -> None:
    waiting = ticket(status=Status.WAITING)
    outcome = answers(text="ok", to=reply_address(ANNA.address), on=waiting)
    assert happened(outcome) == ["CustomerWrote", "StatusChanged"]


def test_an_automatic_answer_agrees_to_nothing() -> None:
    outcome = answers(headers=(*mail().headers, ("Auto-Submitted", "auto-replied")))
    assert outcome.fate == "recorded"
    assert result(outcome) == "recorded"


PROSE = st.sampled_from(["Thank you.", "Shall we?", "ok but", "approve?", "I approve", "not ok"])
LINES = st.lists(st.sampled_from(["approve", "nee", "> approve", "", "-- ", "ok 1h", "Carl wrote:", "##- x -##"]))


@given(PROSE, LINES)
def test_below_any_other_line_no_word_agrees_to_anything(first: str, lines: list[str]) -> None:
    assert result(answers(text="\n".join([first, *lines]))) not in {"approved", "declined"}


@given(st.lists(st.sampled_from(["> approve", "> ok", ">> nee", "> ", ""])))
def test_no_quote_agrees_to_anything(lines: list[str]) -> None:
    assert result(answers(text="\n".join(lines))) not in {"approved", "declined"}


@given(
    st.sampled_from(["ja", "ok 1h", "approve €1"]), st.sampled_from([BERT.address, FLEUR.address, EVE, PIET.address])
)
def test_nobody_without_the_right_agrees_whatever_they_write_and_wherever(text: str, who: str) -> None:
    for to in (asked_of(ANNA), asked_of(CARL), reply_address(who), SUPPORT):
        for subject in ("", TAG):
            assert result(answers(who, text, to, subject=subject)) not in {"approved", "declined"}
