"""Prices as the audit record has them, and what an edit of the configuration does to work that is booked already.

A bill is read and never kept, so an edited tariff also prices what was worked before the edit: on statements that are
not issued yet, and on issued ones as a correction. What was meant is nearly always another tariff, valid from a day to
come. In: the desk's plans as they are configured now. Out: what the record keeps of their prices (`told`), and a
warning for each plan or agreement by which some booked entry gets other terms than those that were told last, on its
day by UTC (`repriced`): other hours of a calendar, and terms that go by the day of acceptance, may escape it. Fails as
the database does.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.tariff import Tariff
from helpdeskd.storage import audit_chain, ledger

TOLD = "PricesChanged"
NO_TERMS = frozenset({"calendar", "valid_from"})
WRITTEN = {"levels": "rate", "windows": "window"}
"""The keys of the configuration that are called otherwise there."""
Terms = Mapping[str, Any]
Prices = Mapping[str, Mapping[str, Terms]]


def told(desk: Desk) -> Prices:
    """The terms of each plan, and of each agreement as `plan/agreement`, by the day from which on they are valid."""
    return {
        name: {str(tariff.valid_from): _terms(tariff) for tariff in tariffs}
        for plan in desk.plans.values()
        for name, tariffs in {
            plan.name: plan.tariffs,
            **{f"{plan.name}/{called}": varied for called, varied in plan.agreements.items()},
        }.items()
        if tariffs
    }


def repriced(desk: Desk) -> Iterator[tuple[str, str]]:
    """The plan, and what an edit does to what is booked under it."""
    last = audit_chain.newest(TOLD)
    before: Prices = last["new"] if last else {}
    after = told(desk)
    if before == after:
        return
    counts: dict[str, int] = defaultdict(int)
    changed: dict[str, set[str]] = defaultdict(set)
    for plan, agreement, day, count in ledger.booked_by_day():
        name = f"{plan}/{agreement}" if agreement else plan
        old, new = (prices.get(name) or prices.get(plan, {}) for prices in (before, after))
        differs = _differing(old, new, day)
        counts[name] += count if differs else 0
        changed[name] |= differs
    for name in sorted(changed):
        if counts[name]:
            what = ", ".join(sorted(WRITTEN.get(key, key) for key in changed[name]))
            plan = name.partition("/")[0]
            yield plan, _warning(name, what, counts[name])


def _warning(name: str, what: str, count: int) -> str:
    entries = f"{count} booked entries" if count > 1 else "a booked entry"
    return (
        f"another {what} for {entries} of {name}, also where the month is issued, as a correction "
        "(leave the tariff, and add one with valid_from)"
    )


def _differing(before: Mapping[str, Terms], after: Mapping[str, Terms], day: date) -> set[str]:
    """The keys that are not what they were for work on that day; none where it had, or has, no price at all."""
    if not (before and after):
        return set()
    old, new = _in_force(before, day), _in_force(after, day)
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}


def _in_force(tariffs: Mapping[str, Terms], day: date) -> Terms:
    """As `domain.tariff.in_force`."""
    begun = [since for since in sorted(tariffs) if since <= str(day)]
    return tariffs[begun[-1] if begun else min(tariffs)]


def _terms(tariff: Tariff) -> Terms:
    return {one.name: _plain(getattr(tariff, one.name)) for one in fields(tariff) if one.name not in NO_TERMS}


def _plain(value: object) -> Any:
    """As JSON has it, equal for what is equal."""
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in sorted(value)}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return list(map(_plain, value))
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value if value is None or isinstance(value, bool | int) else str(value)
