"""D03: no two machines talk for long, whatever they hide, and whoever they pose as."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db, outbox
from tests.world import ANNA, BRAM, PIET, World

END = 5


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        yield world


def as_another_desk(answer: bytes) -> bytes:
    """The automatic mail of a desk like ours: our own, with the addresses and marks of the bakery's desk."""
    mail = message_from_bytes(answer, policy=SMTP)
    for name, value in {
        "From": "Bakery Help <bram@bakery.example>",
        "To": "support@desk.example",
        "Message-ID": "<77.aaaa@bakery.example>",
        "X-Helpdeskd-Id": "bakery.example/0123456789",
        "X-Loop": "bram@bakery.example",
    }.items():
        mail.replace_header(name, value)
    del mail["Reply-To"]
    proof = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=bakery.example\r\n"
    return proof + mail.as_bytes()


def test_d03_two_desks_that_answer_each_other_end_at_the_first_answer(desk: World) -> None:
    desk.receives(BRAM)
    for _ in range(END):
        mail = desk.takes(as_another_desk(desk.last("bram").row.content), "support@desk.example", BRAM)
        assert mail.fate in {"recorded", "duplicate"}
    assert len(desk.sent("bram")) == 1


@pytest.mark.parametrize("thread", [True, False], ids=["in the thread", "as a new mail"])
def test_d03_a_responder_that_strips_every_header_and_changes_subject_and_sender_ends(
    desk: World, thread: bool
) -> None:
    people = ("anna@bakery.example", "a.devries@bakery.example")
    desk.receives(ANNA)
    for number in range(4 * END):
        to = desk.last("anna").header("Reply-To") if thread else "support@desk.example"
        from_ = f"Robot {number} <{people[number % 2]}>"
        desk.receives(from_, to, f"Received, number {number}", text=f"Your mail {number} is important to us.")
    assert len(desk.sent("anna")) <= END


def test_d03_a_responder_that_answers_every_refusal_ends(desk: World) -> None:
    for number in range(4 * END):
        desk.receives("Cato Bakker <cato@bakery.example>", subject=f"Thank you, {number}")
    assert len(desk.sent("cato")) == END


def test_d03_a_responder_that_answers_with_a_word_that_is_answered_ends(desk: World) -> None:
    for number in range(4 * END):
        desk.receives(BRAM, subject="status", text=f"{number}")
    assert len(desk.sent("bram")) == END


def test_d03_a_responder_behind_an_agents_address_ends_with_the_cap_of_the_ticket(tmp_path: Path) -> None:
    with World(tmp_path / "robot", "\n[caps]\nticket_day = 12\n") as desk:
        desk.receives(BRAM)
        for number in range(40):
            desk.replies(PIET, desk.last("piet", "agent-new"), f"I am away, number {number}.")
            desk.replies(BRAM, desk.last("bram"), f"So am I, number {number}.")
        assert {len(desk.sent(who)) for who in ("bram", "piet")} == {12}
        assert desk.story().count("CustomerWrote") == 40
        desk.advance(hours=1)
        told = desk.last("piet", "agent-digest")
        assert told.text.count("no more than 12 mails about HD-1001 to one address in a day") == 1
        desk.advance(days=1)
        desk.replies(BRAM, desk.last("bram"), "It works again.")
        assert "It works again." in desk.last("piet").text


def test_d03_a_responder_that_answers_the_desks_errors_to_an_agent_ends(tmp_path: Path) -> None:
    with World(tmp_path / "robot", "\n[caps]\nticket_day = 6\n") as desk:
        desk.receives("Sam <sam@elsewhere.example>")
        desk.advance(hours=2)
        for number in range(20):
            desk.replies(PIET, desk.last("piet"), f"/nonsense {number}")
        assert len(desk.sent("piet")) == 6


def test_d03_mail_opens_a_ticket_again_only_so_often_in_a_day_and_agents_read_it_all(desk: World) -> None:
    desk.receives(BRAM)
    statuses = []
    for number in range(8):
        desk.replies(PIET, desk.last("piet"), f"/resolve\nDone, number {number}.")
        desk.replies(BRAM, desk.last("bram"), f"Thank you, number {number}.")
        statuses.append(desk.ticket().status)
    assert statuses == [Status.OPEN] * 5 + [Status.RESOLVED] * 3
    assert "Thank you, number 7." in desk.last("piet", "agent-update").text
    desk.replies(PIET, desk.last("piet", "agent-update"), "/reopen")
    assert desk.ticket().status is Status.OPEN


def test_d03_a_day_later_mail_opens_it_again(desk: World) -> None:
    desk.receives(BRAM)
    for number in range(6):
        desk.replies(PIET, desk.last("piet"), f"/resolve\nDone, number {number}.")
        desk.replies(BRAM, desk.last("bram"), f"Thank you, number {number}.")
    assert desk.ticket().status is Status.RESOLVED
    desk.advance(days=1, minutes=1)
    desk.replies(BRAM, desk.last("bram"), "It hangs again.")
    assert desk.ticket().status is Status.OPEN


def test_d03_what_has_passed_fifty_servers_goes_in_circles(desk: World) -> None:
    raw = desk.written(BRAM, "support@desk.example", "Printer", "No paper.")
    hops = b"".join(b"Received: from a%d by b%d; Mon, 23 Nov 2026 09:00:00 +0000\r\n" % (n, n) for n in range(50))
    assert desk.takes(raw + b"x", "support@desk.example", BRAM).fate == "opened"
    assert desk.takes(raw.replace(b"From: ", hops + b"From: ", 1), "support@desk.example", BRAM).fate == "loop"


def test_d03_a_full_cap_raises_an_alarm(desk: World, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(END + 1):
        desk.receives(BRAM, subject=f"Matter {number}")
    alarms = [record.getMessage() for record in caplog.records if "stage=alarm" in record.getMessage()]
    assert len(alarms) == 1
    assert "no more than 5 automatic mails to this address in an hour" in alarms[0]


def test_d03_no_mail_goes_to_our_own_addresses_or_those_that_nobody_reads(desk: World) -> None:
    for address in ("support@desk.example", "noreply@bakery.example", "mailer-daemon@bakery.example"):
        desk.receives(f"Somebody <{address}>")
    desk.advance(hours=3)
    assert desk.sent("support") == desk.sent("noreply") == desk.sent("mailer") == []
    with db.transaction():
        assert outbox.counts() == {}
