"""Notices that answer well: what they quote, what is passed on, who gets them, and desks without plus-addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from tests.mail_client import report, thread
from tests.world import ANNA, ANS, BRAM, PIET, Sent, World, texts

SCREEN = bytes(range(256)) * 40
LOGO = bytes(range(255, -1, -1)) * 20
NO_PLUS = "\n[mail]\nplus_addresses = false\n"


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[World]:
    """A desk whose provider has no plus-addresses."""
    with World(tmp_path / "plain", NO_PLUS) as desk:
        yield desk


def names(mail: Sent) -> list[str]:
    return sorted(attachment.name for attachment in mail.message.attachments)


def test_a_customer_reads_below_the_answer_what_they_had_asked(world: World) -> None:
    world.receives(BRAM, text="It hangs.\n\nBoth of them.")
    world.replies(PIET, world.last("piet"), "/take\nRestart it.")
    above, _, below = world.last("bram", "reply").text.partition("\nOn Monday 23 November 2026 at 10:00, Bram Bakker")
    assert "Restart it." in above
    assert below == " wrote:\n\n> It hangs.\n> \n> Both of them."


def test_a_colleague_who_joins_later_is_not_sent_what_was_written_before(world: World) -> None:
    world.receives(BRAM, text="The password is s3cret.")
    world.replies(BRAM, world.last("bram"), "Anna is here too.", cc=[ANNA])
    world.advance(minutes=5)
    world.replies(PIET, world.last("piet"), "Thank you.")
    assert "> Anna is here too." in world.last("anna", "reply").text
    assert "s3cret" not in texts(world.sent("anna"))


def test_a_note_never_reaches_the_customer_by_a_quote(world: World) -> None:
    world.receives(BRAM)
    world.replies(PIET, world.last("piet"), "/note\nThey never pay.")
    world.replies(ANS, world.last("ans"), "We look into it.")
    world.replies(PIET, world.last("piet"), "It is mended.")
    assert "never pay" not in texts(world.sent("bram"))


def test_who_is_in_to_and_cc_and_writes_from_two_addresses_gets_one_copy(world: World) -> None:
    world.receives(BRAM, shown_to=f"support@desk.example, {ANNA}", cc=[ANNA, BRAM, "support@desk.example"])
    world.news()
    world.replies(PIET, world.last("piet"), "Restart it.")
    assert world.news() == ["anna reply", "bram reply"]


def test_a_screenshot_in_the_text_reaches_the_other_side_and_a_logo_once(world: World) -> None:
    world.receives(BRAM, pictures=[("screen.png", SCREEN), ("logo.png", LOGO)])
    assert names(world.last("piet")) == ["logo.png", "screen.png"]
    world.replies(PIET, world.last("piet"), "Click here.", pictures=[("click.png", SCREEN[::-1]), ("logo.png", LOGO)])
    assert names(world.last("bram", "reply")) == ["click.png"]
    world.replies(BRAM, world.last("bram"), "Done.", pictures=[("screen.png", SCREEN), ("logo.png", LOGO)])
    assert names(world.last("piet", "agent-update")) == []


def test_what_is_too_large_is_named_and_is_kept(tmp_path: Path) -> None:
    with World(tmp_path / "desk", '\n[mail]\nattachments = "1 KiB"\n') as world:
        world.receives(BRAM, attachments=[("film.mp4", "video/mp4", b"x" * 2000), ("a.txt", "text/plain", b"x")])
        notice = world.last("piet")
        assert names(notice) == ["a.txt"]
        assert "- film.mp4" in notice.text
        assert "helpdeskd why HD-1001 tells its number" in notice.text


def test_a_desk_without_plus_addresses_gives_nobody_one(plain: World) -> None:
    plain.receives(BRAM)
    assert {mail.header("Reply-To") for mail in plain.mails} == {"support@desk.example"}
    assert {mail.row.sender for mail in plain.mails} == {"support@desk.example"}


def test_without_plus_addresses_commands_and_answers_are_known_by_their_thread(plain: World) -> None:
    plain.receives(BRAM)
    plain.replies(PIET, plain.last("piet"), "/take\n/wait\nWhich version?")
    assert (plain.ticket().owner, plain.ticket().status) == ("piet", Status.WAITING)
    plain.replies(BRAM, plain.last("bram", "reply"), "Version 12.")
    assert plain.ticket().status is Status.OPEN


def without_thread(world: World, person: str, mail: Sent, text: str) -> str:
    """The answer of a client that leaves out every field of the thread, and whose writer changed the subject."""
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    whole = f"{text}\n\nOn Mon, 23 Nov 2026 at 10:00, Helpdesk <support@desk.example> wrote:\n{quoted}\n"
    return world.receives(person, subject="Hello", text=whole).fate


def test_without_plus_addresses_the_mark_in_the_quote_is_enough(plain: World) -> None:
    plain.receives(BRAM)
    assert without_thread(plain, PIET, plain.last("piet"), "/take\nWhich version?") == "commands"
    assert plain.ticket().owner == "piet"
    assert without_thread(plain, BRAM, plain.last("bram", "reply"), "Version 12.") == "added"


def test_the_mark_of_somebody_else_gives_nothing(plain: World) -> None:
    plain.receives(BRAM)
    assert without_thread(plain, ANS, plain.last("piet"), "/take") == "commands"
    assert plain.last("ans").notice == "agent-error"
    assert plain.ticket().owner == ""


def test_without_plus_addresses_a_report_is_known_by_our_message_id(plain: World) -> None:
    plain.receives(BRAM)
    plain.news()
    mail = plain.last("bram")
    plain.takes(report(mail.message, mail.row.sender, "5.1.1"), "support@desk.example", "", "none", reverse_path="")
    assert plain.news() == ["ans agent-update", "piet agent-update"]


def test_the_thread_alone_proves_nobody_else(plain: World) -> None:
    plain.receives(BRAM)
    seen = plain.last("piet")
    plain.receives(ANS, subject=f"Re: {seen.subject}", text="/take", **thread(seen.message))
    assert plain.last("ans").notice == "agent-error"
    assert plain.ticket().owner == ""
