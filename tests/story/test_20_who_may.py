"""Every command, given by everybody, with every proof: exactly who may does, and a customer's text is never a command.

Rows are the commands, each with a line that is right and the moment before it. Columns are who writes (an agent; one
who lacks the right; a contact; a stranger) and how well that is proved (a token; aligned, with the reference in the
subject; nothing).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

import pytest

from helpdeskd.storage import db, inbox
from helpdeskd.storage.inbox import Received
from helpdeskd.triage.commands import COMMANDS
from tests.mail_client import answer, thread
from tests.world import BRAM, PIET, STRANGER, Sent, World

CLEO = "Cleo Clinic <cleo@clinic.example>"
MORE = """
[[queue]]
name = "webshop"
addresses = ["webshop@desk.example"]
team = "network"
product = "webshop"
[[agent]]
name = "nel"
title = "Nel Net"
addresses = ["nel@desk.example"]
teams = ["network"]
level = 2
[[customer]]
name = "clinic"
title = "Clinic"
language = "en"
sites = ["North", "South"]
[[customer.contact]]
name = "Cleo Clinic"
addresses = ["cleo@clinic.example"]
rights = ["open", "spend", "approve", "manage"]
[[customer.contact]]
name = "Carl Clinic"
addresses = ["carl@clinic.example"]
[[customer.contract]]
plan = "hourly"
first_day = 2026-01-01
last_day = 2026-12-31
"""


def asked(world: World) -> Sent:
    """Cleo has asked something; what Piet got of it."""
    world.receives(CLEO, subject="Till", text="The till hangs.")
    return world.last("piet", "agent-new")


def asked_twice(world: World) -> Sent:
    asked(world)
    return asked(world)


def resolved(world: World) -> Sent:
    notice = asked(world)
    world.replies(PIET, notice, "/resolve")
    return notice


def joined(world: World) -> Sent:
    notice = asked(world)
    world.replies(PIET, notice, "/cc carl@clinic.example")
    return notice


def held(world: World) -> Sent:
    """A stranger's mail is held, the first of the desk; Piet answers something else."""
    world.receives(STRANGER)
    return asked(world)


def paged(world: World) -> Sent:
    """It is an emergency on a Sunday."""
    world.at("2026-11-29 10:00")
    world.receives(BRAM, "duty@desk.example", "Server", "The server is down.")
    return world.last("piet", "duty-page")


@dataclass(frozen=True)
class Row:
    """A command as it is right, at the moment after `before`; `text` is for those that need one."""

    line: str
    before: Callable[[World], Sent] = asked
    text: str = ""

    @property
    def written(self) -> str:
        return f"{self.line}\n{self.text}".strip()


ROWS = {
    "note": Row("/note It is an old one."),
    "take": Row("/take"),
    "assign": Row("/assign ans"),
    "priority": Row("/priority normal"),
    "kind": Row("/kind complaint"),
    "product": Row("/product webshop"),
    "site": Row("/site South"),
    "level": Row("/level 2"),
    "queue": Row("/queue webshop"),
    "customer": Row("/customer bakery bram@bakery.example"),
    "link": Row("/link HD-1001", asked_twice),
    "snooze": Row("/snooze 2wd"),
    "wait": Row("/wait"),
    "pending": Row("/pending 2wd"),
    "resolve": Row("/resolve"),
    "solution": Row("/solution Start it again."),
    "reopen": Row("/reopen", resolved),
    "close": Row("/close"),
    "reject": Row("/reject We do not sell these."),
    "spam": Row("/spam"),
    "time": Row("/time 40m"),
    "nocharge": Row("/nocharge"),
    "estimate": Row("/estimate 2h"),
    "outside": Row("/outside training"),
    "merge": Row("/merge HD-1001", asked_twice),
    "split": Row("/split", text="The printer is another thing."),
    "cc": Row("/cc carl@clinic.example"),
    "uncc": Row("/uncc carl@clinic.example", joined),
    "forward": Row("/forward help@supplier.example", text="Do you know this?"),
    "call": Row("/call cleo@clinic.example 12m"),
    "for": Row("/for cleo@clinic.example", text="She called."),
    "accept": Row("/accept 1 as bram@bakery.example", held),
    "refuse": Row("/refuse 1 Not for us.", held),
    "block": Row("/block 1", held),
    "ack": Row("/ack", paged),
    "downgrade": Row("/downgrade", paged),
    "duty": Row("/duty"),
    "why": Row("/why"),
    "show": Row("/show"),
    "mine": Row("/mine"),
    "due": Row("/due"),
    "customer?": Row("/customer? clinic"),
    "help": Row("/help"),
}
WITHOUT_TICKET = {"for"}
"""What stands on top of a mail that is about no ticket yet."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", MORE) as world:
        yield world


@pytest.fixture
def reserved(tmp_path: Path) -> Iterator[World]:
    """A desk on which managers alone give commands, and Piet is none."""
    names = ", ".join(f'"{command.name}"' for command in COMMANDS)
    with World(tmp_path / "desk", MORE, of_desk=f"managers_only = [{names}]\n") as world:
        yield world


def tagged(world: World, person: str, notice: Sent, text: str, strength: str) -> Received:
    """A mail with the reference in its subject, and without anything that proves more than who wrote it."""
    return world.receives(person, subject=f"Re: [{notice.reference}] Till", text=text, strength=strength)


def at_token(world: World, person: str, notice: Sent, text: str, strength: str) -> Received:
    """An answer to the reply address of a notice, whoever that was sent to."""
    return world.receives(person, *answer(notice.message, text), strength=strength, **thread(notice.message))


def holding() -> list[int]:
    """The mails that wait for a decision."""
    with db.transaction():
        return [row.id for row in inbox.listed("held", 100)]


def to_customers(world: World) -> list[str]:
    return [mail.to for mail in world.sent() if not mail.to.endswith("@desk.example")]


def test_every_command_has_its_row() -> None:
    assert list(ROWS) == [command.name for command in COMMANDS]


@pytest.mark.parametrize("name", ROWS)
def test_an_agent_with_a_token_may(desk: World, name: str) -> None:
    row = ROWS[name]
    notice = row.before(desk)
    if name in WITHOUT_TICKET:
        assert desk.receives(PIET, text=row.written).fate == "opened"
    else:
        assert at_token(desk, PIET, notice, row.written, "aligned").fate == "commands"
    told = desk.last("piet", "agent-transcript")
    assert told.at == desk.now


@pytest.mark.parametrize("name", ROWS)
def test_an_agent_without_a_token_may_not(desk: World, name: str) -> None:
    row = ROWS[name]
    notice = row.before(desk)
    before, told = (desk.tickets(), holding()), to_customers(desk)
    assert tagged(desk, PIET, notice, row.written, "aligned").fate == "commands"
    assert "your own reply address" in desk.last("piet", "agent-error").text
    assert ((desk.tickets(), holding()), to_customers(desk)) == (before, told)


@pytest.mark.parametrize("name", ROWS)
def test_an_agents_name_alone_is_held(desk: World, name: str) -> None:
    row = ROWS[name]
    notice = row.before(desk)
    before, mails = desk.tickets(), len(desk.sent())
    assert at_token(desk, PIET, notice, row.written, "none").fate == "held"
    assert tagged(desk, PIET, notice, row.written, "none").fate == "held"
    assert (desk.tickets(), len(desk.sent())) == (before, mails)


@pytest.mark.parametrize("name", ROWS)
def test_an_agent_without_the_right_may_not(reserved: World, name: str) -> None:
    row = ROWS[name]
    notice = asked(reserved)
    before, told = reserved.tickets(), to_customers(reserved)
    assert at_token(reserved, PIET, notice, row.written, "aligned").fate == "commands"
    assert "only a manager" in reserved.last("piet", "agent-error").text
    assert tagged(reserved, PIET, notice, row.written, "aligned").fate == "commands"
    assert at_token(reserved, PIET, notice, row.written, "none").fate == "held"
    assert (reserved.tickets(), to_customers(reserved)) == (before, told)


@pytest.mark.parametrize("name", ROWS)
def test_what_a_contact_writes_is_text(desk: World, name: str) -> None:
    row = ROWS[name]
    person = BRAM if row.before is paged else CLEO
    row.before(desk)
    own = desk.sent(parseaddr(person)[1])[-1]
    for send in (at_token, tagged):
        before, told = desk.story(own.reference), to_customers(desk)
        assert send(desk, person, own, row.written, "aligned").fate == "added"
        new = desk.story(own.reference)[len(before) :]
        assert new in (["CustomerWrote"], ["CustomerWrote", "StatusChanged"])
        assert to_customers(desk) == told
    before, mails = desk.tickets(), len(desk.sent())
    assert at_token(desk, person, own, row.written, "none").fate == "held"
    assert (desk.tickets(), len(desk.sent())) == (before, mails)


@pytest.mark.parametrize("name", ROWS)
def test_what_a_stranger_writes_is_held(desk: World, name: str) -> None:
    row = ROWS[name]
    notice = row.before(desk)
    before = desk.tickets()
    for send in (at_token, tagged):
        for strength in ("aligned", "none"):
            assert send(desk, STRANGER, notice, row.written, strength).fate == "held"
    assert desk.tickets() == before
