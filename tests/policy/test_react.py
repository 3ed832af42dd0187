"""Every kind of event, and who is told of it: the whole of the policies as one table."""

from datetime import timedelta
from fractions import Fraction
from typing import get_args

import pytest

from helpdeskd.domain.contact_event import AddressMisused, ContactAdded, ContactRemoved, ContactsKept
from helpdeskd.domain.cost_event import (
    ApprovalRefused,
    CardsLow,
    EstimateApproved,
    EstimateAsked,
    EstimateDeclined,
    EstimateExpired,
    EstimateReminded,
    NoCharge,
    OutsideContract,
    TimeBooked,
)
from helpdeskd.domain.duty import Shift
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import (
    AdoptionDeclined,
    AgentReplied,
    AlertRaised,
    AlertRecovered,
    CommandsDone,
    CommandsFailed,
    CustomerWrote,
    DeliveryFailed,
    DutyPaged,
    DutyReleased,
    DutySwapped,
    DutyTaken,
    Event,
    KindChanged,
    MailAdopted,
    MailEvent,
    MailHeld,
    MailRecorded,
    MailRefused,
    NoteAdded,
    OwnerChanged,
    PriorityChanged,
    QuestionAsked,
    ReportReminded,
    StatementIssued,
    StatusChanged,
    TargetPassed,
    TicketEvent,
    TicketOpened,
    TokenMisused,
)
from helpdeskd.domain.held_event import HeldAccepted, HeldRefused, SenderBlocked
from helpdeskd.domain.join_event import ApprovalMoved, TicketJoined, TicketMerged, TicketSplit
from helpdeskd.domain.month import Month
from helpdeskd.domain.party_event import ParticipantAdded, ParticipantRemoved, ThirdPartyAnswered, ThirdPartyAsked
from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.domain.sort_event import (
    Basis,
    CustomerChanged,
    LevelChanged,
    ProductChanged,
    QueueChanged,
    SiteChanged,
    Snoozed,
    SpamFound,
    TicketLinked,
)
from helpdeskd.domain.target import TargetKind
from helpdeskd.domain.ticket import Reason, Status
from helpdeskd.policy.react import react
from tests.policy.scenes import NOW, TICKET, reminders, scene, told

REASONS = (Reason("no-contract"),)
BRAM = "bram@bakery.example"
ESTIMATE = Estimate(1, 60, "piet", NOW, NOW + timedelta(days=30))
ANSWERED = ["anna approval-result", "piet agent-update", "ans agent-update"]
SHARE = TargetPassed(NOW, "desk", TargetKind.RESPONSE, (Fraction(1),), NOW, True)
BASIS = Basis("standard", "", TICKET.entitlement, "normal", "problem")
TABLE: tuple[tuple[Event, list[str]], ...] = (
    (
        TicketOpened(NOW, "anna@bakery.example", TICKET, "Help", "normal"),
        ["anna ticket-received", "piet agent-new", "ans agent-new"],
    ),
    (CustomerWrote(NOW, "anna@bakery.example", "More"), ["piet agent-update", "ans agent-update"]),
    (AgentReplied(NOW, "piet", "Do this."), ["anna reply", "bram reply"]),
    (NoteAdded(NOW, "piet", "Hm."), ["ans agent-update"]),
    (MailRecorded(NOW, "anna@bakery.example", "Away", "auto"), []),
    (OwnerChanged(NOW, "piet", "piet", "support"), []),
    (OwnerChanged(NOW, "piet", "ans", "support"), ["ans agent-update"]),
    (OwnerChanged(NOW, "piet", "", "support"), ["ans agent-update"]),
    (PriorityChanged(NOW, "piet", "normal", "high"), []),
    (KindChanged(NOW, "piet", "problem", "question"), []),
    (StatusChanged(NOW, "piet", Status.NEW, Status.WAITING), []),
    (StatusChanged(NOW, "piet", Status.OPEN, Status.RESOLVED), ["anna status", "bram status"]),
    (StatusChanged(NOW, "piet", Status.OPEN, Status.REJECTED, text="no"), ["anna status", "bram status"]),
    (StatusChanged(NOW, "piet", Status.OPEN, Status.CLOSED), ["anna closed", "bram closed"]),
    (StatusChanged(NOW, "desk", Status.RESOLVED, Status.CLOSED), []),
    (
        StatusChanged(NOW, BRAM, Status.OPEN, Status.CLOSED),
        ["anna closed", "bram closed", "piet agent-update", "ans agent-update"],
    ),
    (StatusChanged(NOW, "desk", Status.PENDING, Status.NEW), ["piet agent-update", "ans agent-update"]),
    (DutyPaged(NOW, "desk", "piet", 1, NOW, first=True), ["piet duty-page", "anna duty-informed"]),
    (DutyPaged(NOW, "desk", "ans", 2, NOW, first=False), ["ans duty-page"]),
    (DutyTaken(NOW, "piet", "piet"), ["anna duty-taken", "bram duty-taken"]),
    (DutyReleased(NOW, "piet", NOW), ["anna duty-released", "bram duty-released", "ans agent-update"]),
    (AlertRaised(NOW, "nagios@monitor.example", "DOWN"), ["piet agent-update", "ans agent-update"]),
    (AlertRecovered(NOW, "nagios@monitor.example", "UP"), ["piet agent-update", "ans agent-update"]),
    (DutySwapped(NOW, "piet", NOW.date(), (Shift(NOW, NOW, "ans"),)), ["ans agent-update"]),
    (SHARE, []),
    (DeliveryFailed(NOW, "desk", "anna@bakery.example", "550", True), ["piet agent-update", "ans agent-update"]),
    (TimeBooked(NOW, "piet", Entry(1, "HD-1001", "piet", NOW, 40)), []),
    (NoCharge(NOW, "piet"), []),
    (OutsideContract(NOW, "piet", "training"), ["anna outside-contract", "bram outside-contract"]),
    (EstimateAsked(NOW, "piet", ESTIMATE), []),
    (EstimateReminded(NOW, "desk"), []),
    (EstimateApproved(NOW, BRAM, 1, 60), ANSWERED),
    (EstimateDeclined(NOW, BRAM, 1), ANSWERED),
    (EstimateExpired(NOW, "desk", 1), ANSWERED),
    (ApprovalRefused(NOW, BRAM, Reason("no-right", "approve")), ["bram approval-result"]),
    (CardsLow(NOW, "desk", 300, 240), ["bram card-low"]),
    (ReportReminded(NOW, "desk"), ["anna information-missing"]),
    (QuestionAsked(NOW, BRAM, "balance"), ["bram balance"]),
    (QuestionAsked(NOW, BRAM, "status"), ["bram status"]),
    (ContactAdded(NOW, BRAM, "bakery", "Cees", ("cees@bakery.example",), "nl", ("open",)), []),
    (
        ContactRemoved(NOW, BRAM, "bakery", "Cees", ("cees@bakery.example",), "nl", ("manage",)),
        ["cees contacts"],
    ),
    (ContactsKept(NOW, BRAM, Reason("last-manager")), []),
    (AddressMisused(NOW, "sam@x.example", BRAM), ["bram address-misused"]),
    (StatementIssued(NOW, "desk", "bakery", Month(2026, 11)), []),
    (LevelChanged(NOW, "piet", 0, 2), []),
    (ProductChanged(NOW, "piet", "", "webshop", BASIS), []),
    (SiteChanged(NOW, "piet", "", "shop", BASIS), []),
    (QueueChanged(NOW, "piet", "support", "sales"), []),
    (CustomerChanged(NOW, "piet", "bakery", "florist", "f@x.example", (), "", "", BASIS), []),
    (TicketLinked(NOW, "piet", "HD-1002"), []),
    (SpamFound(NOW, "piet"), []),
    (Snoozed(NOW, "piet", NOW), []),
    (ParticipantAdded(NOW, "piet", "cees@bakery.example"), []),
    (ParticipantRemoved(NOW, "piet", "cees@bakery.example"), []),
    (
        ThirdPartyAsked(NOW, "piet", "help@supplier.example", "Printing", "Does it?"),
        ["help forward", "ans agent-update"],
    ),
    (
        ThirdPartyAnswered(NOW, "help@supplier.example", "Yes.", True),
        ["piet agent-update", "ans agent-update"],
    ),
    (HeldAccepted(NOW, "piet", 7, "anna@bakery.example"), []),
    (HeldRefused(NOW, "piet", 7, "No."), []),
    (SenderBlocked(NOW, "piet", 7, "sam@x.example"), []),
    (SolutionRecorded(NOW, "piet", "Restart."), []),
    (TicketMerged(NOW, "piet", Status.OPEN, "HD-1002"), ["anna status", "bram status"]),
    (TicketJoined(NOW, "piet", "HD-1002", (BRAM,)), ["ans agent-update"]),
    (ApprovalMoved(NOW, "piet", 1, Approval("HD-1001", 30, BRAM, NOW)), []),
    (TicketSplit(NOW, "piet", "HD-1002"), []),
    (CommandsDone(NOW, "piet", ("/take: done",), (), "piet@desk.example"), ["piet agent-transcript"]),
    (CommandsDone(NOW, "x", (), (), "x@elsewhere.example"), []),
    (
        TokenMisused(NOW, "eve@x.example", "anna@bakery.example"),
        ["anna status", "piet agent-update", "ans agent-update"],
    ),
    (TokenMisused(NOW, "eve@x.example", "ans@desk.example"), ["ans agent-update"]),
    (CommandsFailed(NOW, "piet", ("no",), "x", "piet@desk.example"), ["piet agent-error"]),
    (MailHeld(NOW, "sam@x.example", "Hello", REASONS), []),
    (MailHeld(NOW, "anna@bakery.example", "Hello", REASONS, tell=True), ["anna refused"]),
    (MailHeld(NOW, "sam@x.example", "Hello", REASONS, customer="bakery"), ["anna adopt-request", "bram adopt-request"]),
    (MailAdopted(NOW, "anna@bakery.example", 7), []),
    (AdoptionDeclined(NOW, "anna@bakery.example", 7), []),
    (MailRefused(NOW, "anna@bakery.example", "Hello", REASONS), []),
    (MailRefused(NOW, "anna@bakery.example", "Hello", REASONS, tell=True), ["anna refused"]),
)


@pytest.mark.parametrize(("event", "mails"), TABLE, ids=lambda part: type(part).__name__)
def test_who_is_told_of_what(event: Event, mails: list[str]) -> None:
    assert told(event, writer="anna@bakery.example") == mails


def test_the_table_has_every_kind_of_event() -> None:
    assert {type(event) for event, _ in TABLE} == {*get_args(TicketEvent), *get_args(MailEvent)}


def test_held_mail_and_used_time_are_told_in_collected_mails() -> None:
    lines = reminders(react(scene(SHARE)))
    assert [(line.address, line.notice) for line in lines] == [
        ("piet@desk.example", "target-warning"),
        ("ans@desk.example", "target-warning"),
        ("mia@desk.example", "target-warning"),
    ]
    held = reminders(react(scene(MailHeld(NOW, "sam@x.example", "Hello", REASONS), ticket=None, mail_id=7)))
    assert [line.address for line in held] == ["piet@desk.example", "ans@desk.example"]
    assert held[0].item.accept.startswith("/accept 7")
    assert held[0].not_before == NOW + timedelta(hours=1)


def test_the_events_of_a_turn_are_told_in_their_order() -> None:
    events = (
        AgentReplied(NOW, "piet", "Do this."),
        CommandsDone(NOW, "piet", ("/wait: waits",), (), "piet@desk.example"),
    )
    assert told(*events) == ["anna reply", "bram reply", "piet agent-transcript"]
