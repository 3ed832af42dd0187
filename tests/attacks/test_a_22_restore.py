"""Attack row A22 and promise P11: nothing counts after its time, twice, or after a restore."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpdeskd.cli import main
from helpdeskd.domain.token import ADOPT, APPROVE, DESK, DUTY, MANAGE, REPLY, THIRD_PARTY
from helpdeskd.storage import db, inbox
from tests.attacks.tokens import HOLDERS, issued, of_bakery
from tests.mail_client import answer, thread
from tests.world import BRAM, EVE, PIET, Sent, World

ANSWERS = {
    REPLY: "/take",
    APPROVE: "yes",
    ADOPT: "yes",
    MANAGE: "remove bram@bakery.example",
    DESK: "/accept 1 as bram@bakery.example",
    DUTY: "I take it.",
    THIRD_PARTY: "We know it.",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        yield world


def state(world: World, purpose: str) -> tuple[object, object]:
    """What a token could have changed: contacts, and the ticket or what is held."""
    counted = {"EstimateApproved", "ThirdPartyAnswered", "DutyTaken", "AgentReplied", "NoteAdded"}
    first = world.tickets()[-1:]
    tickets = [(each.status.ended, each.owner, counted & set(world.story(each.reference))) for each in first]
    with db.transaction():
        held = [row.id for row in inbox.listed("held", 100)]
    return of_bakery(), held if purpose in {ADOPT, DESK} else tickets


def sent_to(world: World, purpose: str) -> Sent:
    """A mail with a reply address for that purpose; of those for an answer, an agent's, who can do nothing without."""
    mail = issued(world, purpose)
    return world.last("piet", "agent-new") if purpose == REPLY else mail


@pytest.mark.parametrize("purpose", HOLDERS)
def test_p11_after_its_time_it_counts_no_more(desk: World, purpose: str) -> None:
    mail = sent_to(desk, purpose)
    before = state(desk, purpose)
    desk.clock.at = desk.now.replace(year=2028)
    assert desk.replies(f"X <{mail.to}>", mail, ANSWERS[purpose]).fate != "approval"
    assert state(desk, purpose) == before


@pytest.mark.parametrize("line", ["/time 2h", "The money is on its way.", "/note Again", "/estimate 2h"])
def test_p11_a_mail_of_an_agent_that_comes_again_by_another_way_counts_once(desk: World, line: str) -> None:
    """A relay adds its own fields each time, so the bytes differ; weeks later no window covers it either."""
    notice = issued(desk, REPLY) and desk.last("piet", "agent-new")
    to_, subject, text = answer(notice.message, line)
    same = {"headers": {"Message-ID": "<once@desk.example>"}, **thread(notice.message)}
    desk.receives(PIET, to_, subject, text, **same)
    before, told = desk.ticket(), len(desk.sent("bram"))
    for days in (1, 30):
        desk.clock.at = desk.now.replace(day=23 + 1) if days == 1 else desk.now.replace(year=2027, month=1)
        again = {**same, "headers": {**same["headers"], "X-Hop": str(days)}}
        assert desk.receives(PIET, to_, subject, text, **again).reason.startswith("nothing was done: this very mail")
    assert desk.ticket() == before
    assert len(desk.sent("bram")) == told


def test_p11_a_mail_that_opened_a_ticket_on_behalf_opens_no_second_one(desk: World) -> None:
    for hop in "12":
        headers = {"Message-ID": "<once@desk.example>", "X-Hop": hop}
        desk.receives(PIET, text="/for bram@bakery.example\nHe called.", headers=headers)
    assert len(desk.tickets()) == 1


def test_p11_a_mail_that_was_sent_back_counts_when_it_comes_right(desk: World) -> None:
    notice = issued(desk, REPLY) and desk.last("piet", "agent-new")
    headers = {"Message-ID": "<once@desk.example>"}
    wrong = desk.receives(PIET, subject="Re: [HD-1001] Till", text="/take", headers=headers)
    assert wrong.reason.startswith("nothing was done")
    desk.receives(PIET, notice.header("Reply-To"), "Re: [HD-1001] Till", "/take", headers=headers)
    assert desk.ticket().owner == "piet"


# A22


def restored(world: World) -> None:
    assert main(["restored", "--config", str(world.folder / "config.toml")]) == 0
    world.reopens()


@pytest.mark.parametrize("purpose", HOLDERS)
def test_a22_after_a_restore_no_token_that_was_sent_before_counts(desk: World, purpose: str) -> None:
    mail = sent_to(desk, purpose)
    before = state(desk, purpose)
    restored(desk)
    assert desk.replies(f"X <{mail.to}>", mail, ANSWERS[purpose]).fate != "approval"
    assert state(desk, purpose) == before


@pytest.mark.parametrize("purpose", HOLDERS)
def test_a22_without_a_restore_it_does_something(desk: World, purpose: str) -> None:
    """The same answers count otherwise: so the two tests above would see it."""
    mail = sent_to(desk, purpose)
    before = state(desk, purpose)
    desk.replies(f"X <{mail.to}>", mail, ANSWERS[purpose])
    assert state(desk, purpose) != before


def test_a22_after_a_restore_people_are_not_lost_and_numbers_are_not_given_again(desk: World) -> None:
    mail = issued(desk, REPLY)
    restored(desk)
    assert desk.replies(BRAM, mail, "It hangs again.").reference == "HD-1001"
    assert desk.replies(PIET, desk.last("piet", "agent-update"), "/take").fate == "commands"
    assert desk.ticket().owner == "piet"
    assert desk.receives(EVE, subject="Other").reference == "HD-2002"
    assert desk.audit() == []


def test_a22_the_answer_to_a_ticket_that_the_backup_does_not_hold_reaches_nobody_elses(desk: World) -> None:
    """Luc's ticket was given after the backup was made; its number is in a mail that he has."""
    desk.receives(BRAM)
    with db.transaction():
        before = db.epoch()
    restored(desk)
    with db.transaction():
        assert db.epoch() != before
    desk.receives(EVE, subject="Mine")
    lost = desk.receives("Frederik Holm <frederik@havn.example>", subject="Re: [HD-1002] Min sag", text="Hemmeligt")
    assert lost.fate == "opened"
    assert lost.reference not in {"HD-1001", "HD-1002", "HD-2002"}
    assert all("Hemmeligt" not in mail.text for mail in desk.sent("eve"))


def test_a22_message_ids_carry_the_epoch_too(desk: World) -> None:
    mail = issued(desk, REPLY)
    token = mail.message.message_id.strip("<>").partition("@")[0].partition(".")[2]
    keys = desk.office.post().keyring
    assert keys.holder(token, [mail.to], desk.now) == mail.to
    assert replace(keys, epoch="other").holder(token, [mail.to], desk.now) == ""
