"""Alerts: mails of monitoring systems. One ticket for each key; a problem out of hours wakes whoever is on duty.

A handler of the spine, before those of automatic mail. In: a mail whose From is a sender of the desk's `monitors`. Out:
its ticket is opened, or joined and opened again; a recovery is noted or resolves what nobody has taken; what neither
is, is recorded. A mail that no rule understands, and one that nothing proves, is held and wakes nobody. An address of a
contact or agent is a person's, whatever is listed.

Nobody is woken for what is reported again, or is back within the monitor's `flap`, unless its ticket was merged: then
nobody has what is back. No alert is ever answered, takes a
place of a quota, or costs anything by itself. It never raises; the time it takes is bounded by MOST_LINES and
LONGEST_LINE and by what `config.alerts` admits as a pattern.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from helpdeskd.domain.address import domain_of, normalise
from helpdeskd.domain.desk import Monitor
from helpdeskd.domain.event import (
    AlertRaised,
    AlertRecovered,
    Event,
    MailHeld,
    MailRecorded,
    NoteAdded,
    StatusChanged,
    TicketOpened,
)
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.message import Nature
from helpdeskd.domain.target import deadline
from helpdeskd.domain.ticket import Decision, Emergency, Entitlement, Reason, Status, Ticket
from helpdeskd.triage.authorise import hours, is_proved
from helpdeskd.triage.case import Case, Elsewhere, Outcome, Step
from helpdeskd.triage.coverage import paid
from helpdeskd.triage.request import SUBJECT_LENGTH, UNNUMBERED, first_page
from helpdeskd.triage.terms import Terms, terms_of

MOST_LINES = 60
LONGEST_LINE = 200
PROBLEM_KIND = "problem"
WOKEN = "duty"
ON_ALERT = frozenset({Status.NEW, Status.OPEN})


class Meaning(StrEnum):
    """What a state means: trouble, its end, or neither (an acknowledgement, a downtime)."""

    PROBLEM = "problem"
    RECOVERY = "recovery"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a mail says: whose it is, the `key` that its ticket is found by, what people call it, and its state."""

    monitor: Monitor
    meaning: Meaning
    key: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Served:
    """By which terms a problem is served, why, and whether it wakes somebody."""

    terms: Terms
    entitlement: Entitlement

    @property
    def woken(self) -> bool:
        return any(reason.code == WOKEN for reason in self.entitlement.reasons)


def alert(case: Case) -> Outcome | None:
    """A mail of a monitoring system."""
    monitors = _monitors(case)
    if not monitors:
        return None
    if not is_proved(case):
        return _held(case, case.proof.reason, urgent=case.queue.duty)
    seen = next((found for monitor in monitors if (found := sighting(monitor, case))), None)
    if seen is None:
        return _held(case, Reason("alert-unknown", ", ".join(monitor.name for monitor in monitors)), urgent=True)
    known = case.directory.ticket_of_alert(seen.key)
    step = Step("alert", f"{seen.meaning}: {seen.name} is {seen.state}", seen.key)
    met = _met_merged(case, seen, known) if known and known.merged_into else _met(case, seen, known)
    return replace(met, steps=(step,))


def sighting(monitor: Monitor, case: Case) -> Sighting | None:
    """What the monitor's patterns find in the mail; None where they name no state that it knows, or no key."""
    found = dict[str, str]()
    for pattern in monitor.patterns:
        matches = (pattern.match(line) for line in _lines(case))
        match = next((match for match in matches if match), None)
        groups = match.groupdict() if match else {}
        found = {name: text.strip() for name, text in groups.items() if text} | found
    host, service, key, state = (found.get(name, "") for name in ("host", "service", "key", "state"))
    meaning = _meaning(monitor, state)
    if meaning is None or not (host or service or key):
        return None
    name = " / ".join(filter(None, (host, service or key)))
    return Sighting(monitor, meaning, f"{monitor.name}/{key or f'{host}/{service}'}", name, state)


def _monitors(case: Case) -> tuple[Monitor, ...]:
    """Those that list the sender; none for mail of people, for our own, and for delivery reports."""
    known = case.contact is not None or case.agent is not None
    if known or case.nature is Nature.LOOP or case.message.bounce is not None:
        return ()
    address = case.proof.address or normalise(case.author.address if case.author else "")
    return tuple(m for m in case.desk.monitors if address and not {address, domain_of(address)}.isdisjoint(m.senders))


def _lines(case: Case) -> Iterator[str]:
    """The subject, and the first lines of the text."""
    yield case.message.subject[:LONGEST_LINE].strip()
    lines = (line.strip() for line in case.message.text.splitlines()[:MOST_LINES])
    yield from (line[:LONGEST_LINE] for line in lines if line)


def _meaning(monitor: Monitor, state: str) -> Meaning | None:
    known = ((Meaning.PROBLEM, monitor.problem), (Meaning.RECOVERY, monitor.recovery), (Meaning.OTHER, monitor.other))
    return next((meaning for meaning, words in known if state.lower() in words), None)


def _held(case: Case, why: Reason, urgent: bool) -> Outcome:
    held = MailHeld(case.now, case.by, case.message.subject, (why,), urgent=urgent)
    return Outcome("held", str(why), events=(held,))


def _met(case: Case, seen: Sighting, ticket: Ticket | None) -> Outcome:
    match seen.meaning:
        case Meaning.PROBLEM if ticket is None or ticket.status.ended:
            return _opened(case, seen, ticket)
        case Meaning.PROBLEM if ticket is not None:
            return _problem(case, seen, ticket)
        case Meaning.RECOVERY if ticket is not None and not (ticket.status.ended or ticket.recovered_at):
            return _recovered(case, seen, ticket)
        case _:
            return _recorded("recorded", case, seen, ticket)


def _met_merged(case: Case, seen: Sighting, known: Ticket) -> Outcome:
    """Of a key whose ticket went on as another. Whether it is over is known of that ticket, as several keys may have
    come to the other one; what is back after that is a new ticket, which somebody is woken for.
    """
    ticket = merged_into(known, case.directory)
    over = known.recovered_at is not None or ticket.status is Status.RESOLVED or ticket.status.ended
    match seen.meaning:
        case Meaning.PROBLEM if over:
            return _opened(case, seen, ticket)
        case Meaning.PROBLEM:
            return _recorded("added", case, seen, ticket)
        case Meaning.RECOVERY if known.recovered_at is None and not ticket.status.ended:
            text = case.message.text
            recovered = Elsewhere(known, (AlertRecovered(case.now, case.by, text),))
            note = NoteAdded(case.now, case.by, text)
            return Outcome("added", f"alert: {seen.state}", ticket, (note,), elsewhere=(recovered,))
        case _:
            return _recorded("recorded", case, seen, ticket)


def _recorded(fate: str, case: Case, seen: Sighting, ticket: Ticket | None) -> Outcome:
    """Kept on its ticket, if there is one; nobody is told."""
    kept = (MailRecorded(case.now, case.by, case.message.text, f"{seen.name}: {seen.state}"),) if ticket else ()
    return Outcome(fate, f"alert: {seen.state}", ticket, kept)


def _opened(case: Case, seen: Sighting, earlier: Ticket | None) -> Outcome:
    """A new ticket; it goes back to the one of its key that is over."""
    served = _served(case, seen.monitor, _flaps(case, seen, earlier))
    woken, ticket = served.woken, _ticket(case, seen, served)
    ticket = replace(ticket, links=(earlier.reference,) if earlier else (), emergency=Emergency() if woken else None)
    events: tuple[Event, ...] = (TicketOpened(case.now, case.by, ticket, case.message.text, ticket.priority),)
    return Outcome("opened", f"alert: {seen.state}", ticket, events + (first_page(case) if woken else ()))


def _problem(case: Case, seen: Sighting, ticket: Ticket) -> Outcome:
    """Reported again, or back: then what was resolved is open again, and duty is woken unless it only flaps."""
    resolved = ticket.status is Status.RESOLVED
    if ticket.recovered_at is None and not resolved:
        return _recorded("added", case, seen, ticket)
    woken = _served(case, seen.monitor, _flaps(case, seen, ticket)).woken
    emergency, duty = ticket.emergency, case.desk.duty
    # What the recovery has stopped goes on after a step: else nobody would hear of a problem that flaps and stays.
    stopped = resolved and emergency is not None and emergency.released and not emergency.taken_by
    next_at = case.now + duty.step if duty and stopped and not woken else None
    events: list[Event] = [AlertRaised(case.now, case.by, case.message.text, next_at)]
    if resolved:
        again = Status.OPEN if ticket.owner else Status.NEW
        events.append(StatusChanged(case.now, case.by, ticket.status, again))
    return Outcome("added", f"alert: {seen.state}", ticket, (*events, *(first_page(case) if woken else ())))


def _recovered(case: Case, seen: Sighting, ticket: Ticket) -> Outcome:
    """Noted; resolved where the monitor says so, nobody of the desk or the customer has to do with it, and it is not
    about something else too.
    """
    taken = bool(ticket.owner or (ticket.emergency and ticket.emergency.taken_by) or ticket.participants)
    others = (case.directory.ticket(reference) for reference in ticket.links)
    taken = taken or any(other.merged_into == ticket.reference for other in others if other is not None)
    resolves = seen.monitor.resolves and not taken and ticket.status in ON_ALERT
    events: list[Event] = [AlertRecovered(case.now, case.by, case.message.text, resolves)]
    if resolves:
        until = deadline(case.now, case.desk.quiet, case.desk.calendar) if case.desk.quiet else None
        events.append(StatusChanged(case.now, case.by, ticket.status, Status.RESOLVED, until))
    return Outcome("added", f"alert: {seen.state}", ticket, tuple(events))


def _flaps(case: Case, seen: Sighting, ticket: Ticket | None) -> bool:
    """Whether the problem comes back so soon that it is the same one; never where its ticket went on as another."""
    own = ticket is not None and ticket.alert_key == seen.key
    over = (ticket.recovered_at or ticket.resolved_at) if ticket and own else None
    return over is not None and case.now - over <= seen.monitor.flap


def _served(case: Case, monitor: Monitor, flaps: bool) -> Served:
    """The customer's contract decides about duty; the desk's own alerts wake somebody whenever it is closed."""
    customer = case.directory.customer(monitor.customer) if monitor.customer else None
    # To whatever address it came: an alert is for duty.
    asking = replace(case, customer=customer, queue=replace(case.queue, duty=True))
    terms = terms_of(asking)
    why = _why_contract(asking, terms) if monitor.customer else _why_own(case)
    if flaps:
        why = tuple(Reason("outside-hours") if reason.code == WOKEN else reason for reason in why)
    reasons = (Reason("alert", monitor.name), case.proof.reason, *why)
    return Served(terms, Entitlement(Decision.ACCEPT, reasons))


def _why_contract(case: Case, terms: Terms) -> tuple[Reason, ...]:
    if terms.contract is None:
        return (Reason("no-contract"),)
    contract = Reason("contract", terms.plan.name)
    decision, *why = paid(terms)
    return (contract, *why) if decision is not Decision.ACCEPT else (contract, *why, *hours(case, terms)[1:])


def _why_own(case: Case) -> tuple[Reason, ...]:
    if case.desk.calendar.is_open(case.envelope.received_at):
        return ()
    return (Reason(WOKEN if case.desk.duty else "outside-hours"),)


def _ticket(case: Case, seen: Sighting, served: Served) -> Ticket:
    """The ticket as it begins; its number is given when it is stored. The desk's own costs nobody anything."""
    plan, contract = served.terms.plan, served.terms.contract
    return Ticket(
        id=UNNUMBERED,
        reference="",
        subject=f"{seen.name}: {seen.state}"[:SUBJECT_LENGTH],
        customer=seen.monitor.customer,
        requester=case.by,
        plan=plan.name,
        agreement=contract.agreement if contract else "",
        queue=case.queue.name,
        team=case.queue.team,
        priority=plan.highest,
        kind=PROBLEM_KIND if PROBLEM_KIND in plan.kinds else plan.kinds[0],
        opened_at=case.envelope.received_at,
        entitlement=served.entitlement,
        product=case.queue.product,
        on_quota=False,
        nocharge=not seen.monitor.customer,
        alert_key=seen.key,
    )
