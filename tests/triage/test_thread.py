"""Where a mail belongs: each candidate that is taken, and the one beside it that is not."""

import pytest

from helpdeskd.domain.directory import Contact, SentMail
from helpdeskd.domain.message import Message
from helpdeskd.domain.ticket import Participant, Status, Ticket
from helpdeskd.domain.token import APPROVE, BOUNCE, DUTY, MARK, REPLY
from helpdeskd.triage.case import Misuse, Thread
from helpdeskd.triage.thread import Question, find, may_join, topic
from tests.triage.small_desk import (
    ANNA,
    ANS,
    BERT,
    CARL,
    DESK,
    EARLIER,
    EVE,
    FLEUR,
    KEYS,
    NOW,
    PIET,
    FakeDirectory,
    mail,
    reply_address,
    ticket,
)


def ours(recipient: str, number: int = 7, reference: str = "ACME-1001") -> tuple[str, dict[str, SentMail]]:
    """The Message-ID of a mail of ours to that person, and the outbox that remembers it."""
    message_id = f"<{number}.{KEYS.issue(1, recipient, REPLY, EARLIER)}@desk.example>"
    return message_id, {message_id: SentMail(number, recipient, "reply", reference)}


def thread(message: Message, detail: str = "", directory: FakeDirectory | None = None, own: str = "") -> Thread:
    known = directory or FakeDirectory()
    address = message.from_.address if message.from_ else ""
    contact, agent = known.contact(address), known.agent(address)
    person = contact or agent
    addresses = person.addresses if person else (address,)
    return find(Question(message, detail, contact, agent, addresses, DESK, known, KEYS, NOW, own))


def token(holder: str, ticket_id: int = 1, purpose: str = REPLY) -> str:
    return "t." + KEYS.issue(ticket_id, holder, purpose, EARLIER)


def where(found: Thread) -> tuple[int | None, str, bool]:
    return found.ticket.id if found.ticket else None, found.how, found.proved


def test_a_mail_that_names_nothing_is_a_new_matter() -> None:
    assert thread(mail()) == Thread()


def test_the_reply_address_of_the_sender_proves_them() -> None:
    found = thread(mail(), token(ANNA.address))
    assert where(found) == (1, "reply address", True)
    assert found.purpose == REPLY
    assert where(thread(mail(PIET.address), token(PIET.address, purpose=DUTY))) == (1, "reply address", True)


def test_the_reply_address_also_works_behind_the_mark_of_a_note() -> None:
    assert where(thread(mail(PIET.address), "note." + token(PIET.address))) == (1, "reply address", True)


@pytest.mark.parametrize("detail", ["t", "t.", "t.abc", "x.abc", "note", "note.t", "t.t." + "a" * 39, "t." + "a" * 39])
def test_what_is_no_token_leads_nowhere(detail: str) -> None:
    assert thread(mail(), detail) == Thread()


def test_a_token_of_a_bounce_address_opens_no_ticket() -> None:
    assert thread(mail(), token(ANNA.address, purpose=BOUNCE)) == Thread()


def test_a_token_for_a_ticket_that_does_not_exist_leads_nowhere() -> None:
    assert thread(mail(), token(ANNA.address, ticket_id=99)) == Thread()


@pytest.mark.parametrize("sender", [EVE, BERT.address, FLEUR.address, PIET.address])
def test_somebody_elses_reply_address_is_a_misuse_and_leads_nowhere(sender: str) -> None:
    found = thread(mail(sender), token(ANNA.address))
    assert where(found) == (None, "", False)
    assert found.misuse == Misuse(ticket(), ANNA.address)
    assert found.noted == "ACME-1001"


def test_a_misused_reply_address_beside_a_tag_that_the_sender_may_use_is_both() -> None:
    found = thread(mail(BERT.address, subject="[ACME-1001]"), token(ANNA.address))
    assert where(found) == (1, "subject tag", False)
    assert found.misuse == Misuse(ticket(), ANNA.address)
    assert found.noted == ""


def test_our_message_id_proves_whom_we_wrote_to() -> None:
    message_id, sent = ours(ANNA.address)
    directory = FakeDirectory(sent_mails=sent)
    assert where(thread(mail(in_reply_to=message_id), directory=directory)) == (1, "our Message-ID", True)
    assert where(thread(mail(references=("<x@y>", message_id)), directory=directory)) == (1, "our Message-ID", True)


def test_our_message_id_to_somebody_else_is_a_suggestion_like_any_other_and_no_misuse() -> None:
    message_id, sent = ours(ANNA.address)
    directory = FakeDirectory(sent_mails=sent)
    colleague = thread(mail(BERT.address, in_reply_to=message_id), directory=directory)
    assert where(colleague) == (1, "known Message-ID", False)
    assert colleague.misuse is None
    stranger = thread(mail(EVE, in_reply_to=message_id), directory=directory)
    assert (where(stranger), stranger.noted, stranger.misuse) == ((None, "", False), "ACME-1001", None)


def test_a_message_id_that_only_looks_like_ours_proves_nothing() -> None:
    message_id, _ = ours(ANNA.address)
    assert thread(mail(in_reply_to=message_id)) == Thread()


def quoting(*holders: str, sender: str = ANNA.address, own: str = "Number 12.", **fields: object) -> Thread:
    """A mail that quotes mails of ours to these people, whose text carries their marks."""
    quoted = "".join(f"> {MARK.format(token=KEYS.issue(1, holder, REPLY, EARLIER))}\n" for holder in holders)
    return thread(mail(sender, f"{own}\n\n{quoted}", **fields), own=own)


def test_a_quoted_mark_proves_whom_we_wrote_to() -> None:
    assert where(quoting(ANNA.address)) == (1, "our mark", True)
    assert where(quoting(BERT.address, ANNA.address)) == (1, "our mark", True)
    assert where(quoting(ANNA.address, subject="[ACME-1002]")) == (1, "our mark", True)


def test_the_mark_of_somebody_else_is_nothing_and_no_misuse() -> None:
    assert quoting(ANNA.address, sender=BERT.address) == Thread()
    assert quoting(ANNA.address, sender=EVE) == Thread()
    assert where(quoting(ANNA.address, sender=BERT.address, subject="[ACME-1001]")) == (1, "subject tag", False)


def test_a_mark_counts_only_in_what_is_quoted() -> None:
    typed = MARK.format(token=KEYS.issue(1, ANNA.address, REPLY, EARLIER))
    assert quoting(own=f"What is {typed}?") == Thread()
    assert quoting(ANNA.address, own=f"What is {typed}?") == Thread()


def test_a_mark_that_is_not_ours_leads_nowhere() -> None:
    assert thread(mail(text=f"> {MARK.format(token='a' * 39)}\n> [ref:12]")) == Thread()


def test_a_message_id_of_ours_comes_before_a_mark() -> None:
    message_id, sent = ours(ANNA.address)
    older = MARK.format(token=KEYS.issue(2, ANNA.address, REPLY, EARLIER))
    found = thread(mail(text=f"> {older}", in_reply_to=message_id), directory=FakeDirectory(sent_mails=sent))
    assert where(found) == (1, "our Message-ID", True)


def test_a_mail_of_ours_without_a_ticket_leads_nowhere() -> None:
    message_id, sent = ours(ANNA.address, reference="")
    assert thread(mail(in_reply_to=message_id), directory=FakeDirectory(sent_mails=sent)) == Thread()


def test_a_foreign_message_id_that_is_on_a_ticket_leads_to_it() -> None:
    directory = FakeDirectory(heard={"<1@bakery.example>": "ACME-1002"})
    assert where(thread(mail(in_reply_to="<1@bakery.example>"), directory=directory)) == (2, "known Message-ID", False)
    assert thread(mail(in_reply_to="<2@bakery.example>"), directory=directory) == Thread()


def test_of_several_references_the_newest_counts_and_in_reply_to_before_all() -> None:
    directory = FakeDirectory(heard={"<1@x>": "ACME-1001", "<2@x>": "ACME-1002"})
    assert where(thread(mail(references=("<1@x>", "<2@x>")), directory=directory))[0] == 2
    assert where(thread(mail(in_reply_to="<1@x>", references=("<1@x>", "<2@x>")), directory=directory))[0] == 1


@pytest.mark.parametrize("subject", ["[ACME-1001] Printer", "Re: [acme-1001]", "AW: SV: x [ACME-1001]"])
def test_the_tag_in_the_subject_leads_to_its_ticket(subject: str) -> None:
    assert where(thread(mail(subject=subject))) == (1, "subject tag", False)


@pytest.mark.parametrize(
    "subject",
    [
        "ACME-1001",
        "[ACME-1001",
        "[ACME 1001]",
        "[OTHER-1001]",
        "[XACME-1001]",
        "[ACME-9999]",
        "[ACME-1001x]",
        "[ACME-]",
    ],
)
def test_what_is_not_quite_a_tag_or_names_no_ticket_leads_nowhere(subject: str) -> None:
    assert thread(mail(subject=subject)) == Thread()


def test_a_tag_in_the_text_leads_nowhere() -> None:
    assert thread(mail(text="> [ACME-1001]\n[ACME-1001]")) == Thread()


def test_the_address_counts_before_the_message_id_and_that_before_the_subject() -> None:
    message_id, sent = ours(ANNA.address)
    third = ticket(id=3, reference="ACME-1003")
    known = FakeDirectory(tickets=(*FakeDirectory().tickets, third), sent_mails=sent)
    everything = mail(subject="[ACME-1003]", in_reply_to=message_id)
    assert where(thread(everything, token(ANNA.address, 2), known))[0] == 2
    assert where(thread(everything, "", known))[0] == 1
    assert where(thread(mail(subject="[ACME-1003]"), "", known))[0] == 3


@pytest.mark.parametrize("sender", [EVE, FLEUR.address, CARL.address])
def test_who_names_a_ticket_that_they_may_not_join_gets_a_new_matter_that_notes_it(sender: str) -> None:
    assert thread(mail(sender, subject="[ACME-1001]")) == Thread(noted="ACME-1001")


def test_a_ticket_that_may_be_joined_is_found_behind_one_that_may_not() -> None:
    florists = ticket(id=3, reference="ACME-1003", customer="florist", participants=())
    found = thread(
        mail(subject="[ACME-1003] [ACME-1001]"), directory=FakeDirectory(tickets=(florists, *FakeDirectory().tickets))
    )
    assert (found.ticket and found.ticket.id, found.noted) == (1, "ACME-1003")


@pytest.mark.parametrize(
    ("sender", "may"),
    [(ANNA, True), (BERT, True), (CARL, False), (FLEUR, False), (None, False)],
    ids=["participant", "may open tickets", "may not", "of another customer", "stranger"],
)
def test_participants_and_contacts_who_may_open_tickets_may_join(sender: Contact | None, may: bool) -> None:
    assert may_join(sender, ticket()) is may


def test_a_participant_without_the_right_to_open_may_join() -> None:
    assert may_join(CARL, ticket(participants=(Participant(CARL.address, EARLIER),)))


def test_an_agent_may_join_any_ticket() -> None:
    assert where(thread(mail(ANS.address, subject="[ACME-1001]"))) == (1, "subject tag", False)


def asked(holder: str, about: int) -> str:
    """The detail of the reply address in the request about that estimate of the ticket."""
    address = reply_address(holder, purpose=APPROVE, about=about)
    return address.partition("+")[2].partition("@")[0]


ESTIMATED = FakeDirectory(tickets=(ticket(estimates=3),))


@pytest.mark.parametrize("about", [1, 2, 3])
def test_a_request_says_which_estimate_of_the_ticket_it_is_about(about: int) -> None:
    found = thread(mail(), asked(ANNA.address, about), ESTIMATED)
    assert (*where(found), found.purpose, found.about) == (1, "reply address", True, APPROVE, about)


def test_who_is_asked_to_approve_may_answer_that_without_taking_part_and_write_nothing_else_there() -> None:
    assert where(thread(mail(CARL.address), asked(CARL.address, 3), ESTIMATED)) == (1, "reply address", True)
    assert where(thread(mail(CARL.address), token(CARL.address), ESTIMATED)) == (None, "", False)


def test_a_colleagues_request_is_a_misuse_although_the_colleague_takes_no_part() -> None:
    found = thread(mail(), asked(CARL.address, 3), ESTIMATED)
    assert found.ticket is None
    assert found.misuse == Misuse(ticket(estimates=3), CARL.address)


def test_who_has_left_the_customer_answers_nothing() -> None:
    assert thread(mail(FLEUR.address), asked(FLEUR.address, 3), ESTIMATED).ticket is None


def test_the_request_of_a_merged_ticket_is_about_no_estimate_of_the_other_one() -> None:
    known = FakeDirectory(tickets=(merged("ACME-1002", estimates=1), ticket(id=2, reference="ACME-1002", estimates=1)))
    found = thread(mail(), asked(ANNA.address, 1), known)
    assert (*where(found), found.about) == (2, "reply address", True, 0)


def merged(into: str, **changes: object) -> Ticket:
    return ticket(status=Status.MERGED, links=(into, "ACME-1000"), merged_into=into, **changes)


def test_a_merged_ticket_leads_to_where_it_went_and_keeps_the_proof() -> None:
    directory = FakeDirectory(tickets=(merged("ACME-1002"), ticket(id=2, reference="ACME-1002")))
    assert where(thread(mail(subject="[ACME-1001]"), directory=directory))[0] == 2
    assert where(thread(mail(), token(ANNA.address), directory)) == (2, "reply address", True)


def test_the_proof_is_kept_by_who_takes_part_there_too() -> None:
    theirs = merged("ACME-1002", participants=(Participant(BERT.address, EARLIER),))
    directory = FakeDirectory(tickets=(theirs, ticket(id=2, reference="ACME-1002")))
    assert where(thread(mail(BERT.address), token(BERT.address), directory)) == (2, "reply address", False)
    assert where(thread(mail(PIET.address), token(PIET.address), directory)) == (2, "reply address", True)


def test_who_may_not_join_where_a_ticket_went_gets_a_new_matter() -> None:
    theirs = ticket(id=2, reference="ACME-1002", customer="florist", participants=())
    found = thread(mail(subject="[ACME-1001]"), directory=FakeDirectory(tickets=(merged("ACME-1002"), theirs)))
    assert found == Thread(noted="ACME-1002")


def test_tickets_that_were_merged_in_a_circle_end_somewhere() -> None:
    circle = (merged("ACME-1002"), merged("ACME-1001", id=2, reference="ACME-1002"))
    assert where(thread(mail(subject="[ACME-1001]"), directory=FakeDirectory(tickets=circle)))[1] == "subject tag"


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Printer", "Printer"),
        ("Re: AW: [ACME-1001]  Printer", "Printer"),
        ("[acme-1001] Re: Printer", "Printer"),
        ("Fwd: SV: Printer", "Printer"),
        ("Regarding: Printer", "Regarding: Printer"),
        ("[OTHER-1] Printer", "[OTHER-1] Printer"),
        ("Re:", ""),
    ],
)
def test_the_topic_is_the_subject_without_tags_and_marks_of_mail_programs(subject: str, bare: str) -> None:
    assert topic(subject, DESK) == bare
