"""Claims: what the time of one ticket would cost if all of it were authorised (policies, "Money", rules 1 to 4 and 7).

In: the account of a ticket (its entries and facts) and the tariffs. Out: the free minutes, and claims in the order of
start: minutes at a rate, cut where window, tariff or month change, with those that the desk adds: rounding, the
minimum of a call-out, the minimum of the ticket. The free part of an entry is taken from its start (`free_when = open`:
from its first open minute); what remains is rounded up, and the rounding follows the entry's end.

A call-out is an entry that starts in an agreed standby period: no surcharge, nothing free, and one claim for a ticket
and period. The minimum comes after the work that began before the first resolution, and is what that work lacks to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from helpdeskd.domain.entry import Approval, Entry, kept
from helpdeskd.domain.line import Kind, Share
from helpdeskd.domain.standby import Period, period_at
from helpdeskd.domain.tariff import FreeWhen, Tariff, priced, tariff_at
from helpdeskd.domain.ticket import Reason
from helpdeskd.domain.window import MINUTE, Window

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of one ticket when it is settled. `resolved_at` is its first resolution; `standby` what is agreed.

    The contract authorises nothing that begins after `refused_at`: the customer has declined it, has agreed to a part
    of what was left to the desk, or it needs an approval first. `dropped` (merged, rejected, or of an alert) has no
    minimum; `nocharge` costs nothing at all.
    """

    ticket: str
    accepted_at: datetime
    entries: tuple[Entry, ...] = ()
    approvals: tuple[Approval, ...] = ()
    resolved_at: datetime | None = None
    standby: tuple[Period, ...] = ()
    over_quota: bool = False
    refused_at: datetime | None = None
    dropped: bool = False
    nocharge: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Minutes at a rate for `entries` (ids) of which the first began at `begun`.

    The desk added `rounding` and `minimum` of the minutes. `standing` needs no authority: the contract gives it.
    """

    kind: Kind
    begun: datetime
    day: date
    minutes: int
    rate: int
    entries: frozenset[int] = frozenset()
    rounding: int = 0
    minimum: int = 0
    standing: bool = False
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims of a ticket in order, and what of its real minutes is free."""

    claims: tuple[Claim, ...]
    free: tuple[Share, ...]


def claims_of(account: Account, tariffs: Sequence[Tariff]) -> Claims:
    """What the ticket would cost."""
    entries = kept(account.entries)
    free = _free_parts(account, entries, tariff_at(tariffs, account.accepted_at))
    shares = [share for entry in entries for share in _shares(entry, free[entry.id], tariffs)]
    if account.nocharge:
        return Claims((), tuple(shares))
    work = list(_work(account, entries, free, tariffs))
    return Claims(_with_minimum(account, entries, work, tariffs), tuple(shares))


def _free_parts(account: Account, entries: Iterable[Entry], tariff: Tariff) -> dict[int, list[Span]]:
    """The free parts of each entry, by its id; what is not charged at all is all free."""
    budget, free = tariff.free_per_ticket, dict[int, list[Span]]()
    for entry in entries:
        if account.nocharge:
            free[entry.id] = [(entry.begins, entry.ends)]
        elif period_at(account.standby, entry.begins):
            free[entry.id] = []
        else:
            free[entry.id] = _first(budget, _can_be_free(entry, tariff))
            budget -= _minutes(free[entry.id])
    return free


def _can_be_free(entry: Entry, tariff: Tariff) -> Iterable[Span]:
    if tariff.free_when is FreeWhen.ALWAYS:
        return [(entry.begins, entry.ends)]
    return tariff.calendar.open_between(entry.begins, entry.ends)


def _first(budget: int, spans: Iterable[Span]) -> list[Span]:
    """The first minutes of some spans."""
    taken = list[Span]()
    for start, end in spans:
        end = min(end, start + budget * MINUTE)
        if start < end:
            taken.append((start, end))
            budget -= (end - start) // MINUTE
    return taken


def _work(
    account: Account, entries: Iterable[Entry], free: dict[int, list[Span]], tariffs: Sequence[Tariff]
) -> Iterator[Claim]:
    for period, group in groupby(entries, key=lambda entry: period_at(account.standby, entry.begins)):
        if period:
            yield _call_out(account, list(group), tariffs)
        else:
            for entry in group:
                yield from _of_entry(account, entry, free[entry.id], tariffs)


def _of_entry(account: Account, entry: Entry, free: list[Span], tariffs: Sequence[Tariff]) -> Iterator[Claim]:
    """What remains of an entry, rounded up, cut, and each piece with its rate."""
    rounding = _rounding(entry.minutes - _minutes(free), tariff_at(tariffs, entry.begins))
    notes = _notes(account, (("free-minutes", _minutes(free)), ("rounded", rounding)))
    for start, end in _between(entry.begins, entry.ends + rounding * MINUTE, free):
        for tariff, piece in priced(tariffs, start, end):
            yield Claim(
                Kind.WORK,
                entry.begins,
                piece.day,
                piece.minutes,
                tariff.rate(entry.level, piece.window, account.over_quota),
                frozenset({entry.id}),
                (piece.end - max(piece.start, min(piece.end, entry.ends))) // MINUTE,
                notes=(*_window(tariff, piece.window), *notes),
            )
            notes = _notes(account)


def _call_out(account: Account, entries: Sequence[Entry], tariffs: Sequence[Tariff]) -> Claim:
    """The work of one ticket in one agreed period, at the ordinary rate of the level of its first entry."""
    first, worked = entries[0], sum(entry.minutes for entry in entries)
    tariff = tariff_at(tariffs, first.begins)
    rounding = sum(_rounding(entry.minutes, tariff) for entry in entries)
    minimum = max(0, tariff.callout_minimum - worked - rounding)
    return Claim(
        Kind.WORK,
        first.begins,
        _day(first.begins, tariff),
        worked + rounding + minimum,
        tariff.ordinary_rate(first.level, account.over_quota),
        frozenset(entry.id for entry in entries),
        rounding,
        minimum,
        standing=True,
        notes=_notes(account, (("call-out", worked),)),
    )


def _with_minimum(
    account: Account, entries: Sequence[Entry], work: list[Claim], tariffs: Sequence[Tariff]
) -> tuple[Claim, ...]:
    """The minimum, if it applies and something lacks to it, in its place among the claims."""
    least, resolved = minimum_of(account, tariffs), account.resolved_at
    if not least or resolved is None:
        return tuple(work)
    earlier = [claim for claim in work if claim.begun < resolved]
    lacking = least - sum(claim.minutes for claim in earlier)
    if lacking <= 0:
        return tuple(work)
    tariff = tariff_at(tariffs, resolved)
    rate = tariff.ordinary_rate(entries[0].level if entries else None, account.over_quota)
    claim = Claim(Kind.MINIMUM, resolved, _day(resolved, tariff), lacking, rate, minimum=lacking, notes=_notes(account))
    return *earlier, claim, *work[len(earlier) :]


def minimum_of(account: Account, tariffs: Sequence[Tariff]) -> int:
    """The minutes that the ticket costs at least; nothing before it is resolved."""
    if account.resolved_at is None or account.dropped or account.nocharge:
        return 0
    return tariff_at(tariffs, account.accepted_at).minimum_per_ticket


def _shares(entry: Entry, free: Iterable[Span], tariffs: Sequence[Tariff]) -> Iterator[Share]:
    for start, end in free:
        for _, piece in priced(tariffs, start, end):
            yield Share(entry.ticket, piece.day, piece.minutes)


def _between(start: datetime, end: datetime, left_out: Iterable[Span]) -> Iterator[Span]:
    """[start, end) without some spans of it, which are in order."""
    for since, until in left_out:
        if start < since:
            yield start, since
        start = until
    if start < end:
        yield start, end


def _rounding(minutes: int, tariff: Tariff) -> int:
    return tariff.rounded_up(minutes) - minutes


def _minutes(spans: Iterable[Span]) -> int:
    return sum((end - start) // MINUTE for start, end in spans)


def _day(at: datetime, tariff: Tariff) -> date:
    return at.astimezone(tariff.calendar.zone).date()


def _window(tariff: Tariff, window: Window) -> tuple[Reason, ...]:
    """Which of the tariff's windows it is; a tariff with one has nothing to tell."""
    return (Reason("window", window.name),) if len(tariff.windows) > 1 else ()


def _notes(account: Account, told: Iterable[tuple[str, int]] = ()) -> tuple[Reason, ...]:
    """Reasons for a line: the numbers that are not 0, and that the ticket is over quota."""
    found = [Reason(code, str(number)) for code, number in told if number]
    return (*found, Reason("over-quota")) if account.over_quota else tuple(found)
