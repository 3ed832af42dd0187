"""The clock's turn: due rows become events, and go the same way as a mail's.

In order of urgency: silent pages, targets, tickets to wake, estimates without an answer, morning mails, other collected
mails, statements, what is kept long enough. Time is a column: what was missed while the desk was down is due now and is
caught up once (P7). At most `BATCH` of each kind are done at a time, and as many statements as `SECONDS` have room for;
the others are still due at the next tick.
It runs in the caller's transaction, each ticket, collected mail and customer in a savepoint of its own, so that one
that fails costs itself only: it is logged, put off in memory, and the sweep goes on. When the database itself is not
available, `Unavailable` is raised and nothing has happened.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from helpdeskd.daemon import log, retention
from helpdeskd.daemon.mornings import begin_day
from helpdeskd.daemon.office import Office
from helpdeskd.daemon.statements import close
from helpdeskd.daemon.turn import carry_out
from helpdeskd.domain.cost_event import EstimateExpired, EstimateReminded
from helpdeskd.domain.duty import next_page
from helpdeskd.domain.event import DutyPaged, Event, NoteAdded, ReportReminded, StatusChanged, TargetPassed
from helpdeskd.domain.happening import DESK
from helpdeskd.domain.notice import Item, Notice
from helpdeskd.domain.target import passed
from helpdeskd.domain.ticket import Emergency, Status, Ticket
from helpdeskd.failpoint import reach
from helpdeskd.policy.remind import news
from helpdeskd.policy.scene import Scene, facts, rung_address, to_address
from helpdeskd.storage import billing, mornings, outbox, reminders, tickets
from helpdeskd.storage.db import Unavailable, transaction
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.mornings import Morning
from helpdeskd.storage.reminders import Collected

BATCH = 100
SECONDS = 1.0
PUT_OFF = timedelta(minutes=5)
RETENTION = "retention"
MOST_LINES = 50
"""Of a collected mail, which says how many more there are."""
T = TypeVar("T", int, str, Collected, Morning)


class Sweep:
    """Holds only what failed lately; everything else is in the tables."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.post = office.post()
        self._put_off: dict[int | str | Collected | Morning, datetime] = {}

    def run(self, now: datetime) -> int:
        """Do everything that is due `now`, on the database's thread; for how many tickets, mails and customers."""
        self.post = self.office.post()
        self._put_off = {one: until for one, until in self._put_off.items() if until > now}
        # What is put off is still due: it must not take the places of others.
        limit = BATCH + len(self._put_off)
        done = self._each(tickets.to_page(now, limit), _of_ticket(self._page), now)
        done += self._each(tickets.with_targets_due(now, limit), _of_ticket(self._targets), now)
        done += self._each(tickets.to_wake(now, limit), _of_ticket(self._wake), now)
        done += self._each(tickets.to_ask(now, limit), _of_ticket(self._ask), now)
        done += self._each(mornings.due(now, limit), self._begin_day, now)
        done += self._each(reminders.due(now, limit), self._collect, now)
        done += self._statements(billing.due(now, limit), now)
        done += self._purge(now)
        outbox.by_our_clock(now)
        if done:
            log.swept(done=done)
        return done

    def _each(self, due: Sequence[T], turn: Callable[[T, datetime], None], now: datetime) -> int:
        """How many of them were done."""
        done = 0
        for one in (one for one in due if one not in self._put_off):
            try:
                with log.once_committed(), transaction():
                    turn(one, now)
                    reach("sweep.done")
                done += 1
            except Unavailable:
                raise
            except Exception as fault:
                self._put_off[one] = now + PUT_OFF
                log.alarm(what="sweep failed", detail=f"{one}: {fault!r}")
        return done

    def _page(self, ticket: Ticket, now: datetime) -> None:
        """Nobody acknowledged: the next step, until the last round has been silent too."""
        duty, emergency = self.post.desk.duty, ticket.emergency
        assert emergency is not None
        person = next_page(duty.roster, now, emergency.woken, duty.rounds) if duty and not emergency.alone else None
        if duty is None or person is None:
            self._give_up(ticket, emergency, now)
            return
        self._carry(ticket, now, DutyPaged(now, DESK, person, emergency.step + 1, now + duty.step, first=False))

    def _give_up(self, ticket: Ticket, emergency: Emergency, now: datetime) -> None:
        """Every step was silent: the managers are woken too if they were not yet, and the team reads it."""
        duty, awake = self.post.desk.duty, emergency.woken
        managers = [agent.name for agent in StoredDirectory().agents() if agent.manager and agent.name not in awake]
        if emergency.alone or (duty is not None and duty.rounds > 1):
            # They were woken beside each person of the last round, or are left out of the drill.
            managers = []
        pages = [DutyPaged(now, DESK, name, emergency.step + 1, None, first=False) for name in managers]
        silent = replace(ticket, emergency=replace(emergency, next_at=None))
        what = "drill" if emergency.drill else "emergency"
        self._carry(silent, now, NoteAdded(now, DESK, f"Nobody acknowledged the {what}."), *pages)
        log.alarm(what=f"{what} not acknowledged", about=ticket.reference, detail="every step was silent")

    def _targets(self, ticket: Ticket, now: datetime) -> None:
        """Shares of targets' time that are used since the last look; one event for each target that has any.

        A share that was used just before the clock was stopped is not told: the clock stands.
        """
        looked = [passed(target, now) for target in tickets.targets(ticket.id)]
        tickets.save_targets(ticket.id, [target for target, _ in looked])
        events = [
            TargetPassed(now, DESK, target.kind, shares, target.due, target.promised)
            for target, shares in looked
            if shares and target.due is not None
        ]
        self._carry(ticket, now, *events)

    def _wake(self, ticket: Ticket, now: datetime) -> None:
        """Pending is over, or a resolved ticket has been quiet long enough."""
        if ticket.status is Status.RESOLVED:
            new = Status.CLOSED
        else:
            new = Status.OPEN if ticket.owner else Status.NEW
        self._carry(ticket, now, StatusChanged(now, DESK, ticket.status, new))

    def _ask(self, ticket: Ticket, now: datetime) -> None:
        """What nobody answers: one reminder of what the report lacks, one of an estimate, and at last its end."""
        estimate, events = ticket.estimate, list[Event]()
        if ticket.missing_at is not None and ticket.missing_at <= now:
            events.append(ReportReminded(now, DESK))
        if estimate is not None and estimate.expires_at <= now:
            again = StatusChanged(now, DESK, ticket.status, Status.OPEN if ticket.owner else Status.NEW)
            events += [EstimateExpired(now, DESK, estimate.number), again]
        elif estimate is not None and estimate.next_at <= now:
            events.append(EstimateReminded(now, DESK))
        self._carry(ticket, now, *events)

    def _carry(self, ticket: Ticket, now: datetime, *events: Event) -> None:
        carry_out(ticket, events, None, self.post, now)

    def _begin_day(self, due: Morning, now: datetime) -> None:
        begin_day(due, self.post, now)

    def _collect(self, collected: Collected, now: datetime) -> None:
        """One mail with all lines of a notice that are due for a recipient and not over yet; none without any."""
        scene = Scene(self.post.desk, StoredDirectory(), now, ())
        lines = _newest(reminders.take(collected, now))
        items = news(lines, scene.directory)
        if not items:
            return
        person = to_address(collected.address, scene) or rung_address(collected.address, scene)
        if person is None:
            log.alarm(what="reminder for nobody", detail=collected.notice)
            return
        # A mail that tells of one held mail is answered without its number.
        about = items[0].mail_id if len(items) == 1 else 0
        told = facts(scene, items=items[:MOST_LINES], more=max(0, len(items) - MOST_LINES))
        notice = Notice(collected.notice, person, told, answers=False, about=about)
        self.post.send(notice, scene.own_queue, None, now)

    def _statements(self, due: Sequence[str], now: datetime) -> int:
        """Those of a customer with many tickets take long, and mail has to wait."""
        began, done = time.monotonic(), 0
        for customer in due:
            done += self._each([customer], lambda name, now: close(name, self.post, now), now)
            if time.monotonic() - began > SECONDS:
                break
        return done

    def _purge(self, now: datetime) -> int:
        purged: list[int] = []
        keep = self.office.loaded.config.retention.retention()
        self._each([RETENTION], lambda _, now: purged.append(retention.tick(keep, now)), now)
        return sum(purged)


def _newest(items: Sequence[Item]) -> tuple[Item, ...]:
    """Of several lines about one target the newest; of what an agent wants to be reminded of, each."""
    return tuple({(item.reference, item.kind or place, item.text): item for place, item in enumerate(items)}.values())


def _of_ticket(turn: Callable[[Ticket, datetime], None]) -> Callable[[int, datetime], None]:
    """The same turn of the ticket with that id, read when it is its turn."""

    def run(ticket_id: int, now: datetime) -> None:
        ticket = tickets.by_id(ticket_id)
        if ticket is not None:
            turn(ticket, now)

    return run
