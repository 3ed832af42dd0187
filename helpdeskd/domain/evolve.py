"""How events change a ticket: `evolve(ticket, event) -> ticket`, the only way one ever changes. Pure and total.

An event that changes no state of the ticket gives it back as it was. What is kept elsewhere (targets, entries, mails)
is not here.
"""

from dataclasses import replace
from datetime import datetime

from helpdeskd.domain.cost_event import (
    EstimateApproved,
    EstimateAsked,
    EstimateDeclined,
    EstimateExpired,
    EstimateReminded,
    NoCharge,
    OutsideContract,
)
from helpdeskd.domain.event import (
    AgentReplied,
    AlertRaised,
    AlertRecovered,
    CustomerWrote,
    DutyPaged,
    DutyReleased,
    DutyTaken,
    KindChanged,
    OwnerChanged,
    PriorityChanged,
    ReportReminded,
    StatusChanged,
    TicketEvent,
)
from helpdeskd.domain.join_event import ApprovalMoved, JoinEvent, TicketJoined, TicketMerged, TicketSplit
from helpdeskd.domain.party_event import ParticipantAdded, ParticipantRemoved, PartyEvent, ThirdPartyAsked
from helpdeskd.domain.solution_event import SolutionRecorded
from helpdeskd.domain.sort_event import (
    Basis,
    CustomerChanged,
    LevelChanged,
    ProductChanged,
    QueueChanged,
    SiteChanged,
    SortEvent,
    SpamFound,
    TicketLinked,
)
from helpdeskd.domain.target import Pause
from helpdeskd.domain.ticket import (
    INCOMPLETE,
    Decision,
    Emergency,
    Entitlement,
    Participant,
    Reason,
    Status,
    Ticket,
)

PAUSING = {Status.WAITING, Status.PENDING, Status.APPROVAL}
SOLVED = {Status.RESOLVED, Status.CLOSED}


def evolve(ticket: Ticket, event: TicketEvent) -> Ticket:
    """The ticket after that event; an event that changes no state of it gives it back as it was."""
    if isinstance(event, SortEvent | PartyEvent):
        return _sorted(ticket, event) if isinstance(event, SortEvent) else _among(ticket, event)
    match event:
        case CustomerWrote():
            joined = tuple(Participant(address, event.at) for address in event.joined)
            return replace(
                ticket,
                pauses=_completed(ticket, event.at),
                missing=(),
                missing_at=None,
                unanswered_since=ticket.unanswered_since or event.at,
                participants=ticket.participants + joined,
            )
        case ReportReminded():
            return replace(ticket, missing_at=None)
        case AgentReplied():
            answered_at = ticket.answered_at or event.at
            return replace(ticket, answered_at=answered_at, unanswered_since=None, missing_at=None)
        case OwnerChanged() | PriorityChanged() | KindChanged() | SolutionRecorded():
            return _told(ticket, event)
        case StatusChanged():
            return _status(ticket, event)
        case DutyPaged() | DutyTaken() | DutyReleased():
            return replace(ticket, emergency=_emergency(ticket.emergency or Emergency(), event))
        case AlertRaised() | AlertRecovered():
            return _alerted(ticket, event)
        case TicketMerged() | TicketJoined() | ApprovalMoved() | TicketSplit():
            return _joined(ticket, event)
        case _:
            return _with_costs(ticket, event)


def _told(ticket: Ticket, event: OwnerChanged | PriorityChanged | KindChanged | SolutionRecorded) -> Ticket:
    """What agents say of a ticket."""
    match event:
        case OwnerChanged():
            # A whole team has it, of whatever level, until somebody says otherwise.
            return replace(ticket, owner=event.owner, team=event.team, level=ticket.level if event.owner else 0)
        case PriorityChanged():
            return replace(ticket, priority=event.new, triaged=True)
        case KindChanged():
            return replace(ticket, kind=event.new)
        case SolutionRecorded():
            return replace(ticket, solution=event.text)


def _sorted(ticket: Ticket, event: SortEvent) -> Ticket:
    """What agents say of where a ticket belongs."""
    match event:
        case LevelChanged():
            return replace(ticket, level=event.new)
        case ProductChanged():
            return replace(_on(ticket, event.basis, event.at), product=event.new)
        case SiteChanged():
            return replace(_on(ticket, event.basis, event.at), site=event.new)
        case QueueChanged():
            return replace(ticket, queue=event.new)
        case CustomerChanged():
            return _given_to(ticket, event)
        case TicketLinked():
            return replace(ticket, links=_linked(ticket, event.reference))
        case SpamFound():
            return replace(ticket, spam=True)
        case _:
            return ticket


def _on(ticket: Ticket, basis: Basis, at: datetime) -> Ticket:
    return replace(
        _entitled(ticket, basis.entitlement, at),
        plan=basis.plan,
        agreement=basis.agreement,
        priority=basis.priority,
        kind=basis.kind,
    )


def _given_to(ticket: Ticket, event: CustomerChanged) -> Ticket:
    """Another customer's, who is asked for nothing and has declined nothing yet, and reads nothing that was written."""
    told = replace(ticket, pauses=_completed(ticket, event.at), missing=(), missing_at=None, declined_at=None)
    return replace(
        _on(told, event.basis, event.at),
        customer=event.new,
        requester=event.requester,
        participants=tuple(Participant(address, event.at) for address in event.participants),
        subject=event.subject,
        site=event.site,
    )


def _among(ticket: Ticket, event: PartyEvent) -> Ticket:
    """Who takes part, and who was asked; an answer of a third party changes nothing."""
    match event:
        case ParticipantAdded():
            return replace(ticket, participants=(*ticket.participants, Participant(event.address, event.at)))
        case ParticipantRemoved():
            left = tuple(one for one in ticket.participants if one.address != event.address)
            return replace(ticket, participants=left)
        case ThirdPartyAsked():
            asked = dict.fromkeys((*ticket.third_parties, event.address))
            return replace(ticket, third_parties=tuple(asked))
        case _:
            return ticket


def _with_costs(ticket: Ticket, event: TicketEvent) -> Ticket:
    """What events about money change; the entries themselves are the ledger's."""
    match event:
        case NoCharge():
            return replace(ticket, nocharge=True)
        case OutsideContract():
            return _entitled(ticket, _asked(ticket.entitlement, Reason("outside", event.topic)), event.at)
        case EstimateAsked():
            return replace(ticket, estimate=event.estimate, estimates=event.estimate.number, missing_at=None)
        case EstimateReminded():
            return replace(ticket, estimate=ticket.estimate and replace(ticket.estimate, remind_at=None))
        case EstimateApproved():
            return replace(ticket, estimate=None)
        case EstimateDeclined() | EstimateExpired():
            return replace(ticket, estimate=None, declined_at=ticket.declined_at or event.at)
        case _:
            return ticket


def _status(ticket: Ticket, event: StatusChanged) -> Ticket:
    """A new status, with the resolution clock stopped or going on: a ticket that is resolved or over stands still."""
    pauses = tuple(replace(pause, end=event.at) if pause.end is None else pause for pause in ticket.pauses)
    done = event.new is Status.RESOLVED or event.new.ended
    if done or event.new in PAUSING:
        pauses += (Pause(event.at, None, (Status.RESOLVED if done else event.new).value),)
    resolved_at = (ticket.resolved_at or event.at) if done else None
    first = ticket.first_resolved_at or (event.at if event.new in SOLVED else None)
    # An estimate is agreed to only while the ticket awaits it.
    estimate = ticket.estimate if event.new is Status.APPROVAL else None
    # Nobody is asked for more on a ticket that is over.
    missing_at = None if done else ticket.missing_at
    return replace(
        ticket,
        missing_at=missing_at,
        emergency=_at_rest(ticket.emergency) if done else ticket.emergency,
        status=event.new,
        pauses=pauses,
        wake_at=event.until,
        resolved_at=resolved_at,
        first_resolved_at=first,
        estimate=estimate,
        spam=ticket.spam and event.new is Status.REJECTED,
    )


def _joined(ticket: Ticket, event: JoinEvent) -> Ticket:
    """A ticket that goes on as another, or that another goes on as, or out of which one was made."""
    match event:
        case TicketMerged():
            over = _status(ticket, StatusChanged(event.at, event.by, event.old, Status.MERGED))
            return replace(over, merged_into=event.into, links=_linked(ticket, event.into))
        case TicketJoined():
            joined = tuple(Participant(address, event.at) for address in event.joined)
            return replace(
                ticket,
                participants=ticket.participants + joined,
                third_parties=tuple(dict.fromkeys((*ticket.third_parties, *event.third_parties))),
                unanswered_since=_earlier(ticket.unanswered_since, event.unanswered_since),
                declined_at=_earlier(ticket.declined_at, event.declined_at),
                links=_linked(ticket, event.merged),
            )
        case ApprovalMoved():
            return replace(ticket, estimates=max(ticket.estimates, event.number))
        case TicketSplit():
            return replace(ticket, links=_linked(ticket, event.opened))


def _linked(ticket: Ticket, reference: str) -> tuple[str, ...]:
    """The links of a ticket with one more; each stands there once."""
    return tuple(dict.fromkeys(filter(None, (*ticket.links, reference))))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two instants; None only where there is neither."""
    return min((at for at in (one, other) if at is not None), default=None)


def _alerted(ticket: Ticket, event: AlertRaised | AlertRecovered) -> Ticket:
    """A recovery that resolves stops the paging; a problem that is back lets it go on where it stopped."""
    emergency, recovered_at = ticket.emergency, event.at if isinstance(event, AlertRecovered) else None
    match event:
        case AlertRecovered(resolved=True) if emergency is not None:
            emergency = replace(emergency, released=True, next_at=None)
        case AlertRaised(next_at=datetime()) if emergency is not None:
            emergency = replace(emergency, released=False, next_at=event.next_at)
    return replace(ticket, recovered_at=recovered_at, emergency=emergency)


def _completed(ticket: Ticket, at: datetime) -> tuple[Pause, ...]:
    """The pauses with the one, from its opening on, in which a report lacked something."""
    return (Pause(ticket.opened_at, at, INCOMPLETE), *ticket.pauses) if ticket.missing else ticket.pauses


def _at_rest(emergency: Emergency | None) -> Emergency | None:
    """Nobody else is woken for a ticket that is resolved or over."""
    return emergency and replace(emergency, next_at=None)


def _entitled(ticket: Ticket, entitlement: Entitlement, at: datetime) -> Ticket:
    """With another entitlement; work that needs an approval already goes on needing it since then."""
    asks, asked = (each.decision is Decision.ASK for each in (entitlement, ticket.entitlement))
    return replace(ticket, entitlement=entitlement, asks_since=(ticket.asks_since if asked else at) if asks else None)


def _asked(entitlement: Entitlement, reason: Reason) -> Entitlement:
    """What is outside the contract is asked for; a reason stands there once."""
    reasons = tuple(known for known in entitlement.reasons if known != reason)
    return Entitlement(Decision.ASK, (*reasons, reason))


def _emergency(emergency: Emergency, event: DutyPaged | DutyTaken | DutyReleased) -> Emergency:
    match event:
        case DutyPaged():
            # Paging begins again after a release too: who was woken is remembered, that it was over is not.
            paged = (*emergency.paged, event.person)
            again = replace(emergency, taken_by="", taken_at=None, released=False)
            return replace(again, step=event.step, person=event.person, paged=paged, next_at=event.next_at)
        case DutyTaken():
            return replace(emergency, taken_by=event.person, taken_at=event.at, next_at=None)
        case DutyReleased():
            return replace(emergency, released=True, next_at=None)
