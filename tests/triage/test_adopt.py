"""What a contact answers about a stranger of their own domain."""

from dataclasses import replace
from datetime import timedelta

import pytest

from helpdeskd.domain.event import AdoptionDeclined, Event, MailAdopted, MailHeld, MailRefused, TicketOpened
from helpdeskd.domain.ticket import Decision, Entitlement, Reason
from helpdeskd.domain.token import ADOPT, MARK
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    BERT,
    EARLIER,
    FLEUR,
    KEYS,
    NOW,
    OFFICE,
    OUTSIDE,
    PIET,
    FakeDirectory,
    decide,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)

SAM = "sam@bakery.example"
HELD = FakeDirectory(tickets=(), held=frozenset({7}))


def answers(text: str, sender: str = ANNA.address, directory: FakeDirectory = HELD, **arrived: str):  # type: ignore[no-untyped-def]
    """A contact answers what Anna was asked about mail 7."""
    asked = reply_address(ANNA.address, 7, ADOPT)
    return decide(mail(sender, text), envelope(asked, **arrived), directory)


def event(text: str, **more: object) -> Event:
    (only,) = answers(text, **more).events  # type: ignore[arg-type]
    return only


@pytest.mark.parametrize("word", ["yes", "Ja.", "oui", "akkoord", "Godkendt!", "ok", "\n  JA  \n\nGroet, Anna"])
def test_yes_has_the_held_mail_handled(word: str) -> None:
    outcome = answers(word)
    assert outcome.fate == "approval"
    assert outcome.events == (MailAdopted(NOW, ANNA.address, 7),)


@pytest.mark.parametrize("word", ["no", "Nee", "nej", "non", "nein"])
def test_no_ends_it(word: str) -> None:
    assert event(word) == AdoptionDeclined(NOW, ANNA.address, 7)


def reasons(text: str, **more: object) -> list[str]:
    """Of the ticket that an answer becomes."""
    opened = event(text, **more)
    assert isinstance(opened, TicketOpened)
    return [reason.code for reason in opened.ticket.entitlement.reasons]


@pytest.mark.parametrize("text", ["Who is this?", "", "saldo?", "Let me ask.\nyes"])
def test_anything_else_is_a_mail_like_any_other(text: str) -> None:
    assert "not-alone" not in reasons(text)


@pytest.mark.parametrize("text", ["Yes, but ask him for his badge.", "ok 2h", "Ja graag", "Nee, die ken ik niet."])
def test_what_begins_with_the_word_and_goes_on_is_one_too_and_says_that_it_did_not_count(text: str) -> None:
    assert reasons(text)[-1] == "not-alone"
    assert "not-alone" not in reasons(text, directory=FakeDirectory(tickets=()))
    assert "not-alone" not in reasons(text, sender=BERT.address)


def test_a_word_below_the_mail_of_somebody_else_is_not_the_contacts_own() -> None:
    assert happened(answers("On Mon, 23 Nov 2026 at 10:00, Sam <sam@bakery.example> wrote:\n\nyes")) == ["TicketOpened"]


def test_an_answer_from_another_address_of_the_contact_counts() -> None:
    assert event("yes", sender="anna@home.example") == MailAdopted(NOW, ANNA.address, 7)


def test_an_answer_without_a_plus_address_is_known_by_our_message_id() -> None:
    ours = f"<12.{KEYS.issue(7, ANNA.address, ADOPT, EARLIER)}@desk.example>"
    for fields in ({"in_reply_to": ours}, {"references": ("<1@bakery.example>", ours)}):
        (adopted,) = decide(mail(text="yes", **fields), directory=HELD).events
        assert adopted == MailAdopted(NOW, ANNA.address, 7)


def test_an_answer_is_known_by_the_mark_in_its_quote() -> None:
    quoted = f"> {MARK.format(token=KEYS.issue(7, ANNA.address, ADOPT, EARLIER))}"
    (adopted,) = decide(mail(text=f"yes\n\n{quoted}\n"), directory=HELD).events
    assert adopted == MailAdopted(NOW, ANNA.address, 7)
    assert happened(decide(mail(BERT.address, f"yes\n\n{quoted}\n"), directory=HELD)) == ["TicketOpened"]


def test_an_answer_that_comes_after_the_decision_is_told_so_and_does_nothing() -> None:
    late = event("yes", directory=FakeDirectory(tickets=()))
    assert isinstance(late, MailRefused)
    assert (late.reasons, late.tell) == ((Reason("already-decided"),), True)


ADOPTED = ticket(entitlement=Entitlement(Decision.ACCEPT, (Reason("contact", "Bert"), Reason("adopted", SAM))))
BY_DESK = ticket(entitlement=Entitlement(Decision.ACCEPT, (Reason("accepted-by-desk"),)))


@pytest.mark.parametrize(
    ("became", "told"),
    [
        (TicketOpened(NOW, BERT.address, ADOPTED, "x", "normal"), Reason("already-answered", "Bert (ACME-1001)")),
        (
            MailRefused(NOW, BERT.address, "x", (Reason("adopted", SAM), Reason("no-contract"))),
            Reason("already-answered", "Bert"),
        ),
        (
            MailRefused(NOW, "gone@bakery.example", "x", (Reason("not-adopted", "gone@bakery.example"),)),
            Reason("already-answered", "gone@bakery.example"),
        ),
        (TicketOpened(NOW, BERT.address, BY_DESK, "x", "normal"), Reason("already-decided")),
        (MailRefused(NOW, "desk", "x", (Reason("refused-by-desk", "Spam"),)), Reason("already-decided")),
    ],
    ids=["adopted", "adopted and refused", "declined", "accepted by the desk", "refused by the desk"],
)
def test_who_answered_earlier_is_told_with_the_ticket(became: Event, told: Reason) -> None:
    held = MailHeld(NOW, SAM, "x", (Reason("unknown-sender", SAM),), customer="bakery")
    late = event("yes", directory=FakeDirectory(tickets=(), told=(held, became)))
    assert isinstance(late, MailRefused)
    assert late.reasons == (told,)


def test_nobody_answers_with_what_a_colleague_was_asked() -> None:
    """A colleague's yes is a mail of their own, and what is not proved is held."""
    assert happened(answers("yes", sender=BERT.address)) == ["TicketOpened"]
    assert happened(answers("yes", sender=FLEUR.address)) == ["TicketOpened"]
    assert happened(answers("yes", peer=OUTSIDE)) == ["MailHeld"]
    assert happened(answers("yes", sender=SAM)) == ["MailHeld"]
    assert happened(answers("yes", sender=PIET.address, peer=OFFICE)) == ["CommandsFailed"]


def test_whoever_may_not_open_tickets_any_more_adopts_nothing() -> None:
    without = replace(BAKERY, contacts=(replace(ANNA, rights=frozenset()),))
    outcome = answers("yes", directory=replace(HELD, customers=(without,)))
    assert (outcome.fate, outcome.reason) == ("refused", "no-right: open")


def test_an_expired_request_is_answered_by_a_mail_like_any_other() -> None:
    old = reply_address(ANNA.address, 7, ADOPT, NOW - timedelta(days=500))
    assert happened(decide(mail(text="yes"), envelope(old), HELD)) == ["TicketOpened"]


def test_an_ordinary_reply_address_adopts_nothing() -> None:
    assert happened(decide(mail(text="yes"), envelope(reply_address(ANNA.address, 7)), HELD)) == ["TicketOpened"]


def test_a_mail_that_the_desk_accepted_for_a_contact_is_not_that_contacts_answer() -> None:
    asked = envelope(reply_address(ANNA.address, 7, ADOPT))
    assert happened(decide(mail(SAM, "yes"), asked, HELD, accepted_for=ANNA.address)) == ["TicketOpened"]


def test_an_automatic_answer_adopts_nothing() -> None:
    away = mail(text="yes", headers=(*mail().headers, ("Auto-Submitted", "auto-replied")))
    assert decide(away, envelope(reply_address(ANNA.address, 7, ADOPT)), HELD).fate == "recorded"


def held(sender: str, **more: object) -> MailHeld:
    (only,) = decide(mail(sender), **more).events  # type: ignore[arg-type]
    assert isinstance(only, MailHeld)
    return only


def test_a_stranger_who_is_proved_to_write_from_a_customers_domain_may_be_adopted() -> None:
    assert held(SAM).customer == "bakery"
    assert held("sam@elsewhere.example").customer == ""
    assert held(SAM, arrived=envelope(peer=OUTSIDE)).customer == ""


def test_a_contact_who_is_not_proved_needs_no_adoption() -> None:
    assert held(ANNA.address, arrived=envelope(peer=OUTSIDE)).customer == ""


def test_the_contacts_are_asked_about_a_stranger_once_a_day() -> None:
    asked = FakeDirectory(asked_about=frozenset({SAM}))
    assert held(SAM, directory=asked).customer == ""
    assert held("tom@bakery.example", directory=asked).customer == "bakery"
