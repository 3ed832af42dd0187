"""Alarms on their way to the sysadmin, on a desk with a clock that we turn."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.daemon import log, tally
from helpdeskd.daemon.alarms import look
from helpdeskd.daemon.causes import Here
from helpdeskd.storage import alarms, db, inbox, outbox
from tests.storage.values import mail
from tests.world import ANNA, STRANGER, World

ROOT = "root@ops.example"
GIB = 1 << 30
Desk = Callable[..., World]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Makes a desk whose alarms go to ROOT, unless told otherwise."""
    made: list[World] = []

    def make(extra: str = f'[alarms]\nto = ["{ROOT}"]\n') -> World:
        made.append(World(tmp_path / "desk", extra=extra).__enter__())
        return made[-1]

    tally.OURS.alarms()
    yield make
    for world in made:
        world.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def told(caplog: pytest.LogCaptureFixture) -> None:
    """Every line of the log, whatever level other tests have set."""
    caplog.set_level(logging.INFO, log.LOG.name)


def looks(world: World, free: int = 10 * GIB, has_clock: bool = True) -> list[str]:
    """A look now; the subjects of what went out."""
    before = len(world.sent(ROOT))
    with db.transaction():
        look(world.office, Here("node1", free), tally.OURS.alarms(), world.now, has_clock)
    world.works()
    return [mail.subject for mail in world.sent(ROOT)[before:]]


def test_an_alarm_of_the_log_becomes_a_mail_that_says_what_to_do(desk: Desk):
    world = desk()
    log.alarm(what="duty calendar", detail="the server answered 500")
    assert looks(world) == ["[Helpdesk] Alarm: duty calendar"]
    text = world.last(ROOT).text
    assert "the server answered 500" in text
    assert "since 2026-11-23 10:00 CET, on node1" in text
    assert "what to do: helpdeskd doctor" in text
    assert "docs/operations.md" in text


def test_the_mail_is_marked_as_automatic_and_answered_to_who_got_it(desk: Desk):
    world = desk()
    log.alarm(what="fault", detail="x")
    looks(world)
    mail = world.last(ROOT)
    assert mail.header("Auto-Submitted") == "auto-generated"
    assert mail.header("Reply-To") == ROOT
    assert (mail.notice, mail.row.automatic, mail.reference) == ("alarm", True, "")


def test_a_cause_is_told_once_a_day_however_often_it_is_raised(desk: Desk):
    world, told = desk(), []
    for _ in range(60):
        log.alarm(what="delivery", detail="no STARTTLS")
        told += [(f"{world.now:%H:%M}", subject) for subject in looks(world)]
        world.advance(hours=1)
    assert told == [("09:00", "[Helpdesk] Alarm: delivery")] * 3
    assert "still since 2026-11-23 10:00" in world.last(ROOT).text


def test_causes_that_are_about_different_things_are_told_each(desk: Desk):
    world = desk()
    log.alarm(what="page not sent", about="HD-1001", detail="by hook: no")
    assert looks(world) == ["[Helpdesk] Alarm: page not sent (HD-1001)"]
    log.alarm(what="page not sent", about="HD-1002", detail="by hook: no")
    log.alarm(what="page not sent", about="HD-1001", detail="by hook: no")
    assert looks(world) == ["[Helpdesk] Alarm: page not sent (HD-1002)"]


def test_what_comes_together_is_one_mail(desk: Desk):
    world = desk()
    log.alarm(what="delivery", detail="a")
    log.alarm(what="duty calendar", detail="b")
    assert looks(world) == ["[Helpdesk] 2 alarms: delivery, duty calendar"]


def test_what_is_quiet_again_is_told_to_be_over_once(desk: Desk, caplog: pytest.LogCaptureFixture):
    world = desk()
    assert looks(world, free=GIB // 2) == ["[Helpdesk] Alarm: disk nearly full (node1)"]
    world.advance(minutes=5)
    assert looks(world) == []
    world.advance(minutes=5)
    assert looks(world) == ["[Helpdesk] Over: disk nearly full (node1)"]
    world.advance(minutes=10)
    assert looks(world) == []
    stages = [message.split()[0] for message in caplog.messages if "disk nearly full" in message]
    assert stages == ["stage=alarm", "stage=over"]


def test_what_comes_back_within_a_day_is_told_no_more_often(desk: Desk):
    world, told = desk(), list[str]()
    for _ in range(20):
        told += looks(world, free=GIB // 2)
        world.advance(minutes=30)
        told += looks(world)
        world.advance(minutes=30)
    assert [subject.split()[1] for subject in told] == ["Alarm:", "Over:"]


def test_what_happened_is_never_over(desk: Desk):
    world = desk()
    log.alarm(what="clock jumped", detail="x")
    assert looks(world) == ["[Helpdesk] Alarm: clock jumped"]
    for _ in range(30):
        world.advance(hours=2)
        assert looks(world) == []
    with db.transaction():
        assert alarms.read() == alarms.Alarms()


def test_no_more_mails_go_out_in_an_hour_than_are_allowed_and_the_rest_is_collected(desk: Desk):
    world, told = desk(f'[alarms]\nto = ["{ROOT}"]\nmails_per_hour = 2\n'), []
    for number in range(5):
        log.alarm(what="page not sent", about=f"HD-{number}", detail="no")
        told += looks(world)
        world.advance(minutes=1)
    assert len(told) == 2
    world.advance(hours=1)
    assert looks(world) == ["[Helpdesk] 3 alarms: " + ", ".join(f"page not sent (HD-{n})" for n in (2, 3, 4))]


def test_mail_that_is_not_sent_is_an_alarm_by_the_clock(desk: Desk):
    world = desk()
    with db.transaction():
        outbox.queue(mail(outbox.take_id(), reference="", automatic=False, next_at=world.now, created_at=world.now))
        outbox.claim(world.now, 1)
        outbox.later(1, "connection refused", world.now + timedelta(hours=2), False)
    world.advance(minutes=59)
    assert looks(world) == []
    world.advance(minutes=1)
    assert looks(world) == ["[Helpdesk] Alarm: outbox lags"]
    assert "connection refused" in world.last(ROOT).text


def test_a_mail_that_failed_is_told_once(desk: Desk):
    world = desk()
    number = world.puts(b"From: a@b.example\r\n\r\nx", "support@desk.example", "a@b.example")
    with db.transaction():
        inbox.fail(number, "it broke", world.now)
    told = []
    for _ in range(100):
        told += looks(world)
        world.advance(hours=1)
    assert told == [f"[Helpdesk] Alarm: mail failed ({number})"]


def test_a_node_without_the_clock_leaves_the_figures_of_the_desk_to_the_other(desk: Desk):
    world = desk()
    world.receives(STRANGER, strength="none")
    world.advance(days=8)
    assert looks(world, has_clock=False) == []
    assert looks(world) == ["[Helpdesk] Alarm: held mail waits"]


def test_a_restart_and_another_node_tell_nobody_twice(desk: Desk):
    world = desk()
    log.alarm(what="delivery", detail="no")
    assert len(looks(world)) == 1
    db.close()
    db.connect(world.state)
    log.alarm(what="delivery", detail="no")
    assert looks(world) == []


def test_without_anybody_to_tell_nothing_is_sent_and_the_log_has_it(desk: Desk, caplog: pytest.LogCaptureFixture):
    world = desk("")
    assert looks(world, free=GIB // 2) == []
    world.advance(hours=1)
    looks(world)
    assert world.sent() == []
    assert "stage=alarm" in caplog.text
    assert "stage=over" in caplog.text


def test_a_clock_that_was_set_ahead_and_back_leaves_no_alarm_in_the_future(desk: Desk):
    world = desk()
    begin = world.now
    world.clock.at = begin.replace(year=2030)
    log.alarm(what="delivery", detail="no")
    assert len(looks(world)) == 1
    world.clock.at = begin
    log.alarm(what="delivery", detail="no")
    assert looks(world) == []
    world.advance(days=1)
    log.alarm(what="delivery", detail="no")
    assert looks(world) == ["[Helpdesk] Alarm: delivery"]


def test_a_report_that_an_alarm_could_not_be_delivered_sends_nothing(desk: Desk):
    world = desk()
    log.alarm(what="delivery", detail="no")
    looks(world)
    before = len(world.sent())
    assert world.bounces(world.last(ROOT)).fate == "recorded"
    assert len(world.sent()) == before


def test_the_channels_of_the_duty_are_told_too(desk: Desk):
    world = desk('[alarms]\nchannels = ["hook"]\n')
    log.alarm(what="delivery", detail="no")
    looks(world)
    (page,) = world.hooks
    assert (page.recipient, page.channel) == ("hook", "hook")
    assert b"Helpdesk: Alarm: delivery" in page.content


def test_an_address_in_what_went_wrong_is_no_more_in_the_mail_than_in_the_log(desk: Desk):
    world = desk()
    log.alarm(what="delivery", detail="anna@bakery.example was refused")
    looks(world)
    assert "anna@" not in world.last(ROOT).text


def test_alarms_take_nothing_of_the_caps_of_customers(desk: Desk):
    world = desk()
    log.alarm(what="delivery", detail="no")
    looks(world)
    with db.transaction():
        assert outbox.automatic_mails("", world.now) == 0
    world.receives(ANNA)
    assert world.sent("anna@bakery.example", "ticket-received") != []
