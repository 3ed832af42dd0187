"""What is kept long enough goes, what is not settled stays, and a clock that jumped purges nothing."""

from datetime import datetime
from pathlib import Path

import pytest

from helpdeskd.cli import purge as command
from helpdeskd.storage import db, inbox, outbox, retention
from helpdeskd.storage.audit import audit
from helpdeskd.storage.blank import BLANK
from helpdeskd.storage.tables import proxy
from tests.cli.planted import found
from tests.cli.program import Program
from tests.world import BRAM, PIET, STRANGER, World, local

DORA = "Dora Dekker <dora@dentist.example>"
GIJS = "Gijs Groen <gijs@garage.example>"
SHORT = """
[retention]
received = "30 days"
attachments = "60 days"
sent = "30 days"
strangers = "45 days"
tickets = "90 days"
billed = "120 days"
audit = "365 days"
"""


@pytest.fixture
def world(config: Path) -> World:
    return World(config.parent, SHORT)


def days(world: World, count: int) -> None:
    """Day by day, as a desk lives."""
    world.advance(days=count)


def has_bytes(number: int) -> bool:
    with db.transaction():
        row = inbox.get(number)
    assert row is not None
    return not row.raw.startswith(BLANK)


def closed(world: World, person: str = BRAM, **parts: object) -> int:
    """The number of a mail whose ticket is closed."""
    row = world.receives(person, subject="Planted subject", text="Planted words", **parts)
    world.replies(PIET, world.last("piet"), "/close")
    return row.id


def test_the_bytes_of_a_mail_go_when_it_is_old_and_those_with_files_later(world: World) -> None:
    with world:
        plain = closed(world)
        with_file = closed(world, attachments=[("a.pdf", "application/pdf", b"%PDF")])
        days(world, 29)
        assert has_bytes(plain)
        days(world, 3)
        assert (has_bytes(plain), has_bytes(with_file)) == (False, True)
        days(world, 30)
        assert not has_bytes(with_file)
        assert all(mail.content.startswith(BLANK) for mail in (outbox.get(1), outbox.get(2)) if mail)


def test_what_is_not_settled_is_never_purged(world: World) -> None:
    with world:
        still_open = world.receives(BRAM, text="This goes on.").id
        held = world.receives(STRANGER, subject="Planted held", text="Nobody has answered this.").id
        days(world, 200)
        assert has_bytes(still_open)
        assert has_bytes(held)
        assert world.ticket().requester == "bram@bakery.example"


def test_who_wrote_mail_that_became_no_ticket_is_forgotten(world: World) -> None:
    with world:
        refused = world.receives(STRANGER, subject="Planted offer", headers={"List-Id": "<offers>"}).id
        days(world, 44)
        assert inbox.get(refused).sender == "sam@elsewhere.example"  # type: ignore[union-attr]
        days(world, 3)
        row = inbox.get(refused)
        assert row is not None
        assert (row.sender, row.subject, row.fate) == ("purged", "", "recorded")


def test_the_words_and_people_of_a_ticket_go_and_its_numbers_stay(world: World, helpdeskd: Program) -> None:
    with world:
        closed(world)
        days(world, 89)
        assert world.ticket().requester == "bram@bakery.example"
        days(world, 10)
        ticket = world.ticket()
        assert (ticket.reference, ticket.requester, ticket.subject) == ("HD-1001", "purged", "[purged]")
        assert [each.reference for each in world.tickets()] == ["HD-1001"]
    assert found(world.state, ("planted subject", "planted words")) == []
    assert helpdeskd("tickets", "search", "planted").out == ""
    assert helpdeskd("audit").status == 0


def test_a_ticket_on_which_time_was_booked_is_kept_for_the_books_and_its_minutes_for_ever(world: World) -> None:
    with world:
        world.receives(DORA)
        world.replies(PIET, world.last("piet"), "/time 40m\n/close")
        days(world, 110)
        assert world.ticket().requester == "dora@dentist.example"
        days(world, 15)
        assert world.ticket().requester == "purged"
        minutes = proxy.execute_sql("SELECT minutes, state ->> '$.agent' FROM entry").fetchall()
        assert minutes == [(40, "purged")]


def test_a_ticket_that_drew_on_a_card_with_hours_left_is_kept(world: World) -> None:
    with world:
        world.receives(GIJS)
        world.replies(PIET, world.last("piet"), "/estimate 1h")
        world.replies(GIJS, world.last("gijs", "approval-request"), "approve")
        world.replies(PIET, world.last("piet"), "/time 40m\n/close")
        assert proxy.execute_sql("SELECT minutes FROM draw").fetchall() == [(45,)]
        days(world, 130)
        assert world.ticket().requester == "gijs@garage.example"


def test_work_that_no_statement_has_told_of_is_kept(world: World) -> None:
    with world:
        world.receives(DORA)
        world.replies(PIET, world.last("piet"), "/time 40m\n/close")
        world.at("2026-12-02 09:00")
        with db.transaction():
            keep = world.office.loaded.config.retention.retention()
            for (name,) in proxy.execute_sql("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                proxy.execute_sql(f"DROP TRIGGER {name}")
            proxy.execute_sql("UPDATE statement SET month = '2026-10' WHERE customer = 'dentist'")
            assert retention.purge(keep, local("2027-11-01 09:00"), 100).tickets == 0
            proxy.execute_sql("UPDATE statement SET month = '2026-11' WHERE customer = 'dentist'")
            assert retention.purge(keep, local("2027-11-01 09:00"), 100).tickets == 1


@pytest.mark.parametrize("jump", ["2026-11-24 10:01", "2027-11-23 10:00", "2026-01-01 10:00"])
def test_f06_nothing_is_purged_by_a_clock_that_jumped_more_than_a_day(world: World, jump: str) -> None:
    with world:
        old = closed(world)
        days(world, 29)
        world.is_down_until("2026-12-22 10:00" if jump.startswith("2026-11") else jump)
        world.is_down_until("2027-12-24 10:00")
        assert has_bytes(old)
        days(world, 2)
        assert not has_bytes(old)


def test_much_is_purged_a_part_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world:
        for _ in range(5):
            closed(world)
        with db.transaction():
            keep = world.office.loaded.config.retention.retention()
            counts = [retention.purge(keep, local("2027-01-10 10:00"), 4).received for _ in range(4)]
        assert counts == [4, 4, 2, 0]


def test_a_person_purges_by_hand_when_the_clock_is_right(
    world: World, helpdeskd: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world:
        closed(world)
        days(world, 2)
    at: list[datetime] = [local("2027-02-25 10:00")]
    monkeypatch.setattr(command, "now", lambda: at[0])
    ran = helpdeskd("purge")
    assert ran.status == 1
    assert "when the desk last looked, and is 2027-02-25T09:00+00:00 now" in ran.complaint
    dry = helpdeskd("purge", "--dry-run", "--json")
    [would] = dry.rows
    assert (would["received"], would["tickets"]) == (2, 1)
    assert helpdeskd("tickets", "search", "planted").out != ""
    [done] = helpdeskd("purge", "--clock-is-right", "--json").rows
    assert done == would
    assert helpdeskd("tickets", "search", "planted").out == ""
    assert helpdeskd("audit").status == 0
    assert helpdeskd("audit", "--log", "--json").rows[-1]["detail"]["tickets"] == 1


def test_a_mail_that_has_no_bytes_any_more_is_not_sent_again(world: World, helpdeskd: Program) -> None:
    with world:
        closed(world)
        days(world, 35)
        with db.transaction():
            assert audit().faults == []
            assert not outbox.retry(1, world.now)


def purges(world: World, limit: int = 100) -> retention.Purged:
    """What a purge takes now."""
    with db.transaction():
        return retention.purge(world.office.loaded.config.retention.retention(), world.now, limit)


def test_a_drill_is_purged_once_and_takes_nobodys_place(world: World, helpdeskd: Program) -> None:
    with world:
        world.at("2026-11-23 20:00")
    assert helpdeskd("duty", "drill").status == 0
    with World(world.folder, SHORT, begin="2026-11-23 20:05") as world:
        world.works()
        world.replies(PIET, world.last("piet", "duty-page"), "/ack")
        closed(world)
        drill = world.ticket("HD-1001")
        assert (drill.is_drill, drill.requester, drill.status) == (True, "", "closed")
        world.clock.at = local("2027-06-01 10:00")
        assert [purges(world, limit=1).tickets for _ in range(4)] == [1, 1, 0, 0]
        assert world.ticket("HD-1002").requester == "purged"


def test_what_comes_to_a_purged_ticket_that_is_opened_again_goes_in_its_turn(world: World) -> None:
    with world:
        closed(world)
        notice = world.last("piet", "agent-new")
        world.clock.at = local("2027-06-01 10:00")
        assert purges(world).tickets == 1
        world.clock.at = local("2027-06-01 10:01")
        world.replies(PIET, notice, "/reopen")
        world.replies(PIET, notice, "/note Planted later")
        world.replies(PIET, notice, "/close")
        assert purges(world).tickets == 0
        world.clock.at = local("2027-11-01 10:00")
        assert purges(world).tickets == 1
        assert purges(world).tickets == 0
    assert found(world.state, ("planted later",)) == []


def test_a_matter_goes_on_while_the_ticket_that_it_was_merged_into_does(world: World) -> None:
    with world:
        for _ in range(3):
            world.receives(BRAM, text="Planted words")
        second, third = (mail for mail in world.sent("piet", "agent-new") if mail.reference != "HD-1001")
        world.replies(PIET, third, "/merge HD-1002")
        world.replies(PIET, second, "/merge HD-1001")
        world.clock.at = local("2027-11-01 10:00")
        done = purges(world)
        assert (done.received, done.tickets) == (0, 0)
        assert [ticket.requester for ticket in world.tickets()] == ["bram@bakery.example"] * 3
        assert all(map(has_bytes, (1, 2, 3)))
