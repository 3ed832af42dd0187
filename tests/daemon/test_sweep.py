"""The clock's turn: everything that is due, once, and nothing lost to a failure of something else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.daemon.sweep import BATCH, PUT_OFF
from helpdeskd.domain.effect import Remind
from helpdeskd.domain.notice import Item
from helpdeskd.domain.ticket import Status
from helpdeskd.mail.delivery import RETRY
from helpdeskd.storage import db, outbox, reminders, tickets
from helpdeskd.storage.tables import TicketRow, proxy
from tests.daemon.test_log import listening
from tests.storage.values import mail
from tests.world import BRAM, PIET, World

MINUTE = timedelta(minutes=1)
LATE = Item("HD-1001", "It hangs", kind="response", percent=100)
FAILS = "BEGIN SELECT RAISE(ABORT, 'it does not go in'); END"
DORA = "Dora Dekker <dora@dentist.example>"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as desk:
        desk.receives(BRAM)
        desk.news()
        yield desk


def resolved(world: World, count: int) -> None:
    """That many tickets whose quiet period is over now."""
    with db.transaction():
        for number in range(2, count + 2):
            like = replace(world.ticket(), id=number, reference=f"HD-{1000 + number}")
            tickets.save(replace(like, status=Status.RESOLVED, wake_at=world.now))


def closed() -> int:
    return int(TicketRow.select().where(TicketRow.status == "closed").count())


def sweep(world: World) -> int:
    with db.transaction():
        return world.sweep.run(world.now)


@pytest.fixture
def crowd(world: World) -> Iterator[World]:
    """One ticket more than a sweep takes is due; the test's tickets were opened by no mail."""
    resolved(world, BATCH + 1)
    yield world
    proxy.execute_sql("DELETE FROM target WHERE ticket_id > 1")
    proxy.execute_sql("DELETE FROM event WHERE ticket_id > 1")
    proxy.execute_sql("DELETE FROM ticket WHERE id > 1")


def test_what_is_too_much_for_one_tick_is_done_at_the_next(crowd: World) -> None:
    assert sweep(crowd) == BATCH
    assert closed() == BATCH
    assert sweep(crowd) == 1
    assert closed() == BATCH + 1
    assert sweep(crowd) == 0


def test_tickets_that_fail_do_not_take_the_places_of_others(crowd: World) -> None:
    broken = TicketRow.id.between(2, BATCH + 1)
    TicketRow.update(state="{}").where(broken).execute()
    assert sweep(crowd) == 0
    assert sweep(crowd) == 1
    assert closed() == 1


def test_a_ticket_that_fails_costs_itself_and_is_tried_again(crowd: World) -> None:
    whole = TicketRow.get_by_id(2).state
    TicketRow.update(state="{}").where(TicketRow.id == 2).execute()
    assert sweep(crowd) == BATCH - 1
    assert sweep(crowd) == 2 - 1
    TicketRow.update(state=whole).where(TicketRow.id == 2).execute()
    crowd.clock.at += PUT_OFF - MINUTE
    assert sweep(crowd) == 0
    crowd.clock.at += MINUTE
    assert sweep(crowd) == 1
    assert closed() == BATCH + 1


def test_of_a_ticket_that_fails_half_way_nothing_is_told(world: World) -> None:
    with db.transaction():
        tickets.save(replace(world.ticket(), status=Status.PENDING, wake_at=world.now))
    proxy.execute_sql(f"CREATE TRIGGER full BEFORE INSERT ON outbox WHEN (SELECT COUNT(*) FROM outbox) > 3 {FAILS}")
    with listening() as lines:
        assert sweep(world) == 0
    assert [line.getMessage().split()[0] for line in lines.records] == ["stage=alarm"]
    proxy.execute_sql("DROP TRIGGER full")
    world.clock.at += PUT_OFF
    assert sweep(world) == 1


def test_a_collected_mail_that_fails_keeps_its_lines_and_stops_no_other(world: World) -> None:
    for notice in ("no-such-template", "target-warning"):
        with db.transaction():
            reminders.add(Remind(notice, "piet@desk.example", world.now, LATE))
    assert sweep(world) == 1
    world.works()
    assert world.news() == ["piet target-warning"]
    with db.transaction():
        assert len(reminders.due(world.now, 10)) == 1
    proxy.execute_sql("DELETE FROM reminder")


def test_a_line_for_somebody_who_has_left_is_dropped(world: World) -> None:
    with db.transaction():
        reminders.add(Remind("target-warning", "gone@desk.example", world.now, LATE))
    assert sweep(world) == 1
    assert sweep(world) == 0
    assert world.news() == []


def test_a_database_that_fails_puts_nothing_off(world: World) -> None:
    world.clock.at += timedelta(hours=2)
    with pytest.raises(db.Unavailable), db.transaction():
        proxy.execute_sql("DROP TABLE reminder")
        world.sweep.run(world.now)
    assert sweep(world) > 0


def test_a_sweep_with_nothing_due_does_nothing(world: World) -> None:
    assert sweep(world) == 0


def test_one_look_at_a_ticket_tells_each_of_its_targets_in_one_turn(world: World) -> None:
    world.is_down_until("2026-11-25 10:00")
    assert world.story() == ["TicketOpened", "TargetPassed", "TargetPassed"]


@pytest.fixture
def estimated(tmp_path: Path) -> Iterator[World]:
    """Dora has asked something, and Piet for two hours."""
    with World(tmp_path / "desk") as desk:
        desk.receives(DORA)
        desk.replies(PIET, desk.last("piet"), "/estimate 2h")
        desk.news()
        yield desk


def test_an_estimate_without_an_answer_is_reminded_of_once_when_its_time_has_come(estimated: World) -> None:
    estimated.is_down_until("2026-11-25 09:59")
    assert estimated.news() == []
    estimated.is_down_until("2026-11-25 10:00")
    assert estimated.news() == ["dora approval-request", "tom approval-request"]
    assert sweep(estimated) == 0
    assert estimated.story()[-1] == "EstimateReminded"


def test_an_estimate_that_was_answered_is_not_reminded_of_and_does_not_expire(estimated: World) -> None:
    estimated.replies(DORA, estimated.last("dora", "approval-request"), "approve")
    estimated.at("2026-12-31 10:00")
    assert not {"EstimateReminded", "EstimateExpired"} & set(estimated.story())


def test_what_expired_while_the_desk_was_down_is_not_reminded_of_any_more(estimated: World) -> None:
    estimated.is_down_until("2027-01-04 10:00")
    happened = [name for name in estimated.story() if name.startswith("Estimate")]
    assert happened == ["EstimateAsked", "EstimateExpired"]
    assert estimated.ticket().status is Status.NEW
    assert estimated.ticket().ask_at is None
    assert sweep(estimated) == 0


def test_an_owner_has_the_ticket_again_when_its_estimate_expires(estimated: World) -> None:
    estimated.replies(PIET, estimated.last("piet"), "/take")
    estimated.at("2027-01-04 10:00")
    assert (estimated.ticket().status, estimated.ticket().owner) == (Status.OPEN, "piet")


def test_a_ticket_that_was_looked_at_for_nothing_is_not_due_again(world: World) -> None:
    with db.transaction():
        TicketRow.update(ask_at=world.now).execute()
    assert sweep(world) == 1
    assert sweep(world) == 0
    assert world.news() == []


def test_a_share_that_was_used_before_the_clock_stopped_is_not_told(world: World) -> None:
    world.at("2026-11-23 17:59")
    world.replies(PIET, world.sent("piet", "agent-new")[0], "/wait\nWhich version?")
    world.news()
    world.is_down_until("2026-11-30 10:00")
    assert world.news() == []


def test_no_retry_is_taken_for_the_work_of_a_wrong_clock() -> None:
    assert max(RETRY) < outbox.FARTHEST


def test_mail_that_was_queued_by_a_clock_that_was_ahead_is_due_when_it_is_right(world: World) -> None:
    soon = world.now + timedelta(hours=1)
    with db.transaction():
        ahead, in_time = outbox.take_id(), outbox.take_id()
        outbox.queue(mail(ahead, reference="", notice="reply", next_at=world.now + timedelta(hours=3)))
        outbox.queue(mail(in_time, reference="", notice="reply", next_at=soon))
    sweep(world)
    rows = outbox.listed()[:2]
    assert {row.id: row.next_at for row in rows} == {ahead: world.now, in_time: soon}
    # Its age counts from now on, or it would be tried for years.
    assert {row.created_at for row in rows if row.id == ahead} == {world.now}
