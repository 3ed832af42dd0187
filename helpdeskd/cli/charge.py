"""What a ticket costs as JSON: the part `charge` of `helpdeskd why --json`.

In: the charge of a ticket, and the zone in which times are written. Out: dictionaries of strings, numbers and None, in
which money is a string with two decimals and minutes are integers. Its lines are those of a statement.
"""

from dataclasses import asdict
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import iso
from helpdeskd.domain.bill import Bill
from helpdeskd.domain.charge import Charge, by_day
from helpdeskd.domain.entry import Approval, Entry
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.statement import line_record, money
from helpdeskd.policy.charge import words


def record(charge: Charge, zone: ZoneInfo) -> dict[str, object]:
    """All of it; for a plan without prices only what was worked and approved."""
    estimate = charge.ticket.estimate
    return {
        "currency": charge.currency or None,
        "net": money(charge.net),
        "nocharge": charge.ticket.nocharge,
        "entries": [_entry(entry, zone) for entry in charge.entries],
        "approvals": [_approval(approval, zone) for approval in charge.approvals],
        "estimate": _estimate(estimate, zone) if estimate else None,
        **(_settled(charge, charge.bill) if charge.bill else {}),
    }


def _entry(entry: Entry, zone: ZoneInfo) -> dict[str, object]:
    return {
        "entry": entry.id,
        "agent": entry.agent,
        "start": iso(entry.start, zone),
        "minutes": entry.minutes,
        "level": entry.level,
        "onsite": entry.onsite,
        "km": entry.km,
        "reverses": entry.reverses,
    }


def _approval(approval: Approval, zone: ZoneInfo) -> dict[str, object]:
    return {
        "by": approval.by,
        "at": iso(approval.at, zone),
        "minutes": approval.minutes,
        "amount": _money(approval.cents),
    }


def _estimate(estimate: Estimate, zone: ZoneInfo) -> dict[str, object]:
    return {
        "number": estimate.number,
        "minutes": estimate.minutes,
        "amount": _money(estimate.cents),
        "from_card": estimate.by_card,
        "topic": estimate.topic or None,
        "asked_by": estimate.asked_by,
        "asked": iso(estimate.asked_at, zone),
        "expires": iso(estimate.expires_at, zone),
    }


def _settled(charge: Charge, costs: Bill) -> dict[str, object]:
    settled, tariff, cards = costs.settlement, costs.tariff, costs.cards
    return {
        "minutes": asdict(settled.minutes),
        "free": [{"date": day.isoformat(), "minutes": minutes} for day, minutes in by_day(settled.free)],
        "lines": [line_record(line, words(line)) for line in settled.lines],
        "unapproved": {
            "not_approved": charge.not_approved,
            "not_on_a_card": settled.short,
            "days": [{"date": day.isoformat(), "minutes": minutes} for day, minutes in by_day(settled.unapproved)],
        },
        "card": {"bought": cards.bought, "used": cards.used, "balance": cards.balance} if cards else None,
        "draws": [{"card": draw.card, "minutes": draw.minutes} for draw in settled.draws],
        "quota": None if tariff.quota is None else {"limit": tariff.quota, "place": costs.place or None},
    }


def _money(cents: int | None) -> str | None:
    return None if cents is None else money(cents)
