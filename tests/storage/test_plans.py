"""What a mail, a tick or a delivery costs the database does not depend on what the desk has lived through.

A desk plays an ordinary week, then gets the history of years (`grow`), and plays such a week again. All statements that
are executed meanwhile are watched: none may read a table that grows from end to end, and none may take SQLite more
steps than it took on the young desk. Steps are counted by SQLite itself, so a busy machine changes nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import apsw
import pytest

from helpdeskd.domain.message import Envelope
from helpdeskd.storage import arrivals, db, unchecked
from helpdeskd.storage.tables import proxy
from tests.storage.plans import grow
from tests.world import ANNA, BRAM, EVE, PIET, STRANGER, World

FEW, TIMES = 30, 10
GROWING = {
    *("ticket", "event", "inbox", "raw", "outbox", "heard", "target", "reminder", "entry", "approval", "draw", "audit"),
}
DORA, GIJS = "Dora Dekker <dora@dentist.example>", "Gijs Groen <gijs@garage.example>"
EXCEPTIONS = {
    "search MATCH ? LIMIT ?": "a bounded number of rows for each word",
    "'main'.": "FTS5's own tables, which it merges as they grow",
    "RECURSIVE leads": "retention, once a day",
    "purged": "retention, once a day",
    "ticket_id IS NULL AND inbox_id IN": "retention, once a day",
    "ORDER BY number DESC LIMIT 1": "the newest row of the audit record, at its end",
    'FROM "reminder"': "a line stays until its reader is at work",
    'FROM "draw"': "a customer's draws on its prepaid cards: what is left of a card is made of them",
}
"""What a statement is known by, and why it may be as it is."""


@dataclass
class Watch:
    """The statements that a connection has executed, with the most steps that each has taken."""

    steps: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    plans: dict[str, list[str]] = field(default_factory=dict)

    def count(self, event: dict[str, Any]) -> None:
        status = event["stmt_status"]
        self.steps[event["sql"]] = max(self.steps[event["sql"]], status["SQLITE_STMTSTATUS_VM_STEP"])

    def explain(self, cursor: apsw.Cursor, sql: str, bindings: Any) -> bool:
        if sql not in self.plans and sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {sql}", bindings)
            self.plans[sql] = [step for *_, step in plan]
        return True


@contextmanager
def watching() -> Iterator[Watch]:
    connection, watch = proxy.connection(), Watch()
    connection.trace_v2(apsw.SQLITE_TRACE_PROFILE, watch.count, id=watch)
    connection.exec_trace = watch.explain
    yield watch
    connection.exec_trace = None
    connection.trace_v2(0, None, id=watch)


@dataclass(frozen=True)
class Weeks:
    """What was executed in the week of the young desk, in that of the old one, and by sweeps with nothing due."""

    young: Watch
    old: Watch
    young_sweep: Watch
    old_sweep: Watch


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weeks]:
    world = World(tmp_path_factory.mktemp("desk") / "desk", digests=True, begin="2026-03-02 10:00").__enter__()
    week(world)
    with aged(world, "2026-04-07 10:00", FEW) as young:
        week(world)
    quiet = nothing_due(world)
    with aged(world, "2026-05-05 10:00", TIMES) as old:
        week(world)
    yield Weeks(young, old, quiet, nothing_due(world))
    db.close()


@contextmanager
def aged(world: World, until: str, times: int) -> Iterator[Watch]:
    """Statements of months that are over are issued before the desk grows: they do read all of a customer's tickets."""
    world.is_down_until(until)
    world.advance(hours=1)
    with db.transaction():
        grow(times)
    with watching() as watch:
        yield watch


def nothing_due(world: World) -> Watch:
    world.advance(minutes=1)
    with db.transaction(), watching() as watch:
        assert world.sweep.run(world.now) == 0
    return watch


def is_excepted(sql: str) -> bool:
    return any(words in sql for words in EXCEPTIONS)


def week(world: World) -> None:
    """A bit of everything that happens on a desk, but for the end of a month."""
    request(world)
    money(world)
    held(world)
    world.bounces(world.last("eve"))
    world.receives(BRAM, "duty@desk.example", "Fire", "It burns.")
    world.advance(hours=14)
    world.receives(EVE, "duty@desk.example", "Fire", "It burns again.")
    world.advance(days=1)
    with db.transaction():
        checked(world)


def request(world: World) -> None:
    world.receives(EVE)
    mail = world.receives(ANNA, subject="Spooler", text="The spooler print2 hangs with error 0x6ba.")
    world.replies(BRAM, world.last("anna", "ticket-received"), "At my desk too.")
    agents = world.last("piet", "agent-new")
    world.replies(PIET, agents, "/take\n/priority high\nWhich error do you see?")
    world.replies(ANNA, world.last("anna", "reply"), "0x6ba.")
    world.replies(PIET, world.last("piet", "agent-update"), "/note I have seen this before.")
    world.replies(PIET, world.last("piet", "agent-update"), "/forward help@supplier.example\nDo you know 0x6ba?")
    world.replies("Sue <help@supplier.example>", world.last("help"), "Restart it.")
    world.replies(PIET, world.last("piet", "agent-update"), "/solution Restart it.\n/resolve\nPlease restart it.")
    assert world.ticket(mail.reference).status.value == "resolved"


def money(world: World) -> None:
    for who, name in ((DORA, "dora"), (GIJS, "gijs")):
        world.receives(who, text="Please move the archive.")
        world.replies(PIET, world.last("piet", "agent-new"), "/time 45m\nI look at it.")
        world.replies(PIET, world.last("piet", "agent-new"), "/estimate 2h Moving the archive")
        world.replies(who, world.last(name, "approval-request"), "approve")
        world.replies(PIET, world.last("piet", "agent-new"), "/time 90m\n/resolve\nDone.")
        world.receives(who, subject="balance", text="balance")


def held(world: World) -> None:
    world.receives(STRANGER, text="Do you sell printers?")
    world.advance(hours=2)
    world.replies(PIET, world.last("piet", "held-digest"), "/accept as bram@bakery.example")


def checked(world: World) -> None:
    """What the checker of senders asks the database."""
    raw = world.written(ANNA, "help@desk.example", "Checked", "Text", "none")
    envelope = Envelope(reverse_path="", forward_path="help@desk.example", received_at=world.now)
    mail = arrivals.arrival(
        [envelope], raw, source_key=f"INBOX/1/{world.now}", author="anna@bakery.example", check_at=world.now
    )
    [[number]] = arrivals.put([mail])
    unchecked.due(world.now, 16)
    unchecked.park(number, "no answer", world.now)
    unchecked.found(number, "helpdeskd; none")


def scanned(sql: str, steps: list[str]) -> set[str]:
    """The tables that a statement reads from end to end."""
    names = {step.split()[1] for step in steps if step.startswith("SCAN") and "VIRTUAL TABLE" not in step}
    aliases = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(\w+)"', sql)}
    return {aliases.get(name, name) for name in names}


def test_no_statement_reads_a_table_that_grows_from_end_to_end(weeks: Weeks) -> None:
    old = weeks.old
    assert len(old.plans) > 80
    assert [sql for sql, plan in old.plans.items() if scanned(sql, plan) & GROWING and not is_excepted(sql)] == []


def test_no_statement_takes_more_steps_on_a_desk_with_ten_times_the_history(weeks: Weeks) -> None:
    young, old = weeks.young, weeks.old
    grown = {sql: (young.steps[sql], old.steps[sql]) for sql in old.steps if not is_excepted(sql)}
    assert len(grown) > 150
    assert {sql: steps for sql, steps in grown.items() if steps[1] > 1.3 * steps[0] + 60} == {}


def test_a_sweep_with_nothing_due_costs_the_same_however_many_tickets_there_are(weeks: Weeks) -> None:
    young, old = weeks.young_sweep, weeks.old_sweep
    assert len(old.plans) > 5
    assert sum(old.steps.values()) <= sum(young.steps.values()) + 20
