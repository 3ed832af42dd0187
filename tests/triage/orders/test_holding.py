"""`/accept`, `/refuse`, `/block`; mail 12 of a stranger waits, and mail 13 did."""

from dataclasses import dataclass, replace

import pytest

from helpdeskd.domain.event import Event, MailHeld, MailRefused, TicketOpened
from helpdeskd.domain.held_event import HeldAccepted, HeldRefused, SenderBlocked
from helpdeskd.domain.ticket import Reason
from helpdeskd.triage.case import Outcome
from helpdeskd.triage.commands import Result, run
from helpdeskd.triage.grammar import parse
from helpdeskd.triage.orders.order import Order
from tests.triage.small_desk import ANNA, BAKERY, BERT, DESK, EVE, FLEUR, FLORIST, NOW, PIET, FakeDirectory, ticket

HELD = MailHeld(NOW, EVE, "Hello", (Reason("unknown-sender", EVE),))
REFUSED = MailRefused(NOW, "bert@bakery.example", "Hello", (Reason("not-adopted"),))


@dataclass
class Held(FakeDirectory):
    """A directory that knows what became of each mail."""

    story: tuple[Event, ...] = (HELD,)

    def story_of_mail(self, inbox_id: int) -> tuple[Event, ...]:
        return self.story if inbox_id in {12, 13} else ()


def order(line: str, about: int = 0, **known: object) -> Result:
    directory = Held(**{"held": frozenset({12})} | known)  # type: ignore[arg-type]
    return run(parse(line).commands, Order(None, "", PIET, DESK, directory, NOW, NOW, about=about))


def refusal(line: str, about: int = 0, **known: object) -> str:
    result = order(line, about, **known)
    assert result.events == ()
    (error,) = result.errors
    return error.partition(": ")[2]


@pytest.mark.parametrize(
    "line",
    [
        "/accept 12 as anna@bakery.example",
        "/accept 12 AS Anna@Bakery.Example",
        "/accept 12 as <anna@home.example>",
        "/accept 12 as anna de vries",
        "/accept 12 as Anna",
        "/accept as Anna",
    ],
)
def test_a_mail_is_accepted_for_a_contact_by_address_or_name(line: str) -> None:
    assert order(line, about=12).events == (HeldAccepted(NOW, "piet", 12, ANNA.address),)


def test_the_number_that_is_written_counts() -> None:
    assert order("/refuse 12 Spam").events == (HeldRefused(NOW, "piet", 12, "Spam"),)
    assert order("/block 12", about=13).events == (SenderBlocked(NOW, "piet", 12, EVE),)


@pytest.mark.parametrize("reason", ["Spam of 12 months", "7 requests in one mail", "12"])
def test_in_answer_to_the_notice_of_one_mail_a_reason_may_begin_with_a_number(reason: str) -> None:
    line = "/refuse 12 12" if reason == "12" else f"/refuse {reason}"
    assert order(line, about=12).events == (HeldRefused(NOW, "piet", 12, reason),)


@pytest.mark.parametrize("number", [12, 13])
def test_a_number_that_may_be_another_mails_refuses_neither(number: int) -> None:
    both = f"/refuse 3 {number} of them, or /refuse {number} REASON in answer to the digest"
    expected = f"mail {number}, or mail 3, of which you were told? ({both})"
    assert refusal(f"/refuse {number} of them", about=3) == expected


def test_a_mail_is_not_accepted_below_a_line_that_blocks_its_sender() -> None:
    result = order("/block 12\n/accept 13 as Anna", held=frozenset({12, 13}))
    (error,) = result.errors
    assert "a line above it blocks its sender" in error
    assert order("/accept 13 as Anna\n/block 12", held=frozenset({12, 13})).errors == ()


@pytest.mark.parametrize("fate", ["held", "refused"])
def test_a_mail_that_would_not_be_served_is_not_accepted(fate: str) -> None:
    asked: list[tuple[int, str]] = []

    def let_in(number: int, contact: str) -> Outcome:
        asked.append((number, contact))
        return Outcome(fate, "no-right: open")

    known = Order(None, "", PIET, DESK, Held(held=frozenset({12})), NOW, NOW, let_in=let_in)
    result = run(parse("/accept 12 as Anna").commands, known)
    assert result.errors == ("/accept 12 as Anna: it is not served for Anna de Vries (no-right: open); it stays held",)
    assert (result.events, asked) == ((), [(12, ANNA.address)])


def test_who_writes_for_themselves_needs_no_name() -> None:
    own = (replace(HELD, by=BERT.address),)
    assert order("/accept 12", story=own).events == (HeldAccepted(NOW, "piet", 12, BERT.address),)


def test_the_transcript_says_who_is_told() -> None:
    assert order("/refuse 12 Spam").lines == ("/refuse 12 Spam: mail 12 is refused; nobody is told",)
    proved = (replace(HELD, by=BERT.address, tell=True),)
    assert order("/refuse 12 No", story=proved).lines == ("/refuse 12 No: mail 12 is refused; Bert is told why",)
    unproved = (replace(HELD, by=BERT.address),)
    assert order("/refuse 12 No", story=unproved).lines == ("/refuse 12 No: mail 12 is refused; nobody is told",)


def test_a_sender_is_blocked_by_address() -> None:
    assert order("/block 12").events == (SenderBlocked(NOW, "piet", 12, EVE),)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/accept", "which mail? its number stands in the digest (/accept 12)"),
        ("/block", "which mail? its number stands in the digest (/block 12)"),
        ("/refuse Spam", "which mail? its number stands in the digest (/refuse 12)"),
        ("/refuse 12", "why? (/refuse 12 REASON)"),
        ("/accept 12", f"{EVE} is no contact (/accept 12 as ADDRESS)"),
        ("/accept 12 as", "for whom? (/accept 12 as ADDRESS)"),
        ("/accept 12 anna@bakery.example", "for whom? (/accept 12 as ADDRESS)"),
        ("/accept 12 as eve@x.example", "eve@x.example is no contact's address"),
        ("/block 12 please", "a mail is named by its number (/block 12)"),
        ("/block 99", "there is no mail 99 that was held (the digest of held mail names them)"),
        ("/block 123456789012345678901234567890", "which mail? its number stands in the digest (/block 12)"),
    ],
)
def test_what_is_not_said_well_is_not_done(line: str, why: str) -> None:
    assert refusal(line) == why


def test_a_name_must_mean_one_contact() -> None:
    two = (BAKERY, replace(FLORIST, contacts=(replace(FLEUR, name="Anna de Groot"),)))
    ambiguous = refusal("/accept 12 as Anna", customers=two)
    assert ambiguous == '"Anna" is more than one contact (one of anna@bakery.example, fleur@florist.example)'
    assert refusal("/accept 12 as Zoe").startswith('there is no contact "Zoe"')


@pytest.mark.parametrize(
    ("story", "earlier"),
    [
        ((HELD, HeldAccepted(NOW, "ans", 13, ANNA.address), REFUSED), "Ans Bakker has accepted it"),
        ((HELD, HeldRefused(NOW, "desk", 13, "Spam")), "somebody at the command line has refused it"),
        ((HELD, SenderBlocked(NOW, "left", 13, EVE)), "left has blocked its sender"),
        ((HELD, TicketOpened(NOW, ANNA.address, ticket(), "Hello", "normal")), "it is ACME-1001"),
        ((HELD, REFUSED), "it was refused"),
        ((HELD,), "it waits no longer"),
    ],
)
def test_who_comes_late_learns_who_was_earlier(story: tuple[Event, ...], earlier: str) -> None:
    assert refusal("/refuse 13 Spam", story=story) == f"mail 13 is decided: {earlier}"


def test_two_lines_about_one_mail_are_refused() -> None:
    result = order("/accept 12 as Anna\n/block 12")
    assert result.errors == ("/block 12: another line decides mail 12 (leave one out)",)


@pytest.mark.parametrize("by", [ANNA.address, "piet@desk.example"])
def test_contacts_and_agents_cannot_be_blocked(by: str) -> None:
    known = (replace(HELD, by=by),)
    assert refusal("/block 12", story=known) == "contacts and agents cannot be blocked (/refuse 12 REASON)"


@pytest.mark.parametrize("by", ["", "piet"])
def test_a_mail_without_a_senders_address_blocks_nobody(by: str) -> None:
    nobody = (replace(HELD, by=by),)
    assert "names no sender that could be blocked" in refusal("/block 12", story=nobody)
