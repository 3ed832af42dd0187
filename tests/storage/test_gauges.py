"""Figures of the desk as it stands, and what they cost."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from helpdeskd.domain.target import TargetKind, ended, met, passed
from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db, gauges, inbox, outbox, tickets
from helpdeskd.storage.engine import Where
from helpdeskd.storage.gauges import Targets
from helpdeskd.storage.tables import Inbox, proxy
from tests.storage.values import MINUTE, NOW, RAW, envelope, mail, target, ticket

DAY = timedelta(days=1)


def put(number: int, minutes: int = 0) -> int:
    """A mail that came so many minutes before NOW."""
    return inbox.put([envelope(at=NOW - minutes * MINUTE)], RAW + str(number).encode())[0]


def end(number: int, status: str = "done", at: object = NOW) -> None:
    inbox.finish(number, "opened", "accept", "", "anna@bakery.example", "x", at, status)  # type: ignore[arg-type]


def test_an_empty_desk_has_nothing(state: Path):
    found = gauges.read(NOW)
    assert (found.queued, found.parked, found.held, found.failed) == (0, 0, 0, 0)
    assert (found.to_send, found.sending, found.unsent, found.pages, found.reply) == (0, 0, 0, 0, "")
    assert (found.oldest_queued, found.oldest_held, found.oldest_to_send, found.just_failed) == (None, None, None, ())
    assert gauges.targets() == Targets(0, 0)


def test_what_waits_in_the_inbox_is_counted_by_what_it_waits_for(state: Path):
    numbers = [put(number, minutes=number) for number in range(1, 7)]
    end(numbers[0])
    end(numbers[1], "held")
    end(numbers[2], "failed")
    Inbox.update(check_at=NOW).where(Inbox.id == numbers[5]).execute()
    found = gauges.read(NOW)
    assert (found.queued, found.parked, found.held, found.failed) == (3, 1, 1, 1)
    assert found.oldest_queued == NOW - 4 * MINUTE
    assert found.oldest_held == NOW - 2 * MINUTE


def test_the_oldest_mail_to_send_is_told_with_what_was_said_to_it(state: Path):
    for number in (1, 2, 3):
        outbox.queue(mail(number, created_at=NOW - (10 - number) * MINUTE))
    (first, _) = outbox.claim(NOW, 2)
    outbox.later(first.id, "451 try again", NOW + MINUTE)
    found = gauges.read(NOW)
    assert (found.to_send, found.sending, found.unsent) == (2, 1, 0)
    assert (found.oldest_to_send, found.reply) == (NOW - 9 * MINUTE, "451 try again")


def test_a_mail_that_failed_is_news_for_a_day(state: Path):
    for number in (1, 2):
        end(put(number), "failed", NOW - (number - 1) * DAY)
    assert gauges.read(NOW).just_failed == (1,)
    assert gauges.read(NOW + DAY).just_failed == ()


def test_an_old_mail_that_fails_after_many_newer_ones_is_news(state: Path):
    numbers = [put(number) for number in range(20)]
    for number in numbers[1:]:
        end(number, "failed", NOW - 2 * DAY)
    end(numbers[0], "failed", NOW)
    assert gauges.read(NOW).just_failed == (numbers[0],)


def test_targets_are_counted_while_somebody_waits_for_them(state: Path):
    late, warned = passed(target(10), NOW + 20 * MINUTE)[0], replace(target(90), warned=(Fraction(1, 2),))
    tickets.save(ticket(1))
    tickets.save_targets(1, [late, replace(warned, kind=TargetKind.RESOLUTION)])
    tickets.save(ticket(2, status=Status.WAITING))
    tickets.save_targets(2, [late, replace(target(90), kind=TargetKind.RESOLUTION)])
    assert gauges.targets() == Targets(breached=2, at_risk=1)
    tickets.save_targets(2, [met(late, NOW + 30 * MINUTE)])
    assert gauges.targets() == Targets(breached=1, at_risk=1)
    tickets.save_targets(1, [ended(late, NOW + 30 * MINUTE)])
    assert gauges.targets() == Targets(breached=0, at_risk=0)


def test_targets_of_a_ticket_that_has_ended_count_no_more(state: Path):
    tickets.save(ticket(1, status=Status.CLOSED))
    tickets.save_targets(1, [passed(target(10), NOW + 20 * MINUTE)[0]])
    assert gauges.targets() == Targets(0, 0)


def test_figures_cost_the_same_however_much_was_done_before(tmp_path: Path):
    """Steps are counted by SQLite itself."""
    steps: list[int] = []
    db.connect(Where(tmp_path))
    for round_ in range(2):
        for number in range(round_ * 100, round_ * 100 + 20 + round_ * 400):
            end(put(number))
            outbox.queue(mail(number + 1, status="sent"))
            tickets.save(ticket(number + 1, status=Status.CLOSED))
            tickets.save_targets(number + 1, [target(10)])
        taken: list[int] = []
        proxy.connection().set_progress_handler(lambda taken=taken: bool(taken.append(1)), 1)
        gauges.read(NOW)
        gauges.targets()
        proxy.connection().set_progress_handler(None)
        steps.append(len(taken))
    db.close()
    assert steps[0] == steps[1] > 0
