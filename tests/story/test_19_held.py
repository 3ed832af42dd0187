"""Held mail is decided by mail: accepted, refused, or its sender blocked; once, by whoever is first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db, inbox
from helpdeskd.storage.inbox import Received
from tests.cli.program import Program, program
from tests.world import ANNA, ANS, BRAM, EVE, PIET, STRANGER, Sent, World, local

DUTY = "duty@desk.example"
SAM = "sam@elsewhere.example"


@pytest.fixture
def helpdeskd(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Program:
    """The command line, for the desk of the story."""
    monkeypatch.setenv("HELPDESKD_CONFIG", str(tmp_path / "desk" / "config.toml"))
    return program(capfd)


def digest(world: World, to: str = "piet", *subjects: str, sender: str = STRANGER) -> Sent:
    """The digest of mails of strangers (one, unless there are subjects)."""
    for subject in subjects or ("Hello",):
        world.receives(sender, subject=subject, text=f"About {subject}.")
    world.advance(hours=2)
    world.news()
    return world.last(to, "held-digest")


def fate(world: World, number: int) -> str:
    with db.transaction():
        row = inbox.get(number)
    assert row is not None
    return f"{row.fate} {row.reason}".strip()


def to_customers(world: World) -> list[str]:
    return [f"{mail.to} {mail.notice}" for mail in world.mails if not mail.row.to_agent]


def test_the_only_mail_of_a_digest_is_accepted_without_its_number(world: World) -> None:
    mail = world.replies(PIET, digest(world), "/accept as bram@bakery.example")
    assert mail.fate == "commands"
    assert world.news() == ["ans agent-new", "bram ticket-received", "piet agent-new", "piet agent-transcript"]
    assert "mail 1 is served for Bram Bakker (bakery)" in world.last("piet", "agent-transcript").text
    assert "sam@elsewhere.example wrote this" in world.last("ans", "agent-new").text
    assert world.ticket().requester == "bram@bakery.example"
    assert fate(world, 1).startswith("opened")
    assert to_customers(world) == ["bram@bakery.example ticket-received"]


def test_a_mail_is_accepted_for_a_contact_by_name(world: World) -> None:
    world.replies(PIET, digest(world), "/accept 1 as bram bakker")
    assert world.ticket().requester == "bram@bakery.example"


def test_a_contacts_own_mail_needs_no_name(world: World) -> None:
    world.receives(ANNA, subject="Printer", strength="none")
    world.advance(hours=2)
    world.replies(PIET, world.last("piet", "held-digest"), "/accept")
    assert world.ticket().requester == "anna@bakery.example"
    assert to_customers(world) == ["anna@bakery.example ticket-received"]


def test_several_mails_are_decided_in_one_answer(world: World) -> None:
    told = digest(world, "piet", "One", "Two")
    told_later = digest(world, "piet", "Three", sender="Tim <tim@third.example>")
    world.replies(PIET, told, "/accept 1 as bram@bakery.example\n/refuse 2 We do not sell that\n/block 3")
    assert (fate(world, 1), fate(world, 2)) == ("opened accept", "refused We do not sell that")
    assert fate(world, 3) == "refused blocked: tim@third.example"
    assert told_later.to == "piet@desk.example"
    assert to_customers(world) == ["bram@bakery.example ticket-received"]


def test_a_digest_of_several_mails_asks_for_the_number(world: World) -> None:
    world.replies(PIET, digest(world, "piet", "One", "Two"), "/refuse Spam")
    assert world.news() == ["piet agent-error"]
    assert "which mail? its number stands in the digest (/refuse 12)" in world.last("piet").text
    assert (fate(world, 1)[:4], fate(world, 2)[:4]) == ("held", "held")


def test_all_or_nothing(world: World) -> None:
    world.replies(PIET, digest(world, "piet", "One", "Two"), "/refuse 1 Spam\n/refuse 7 Spam")
    assert "there is no mail 7 that was held" in world.last("piet", "agent-error").text
    assert fate(world, 1).startswith("held")


def test_the_second_who_decides_learns_who_was_earlier_and_nothing_happens_twice(world: World) -> None:
    of_piet, of_ans = digest(world, "piet"), world.last("ans", "held-digest")
    world.replies(PIET, of_piet, "/accept as bram@bakery.example")
    world.news()
    for line in ("/accept as bram@bakery.example", "/refuse Spam", "/block"):
        world.replies(ANS, of_ans, line)
        assert world.news() == ["ans agent-error"]
        assert "mail 1 is decided: Piet Jansen has accepted it" in " ".join(world.last("ans").text.split())
    assert [ticket.reference for ticket in world.tickets()] == ["HD-1001"]


def test_what_was_decided_at_the_command_line_is_not_decided_again(helpdeskd: Program, world: World) -> None:
    told = digest(world)
    assert helpdeskd("held", "refuse", 1, "Spam").status == 0
    world.reopens()
    world.replies(PIET, told, "/accept as bram@bakery.example")
    assert "somebody at the command line has refused it" in " ".join(world.last("piet", "agent-error").text.split())
    assert world.tickets() == []


def test_one_mail_decides_once(world: World) -> None:
    world.replies(PIET, digest(world), "/accept 1 as bram@bakery.example\n/refuse 1 Spam")
    assert "another line decides mail 1" in world.last("piet", "agent-error").text
    assert fate(world, 1).startswith("held")


def test_a_contact_who_was_proved_reads_why_their_mail_is_refused(world: World) -> None:
    world.clock.at = local("2027-01-04 10:00")
    world.receives(EVE, subject="Printer")
    world.advance(hours=2)
    world.news()
    world.replies(PIET, world.last("piet", "held-digest"), "/refuse You asked us to close your account.")
    assert world.news() == ["eve refused", "piet agent-transcript"]
    assert "You asked us to close your account." in world.last("eve").text
    assert "Eve Smith is told why" in world.last("piet").text


def test_a_stranger_who_is_refused_is_told_nothing(world: World) -> None:
    world.replies(PIET, digest(world), "/refuse Not for us")
    assert world.news() == ["piet agent-transcript"]
    assert fate(world, 1) == "refused Not for us"
    assert to_customers(world) == []


def test_a_blocked_sender_is_refused_from_then_on_without_a_word(helpdeskd: Program, world: World) -> None:
    told = digest(world, "piet", "One", "Two")
    world.replies(PIET, told, "/block 1")
    assert (fate(world, 1), fate(world, 2)) == (f"refused blocked: {SAM}", f"refused blocked: {SAM}")
    for sender, strength in ((STRANGER, "aligned"), ("Sam <SAM@elsewhere.example>", "none")):
        again = world.receives(sender, subject="Three", strength=strength)
        assert (again.status, again.fate, again.reason) == ("done", "refused", f"blocked: {SAM}")
    world.advance(days=1)
    assert [line for line in world.news() if "transcript" not in line] == []
    assert helpdeskd("held", "blocked").out.split()[0::2] == [SAM, "piet"]
    assert [row["address"] for row in helpdeskd("held", "blocked", "--json").rows] == [SAM]
    assert helpdeskd("held", "unblock", "Sam@Elsewhere.example").status == 0
    assert helpdeskd("held", "unblock", SAM).complaint == f"held: {SAM} is not blocked"
    world.reopens()
    assert world.receives(STRANGER, subject="Four").status == "held"


def test_a_blocked_address_that_becomes_a_contacts_is_served(helpdeskd: Program, world: World) -> None:
    world.replies(PIET, digest(world), "/block")
    assert helpdeskd("contacts", "add", "bakery", f"Sam Bakker <{SAM}>").status == 0
    world.reopens()
    assert world.receives(STRANGER).fate == "opened"


@pytest.mark.parametrize(("sender", "strength"), [(ANNA, "none"), (PIET, "none")], ids=["contact", "agent"])
def test_contacts_and_agents_cannot_be_blocked(world: World, sender: str, strength: str) -> None:
    world.receives(sender, strength=strength)
    world.advance(hours=2)
    world.replies(ANS, world.last("ans", "held-digest"), "/block")
    assert "contacts and agents cannot be blocked" in " ".join(world.last("ans", "agent-error").text.split())
    assert fate(world, 1).startswith("held")


def test_urgent_mail_is_told_at_once_and_decided_the_same_way(world: World) -> None:
    world.at("2026-11-28 14:10")
    world.receives(STRANGER, DUTY, "Everything burns")
    world.advance(minutes=1)
    world.replies(PIET, world.last("piet", "held-digest"), "/accept as bram@bakery.example")
    assert "bram duty-informed" in world.news()
    assert world.ticket().emergency is not None


def test_that_contacts_were_asked_is_told_and_the_first_answer_counts(world: World) -> None:
    told = digest(world, sender="Jan <jan@bakery.example>")
    assert "The contacts of Bakkerij de Vries B.V. have been asked" in " ".join(told.text.split())
    world.replies(ANNA, world.last("anna", "adopt-request"), "ja")
    world.replies(PIET, told, "/refuse Spam")
    assert "mail 1 is decided: it is HD-1001" in " ".join(world.last("piet", "agent-error").text.split())
    assert world.ticket().requester == "anna@bakery.example"


def test_the_contact_who_answers_after_the_desk_is_told_that_it_is_decided(world: World) -> None:
    told = digest(world, sender="Jan <jan@bakery.example>")
    world.replies(PIET, told, "/refuse Spam")
    world.news()
    world.replies(ANNA, world.last("anna", "adopt-request"), "ja")
    assert world.news() == ["anna refused"]
    assert world.tickets() == []


def by_token(world: World, who: str, line: str) -> Received:
    return world.replies(who, world.last("piet", "held-digest"), line)


def written(strength: str) -> Callable[[World, str, str], Received]:
    def receives(world: World, who: str, line: str) -> Received:
        return world.receives(who, subject="hello", text=line, strength=strength)

    return receives


@pytest.mark.parametrize("line", ["/accept 1 as bram@bakery.example", "/refuse 1 Spam", "/block 1"])
@pytest.mark.parametrize(
    ("who", "how", "may"),
    [
        (PIET, by_token, True),
        (PIET, written("internal"), True),
        (PIET, written("aligned"), False),
        (PIET, written("none"), False),
        (ANS, by_token, False),
        (BRAM, by_token, False),
        (BRAM, written("aligned"), False),
        ("Tim <tim@third.example>", by_token, False),
        ("Tim <tim@third.example>", written("none"), False),
    ],
    ids=[
        "agent, token", "agent, internal", "agent, aligned", "agent, none", "another agent's token", "contact, token",
        "contact, aligned", "stranger, token", "stranger, none",
    ],
)  # fmt: skip
def test_only_a_proved_agent_decides(
    world: World, who: str, how: Callable[..., Received], may: bool, line: str
) -> None:
    digest(world)
    how(world, who, line)
    assert fate(world, 1).startswith("held") is not may


def test_a_command_for_managers_only_is_refused_to_others(tmp_path: Path) -> None:
    with World(tmp_path / "desk", of_desk='managers_only = ["block"]\n') as world:
        world.replies(PIET, digest(world), "/block")
        assert "only a manager may do that here" in world.last("piet", "agent-error").text
        assert fate(world, 1).startswith("held")


def test_deciding_from_a_tickets_notice_leaves_the_ticket_as_it_is(world: World) -> None:
    digest(world)
    world.receives("Frederik Holm <frederik@havn.example>", subject="Screen")
    before = world.ticket()
    world.replies(PIET, world.last("piet", "agent-new"), "/refuse 1 Spam")
    assert fate(world, 1) == "refused Spam"
    assert (world.ticket(), world.ticket().status) == (before, Status.NEW)
