"""When each agent's next morning mail is due, what they were told in one for good, and what happened since the last.

In and out: names of agents and aware UTC instants, in the caller's transaction. A mail is due until the transaction
that sends it, or finds nothing to tell, says when the next one is: so it is sent once, also when the desk was down in
the morning (P7). `since` is when the last one was made; before the first one, when the agent came.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.event import (
    DutyPaged,
    DutyReleased,
    DutyTaken,
    OwnerChanged,
    StatusChanged,
    TargetPassed,
    TicketEvent,
    TicketOpened,
)
from helpdeskd.storage.codec import load_event
from helpdeskd.storage.prepared import Prepared, value
from helpdeskd.storage.tables import MorningRow, ToldRow, proxy, stamp

NEWS = (TicketOpened, OwnerChanged, StatusChanged, DutyPaged, DutyTaken, DutyReleased, TargetPassed)
"""The events of tickets that morning mails tell of: those of the index `event_digest`."""

_DUE = Prepared(
    MorningRow.select(MorningRow.agent, MorningRow.notice, MorningRow.since)
    .where(MorningRow.due_at <= value("now"))
    .order_by(MorningRow.due_at, MorningRow.agent, MorningRow.notice)
    .limit(value("limit"))
)
# The index is found by these very words.
_NEWS = f"""
SELECT ticket_id, type, state FROM event
WHERE type IN ({", ".join(f"'{kind.__name__}'" for kind in NEWS)}) AND at >= ? AND ticket_id IS NOT NULL
ORDER BY at, id"""  # noqa: S608 - names of ours


@dataclass(frozen=True, slots=True)
class Morning:
    """A morning mail that is due."""

    agent: str
    notice: str
    since: datetime


def begin(due: Mapping[tuple[str, str], datetime], now: datetime) -> None:
    """These mails (agent, notice) are sent and no others; those that are new at these instants for the first time."""
    known = {(row.agent, row.notice) for row in MorningRow.select(MorningRow.agent, MorningRow.notice)}
    for agent, notice in known.difference(due):
        MorningRow.delete().where(MorningRow.agent == agent, MorningRow.notice == notice).execute()
    for (agent, notice), at in due.items():
        if (agent, notice) not in known:
            MorningRow.insert(agent=agent, notice=notice, due_at=at, since=now).execute()


def due(now: datetime, limit: int) -> list[Morning]:
    """The mails that are due, the longest waiting first."""
    return [Morning(*row) for row in _DUE.rows(now=now, limit=limit)]


def next_at(morning: Morning, due_at: datetime | None, since: datetime) -> None:
    """Say when the next one is due, and since when it tells; None: never again."""
    its = (MorningRow.agent == morning.agent, MorningRow.notice == morning.notice)
    if due_at is None:
        MorningRow.delete().where(*its).execute()
    else:
        MorningRow.update(due_at=due_at, since=since).where(*its).execute()


def news(since: datetime) -> tuple[tuple[int, TicketEvent], ...]:
    """What happened to tickets since then, in order: each with the number of its ticket."""
    rows = proxy.execute_sql(_NEWS, (stamp(since, "since"),))
    return tuple((number, load_event(kind, state)) for number, kind, state in rows.fetchall())  # type: ignore[misc]


def told(agent: str) -> frozenset[str]:
    """What the agent was told for good."""
    return frozenset(row.what for row in ToldRow.select(ToldRow.what).where(ToldRow.agent == agent))


def tell(agent: str, what: Collection[str], now: datetime) -> None:
    """The agent is told this, which is not told again."""
    for one in what:
        ToldRow.insert(agent=agent, what=one, at=now).on_conflict_ignore().execute()
