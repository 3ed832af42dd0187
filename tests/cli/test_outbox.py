"""`helpdeskd outbox`: mails to send, their bytes, and what an administrator decides about them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.storage import db, outbox
from tests.cli.program import Program, in_a_process
from tests.world import ANNA, World


@pytest.fixture
def story(world: World) -> World:
    """Mail 1 was sent; mail 2 was refused for good; mail 3 waits for its next try."""
    with world:
        world.receives(ANNA)
        second = world.written(ANNA, "support@desk.example", "Second", "Again.")
        world.puts(second, "support@desk.example", "anna@bakery.example")
        world.worker.work()
        with db.transaction():
            refused, waits, *_ = sorted(outbox.claim(world.now, 9), key=lambda mail: mail.to_agent)
            outbox.failed(refused.id, "550 5.1.1 no such\r\nuser", world.now)
            outbox.later(waits.id, "451 busy", world.now + timedelta(hours=1), uncertain=True)
    return world


def states(helpdeskd: Program) -> dict[int, str]:
    return {row["id"]: row["status"] for row in helpdeskd("outbox", "list", "--json").rows}


@pytest.fixture
def failed(helpdeskd: Program, story: World) -> int:
    [row] = helpdeskd("outbox", "list", "--status", "failed", "--json").rows
    return int(row["id"])


@pytest.fixture
def waiting(helpdeskd: Program, story: World) -> int:
    return int(next(r["id"] for r in helpdeskd("outbox", "list", "--json").rows if r["uncertain"]))


def test_a_list_tells_what_came_of_each_mail(helpdeskd: Program, failed: int, waiting: int) -> None:
    lines = {int(line.split()[0]): line for line in helpdeskd("outbox", "list").out.splitlines()}
    assert lines[1].split()[1:3] == ["2026-11-23T10:00:00+01:00", "sent"]
    assert lines[failed].endswith("(550 5.1.1 no such user)")
    assert lines[waiting].split()[2] == "queued?"


def test_a_list_as_json_has_no_bytes(helpdeskd: Program, failed: int) -> None:
    [row] = helpdeskd("outbox", "list", "--status", "failed", "--json").rows
    assert (row["attempts"], row["notice"]) == (1, "ticket-received")
    assert datetime.fromisoformat(row["created_at"]).utcoffset() is not None
    assert "content" not in row


def test_a_mail_is_shown_as_it_goes_out(failed: int, config: Path) -> None:
    ran = in_a_process("outbox", "show", failed, config=config)
    assert "To: " in ran.out
    assert "Message-ID: <" in ran.out


def test_a_failed_mail_is_tried_again(helpdeskd: Program, failed: int) -> None:
    ran = helpdeskd("outbox", "retry", failed)
    assert (ran.status, ran.out.split()[2]) == (0, "queued")
    assert states(helpdeskd)[failed] == "queued"


def test_a_dropped_mail_is_never_sent(helpdeskd: Program, failed: int, waiting: int, story: World) -> None:
    ran = helpdeskd("outbox", "drop", failed, waiting, "--json")
    assert {row["id"]: row["status"] for row in ran.rows} == {failed: "dropped", waiting: "dropped"}
    with story:
        sent = len(story.mails)
        story.advance(hours=2)
        assert [mail.row.id for mail in story.mails[sent:] if mail.row.id in {failed, waiting}] == []


def test_a_dropped_mail_can_be_sent_after_all(helpdeskd: Program, failed: int) -> None:
    helpdeskd("outbox", "drop", failed)
    assert helpdeskd("outbox", "retry", failed).status == 0
    assert states(helpdeskd)[failed] == "queued"


@pytest.mark.parametrize(
    ("action", "why"),
    [("retry", "is not there, or is sent or being sent"), ("drop", "is neither queued nor failed")],
)
def test_what_was_sent_stays_sent_and_the_others_are_treated(
    helpdeskd: Program, failed: int, action: str, why: str
) -> None:
    ran = helpdeskd("outbox", action, 1, 77, failed)
    assert ran.status == 1
    assert ran.err.splitlines() == [f"outbox: mail 1 {why}", f"outbox: mail 77 {why}"]
    assert states(helpdeskd)[1] == "sent"
    assert states(helpdeskd)[failed] == ("queued" if action == "retry" else "dropped")


def test_an_unknown_mail_is_told(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("outbox", "show", 77)
    assert (ran.status, ran.complaint) == (1, "outbox: there is no mail 77")
