"""From a notice to a row of the outbox, unless a cap forbids it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.domain.notice import DeskFacts, Facts, Notice, Recipient, TicketFacts
from helpdeskd.domain.token import BOUNCE, DUTY, REPLY, read
from helpdeskd.mail.parse import parse
from helpdeskd.storage import db, outbox
from tests.world import BRAM, World

CAPS = "\n[caps]\naddress_hour = 2\naddress_day = 3\ndesk_hour = 4\n"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", CAPS) as desk:
        yield desk


TOO_MANY = "no more than 2 automatic mails to this address in an hour (your own answers go out)"


def send(
    world: World,
    to: str = "bram@bakery.example",
    *,
    agent: bool = False,
    automatic: bool = True,
    name: str = "refused",
    what: str = "refused",
) -> str:
    """Send a notice without a ticket; why not, or ""."""
    desk = DeskFacts("Helpdesk", "support@desk.example")
    about = TicketFacts("HD-1", "Printer", "new", "normal", "problem", "", "Bakery", world.now)
    told = Facts(desk, world.now, about, text="Hello", what=what)
    notice = Notice(name, Recipient(to, "Bram", "en", "Europe/Amsterdam", agent=agent), told, automatic=automatic)
    post = world.office.post()
    with db.transaction():
        refused = post.send(notice, post.desk.queues[0], None, world.now, "<theirs@bakery.example>")
    world.works()
    return refused


def test_an_address_gets_so_many_automatic_mails_in_an_hour_and_a_day(world: World) -> None:
    assert [send(world) for _ in range(3)] == ["", "", TOO_MANY]
    world.clock.at += timedelta(hours=1, microseconds=1)
    assert [send(world), send(world)] == [
        "",
        "no more than 3 automatic mails to this address in a day (your own answers go out)",
    ]
    world.clock.at += timedelta(days=1)
    assert send(world) == ""


def test_what_people_did_takes_nothing_of_the_caps_of_an_address(world: World) -> None:
    assert [send(world, name="status", what="rejected") for _ in range(2)] == ["", ""]
    assert [send(world), send(world)] == ["", ""]


def test_the_desk_sends_so_many_in_an_hour(world: World) -> None:
    assert [send(world, f"{name}@bakery.example") for name in "abcde"] == [
        *[""] * 4,
        "no more than 4 automatic mails of the desk in an hour (your own answers go out)",
    ]


@pytest.mark.parametrize("name", ["status", "closed", "duty-taken", "duty-released"])
def test_what_agents_and_duty_did_is_told_until_the_desk_has_sent_too_much(world: World, name: str) -> None:
    assert [send(world, name=name, what="rejected") for _ in range(4)] == [""] * 4
    assert (
        send(world, name=name, what="rejected")
        == "no more than 4 automatic mails of the desk in an hour (your own answers go out)"
    )


def test_that_a_reply_address_was_used_by_another_takes_nothing_of_its_holders_caps(world: World) -> None:
    told = [send(world, name="status", what="token-misused") for _ in range(3)]
    assert told == ["", "", ""]


@pytest.mark.parametrize(
    ("name", "what"), [("help", ""), ("status", "tickets"), ("contacts", "listed"), ("contacts", "not-changed")]
)
def test_what_a_word_asked_for_is_capped_like_an_answer_to_a_mail(world: World, name: str, what: str) -> None:
    assert [send(world, name=name, what=what) for _ in range(3)] == ["", "", TOO_MANY]


@pytest.mark.parametrize("what", ["added", "removed"])
def test_a_change_of_contacts_is_told_whatever_else_the_address_got(world: World, what: str) -> None:
    assert [send(world, name="contacts", what=what) for _ in range(4)] == [""] * 4


def test_agents_and_answers_of_people_are_not_capped(world: World) -> None:
    assert [send(world, agent=True) for _ in range(6)] == [""] * 6
    assert [send(world, automatic=False) for _ in range(6)] == [""] * 6


@pytest.mark.parametrize(
    "address",
    ["postmaster@bakery.example", "no-reply@bakery.example", "mailer-daemon@x.example", "help@desk.example"],
)
def test_role_addresses_and_our_own_get_no_automatic_mail(world: World, address: str) -> None:
    assert send(world, address) == "role address"
    assert world.mails == []


def test_a_mail_that_is_refused_leaves_no_row(world: World) -> None:
    send(world, "postmaster@bakery.example")
    with db.transaction():
        assert outbox.counts() == {}


def test_a_notice_without_a_ticket_answers_the_mail_and_has_no_reply_address(world: World) -> None:
    send(world)
    (mail,) = world.mails
    assert mail.header("In-Reply-To") == mail.header("References") == "<theirs@bakery.example>"
    assert mail.header("Reply-To") == ""
    assert "[" not in mail.subject


def test_each_recipient_has_tokens_of_their_own(world: World) -> None:
    world.receives(BRAM)
    reply = [read(mail.header("Reply-To").partition("+t.")[2].partition("@")[0]) for mail in world.mails]
    bounce = [read(mail.row.sender.partition("+b.")[2].partition("@")[0]) for mail in world.mails]
    assert all(claim and (claim.ticket_id, claim.purpose) == (1, REPLY) for claim in reply)
    assert [(claim.ticket_id, claim.purpose) for claim in bounce if claim] == [(1, BOUNCE), (2, BOUNCE), (3, BOUNCE)]
    assert len({claim.mac for claim in reply if claim}) == 3
    assert all(
        claim and f"{mail.row.id}." in mail.message.message_id for claim, mail in zip(reply, world.mails, strict=True)
    )


def test_a_page_has_a_token_that_takes_the_emergency(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, "duty@desk.example")
    claim = read(world.last("piet").header("Reply-To").partition("+t.")[2].partition("@")[0])
    assert claim is not None
    assert claim.purpose == DUTY


def test_a_text_message_is_a_short_mail_to_the_gateway_whose_reports_come_back(tmp_path: Path) -> None:
    sms = '[[duty.sms]]\nperson = "piet"\nto = "316@sms.example"\n'
    with World(tmp_path / "sms", sms) as world:
        world.at("2026-11-23 23:00")
        world.receives(BRAM, "duty@desk.example", "Shop is down", "My password is s3cret.")
        (row,) = [row for row in world.hooks if row.channel == "sms"]
        claim = read(row.sender.partition("+b.")[2].partition("@")[0])
        assert claim is not None
        assert (claim.ticket_id, claim.purpose, row.recipient) == (row.id, BOUNCE, "316@sms.example")
        message = parse(row.content)
        assert message.text.strip() == "Emergency HD-1001, step 1: Shop is down"
        assert (message.subject, message.header("From")) == ("HD-1001", "duty@desk.example")


def test_mail_comes_from_the_address_of_its_queue(world: World) -> None:
    world.at("2026-11-23 23:00")
    world.receives(BRAM, "duty@desk.example")
    world.receives(BRAM, "help@desk.example", "Another matter")
    assert [mail.header("From") for mail in world.sent("bram")] == [
        "Helpdesk <duty@desk.example>",
        "Helpdesk <support@desk.example>",
    ]
