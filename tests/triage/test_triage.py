"""The spine: who may do what with which proof, row by row; then what it does beside asking its handlers."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.desk import Relay, Trust
from helpdeskd.domain.event import MailHeld, TicketOpened, TokenMisused
from helpdeskd.domain.message import Envelope, Message
from helpdeskd.domain.token import REPLY, Keyring
from helpdeskd.triage.case import Outcome, Strength
from helpdeskd.triage.triage import HANDLERS
from tests.triage.small_desk import (
    ANNA,
    ANS,
    BAKERY,
    BERT,
    CARL,
    DESK,
    EARLIER,
    EVE,
    FLEUR,
    FLORIST,
    KEYS,
    NIGHT,
    NOW,
    OFFICE,
    OUTSIDE,
    PIET,
    SUPPORT,
    FakeDirectory,
    decide,
    envelope,
    happened,
    mail,
    reply_address,
    ticket,
)

AGENT, ANYBODY, UNENTITLED, FOREIGN, STRANGER = PIET.address, ANNA.address, CARL.address, FLEUR.address, EVE
MATTERS = {
    "new matter": {"subject": "Something else", "text": "It is broken."},
    "reply": {"subject": "Re: [ACME-1001] Printer", "text": "It is broken."},
    "command": {"subject": "Re: [ACME-1001] Printer", "text": "/resolve"},
}
WAYS = (
    "none", "aligned", "internal",
    "own token", "another's token", "token of ticket 2", "expired token", "flipped token",
)  # fmt: skip
REFUSED = ("refused",) * 3
HELD = ("held",) * 3
BACK = ("commands: failed",) * 3
NEW = ("opened",) * 3

# sender: for each way to be proved, what becomes of a new matter, a reply on ticket 1 and a command on ticket 1
TABLE = {
    AGENT: {
        "none": HELD,
        "aligned": BACK,
        "internal": ("commands: failed", "added @1", "commands @1"),
        "own token": ("added @1", "added @1", "commands @1"),
        "another's token": ("commands: failed, told",) * 3,
        "token of ticket 2": ("added @2", "added @2", "commands @2"),
        "expired token": BACK,
        "flipped token": BACK,
    },
    ANYBODY: {
        "none": HELD,
        "aligned": ("opened", "added @1", "added @1"),
        "internal": ("opened", "added @1", "added @1"),
        "own token": ("added @1", "added @1", "added @1"),
        "another's token": ("held, told", "added @1, told", "added @1, told"),
        "token of ticket 2": ("added @2", "added @2", "added @2"),
        "expired token": ("opened", "added @1", "added @1"),
        "flipped token": ("opened", "added @1", "added @1"),
    },
    UNENTITLED: dict.fromkeys(WAYS, REFUSED) | {"none": HELD, "another's token": ("held, told",) * 3},
    FOREIGN: dict.fromkeys(WAYS, NEW) | {"none": HELD, "another's token": ("held, told",) * 3},
    STRANGER: dict.fromkeys(WAYS, HELD) | {"another's token": ("held, told",) * 3},
}
ROWS = [
    (sender, way, matter, becomes)
    for sender, rows in TABLE.items()
    for way in WAYS
    for matter, becomes in zip(MATTERS, rows[way], strict=True)
]


def arrived(sender: str, way: str) -> Envelope:
    own = reply_address(sender)
    addresses = {
        "own token": own,
        "another's token": reply_address(ANS.address),
        "token of ticket 2": reply_address(sender, ticket_id=2),
        "expired token": reply_address(sender, at=EARLIER.replace(year=2024)),
        "flipped token": own[:-20] + chr(ord(own[-20]) ^ 1) + own[-19:],
    }
    return envelope(addresses.get(way, SUPPORT), peer={"none": OUTSIDE, "internal": OFFICE}.get(way, "192.0.2.25"))


def said(outcome: Outcome) -> str:
    """`added @1, told`: the fate, the ticket that changes, and whether the holder of a token is told."""
    events = set(happened(outcome))
    misused = "TokenMisused" in events
    changes = events - {"MailHeld", "MailRefused", "TokenMisused", "CommandsFailed", "TicketOpened"}
    where = f" @{outcome.ticket.id}" if outcome.ticket and changes else ""
    failed = ": failed" if "CommandsFailed" in events else ""
    return f"{outcome.fate}{where}{failed}{', told' if misused else ''}"


@pytest.mark.parametrize(("sender", "way", "matter", "becomes"), ROWS)
def test_each_sender_gets_what_their_proof_allows(sender: str, way: str, matter: str, becomes: str) -> None:
    assert said(decide(mail(sender, **MATTERS[matter]), arrived(sender, way))) == becomes


@pytest.mark.parametrize("sender", [ANYBODY, UNENTITLED, FOREIGN, STRANGER])
@pytest.mark.parametrize("way", WAYS)
def test_nobody_but_an_agent_ever_commands(sender: str, way: str) -> None:
    text = "/resolve\n/assign ans\n/priority high"
    outcome = decide(mail(sender, text, subject="[ACME-1001]"), arrived(sender, way))
    assert not set(happened(outcome)) & {"StatusChanged", "OwnerChanged", "PriorityChanged", "AgentReplied"}


@pytest.mark.parametrize("way", ["none", "aligned", "another's token", "expired token", "flipped token"])
@pytest.mark.parametrize("text", ["/resolve", "Dear customer, pay here.", "/note hm", "/ack", ""])
def test_an_agent_without_a_token_of_their_own_changes_nothing_and_reaches_nobody(way: str, text: str) -> None:
    outcome = decide(mail(AGENT, text, subject="[ACME-1001]"), arrived(AGENT, way))
    assert set(happened(outcome)) <= {"MailHeld", "CommandsFailed", "TokenMisused"}


@pytest.mark.parametrize(
    "proof",
    [
        "mx.desk.example; dmarc=fail header.from=desk.example",
        "mx.desk.example; dmarc=pass header.from=elsewhere.example",
        "mx.elsewhere.example; dmarc=pass header.from=desk.example",
    ],
)
def test_an_agents_own_token_does_not_help_who_is_not_proved_to_be_them(proof: str) -> None:
    forged = mail(AGENT, "/resolve", headers=(("Authentication-Results", proof),))
    assert happened(decide(forged, arrived(AGENT, "own token"))) == ["MailHeld"]


def test_after_a_restore_the_tokens_of_before_count_for_nobody() -> None:
    before = Keyring(KEYS.keys, "epoch before the restore").issue(1, AGENT, REPLY, EARLIER)
    outcome = decide(mail(AGENT, "/resolve"), envelope(f"support+t.{before}@desk.example"))
    assert happened(outcome) == ["CommandsFailed"]


def test_a_removed_agent_does_nothing_with_a_token_that_is_still_good() -> None:
    left = FakeDirectory(people=(ANS,))
    assert happened(decide(mail(AGENT, "/resolve"), arrived(AGENT, "own token"), left)) == ["MailHeld"]


def test_a_contact_who_lost_the_right_to_open_tickets_opens_none() -> None:
    lost = replace(ANNA, rights=CARL.rights)
    bakery = replace(BAKERY, contacts=(lost,))
    assert decide(mail(), directory=FakeDirectory(customers=(bakery,))).fate == "refused"


def test_a_reply_address_counts_for_all_addresses_of_its_holder() -> None:
    from_home = mail("anna@home.example", subject="no tag")
    assert said(decide(from_home, envelope(reply_address(ANNA.address)))) == "added @1"


def test_a_misused_reply_address_is_told_on_its_ticket_with_its_holder() -> None:
    outcome = decide(mail(EVE), envelope(reply_address(ANNA.address)))
    held, misused = outcome.events
    assert isinstance(held, MailHeld)
    assert isinstance(misused, TokenMisused)
    assert (misused.by, misused.holder) == (EVE, ANNA.address)
    assert not held.tell


def test_somebody_elses_reply_address_for_another_ticket_than_the_subject_names_is_held() -> None:
    outcome = decide(mail(subject="[ACME-1001]"), envelope(reply_address(ANS.address, ticket_id=2)))
    assert said(outcome) == "held, told"
    assert outcome.ticket is not None
    assert outcome.ticket.id == 2


def test_a_vacation_note_to_somebody_elses_reply_address_tells_nobody() -> None:
    note = mail(EVE, headers=(("Auto-Submitted", "auto-replied"),))
    assert happened(decide(note, envelope(reply_address(ANNA.address)))) == []


def test_a_held_mail_that_the_desk_accepts_opens_a_ticket_for_the_contact_it_is_accepted_for() -> None:
    outcome = decide(mail(EVE), envelope(peer=OUTSIDE), accepted_for=ANNA.address)
    assert outcome.fate == "opened"
    assert outcome.ticket is not None
    assert outcome.ticket.requester == ANNA.address


def test_a_mail_that_was_held_for_its_reply_address_can_be_accepted() -> None:
    at = envelope(reply_address(ANNA.address), peer=OUTSIDE)
    assert decide(mail(EVE), at, accepted_for=BERT.address).fate == "opened"
    with_tag = mail(EVE, subject="[ACME-1001]")
    assert happened(decide(with_tag, at, accepted_for=BERT.address)) == ["CustomerWrote"]


def test_a_stranger_of_a_look_alike_domain_proves_nothing_and_agents_are_warned() -> None:
    outcome = decide(mail("anna@bakery.exarnple"))
    assert outcome.proof is not None
    assert outcome.proof.strength is Strength.NONE
    held = outcome.events[0]
    assert isinstance(held, MailHeld)
    assert [reason.code for reason in held.reasons] == ["look-alike", "unknown-sender"]
    assert held.reasons[0].detail == "bakery.example"


def test_a_look_alike_of_the_desk_itself_is_noticed_too() -> None:
    assert "look-alike" in decide(mail("piet@d\u0435sk.example")).reason


def test_a_customer_of_a_domain_that_is_like_anothers_is_no_look_alike() -> None:
    near = replace(FLEUR, addresses=("fleur@bakeri.example",))
    directory = FakeDirectory(customers=(BAKERY, replace(FLORIST, contacts=(near,))))
    assert decide(mail("fleur@bakeri.example"), directory=directory).fate == "opened"


@pytest.mark.parametrize("name", ["Reply-To", "Sender", "Resent-From", "X-Original-From", "Return-Path"])
def test_no_other_field_than_from_says_who_it_is(name: str) -> None:
    forged = mail(EVE, "/resolve", subject="[ACME-1001]", headers=((name, f"<{AGENT}>"), *mail(EVE).headers))
    assert happened(decide(forged, arrived(EVE, "internal"))) == ["MailHeld"]


def test_a_display_name_that_is_an_address_identifies_nobody() -> None:
    named = mail(EVE, "/resolve", from_=Mailbox(AGENT, EVE))
    assert happened(decide(named, arrived(EVE, "internal"))) == ["MailHeld"]


@pytest.mark.parametrize("defect", ["more than one From field", "readers disagree about From"])
def test_a_from_that_does_not_name_exactly_one_mailbox_is_nobody_even_inside(defect: str) -> None:
    forged = mail(AGENT, "/resolve", from_defect=defect)
    outcome = decide(forged, replace(arrived(AGENT, "own token"), peer=OFFICE))
    assert happened(outcome) == ["MailHeld", "TokenMisused"]
    assert outcome.events[0].by == AGENT


def test_a_mail_without_any_sender_is_held() -> None:
    assert decide(Message(text="hello")).fate == "held"


def test_the_steps_tell_queue_nature_strength_sender_and_thread() -> None:
    steps = {step.name: step.result for step in decide(mail(subject="[ACME-1001]")).steps}
    assert steps == {
        "queue": "support",
        "nature": "person",
        "strength": "aligned",
        "sender": "Anna de Vries of bakery",
        "thread": "ACME-1001",
    }


def test_mail_to_postmaster_lands_in_the_first_queue() -> None:
    outcome = decide(mail(), envelope("postmaster@desk.example"))
    assert outcome.ticket is not None
    assert outcome.ticket.queue == "support"


def test_where_the_network_is_closed_a_from_opens_tickets_but_wakes_nobody_and_commands_nothing() -> None:
    closed = replace(DESK, trust=Trust(strength_to_open="none"))
    assert decide(mail(), envelope(peer=OUTSIDE), desk=closed).fate == "opened"
    assert decide(mail(subject="[ACME-1001]"), envelope(peer=OUTSIDE), desk=closed).fate == "added"
    at_night = envelope("duty@desk.example", peer=OUTSIDE, at=NIGHT)
    outcome = decide(mail(), at_night, desk=closed, now=NIGHT)
    assert (outcome.fate, happened(outcome)) == ("held", ["MailHeld"])
    assert decide(mail(AGENT, "/resolve"), arrived(AGENT, "own token"), desk=closed).fate == "held"


def test_a_relay_inside_the_trusted_network_is_not_believed_for_the_strangers_whose_mail_it_passes_on() -> None:
    inside = Relay("mx.desk.example", (ip_network("10.0.0.25"),))
    desk = replace(DESK, trust=Trust((inside,), (ip_network("10.0.0.0/8"),)))
    forged = mail(AGENT, "/resolve", subject="[ACME-1001]", headers=())
    assert decide(forged, envelope(peer="10.0.0.25"), desk=desk).fate == "held"
    assert decide(forged, envelope(peer="10.0.0.26"), desk=desk).fate == "commands"


def test_the_last_handler_always_answers() -> None:
    assert HANDLERS[-1].__name__ == "new"
    assert isinstance(decide(mail()).events[0], TicketOpened)


def test_nothing_is_changed_in_the_ticket_that_a_decision_is_about() -> None:
    before = ticket()
    decide(mail(subject="[ACME-1001]"), directory=FakeDirectory(tickets=(before,)), now=NOW)
    assert before == ticket()
