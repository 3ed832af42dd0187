"""What agents do by replying: answers, notes and commands, all or nothing; and pages that they take."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.address import with_detail
from helpdeskd.domain.event import (
    AgentReplied,
    CommandsDone,
    CommandsFailed,
    DutyTaken,
    MailHeld,
    NoteAdded,
    OwnerChanged,
    PriorityChanged,
    StatusChanged,
    TokenMisused,
)
from helpdeskd.domain.evolve import evolve
from helpdeskd.domain.message import Attachment
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.domain.token import DUTY
from helpdeskd.triage.case import Outcome
from helpdeskd.triage.commands import BY_NAME
from tests.triage.small_desk import (
    ANS,
    DESK,
    OFFICE,
    OUTSIDE,
    PIET,
    RELAY,
    SUPPORT,
    FakeDirectory,
    decide,
    emergency,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)

FILE = Attachment("manual.pdf", "application/pdf", 9, inline=False, kept=b"")
NOTE = with_detail(SUPPORT, "note")
PAGE = reply_address(PIET.address, purpose=DUTY)


def reply(text: str, on: Ticket | None = None, **fields: object) -> Outcome:
    """Piet answers a notice of a ticket."""
    directory = FakeDirectory(tickets=(on or ticket(),))
    return decide(mail(PIET.address, text, **fields), envelope(reply_address(PIET.address)), directory)


def after(outcome: Outcome) -> Ticket:
    assert outcome.ticket is not None
    changed = outcome.ticket
    for event in outcome.events:
        changed = evolve(changed, event)  # type: ignore[arg-type]
    return changed


def said(outcome: Outcome, kind: type) -> list[str]:
    return [event.text for event in outcome.events if isinstance(event, kind)]  # type: ignore[attr-defined]


def errors(outcome: Outcome) -> tuple[str, ...]:
    """Why nothing was done; fails when something was."""
    (failed,) = outcome.events
    assert isinstance(failed, CommandsFailed)
    return failed.errors


def test_a_reply_goes_to_the_customer_and_makes_the_agent_the_owner() -> None:
    outcome = reply("Hello Anna,\n\ntry again.\n\n-- \nPiet")
    assert outcome.fate == "added"
    assert said(outcome, AgentReplied) == ["Hello Anna,\n\ntry again."]
    assert (after(outcome).owner, after(outcome).status) == ("piet", Status.OPEN)


def test_the_answer_of_another_agent_takes_no_ticket_away() -> None:
    assert happened(reply("Hello", ticket(owner="ans", status=Status.OPEN))) == ["AgentReplied"]


def test_a_desk_may_leave_a_ticket_without_an_owner() -> None:
    desk = replace(DESK, owner_on_reply=False)
    outcome = decide(mail(PIET.address, "Hello"), envelope(reply_address(PIET.address)), desk=desk)
    assert happened(outcome) == ["AgentReplied"]


def test_commands_and_text_in_one_mail_are_both_done() -> None:
    outcome = reply("/priority high\n\nHello Anna.\n\n/wait")
    assert said(outcome, AgentReplied) == ["Hello Anna."]
    done = after(outcome)
    assert (done.priority, done.status, done.owner) == ("high", Status.WAITING, "piet")


def test_a_status_is_changed_once_from_what_it_was() -> None:
    changes = [event for event in reply("Hello\n\n/wait").events if isinstance(event, StatusChanged)]
    assert [(change.old, change.new) for change in changes] == [(Status.NEW, Status.WAITING)]


def test_who_answers_and_gives_it_to_another_does_not_keep_it() -> None:
    assert after(reply("/assign ans\n\nAns will call you.")).owner == "ans"
    assert after(reply("/assign network\n\nWe will see.")).owner == ""


def test_commands_alone_send_no_answer_and_are_told() -> None:
    outcome = reply("/take\n/priority low\n/help")
    assert said(outcome, AgentReplied) == []
    (told,) = [event for event in outcome.events if isinstance(event, CommandsDone)]
    assert told.lines == ("/take: owner is Piet Jansen", "/priority low: priority is low")
    assert (told.asked, told.asker) == (("help",), PIET.address)


@pytest.mark.parametrize(
    "text", ["/note\nShe is angry.", "/note She is angry.", "She is angry.\n/note", "/note She is\nangry."]
)
def test_a_note_stays_inside_also_what_stands_on_its_line(text: str) -> None:
    outcome = reply(text)
    assert " ".join(said(outcome, NoteAdded)[0].split()) == "She is angry."
    assert said(outcome, AgentReplied) == []
    assert after(outcome).owner == ""


def test_mail_to_the_internal_address_stays_inside() -> None:
    tagged = mail(PIET.address, "She is angry.", subject="[ACME-1001]")
    assert happened(decide(tagged, envelope(NOTE, OFFICE))) == ["NoteAdded"]
    with_token = reply_address(PIET.address).replace("+t.", "+note.t.")
    assert happened(decide(mail(PIET.address, "She is angry."), envelope(with_token))) == ["NoteAdded"]
    assert errors(decide(tagged, envelope(NOTE)))


def test_quotes_and_signatures_command_nothing_and_reach_nobody() -> None:
    text = "Hello.\n\nOn Mon, 23 Nov 2026 at 10:00, Helpdesk wrote:\n> /resolve\n> secret\n\n-- \nPiet\n/close"
    outcome = reply(text)
    assert said(outcome, AgentReplied) == ["Hello."]
    assert after(outcome).status is Status.OPEN


def test_an_escaped_slash_and_a_path_are_text() -> None:
    assert said(reply("//etc is full, see\n/var/log/syslog"), AgentReplied) == ["/etc is full, see\n/var/log/syslog"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("/tak\nHello", "/tak: there is no such command, did you mean /take?"),
        ("/priority urgent", '/priority urgent: there is no priority "urgent" (one of high, normal, low)'),
        ("Hello\n/resolve\nbye", "/resolve: a command stands at the top or alone on the last lines"),
        ("Hello\n  /etc\nbye", "/etc: a command stands at the top"),
        ("> quoted only", "nothing in it is your own text: write above the quote"),
        ("", "nothing in it is your own text"),
    ],
)
def test_a_mail_with_anything_wrong_does_nothing_and_goes_back_whole(text: str, wrong: str) -> None:
    outcome = reply(text)
    assert errors(outcome)[0].startswith(wrong)
    (failed,) = outcome.events
    assert isinstance(failed, CommandsFailed)
    assert (failed.text, failed.asker) == (text, PIET.address)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert len(errors(reply("/tak\nHello\n/foo\nbye\n/resolve now"))) == 3


def test_commands_in_a_mail_without_plain_text_are_not_read() -> None:
    assert errors(reply("/resolve", plain=False)) == ("commands are read from plain text only; this mail has none",)
    assert said(reply("Hello", plain=False), AgentReplied) == ["Hello"]


LINES = st.lists(
    st.sampled_from(["/take", "/resolve", "/note", "Hello", "", "//x", "/a/b", "/priority low", "/assign ans"]),
    max_size=6,
)
UNKNOWN = st.from_regex(r"[ \t]?/[a-z0-9_:?-]{1,12}( [a-z ]{0,9})?", fullmatch=True).filter(
    lambda line: line.split()[0][1:] not in BY_NAME
)


@given(LINES, UNKNOWN, LINES, st.booleans())
def test_a_mail_with_an_unknown_command_anywhere_changes_nothing(
    above: list[str], unknown: str, below: list[str], page: bool
) -> None:
    text = "\n".join([*above, unknown, *below])
    at = envelope(PAGE if page else reply_address(PIET.address))
    outcome = decide(mail(PIET.address, text), at, FakeDirectory(tickets=(emergency(),)))
    assert happened(outcome) == ["CommandsFailed"]


def test_an_answer_may_be_nothing_but_an_attachment() -> None:
    assert said(reply("", attachments=(FILE,)), AgentReplied) == [""]
    assert said(reply("/take", attachments=(FILE,)), AgentReplied) == []
    assert errors(reply("", attachments=(replace(FILE, inline=True),)))


def test_an_agents_mail_inside_that_names_no_ticket_goes_back() -> None:
    assert "about which ticket?" in errors(decide(mail(PIET.address, "/take"), envelope(peer=OFFICE)))[0]
    assert errors(decide(mail(PIET.address, "Hello."), envelope(peer=OFFICE)))[0].startswith("no ticket")


OWN_COPY = ("this needs your own reply address: answer your own copy of a notice, or this mail",)


def test_a_proved_agent_without_a_reply_address_gets_the_mail_back_with_what_to_do() -> None:
    for subject, at in (("[ACME-1001]", envelope()), ("no tag", envelope()), ("[ACME-1001]", envelope(NOTE))):
        outcome = decide(mail(PIET.address, "/resolve", subject=subject), at)
        assert outcome.fate == "commands"
        assert errors(outcome) == OWN_COPY


def test_an_agent_whom_nothing_proves_is_held_without_a_word() -> None:
    (held,) = decide(mail(PIET.address, "/resolve", subject="[ACME-1001]"), envelope(peer=OUTSIDE)).events
    assert isinstance(held, MailHeld)
    assert not held.tell


@pytest.mark.parametrize("peer", [RELAY, OFFICE])
def test_an_agent_with_a_colleagues_reply_address_gets_the_mail_back_and_the_colleague_is_told(peer: str) -> None:
    outcome = decide(mail(PIET.address, "/resolve"), envelope(reply_address(ANS.address), peer))
    failed, misused = outcome.events
    assert isinstance(failed, CommandsFailed)
    assert (outcome.fate, failed.errors, failed.text, failed.asker) == ("commands", OWN_COPY, "/resolve", PIET.address)
    assert isinstance(misused, TokenMisused)


def test_inside_the_tag_is_enough_whatever_the_address() -> None:
    tagged = mail(PIET.address, "/resolve", subject="[ACME-1001]")
    assert "StatusChanged" in happened(decide(tagged, envelope(reply_address(ANS.address), OFFICE)))


def test_mail_to_the_address_for_delivery_reports_never_acts_for_an_agent() -> None:
    at = envelope("support+b.abc@desk.example", OFFICE)
    assert decide(mail(PIET.address, "Away until Monday.", subject="[ACME-1001]"), at).fate == "held"


@pytest.mark.parametrize("text", ["Hello", "/take", "/kind problem", "/note hm"])
def test_the_first_action_of_an_agent_sets_the_standard_priority(text: str) -> None:
    outcome = reply(text, ticket(priority="high", triaged=False))
    assert (after(outcome).priority, after(outcome).triaged) == ("normal", True)


def test_a_priority_that_is_said_stays() -> None:
    assert after(reply("/priority high\nHello", ticket(priority="high", triaged=False))).priority == "high"


def test_a_swap_of_duty_says_nothing_of_the_ticket_that_it_was_mailed_on() -> None:
    outcome = reply("/duty swap ans 2026-11-28", ticket(priority="high", triaged=False))
    assert happened(outcome) == ["DutySwapped", "CommandsDone"]
    assert not after(outcome).triaged


@pytest.mark.parametrize("text", ["/why", "/show", "/help", "/duty"])
def test_a_question_is_no_action(text: str) -> None:
    outcome = reply(text, ticket(priority="high", triaged=False))
    assert happened(outcome) == ["CommandsDone"]
    assert not [event for event in outcome.events if isinstance(event, PriorityChanged)]


@pytest.mark.parametrize("status", [Status.CLOSED, Status.REJECTED])
def test_an_answer_on_a_ticket_that_is_over_goes_out_and_it_stays_over(status: Status) -> None:
    outcome = reply("You are welcome.", ticket(status=status))
    assert happened(outcome) == ["AgentReplied"]
    assert after(outcome).status is status


def test_an_answer_that_reopens_makes_the_agent_the_owner() -> None:
    outcome = reply("/reopen\nI look at it again.", ticket(status=Status.CLOSED))
    assert (after(outcome).status, after(outcome).owner) == (Status.OPEN, "piet")


def test_an_answer_that_closes_makes_the_agent_the_owner() -> None:
    assert after(reply("Done.\n/close")).owner == "piet"


INSIDE = "page: your text stays inside; answer this mail to write to the customer"


def told(outcome: Outcome) -> tuple[str, ...]:
    """The lines of the transcript."""
    done = outcome.events[-1]
    assert isinstance(done, CommandsDone)
    return done.lines


def page(text: str, on: Ticket | None = None, sender: str = PIET.address, to: str = PAGE) -> Outcome:
    return decide(mail(sender, text), envelope(to), FakeDirectory(tickets=(on or emergency(),)))


@pytest.mark.parametrize(
    "text", ["", "ok", "/ack", "I am on it.\n\n> You are on duty.", "> You are on duty.", "/note hm"]
)
def test_any_answer_to_a_page_takes_the_emergency_and_the_ticket(text: str) -> None:
    outcome = page(text)
    assert [event.person for event in outcome.events if isinstance(event, DutyTaken)] == ["piet"]
    assert (after(outcome).owner, after(outcome).status) == ("piet", Status.OPEN)
    assert said(outcome, AgentReplied) == []
    assert told(outcome)


def test_what_an_answer_to_a_page_says_stays_inside() -> None:
    for text, note in (("On my way, boss.", "On my way, boss."), ("/priority low\nIt is nothing.", "It is nothing.")):
        outcome = page(text)
        assert (said(outcome, NoteAdded), said(outcome, AgentReplied)) == ([note], [])
        assert told(outcome)[-1] == INSIDE


@pytest.mark.parametrize("text", ["", "/ack", "/note hm", "/note\nShe is angry."])
def test_nothing_is_said_of_a_text_that_is_none_or_was_meant_to_stay_inside(text: str) -> None:
    assert INSIDE not in told(page(text))


def test_an_acknowledgement_with_a_text_keeps_it_inside_too() -> None:
    outcome = page("/ack\nOn my way.")
    assert said(outcome, NoteAdded) == ["On my way."]
    assert told(outcome) == ("/ack: yours; the customer is told", INSIDE)


def test_whoever_of_the_desk_was_paged_too_may_take_it() -> None:
    outcome = page("ok", sender=ANS.address, to=reply_address(ANS.address, purpose=DUTY))
    assert [event.person for event in outcome.events if isinstance(event, DutyTaken)] == ["ans"]


def test_somebody_elses_page_acknowledges_nothing() -> None:
    assert happened(page("ok", sender=ANS.address)) == ["CommandsFailed", "TokenMisused"]


def test_an_answer_to_a_page_that_says_it_is_none_does_not_take_it() -> None:
    assert "DutyTaken" not in happened(page("/downgrade"))


@pytest.mark.parametrize(
    ("on", "whose"),
    [
        (emergency(taken_by="ans"), "page: it was taken by ans"),
        (emergency(released=True), "page: it is no emergency any more"),
    ],
)
def test_who_answers_a_page_too_late_is_told_whose_it_is(on: Ticket, whose: str) -> None:
    outcome = page("ok", on)
    assert happened(outcome) == ["NoteAdded", "CommandsDone"]
    assert told(outcome) == (whose, INSIDE)


def test_any_answer_to_a_drill_ends_it_and_its_text_is_a_note() -> None:
    outcome = page("I am awake.", on=emergency(drill=True))
    assert happened(outcome) == ["NoteAdded", "DutyTaken", "OwnerChanged", "StatusChanged", "CommandsDone"]
    assert told(outcome) == ("page: yours; it was a drill, and it is over",)
    assert after(outcome).status is Status.CLOSED


def test_who_has_taken_it_writes_to_the_customer_by_the_page() -> None:
    mine = emergency(taken_by="piet", next_at=None)
    outcome = page("It was the fuse.", replace(mine, owner="piet", status=Status.OPEN))
    assert (happened(outcome), said(outcome, AgentReplied)) == (["AgentReplied"], ["It was the fuse."])
    assert happened(page("/note It was the cat.", mine)) == ["NoteAdded", "CommandsDone"]
    assert errors(page("", mine)) == ("nothing in it is your own text: write above the quote",)


def test_the_owner_of_an_emergency_is_not_changed_by_who_answers_the_page() -> None:
    outcome = page("ok", replace(emergency(), owner="ans", status=Status.OPEN))
    assert not [event for event in outcome.events if isinstance(event, OwnerChanged)]


def test_a_long_command_that_a_mail_program_may_have_broken_goes_back() -> None:
    written = "/time 40m looked at the printer, cleaned the drum, installed the new software\n"
    (wrong,) = errors(reply(f"{written}of its maker\n\nHello Anna"))
    assert "may have broken this line" in wrong
    assert said(reply(f"{written}\nHello Anna"), AgentReplied) == ["Hello Anna"]


def test_a_long_note_that_goes_on_below_stays_inside() -> None:
    outcome = reply("/note the customer is angry about the bill of October and will call again next\nweek")
    assert said(outcome, NoteAdded)[0].endswith("again next\nweek")
    assert said(outcome, AgentReplied) == []
