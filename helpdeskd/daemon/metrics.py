"""The figures of a running desk, for Prometheus: what each metric is called, what it says, and where it is read.

In: the tables (`storage.gauges`), what this node has counted since its start (`tally`, `commits`), and how it stands
(`Node`). Out: the page. Figures of the tables are the desk's, the same on every node; all others are this node's, and
say so by a label. The tables are asked through the door, in one short transaction at most every `KEPT_SECONDS`, those
that take longer once a minute; a database that does not answer in time is `helpdeskd_database_up 0`, and the figures of
the tables are left out. Rows of tables: a metric is added as a row.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from helpdeskd import __version__
from helpdeskd.daemon import tally
from helpdeskd.daemon.causes import CAUSES
from helpdeskd.daemon.exposition import Family, Sample, histogram, page
from helpdeskd.daemon.process import figures
from helpdeskd.storage import alarms, commits, gauges, inbox
from helpdeskd.storage.alarms import Known
from helpdeskd.storage.db import Unavailable
from helpdeskd.storage.door import Door
from helpdeskd.storage.gauges import Gauges, Targets

KEPT_SECONDS, KEPT_TARGETS_SECONDS, DOOR_SECONDS = 5.0, 60.0, 5.0


@dataclass(frozen=True, slots=True)
class Node:
    """How this node stands: times in seconds, sizes in bytes. `mailboxes` are their lags; `certificates` their ends."""

    name: str
    sweep_age: float
    free: int
    database: int
    mailboxes: Mapping[str, float]
    certificates: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter: the lines of a stage of the log by their `label`; those of the values `known` are there from 0 on."""

    name: str
    says: str
    stage: str
    label: str = ""
    known: tuple[str, ...] = ()


COUNTERS = (
    Counted("received_mails", "Mails accepted and stored.", "received", "source"),
    Counted("refusals", "Replies by which a mail or a recipient was not taken, or not now.", "refused", "reply"),
    Counted("decided_mails", "Mails that got their fate.", "decided", "fate", inbox.FATES),
    Counted(
        "strikes", "Mails that could not be worked on; failed=1: for the third time.", "struck", "failed", ("0", "1")
    ),
    Counted("sent_mails", "Mails and pages that the other side took.", "sent"),
    Counted("postponed_mails", "Tries to send that are to be repeated.", "later"),
    Counted("unsent_mails", "Mails and pages refused for good, or given up.", "failed"),
    Counted("pages", "Times that somebody on duty was woken.", "paged"),
    Counted("alarms", "Alarms in the log.", "alarm", "alarm", tuple(cause.what for cause in CAUSES)),
    Counted("reloads", "Configurations read again; ok=0: refused.", "reloaded", "ok", ("0", "1")),
)
LOOP_GUARDS = {"own mail": ("decided", "loop"), "cap": ("alarm", "mail not sent")}


class Metrics:
    """`here` tells how this node stands. The page is made at most every `KEPT_SECONDS`."""

    def __init__(self, door: Door, now: Callable[[], datetime], here: Callable[[], Node]) -> None:
        self._door, self._now, self._here = door, now, here
        self._one_at_a_time = asyncio.Lock()
        self._page, self._made_at = b"", -KEPT_SECONDS
        self._targets, self._targets_at = Targets(0, 0), -KEPT_TARGETS_SECONDS

    async def page(self) -> bytes:
        """The text, not older than a few seconds."""
        async with self._one_at_a_time:
            if time.monotonic() - self._made_at >= KEPT_SECONDS:
                self._page, self._made_at = await self._make(), time.monotonic()
        return self._page

    async def _make(self) -> bytes:
        node = self._here()
        families = [*_counters(node.name), *_of_node(node), *figures()]
        try:
            async with asyncio.timeout(DOOR_SECONDS):
                asked_at = time.monotonic()
                all_of_it = asked_at - self._targets_at >= KEPT_TARGETS_SECONDS
                desk, known, targets = await self._door(_desk, self._now(), all_of_it)
        except (Unavailable, TimeoutError):
            return page([*families, _up(node.name, 0)])
        if targets is not None:
            self._targets, self._targets_at = targets, asked_at
        return page([*families, _up(node.name, 1), *_of_desk(desk, self._targets, known, self._now())])


def _desk(now: datetime, with_targets: bool) -> tuple[Gauges, tuple[Known, ...], Targets | None]:
    return gauges.read(now), alarms.read().known, gauges.targets() if with_targets else None


def _gauge(name: str, says: str, *samples: Sample) -> Family:
    return Family(f"helpdeskd_{name}", "gauge", says, samples)


def _up(node: str, value: int) -> Family:
    return _gauge("database_up", "Whether the database answers.", Sample(value, {"node": node}))


def _counters(node: str) -> Iterator[Family]:
    counts = tally.OURS.counts.copy()
    for row in COUNTERS:
        values = dict.fromkeys(row.known if row.label else ("",), 0)
        values |= {value: count for (stage, value), count in counts.items() if stage == row.stage}
        labels = ({"node": node, **({row.label: value} if row.label else {})} for value in values)
        samples = (Sample(count, each) for count, each in zip(values.values(), labels, strict=True))
        yield Family(f"helpdeskd_{row.name}_total", "counter", row.says, tuple(samples))
    trips = (Sample(counts[key], {"node": node, "guard": guard}) for guard, key in LOOP_GUARDS.items())
    yield Family("helpdeskd_loop_guard_trips_total", "counter", "Mails that went no further.", tuple(trips))
    times = tuple(histogram(commits.BOUNDS, commits.OURS.counts, commits.OURS.total, {"node": node}))
    yield Family("helpdeskd_commit_seconds", "histogram", "How long commits of the database take.", times)


def _of_node(node: Node) -> Iterator[Family]:
    own = {"node": node.name}
    yield _gauge("build_info", "The version that runs.", Sample(1, {**own, "version": __version__}))
    yield _gauge("sweep_age_seconds", "Since the clock was last looked at.", Sample(node.sweep_age, own))
    yield _gauge("state_free_bytes", "Free space in the state folder.", Sample(node.free, own))
    if node.database:
        yield _gauge("database_bytes", "Size of the database in the state folder.", Sample(node.database, own))
    lags = (Sample(lag, {**own, "mailbox": name}) for name, lag in node.mailboxes.items())
    yield _gauge("mailbox_lag_seconds", "Since a mailbox was last read to its end.", *lags)
    ends = (Sample(end.timestamp(), {**own, "listener": name}) for name, end in node.certificates.items())
    yield _gauge("certificate_end_timestamp_seconds", "When the certificate of a listener ends.", *ends)


def _of_desk(desk: Gauges, targets: Targets, known: tuple[Known, ...], now: datetime) -> Iterator[Family]:
    def age(since: datetime | None) -> float:
        return max(0.0, (now - since).total_seconds()) if since else 0.0

    received = {"queued": desk.queued - desk.parked, "parked": desk.parked, "held": desk.held, "failed": desk.failed}
    to_send = {"queued": desk.to_send, "sending": desk.sending, "failed": desk.unsent}
    oldest = {"queued": age(desk.oldest_queued), "held": age(desk.oldest_held)}
    yield _gauge("inbox_mails", "Mails received that have no fate yet, or failed.", *_by_status(received))
    yield _gauge("inbox_oldest_age_seconds", "Age of the oldest of them; 0 without any.", *_by_status(oldest))
    yield _gauge("outbox_mails", "Mails and pages that are not sent.", *_by_status(to_send))
    yield _gauge("outbox_oldest_age_seconds", "Age of the oldest that is queued.", Sample(age(desk.oldest_to_send)))
    yield _gauge("targets_breached", "Open targets past their deadline.", Sample(targets.breached))
    yield _gauge("targets_at_risk", "Open targets of which somebody was warned.", Sample(targets.at_risk))
    yield _gauge("pages_unacknowledged", "Emergencies that nobody has taken.", Sample(desk.pages))
    standing = {one.what: sum(other.what == one.what and other.stands for other in known) for one in known}
    samples = (Sample(count, {"alarm": what}) for what, count in standing.items())
    yield _gauge("alarms_standing", "Alarms of the last day that are not over.", *samples)


def _by_status(values: Mapping[str, float]) -> Iterator[Sample]:
    return (Sample(value, {"status": status}) for status, value in values.items())
