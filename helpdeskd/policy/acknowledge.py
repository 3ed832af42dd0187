"""What the customer is told of their request: received, refused or held.

These answer a mail by themselves, so they go to nobody whose mail did not name an address of ours in To or Cc: it came
by a list or a blind copy, and its sender expects no answer (RFC 3834 §2). The head of the agents' notice says so.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import DutyPaged, Event, MailHeld, MailRefused, ReportReminded, TicketOpened
from helpdeskd.domain.notice import QuotaFacts, Recipient
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.quota import is_told
from helpdeskd.domain.target import Target, open_target
from helpdeskd.domain.ticket import Reason, Ticket
from helpdeskd.policy.allowance import quota_of
from helpdeskd.policy.scene import Scene, facts, notices, promises, requester, title, to_address

TOLD = frozenset(
    {
        "billable-without-contract",
        "rate",
        "minimum",
        "unpaid",
        "not-covered",
        "priority-asked",
        "priority-locked",
        "duty-not-included",
        "duty-not-agreed",
        "closed-ticket",
        "adopted",
        "not-alone",
    }
)
DAY = timedelta(days=1)
LATE = frozenset({"already-answered", "already-decided", "two-texts"})
"""Why an answer about a stranger changes nothing any more."""


def acknowledge(event: Event, scene: Scene) -> Iterable[Effect]:
    """One acknowledgement per new ticket: its number, what is promised and by when, and what is missing."""
    if not isinstance(event, TicketOpened) or scene.happened(DutyPaged) or not scene.addressed:
        return ()
    assert scene.ticket is not None
    told = facts(
        scene,
        text=event.text,
        promises=promises(_promised(event, scene)),
        reasons=worth_telling(scene.ticket),
        missing=event.missing,
        quota=_worth_counting(scene),
    )
    return notices("ticket-received", requester(scene), told)


def inform(event: Event, scene: Scene) -> Iterable[Effect]:
    """The other contacts of a customer all of whose contacts are kept informed: who has opened what.

    What the desk took in for somebody is told without its text, which they have not sent.
    """
    if not isinstance(event, TicketOpened):
        return ()
    people = [person for person in map(partial(to_address, scene=scene), event.informed) if person is not None]
    if event.ticket.accepted_at is None:
        told = facts(scene, what="opened", person=title(scene, event.by), text=event.text)
    else:
        told = facts(scene, what="opened-for", person=title(scene, event.ticket.requester))
    return notices("status", people, told, answers=False)


def _worth_counting(scene: Scene) -> QuotaFacts | None:
    """Which ticket of the month it is, from two before the limit on."""
    quota = quota_of(scene)
    return quota if quota and is_told(quota.place, quota.limit) else None


def _promised(event: TicketOpened, scene: Scene) -> tuple[Target, ...]:
    """The targets of the priority that is promised, which may be another than the ticket's for now."""
    if event.promised == event.ticket.priority:
        return scene.targets
    return _targets_of(event.promised, event.ticket, scene.plan)


def _targets_of(name: str, ticket: Ticket, plan: Plan) -> tuple[Target, ...]:
    priority = plan.priority(name)
    rules = priority.targets if priority else ()
    opened = ticket.opened_at
    return tuple(open_target(r.kind, r.amount, plan.calendar, opened, promised=r.promised) for r in rules)


def worth_telling(ticket: Ticket) -> tuple[Reason, ...]:
    """Of the entitlement's reasons those that change something for the customer."""
    return tuple(reason for reason in ticket.entitlement.reasons if reason.code in TOLD)


def remind(event: Event, scene: Scene) -> Iterable[Effect]:
    """Once more, after some days: what the report lacks."""
    if not isinstance(event, ReportReminded) or scene.ticket is None:
        return ()
    return notices("information-missing", requester(scene), facts(scene, missing=scene.ticket.missing))


def decline(event: Event, scene: Scene) -> Iterable[Effect]:
    """A proved contact whose request is refused or held is told why, and what they can do."""
    if not isinstance(event, MailRefused | MailHeld) or not event.tell or not scene.addressed:
        return ()
    person = to_address(scene.writer, scene)
    told = facts(scene, what=_fate(event), text=event.subject, reasons=event.reasons[-1:])
    return notices("refused", [person] if person is not None else [], told)


def wait(event: Event, scene: Scene) -> Iterable[Effect]:
    """Who is not proved or not known gets one neutral line a day, where the desk is configured so (spec "Who")."""
    if not isinstance(event, MailHeld) or not event.by or event.tell:
        return ()
    known = scene.directory.agent(event.by) or scene.directory.was_sent("waiting", event.by, scene.now - DAY)
    if known or not (scene.desk.trust.answer_held and scene.addressed):
        return ()
    stranger = Recipient(event.by, "", scene.desk.language, scene.desk.calendar.zone.key)
    return notices("waiting", [stranger], facts(scene), answers=False)


def _fate(event: MailRefused | MailHeld) -> str:
    if isinstance(event, MailHeld):
        return "held"
    return "late" if event.reasons[-1].code in LATE else "refused"
