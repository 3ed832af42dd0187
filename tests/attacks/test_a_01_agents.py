"""Attack rows A01, A02 and A23: who poses as an agent, tokens that are nearly right, and rights that are gone.

`tests/story/test_20_who_may.py` has every command with every person; here every proof is combined with every way in
which a token can be wrong.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.domain.token import APPROVE, PURPOSES, Keyring
from helpdeskd.storage import db, directory, inbox
from helpdeskd.storage.directory import StoredDirectory
from tests.attacks.tokens import (
    LENGTH,
    SUPPORT,
    flipped,
    forged,
    keyring,
    leaves,
    may_only_open,
    to,
    token_of,
    with_keys,
)
from tests.mail_client import RECEIVED
from tests.world import ANNA, BRAM, PIET, STRANGER, World

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)

SECRET = "Send the money to DE99."
BODIES = {
    "command": f"/close\n{SECRET}",
    "answer": SECRET,
    "note": f"/note {SECRET}\n/time 8h",
    "for": "/for eve@smith.example",
}
FIELDS = {
    "no verdict": "",
    "dmarc fails": "mx.desk.example; dmarc=fail header.from=desk.example",
    "dmarc passes for another domain": "mx.desk.example; dmarc=pass header.from=elsewhere.example",
    "dmarc passes by another server": "mx.elsewhere.example; dmarc=pass header.from=desk.example",
    "dmarc could not be looked up": "mx.desk.example; dmarc=temperror header.from=desk.example",
    "spf passes for another domain": "mx.desk.example; spf=pass smtp.mailfrom=elsewhere.example",
    "dkim passes for another domain": "mx.desk.example; dkim=pass header.d=elsewhere.example",
}
PROVED = "mx.desk.example; dmarc=pass header.from=desk.example"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        world.receives(BRAM)
        world.news()
        yield world


def raw(world: World, address: str, verdict: str, body: str, message_id: str = "", about: str = "") -> bytes:
    """A mail in the name of Piet, by the relay."""
    world._written += 1
    lines = [f"Received: {RECEIVED}", f"Authentication-Results: {verdict}" if verdict else "", f"From: {PIET}"]
    lines += [f"To: {address}", f"Subject: Re: {about}", f"Message-ID: <{world._written}@evil.example>"]
    lines += [f"In-Reply-To: {message_id}" if message_id else ""]
    return ("\r\n".join(filter(None, lines)) + f"\r\n\r\n{body}\r\n").encode()


def holding() -> list[int]:
    with db.transaction():
        return [row.id for row in inbox.listed("held", 100)]


def to_customers(world: World) -> list[str]:
    return [mail.to for mail in world.sent() if not mail.row.to_agent]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("verdict", FIELDS)
def test_a01_an_agents_name_without_proof_changes_nothing_with_any_token(desk: World, verdict: str, body: str) -> None:
    notice = desk.last("piet", "agent-new")
    addresses = {"his own": notice.header("Reply-To"), "none": SUPPORT}
    addresses |= {name: to(token) for name, token in forged(desk, "piet@desk.example", "ans@desk.example") if token}
    before, told = desk.tickets(), to_customers(desk)
    for address in addresses.values():
        mail = raw(desk, address, FIELDS[verdict], BODIES[body], notice.message.message_id, "[HD-1001] Till")
        row = desk.takes(mail, address, STRANGER)
        assert (row.status, row.fate, bool(row.reason)) == ("held", "held", True)
    assert (desk.tickets(), to_customers(desk)) == (before, told)
    assert all(SECRET not in mail.text for mail in desk.sent() if not mail.row.to_agent)
    assert len(holding()) == len(addresses)


@pytest.mark.parametrize("body", BODIES)
def test_a01_a_proved_agent_with_a_wrong_token_changes_nothing(desk: World, body: str) -> None:
    before, told = desk.tickets(), to_customers(desk)
    for name, token in forged(desk, "piet@desk.example", "ans@desk.example"):
        address = to(token) if token else SUPPORT
        row = desk.takes(raw(desk, address, PROVED, BODIES[body], about="[HD-1001] Till"), address, PIET)
        assert (row.fate, row.reason.partition(":")[0]) == ("commands", "nothing was done"), name
        assert "your own reply address" in desk.last("piet", "agent-error").text, name
    assert (desk.tickets(), to_customers(desk)) == (before, told)


@pytest.mark.parametrize("holder", ["ans@desk.example", "bram@bakery.example", "anna@bakery.example"])
def test_a01_a_reply_address_of_somebody_else_makes_no_agent_of_anybody(desk: World, holder: str) -> None:
    before, told = desk.tickets(), to_customers(desk)
    address = to(keyring(desk).issue(1, holder, "r", desk.now))
    assert desk.takes(raw(desk, address, PROVED, "/close"), address, PIET).fate == "commands"
    assert desk.tickets() == before
    assert desk.story().count("TokenMisused") == 1
    assert [to for to in to_customers(desk)[len(told) :] if to != holder] == []


def test_a01_his_own_token_with_the_relays_word_is_what_counts(desk: World) -> None:
    address = desk.last("piet", "agent-new").header("Reply-To")
    assert desk.takes(raw(desk, address, PROVED, "/take"), address, PIET).fate == "commands"
    assert desk.ticket().owner == "piet"


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_a02_a_token_with_any_bit_flipped_is_refused(purpose: str) -> None:
    keys, about = Keyring((b"new", b"old"), "epoch"), 3 if purpose == APPROVE else 0
    token = keys.issue(1042, "anna@bakery.example", purpose, NOW, about=about)
    assert keys.holder(token, ["anna@bakery.example"], NOW, about) == "anna@bakery.example"
    changed = [flipped(token, bit) for bit in range(LENGTH)]
    assert not any(keys.holder(other, ["anna@bakery.example"], NOW, about) for other in changed)


def test_a02_every_bit_of_a_reply_address_counts_through_the_desk(desk: World) -> None:
    own = desk.last("piet", "agent-new").header("Reply-To")
    before = desk.ticket()
    for bit in range(0, LENGTH, 7):
        address = to(flipped(token_of(desk.last("piet", "agent-new")), bit))
        row = desk.takes(raw(desk, address, PROVED, "/close"), address, PIET)
        assert row.reason.startswith("nothing was done")
    assert desk.ticket() == before
    desk.takes(raw(desk, own, PROVED, "/close"), own, PIET)
    assert desk.ticket().status.ended


def test_a02_tokens_of_the_old_key_count_until_it_is_taken_out(desk: World) -> None:
    (old,), new = keyring(desk).keys, "n" * 64
    own = desk.last("piet", "agent-new").header("Reply-To")
    with_keys(desk, new, old.decode())
    desk.takes(raw(desk, own, PROVED, "/take"), own, PIET)
    assert desk.ticket().owner == "piet"
    made = desk.replies(BRAM, desk.last("bram"), "Any news?")
    assert made.fate == "added"
    issued = token_of(desk.last("piet", "agent-update"))
    assert [
        bool(Keyring((key,), db.epoch()).holder(issued, ["piet@desk.example"], desk.now)) for key in (old, new.encode())
    ] == [False, True]
    with_keys(desk, new)
    assert desk.takes(raw(desk, own, PROVED, "/close"), own, PIET).reason.startswith("nothing was done")
    own = to(issued)
    assert desk.takes(raw(desk, own, PROVED, "/close"), own, PIET).fate == "commands"
    assert desk.ticket().status.ended


# A23: what somebody may do is asked when it is done.


def queued(world: World, person: str, address: str, body: str) -> int:
    """A mail that was accepted and is not decided yet."""
    domain = parseaddr(person)[1].rpartition("@")[2]
    verdict = f"mx.desk.example; dmarc=pass header.from={domain}"
    mail = raw(world, address, verdict, body).replace(PIET.encode(), person.encode())
    return world.puts(mail, address, parseaddr(person)[1])


def decided(world: World, inbox_id: int) -> str:
    world.works()
    with db.transaction():
        row = inbox.get(inbox_id)
    assert row is not None
    return row.fate


@pytest.mark.parametrize("body", ["/close", "The money goes to DE99.", "/note Hello", "/time 8h"])
def test_a23_what_an_agent_sent_before_they_were_removed_does_nothing(desk: World, body: str) -> None:
    mail = queued(desk, PIET, desk.last("piet", "agent-new").header("Reply-To"), body)
    before, told = desk.tickets(), to_customers(desk)
    leaves("piet@desk.example")
    assert decided(desk, mail) == "held"
    assert (desk.tickets(), to_customers(desk)) == (before, told)


def test_a23_a_contact_who_was_removed_meanwhile_adds_nothing(desk: World) -> None:
    mail = queued(desk, BRAM, desk.last("bram").header("Reply-To"), "It hangs again.")
    leaves("bram@bakery.example")
    assert decided(desk, mail) == "held"
    assert "CustomerWrote" not in desk.story()


@pytest.mark.parametrize("gone", [leaves, may_only_open])
def test_a23_an_approval_needs_the_right_when_it_is_decided(desk: World, gone: Callable[[str], None]) -> None:
    desk.replies(PIET, desk.last("piet", "agent-new"), "/estimate 2h")
    mail = queued(desk, ANNA, desk.last("anna", "approval-request").header("Reply-To"), "approve")
    gone("anna@bakery.example")
    assert decided(desk, mail) in {"held", "added"}
    assert "EstimateApproved" not in desk.story()
    assert desk.ticket().status is Status.APPROVAL


def test_a23_a_right_to_manage_that_is_gone_changes_no_contacts(desk: World) -> None:
    desk.receives(ANNA, subject="contacts", text="")
    mail = queued(desk, ANNA, desk.last("anna", "contacts").header("Reply-To"), "add Eve <eve@bakery.example> manage")
    may_only_open("anna@bakery.example")
    assert decided(desk, mail) == "refused"
    with db.transaction():
        assert StoredDirectory().contact("eve@bakery.example") is None


def test_a23_a_held_mail_that_is_answered_twice_at_once_counts_once(desk: World) -> None:
    desk.receives("Nina New <nina@bakery.example>", subject="Printer")
    answers = [
        queued(desk, person, desk.last(name, "adopt-request").header("Reply-To"), word)
        for person, name, word in ((BRAM, "bram", "no"), (ANNA, "anna", "yes"))
    ]
    assert [decided(desk, mail) for mail in answers] == ["approval", "refused"]
    assert len(desk.tickets()) == 1


def test_a23_a_new_agent_may_from_then_on(desk: World) -> None:
    """The same mail that did nothing: it is asked of the directory as it is, not of one that is remembered."""
    address = desk.last("piet", "agent-new").header("Reply-To")
    with db.transaction():
        agents = StoredDirectory().agents()
    leaves("piet@desk.example")
    assert desk.takes(raw(desk, address, PROVED, "/close"), address, PIET).fate == "held"
    with db.transaction():
        directory.replace(StoredDirectory().customers(), agents)
    assert desk.takes(raw(desk, address, PROVED, "/close\n/time 5m"), address, PIET).fate == "commands"
    assert desk.ticket().status.ended
