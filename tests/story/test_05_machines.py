"""Mail that no person wrote: recorded, never answered, never believed; and no two machines talk for long."""

from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.storage import outbox
from tests.world import ANS, BRAM, PIET, World

VACATION = {"Auto-Submitted": "auto-replied"}


@pytest.fixture
def answered(world: World) -> World:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "Which version?\n/wait")
    world.news()
    return world


def test_a_vacation_note_is_recorded_and_changes_nothing(answered: World) -> None:
    mail = answered.replies(BRAM, answered.last("bram"), "I am away until Monday.", headers=VACATION)
    assert (mail.fate, mail.reference) == ("recorded", "HD-1001")
    assert answered.news() == []
    assert answered.ticket().status is Status.WAITING
    assert answered.story()[-1] == "MailRecorded"


def test_the_vacation_note_of_an_agent_answers_nobody_and_meets_nothing(world: World) -> None:
    world.receives(BRAM)
    world.news()
    mail = world.replies(PIET, world.last("piet"), "/resolve\nI am away.", headers=VACATION)
    assert mail.fate == "recorded"
    assert world.news() == []
    assert world.target("response").met_at is None


def test_a_vacation_note_without_a_ticket_opens_none(world: World) -> None:
    assert world.receives(BRAM, headers=VACATION).fate == "recorded"
    assert world.news() == []


def test_a_bounce_is_told_to_the_owner_of_the_ticket(answered: World) -> None:
    mail = answered.bounces(answered.last("bram", "reply"))
    assert (mail.fate, mail.reference) == ("recorded", "HD-1001")
    assert answered.news() == ["piet agent-update"]
    told = answered.last("piet").text
    assert "bram@bakery.example" in told
    assert "the address does not exist" in told


def test_the_notice_of_a_bounce_says_which_mail_did_not_arrive_and_nothing_of_the_reports_sender(
    answered: World,
) -> None:
    answered.bounces(answered.last("bram", "reply"))
    told = answered.last("piet")
    assert "Not delivered  reply" in told.text
    assert "Written on     Monday 23 November 2026 at 10:00" in told.text
    assert not any(word in told.text for word in ("By:", "not proved", "Attachments"))
    assert told.message.attachments == ()


def test_a_bounce_marks_the_mail_that_did_not_arrive(answered: World) -> None:
    mail = answered.last("bram", "reply")
    answered.bounces(mail)
    row = outbox.get(mail.row.id)
    assert row is not None
    assert (row.status, row.reply) == ("bounced", "failed 5.1.1")


def test_a_bounce_of_a_mail_that_is_not_ours_is_recorded_only(answered: World) -> None:
    report = answered.last("bram", "reply")
    other = "support+b.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@desk.example"
    raw = f"From: MAILER-DAEMON@x.example\r\nTo: {other}\r\nSubject: Undelivered\r\n\r\n{report.to} failed\r\n"
    assert answered.takes(raw.encode(), other, "", "none", reverse_path="").fate == "recorded"
    assert answered.news() == []


def test_our_own_mail_that_comes_back_is_a_loop(answered: World) -> None:
    own = answered.last("bram", "reply")
    assert answered.takes(own.row.content, "support@desk.example", own.row.sender).fate == "loop"
    assert answered.news() == []


def test_the_same_mail_twice_is_one(world: World) -> None:
    raw = world.written(BRAM, "support@desk.example", "Printer", "No paper.")
    first = world.takes(raw, "support@desk.example", BRAM)
    again = world.takes(raw, "support@desk.example", BRAM)
    assert (first.fate, again.fate) == ("opened", "duplicate")
    assert again.reason == f"same content as mail {first.id}"
    assert world.news().count("bram ticket-received") == 1


def test_the_same_mail_after_the_retry_window_is_another(world: World) -> None:
    raw = world.written(BRAM, "support@desk.example", "Printer", "No paper.")
    world.takes(raw, "support@desk.example", BRAM)
    world.advance(days=5, minutes=1)
    assert world.takes(raw, "support@desk.example", BRAM).fate == "opened"


def test_another_mail_with_the_same_message_id_is_not_dropped(world: World) -> None:
    world.receives(BRAM)
    world._written -= 1
    assert world.receives(BRAM, subject="Another matter").fate == "opened"


def test_two_desks_that_answer_each_other_end_at_once(world: World) -> None:
    world.receives(BRAM)
    received = world.last("bram")
    for _ in range(10):
        world.replies(BRAM, received, "We have received your message.", headers=VACATION)
    assert len(world.sent("bram")) == 1


def test_a_responder_that_strips_every_header_ends_within_five_mails(world: World) -> None:
    world.receives(BRAM, subject="Ticket 1")
    for number in range(20):
        last = world.last("bram")
        world.receives(BRAM, subject=f"Ticket {number}", text=f"We have received: {last.subject} {number}")
    assert len(world.sent("bram")) == 5
    assert world.ticket("HD-1021").reference == "HD-1021"
    assert world.story("HD-1006") == ["TicketOpened", "NoteAdded"]
    world.replies(PIET, world.last("piet"), "/show HD-1006")
    assert (
        "ticket-received to bram@bakery.example was not sent: no more than 5 automatic mails to this address"
        in world.last("piet").text
    )


def test_the_cap_is_over_after_its_hour(world: World) -> None:
    for number in range(6):
        world.receives(BRAM, subject=f"Ticket {number}")
    assert len(world.sent("bram")) == 5
    world.advance(minutes=59, seconds=59)
    world.receives(BRAM, subject="Too early")
    assert len(world.sent("bram")) == 5
    world.advance(seconds=2)
    world.receives(BRAM, subject="In time")
    assert len(world.sent("bram")) == 6


def test_an_agents_answer_is_never_capped(world: World) -> None:
    for number in range(6):
        world.receives(BRAM, subject=f"Ticket {number}")
    world.replies(PIET, world.last("piet"), "One answer for all.")
    assert "One answer for all." in world.last("bram", "reply").text


def test_what_an_agent_does_is_told_whatever_the_customer_got_before(world: World) -> None:
    for number in range(6):
        world.receives(BRAM, subject=f"Ticket {number}")
    world.news()
    world.replies(PIET, world.last("piet", "agent-new"), "/reject This is not our product.")
    assert world.news() == ["bram status", "piet agent-transcript"]


def test_in_an_emergency_the_customer_is_told_whatever_they_got_before(world: World) -> None:
    world.at("2026-11-23 22:00")
    for number in range(6):
        world.receives(BRAM, subject=f"Ticket {number}")
    world.news()
    world.receives(BRAM, "duty@desk.example", "Everything burns")
    assert world.news() == ["bram duty-informed", "piet duty-page"]
    world.replies(PIET, world.last("piet"), "/ack")
    assert "bram duty-taken" in world.news()


def test_a_mail_that_a_cap_holds_back_is_told_to_the_agents_once(world: World) -> None:
    for number in range(5):
        world.receives(BRAM, subject=f"Ticket {number}")
    world.news()
    world.receives(BRAM, subject="One too many")
    assert world.news() == ["ans agent-new", "ans agent-update", "piet agent-new", "piet agent-update"]
    told = world.last("piet", "agent-update")
    assert (told.reference, "An e-mail to the customer was not sent:" in told.text) == ("HD-1006", True)
    assert (
        "> ticket-received to bram@bakery.example was not sent: no more than 5 automatic mails to this address"
        in told.text
    )
    world.advance(minutes=30)
    assert world.news() == []


def test_the_cap_of_the_desk_holds_for_all_and_the_agent_who_is_held_back_learns_it(tmp_path: Path) -> None:
    with World(tmp_path / "small", "\n[caps]\ndesk_hour = 1\n") as world:
        world.receives(BRAM)
        world.replies(ANS, world.last("ans"), "/take")
        world.news()
        world.replies(PIET, world.last("piet"), "/reject This is not our product.")
        assert world.news() == ["ans agent-update", "piet agent-transcript", "piet agent-update"]
        assert (
            "status to bram@bakery.example was not sent: no more than 1 automatic mails of the desk"
            in world.last("piet", "agent-update").text
        )
        assert world.story()[-1] == "NoteAdded"
