"""One turn: all of it, or nothing."""

from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from shutil import copytree

import pytest

from helpdeskd.daemon.office import shipped
from helpdeskd.mail.compose import Composer
from helpdeskd.storage import db, inbox, outbox, tickets
from tests import mail_client
from tests.world import ANNA, BRAM, PIET, World, shipped_templates

BROKEN = "Subject: {{ subject }}\n\n{{ ticket.no_such_thing }}\n"


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[World]:
    """A desk whose last template for agents, behind which there is no other, cannot be rendered."""
    folder = tmp_path / "templates"
    copytree(str(shipped("templates")), folder)
    (folder / "en" / "agent-new.md.j2").write_text(BROKEN)
    with World(tmp_path / "desk") as world:
        world.office.composer = Composer([folder], "en")
        yield world


def test_a_turn_that_fails_has_not_happened_and_the_mail_is_kept(broken: World) -> None:
    world = broken
    inbox_id = world.puts(
        world.written(BRAM, "support@desk.example", "Printer", "No paper."),
        "support@desk.example",
        "bram@bakery.example",
    )
    world.works()
    assert world.mails == []
    with db.transaction():
        row = inbox.get(inbox_id)
        assert tickets.listed() == []
        assert outbox.counts() == {}
    assert row is not None
    assert (row.status, row.strikes) == ("failed", inbox.STRIKES)
    assert "agent-new.md.j2:3" in row.reason
    assert b"No paper." in row.raw


def test_a_mail_that_fails_takes_no_other_with_it(broken: World) -> None:
    world = broken
    for sender, headers in ((BRAM, None), (ANNA, {"Auto-Submitted": "auto-replied"})):
        raw = world.written(sender, "support@desk.example", "Hello", "Hello", headers=headers)
        world.puts(raw, "support@desk.example", "bram@bakery.example")
    world.works()
    with db.transaction():
        assert [(row.status, row.fate) for row in inbox.listed()] == [("done", "recorded"), ("failed", "failed")]


def test_numbers_have_no_gaps_after_a_turn_that_failed(broken: World) -> None:
    world = broken
    world.puts(world.written(BRAM, "support@desk.example", "One", "One"), "support@desk.example", "bram@bakery.example")
    world.works()
    world.office.composer = shipped_templates(world.office.loaded.desk.largest_attachments)
    assert world.receives(BRAM, subject="Two").reference == "HD-1001"


def test_a_mail_is_heard_on_its_ticket_whoever_wrote_it(tmp_path: Path) -> None:
    with World(tmp_path / "desk") as world:
        world.receives("Anna de Vries <a.devries@bakery.example>")
        world.replies(PIET, world.last("piet"), "Which version?")
        world.replies(ANNA, world.last("anna"), "Away.", headers={"Auto-Submitted": "auto-replied"})
        with db.transaction():
            assert tickets.reference_heard("<3@bakery.example>") == "HD-1001"
            assert outbox.talk("HD-1001", "anna@bakery.example", world.now).theirs == "<1@bakery.example>"
            assert outbox.talk("HD-1001", "piet@desk.example", world.now).theirs == "<2@desk.example>"


def test_a_held_mail_is_heard_on_no_ticket(tmp_path: Path) -> None:
    with World(tmp_path / "desk") as world:
        world.receives(BRAM)
        world.receives(BRAM, subject="[HD-1001] Hello", strength="none")
        with db.transaction():
            assert tickets.reference_heard("<2@bakery.example>") == ""


def test_an_answer_whose_held_mail_cannot_be_decided_has_not_been_given(broken: World) -> None:
    world = broken
    held = world.receives("Sam Nieuw <sam@bakery.example>")
    answer = mail_client.answer(world.last("bram", "adopt-request").message, "yes")
    inbox_id = world.puts(world.written(BRAM, *answer), answer[0], "bram@bakery.example")
    world.works()
    with db.transaction():
        assert [(row.id, row.status) for row in inbox.listed()] == [(inbox_id, "failed"), (held.id, "held")]
        assert tickets.listed() == []
    world.office.composer = shipped_templates(world.office.loaded.desk.largest_attachments)
    with db.transaction():
        inbox.requeue(inbox_id)
    world.works()
    with db.transaction():
        assert [(row.status, row.fate) for row in inbox.listed()] == [("done", "approval"), ("done", "opened")]


def test_who_a_mail_has_removed_is_no_contact_for_the_next_one_of_its_transaction(tmp_path: Path) -> None:
    with World(tmp_path / "desk") as world:
        world.receives(ANNA, subject="contacts", text="")
        remove = mail_client.answer(world.last("anna").message, "remove bram@bakery.example")
        for who, mail in (
            (BRAM, ("support@desk.example", "Printer", "No paper.")),
            (ANNA, remove),
            (BRAM, ("support@desk.example", "Scanner", "No light.")),
        ):
            world.puts(world.written(who, *mail), mail[0], parseaddr(who)[1])
        world.works()
        with db.transaction():
            assert [row.fate for row in inbox.listed(limit=3)] == ["held", "commands", "opened"]
