"""The targets of a ticket after a turn: opened, met, ended, paused, or computed anew (spec/policies.md §1).

In: the ticket as it is now, its targets as they were, and the plan. Out: its targets as they are. What happened is read
from the ticket alone, so the same ticket always has the same targets, whichever way it came there.
"""

from dataclasses import replace
from datetime import datetime

from helpdeskd.domain import target as targets
from helpdeskd.domain.plan import Plan, TargetRule
from helpdeskd.domain.target import Pause, Target, TargetKind
from helpdeskd.domain.ticket import INCOMPLETE, Status, Ticket

UNSOLVED = {Status.REJECTED, Status.MERGED}
ANSWERS = {TargetKind.RESPONSE, TargetKind.NEXT_RESPONSE}
"""Targets that a ticket of an alert does not have: nobody waits for an answer."""
ENDS_WITH_IT = {TargetKind.RESPONSE, TargetKind.START}
"""Targets that end, not met, when the ticket is resolved without what they ask for."""


def wind(ticket: Ticket, before: tuple[Target, ...], plan: Plan, now: datetime) -> tuple[Target, ...]:
    """All targets of the ticket, `now`."""
    rules = _rules(ticket, plan)
    known = {target.kind: target for target in before}
    wound = (_wound(rule, known.get(rule.kind), ticket, plan, now) for rule in rules)
    ruled = {rule.kind for rule in rules}
    dropped = (_dropped(target, now) for target in before if target.kind not in ruled)
    return tuple(target for target in (*wound, *dropped) if target is not None)


def _rules(ticket: Ticket, plan: Plan) -> tuple[TargetRule, ...]:
    """What the priority promises, and how soon work begins on a call-out."""
    priority, soon = plan.priority(ticket.priority), plan.callout_start
    rules = priority.targets if priority else ()
    if ticket.alert_key:
        rules = tuple(rule for rule in rules if rule.kind not in ANSWERS)
    is_callout = ticket.emergency is not None and not ticket.is_drill
    return (*rules, TargetRule(TargetKind.START, soon)) if soon and is_callout else rules


def _dropped(target: Target, now: datetime) -> Target | None:
    """A target that the priority no longer has: one that is met, ended or breached stays as it was."""
    over = targets.ended(target, now)
    return over if over == target or over.breached_at else None


def _wound(rule: TargetRule, known: Target | None, ticket: Ticket, plan: Plan, now: datetime) -> Target | None:
    start = _start(rule.kind, ticket)
    if start is None:
        return None if known is None else _settled(known, ticket, now)
    pauses = counted_pauses(ticket, plan)
    if known is not None and known.is_open and known.breached_at is None and known.promised != rule.promised:
        known = replace(known, promised=rule.promised)
    if known is None or known.start != start:
        known = targets.open_target(
            rule.kind, rule.amount, plan.calendar, start, pauses, plan.shares, promised=rule.promised
        )
        return _settled(targets.as_of(known, now), ticket, now)
    if known.kind is TargetKind.RESOLUTION and known.met_at and ticket.resolved_at is None:
        known = targets.reopened(known, plan.calendar, pauses)
    return _settled(targets.recomputed(known, rule.amount, plan.calendar, pauses, now), ticket, now)


def _start(kind: TargetKind, ticket: Ticket) -> datetime | None:
    """Where a target runs from; None while there is nothing to answer."""
    if kind is not TargetKind.NEXT_RESPONSE:
        return ticket.opened_at
    if ticket.answered_at is None or ticket.unanswered_since is None:
        return None
    return ticket.unanswered_since


def _settled(target: Target, ticket: Ticket, now: datetime) -> Target:
    """Met by what has happened, or ended with the ticket."""
    happened = {
        TargetKind.RESPONSE: ticket.answered_at,
        TargetKind.NEXT_RESPONSE: None if ticket.unanswered_since else now,
        TargetKind.RESOLUTION: None if ticket.status in UNSOLVED else ticket.resolved_at,
        TargetKind.START: ticket.emergency.taken_at if ticket.emergency else None,
    }[target.kind]
    if happened is not None:
        return targets.met(target, happened)
    return targets.ended(target, now) if _is_over(target.kind, ticket) else target


def _is_over(kind: TargetKind, ticket: Ticket) -> bool:
    """Whether nobody waits for it any more: the ticket came to its end, or it was no emergency after all."""
    if kind is TargetKind.START and ticket.emergency is not None and ticket.emergency.released:
        return True
    return ticket.status.ended or (ticket.status is Status.RESOLVED and kind in ENDS_WITH_IT)


def counted_pauses(ticket: Ticket, plan: Plan) -> tuple[Pause, ...]:
    """The pauses in which this plan's resolution clock stands; from resolved to a reopening always is one.

    While nobody has reopened the ticket, its end is no pause: the deadline that it met, or missed, stays known.
    """
    incomplete = (Pause(ticket.opened_at, None, INCOMPLETE),) if ticket.missing else ()
    return tuple(
        p
        for p in (*incomplete, *ticket.pauses)
        if (p.end is not None if p.cause == Status.RESOLVED else p.cause in plan.pauses)
    )
