"""What a ticket costs, and how that came about: the part of `/why` and `helpdeskd why` that is about money.

In: a ticket with what the ledger has of it, and the reader's zone. Out: plain text in English, a line for each thing:
what it comes to, what was worked, what is free, each line of the statement as minutes × rate = amount, what is
unapproved and why, who approved how much, what is asked, prepaid hours, and the place in the quota.

Minutes are integers, money integer cents. All of it is as it was settled last, so it is what a statement of now would
say. Pure; nothing fails.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.domain.bill import Bill
from helpdeskd.domain.charge import Charge, by_day
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.settle import Minutes
from helpdeskd.domain.statement import money

NOTES = {
    "window": "{}",
    "free-minutes": "after {} free min",
    "rounded": "rounded up by {} min",
    "call-out": "call-out, {} min worked",
    "over-quota": "over quota",
    "from-card": "from card {}",
    "approved-by": "approved by {}",
}


def told(charge: Charge, zone: ZoneInfo) -> list[str]:
    """The charge as lines of text, the first of which says what it comes to."""
    ticket, costs = charge.ticket, charge.bill
    lines = [f"{ticket.reference} costs {_sum(charge)}"]
    details = [f"entry {entry.id}: {_entry(entry, zone)}" for entry in charge.entries]
    if costs:
        details = [*_minutes(costs.settlement.minutes), *details, *_settled(charge, costs)]
    details += [_approval(approval, charge.currency, zone) for approval in charge.approvals]
    details += [_estimate(ticket.estimate, charge.currency, zone)] if ticket.estimate else []
    details += _allowances(costs) if costs else []
    return lines + [f"  {line}" for line in details]


def words(line: Line) -> str:
    """Why a line is what it is: the window, and what was added, left out or approved."""
    told = (NOTES[note.code].format(note.detail) if note.code in NOTES else str(note) for note in line.notes)
    return ", ".join(told)


def _sum(charge: Charge) -> str:
    if charge.bill is None:
        return "nothing: its plan has no prices"
    if charge.ticket.spam:
        return "nothing: it is spam (/spam)"
    if charge.ticket.nocharge:
        return "nothing: an agent decided so (/nocharge)"
    prepaid = sum(draw.minutes for draw in charge.bill.settlement.draws)
    parts = [f"{prepaid} min of prepaid hours"] if prepaid else []
    parts += [f"{money(charge.net)} {charge.currency} without VAT"] if charge.net else []
    return " and ".join(parts) or "nothing so far"


def _minutes(minutes: Minutes) -> list[str]:
    """Where the minutes came from, and what became of them; both sides come to the same."""
    came = ((minutes.real, "worked"), (minutes.rounding, "rounded up"), (minutes.minimum, "to the minimum"))
    became = ((minutes.free, "free"), (minutes.charged, "charged"), (minutes.unapproved, "unapproved"))
    both = [" + ".join(f"{count} min {what}" for count, what in side if count) for side in (came, became)]
    return [" = ".join(both)] if all(both) else []


def _entry(entry: Entry, zone: ZoneInfo) -> str:
    more = (
        "on site" if entry.onsite else "",
        f"{entry.km} km" if entry.km else "",
        f"takes back from entry {entry.reverses}" if entry.reverses is not None else "",
    )
    told = (_at(entry.start, zone), entry.agent, f"{entry.minutes} min", f"level {entry.level}", *more)
    return ", ".join(filter(None, told))


def _settled(charge: Charge, costs: Bill) -> Iterator[str]:
    settled, tariff = costs.settlement, costs.tariff
    yield from (f"free on {day}: {minutes} min" for day, minutes in by_day(settled.free))
    yield from (_line(line, tariff.currency) for line in settled.lines)
    yield from (f"not charged on {day}: {minutes} min unapproved" for day, minutes in by_day(settled.unapproved))
    if charge.not_approved:
        allowed = f"{tariff.authorised_per_ticket} min" if tariff.authorised_per_ticket else "nothing"
        yield f"why: nobody approved {charge.not_approved} min, and the contract allows {allowed} without asking"
    if settled.short:
        yield f"why: {settled.short} min may be charged, but the cards do not have them"


def _line(line: Line, currency: str) -> str:
    about = f" ({words(line)})" if line.notes else ""
    if line.card:
        return f"{line.kind} on {line.day}: {line.minutes} min{about}"
    count = f"{line.minutes} min" if line.quantity is None else f"{line.quantity} km"
    rate = f"{money(line.rate)} {currency} {'a km' if line.kind is Kind.TRAVEL else 'an hour'}"
    return f"{line.kind} on {line.day}: {count} at {rate} = {money(line.amount)} {currency}{about}"


def _approval(approval: Approval, currency: str, zone: ZoneInfo) -> str:
    limit = _limit(approval.cents, currency)
    return f"approved by {approval.by}, {_at(approval.at, zone)}: {approval.minutes} min{limit}"


def _estimate(estimate: Estimate, currency: str, zone: ZoneInfo) -> str:
    limit = _limit(estimate.cents, currency) + (" from prepaid hours" if estimate.by_card else "")
    asked = f"asked by {estimate.asked_by}, {_at(estimate.asked_at, zone)}: {estimate.minutes} min{limit}"
    about = f" for {estimate.topic}" if estimate.topic else ""
    return f"{asked}{about}; no answer yet, it can be agreed to until {_at(estimate.expires_at, zone)}"


def _limit(cents: int | None, currency: str) -> str:
    return "" if cents is None else f", at most {money(cents)} {currency}"


def _allowances(costs: Bill) -> Iterator[str]:
    """What the customer has left in all, and how many tickets of the month there were."""
    tariff = costs.tariff
    if costs.cards:
        yield f"prepaid hours of the customer: {costs.cards.balance} of {costs.cards.bought} min left"
    if tariff.quota is not None and costs.place:
        rate = f", so an hour costs {money(tariff.over_quota_rate)} {tariff.currency} at least"
        yield f"ticket {costs.place} of its month; the quota is {tariff.quota}{rate if costs.over_quota else ''}"


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %Y-%m-%d %H:%M}"
