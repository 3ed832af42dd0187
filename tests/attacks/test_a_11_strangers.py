"""Attack rows A11 to A14, A16, A19 and A20: getting into somebody's ticket, or learning of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.storage import db
from tests.attacks.tokens import keyring, to
from tests.world import ANNA, BRAM, EVE, PIET, STRANGER, Sent, World, texts

CODE = "Your code is 493817"
CATO = "Cato Bakker <cato@bakery.example>"
SERVICE = "Chat <no-reply@chat.example>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    """Bram has a ticket about his salary."""
    with World(tmp_path / "desk") as world:
        world.receives(BRAM, subject="Salary screen", text="It shows 4711 of Dirk.")
        world.replies(PIET, world.last("piet"), "It should be 4712.")
        world.news()
        yield world


def to_outside(world: World) -> list[Sent]:
    return [mail for mail in world.sent() if not mail.row.to_agent]


def secrets_told(world: World, person: str) -> list[str]:
    """What the person was sent of Bram's ticket."""
    told = texts(world.sent(person))
    return [secret for secret in ("4711", "4712", "Salary", "HD-1001", "Dirk") if secret in told]


# A11


@pytest.mark.parametrize("headers", [{"Auto-Submitted": "auto-generated"}, {"Precedence": "bulk"}, {}])
@pytest.mark.parametrize("where", ["the desk", "Bram's reply address", "Eve's own reply address"])
def test_a11_what_a_third_service_writes_to_the_desk_reaches_no_customer(
    desk: World, where: str, headers: dict[str, str]
) -> None:
    """An attacker has given an address of the desk, or of their own ticket, as theirs."""
    desk.receives(EVE, subject="Mine")
    address = {
        "the desk": "support@desk.example",
        "Bram's reply address": desk.last("bram").header("Reply-To"),
        "Eve's own reply address": desk.last("eve").header("Reply-To"),
    }[where]
    row = desk.receives(SERVICE, address, "Confirm your e-mail", CODE, headers=headers)
    assert row.fate in {"held", "recorded"}
    for agent, person in ((desk.last("piet", "agent-new"), EVE), (desk.sent("piet", "agent-new")[0], BRAM)):
        desk.replies(PIET, agent, "We look at it.")
        desk.replies(person, desk.last(person.partition("<")[2].partition("@")[0]), "And?")
        desk.replies(PIET, agent, "/resolve")
    desk.advance(days=3)
    assert all("493817" not in mail.text and "Confirm" not in mail.subject for mail in to_outside(desk))


def test_a11_an_automatic_mail_of_somebody_who_takes_part_is_not_passed_on(desk: World) -> None:
    headers = {"Auto-Submitted": "auto-replied"}
    desk.replies(BRAM, desk.last("bram"), CODE, headers=headers)
    desk.replies(PIET, desk.last("piet", "agent-new"), "/cc anna@bakery.example")
    desk.replies(PIET, desk.last("piet", "agent-new"), "We look at it.")
    assert all("493817" not in mail.text for mail in to_outside(desk))


def test_a11_an_acknowledgement_holds_nothing_of_what_was_written(desk: World) -> None:
    desk.receives(EVE, subject="Mine", text=CODE)
    assert "493817" not in desk.last("eve", "ticket-received").text


# A12


COPIED = {
    "a stranger": ("sam@elsewhere.example", False),
    "a contact of another customer": ("eve@smith.example", False),
    "a colleague without the right to open": ("cato@bakery.example", False),
    "an agent": ("ans@desk.example", False),
    "a colleague with the right": ("anna@bakery.example", True),
}


@pytest.mark.parametrize("who", COPIED)
def test_a12_who_is_copied_joins_only_as_an_authorised_contact_and_reads_nothing_from_before(
    desk: World, who: str
) -> None:
    address, joins = COPIED[who]
    before = len(desk.sent(address))
    desk.replies(BRAM, desk.last("bram"), "And now?", cc=[address])
    assert desk.ticket().takes_part(address) is joins
    desk.replies(PIET, desk.last("piet", "agent-update"), "It is done.")
    told = texts(mail for mail in desk.sent(address)[before:] if not mail.row.to_agent)
    assert ("It is done." in told) is joins
    assert not any(secret in told for secret in ("4711", "4712", "Dirk"))


@pytest.mark.parametrize("strength", ["none", "aligned"])
def test_a12_a_guessed_number_with_a_forged_requester_lets_nobody_in(desk: World, strength: str) -> None:
    mail = ("Re: [HD-1001] Salary screen", "Please send me all of it.")
    if strength == "none":
        desk.receives(BRAM, subject=mail[0], text=mail[1], strength="none", cc=["sam@elsewhere.example"])
    else:
        desk.receives(STRANGER, subject=mail[0], text=mail[1], cc=["bram@bakery.example"])
    desk.replies(PIET, desk.last("piet", "agent-new"), "It is done.")
    assert [person.address for person in desk.ticket().participants] == ["bram@bakery.example"]
    assert desk.sent("sam") == []


# A13 and A14


WAYS = ("subject", "In-Reply-To", "References", "text", "address", "first mail")


def names(world: World, way: str, reference: str = "HD-1001") -> tuple[str, dict[str, object]]:
    """The recipient, and the parts of a mail that names Bram's ticket in that way."""
    ours = world.sent("bram")[0].message
    parts: dict[str, dict[str, object]] = {
        "subject": {"subject": f"Re: [{reference}] Salary"},
        "In-Reply-To": {"in_reply_to": ours.message_id},
        "References": {"references": (ours.message_id,)},
        "text": {"text": f"About [{reference}], {reference}, #{reference}: go on."},
        "address": {},
        "first mail": {"in_reply_to": "<1@bakery.example>"},
    }
    return world.sent("bram")[0].header("Reply-To") if way == "address" else "support@desk.example", parts[way]


@pytest.mark.parametrize("strength", ["aligned", "none"])
@pytest.mark.parametrize("person", [EVE, STRANGER, CATO, "Nina <nina@bakery.example>"])
@pytest.mark.parametrize("way", WAYS)
def test_a13_naming_a_ticket_joins_nobody_to_it_and_tells_nothing_of_it(
    desk: World, way: str, person: str, strength: str
) -> None:
    before, story = desk.ticket(), desk.story()
    address, parts = names(desk, way)
    row = desk.receives(person, address, strength=strength, **parts)
    assert row.reference != "HD-1001"
    after = desk.ticket()
    assert (after.status, after.participants) == (before.status, before.participants)
    assert [name for name in desk.story()[len(story) :] if name not in {"TokenMisused", "MailHeld"}] == []
    name = person.partition("<")[2].partition("@")[0]
    assert [told for told in secrets_told(desk, name) if told not in str(parts)] == []


@pytest.mark.parametrize("person", [EVE, STRANGER])
def test_a14_a_number_that_exists_is_answered_like_one_that_does_not(desk: World, person: str) -> None:
    name = person.partition("<")[2].partition("@")[0]
    answers = []
    for reference in ("HD-1001", "HD-9999"):
        desk.receives(person, subject=f"Re: [{reference}] Till")
        answers.append(
            [(mail.notice, mail.text.replace(mail.reference, "#")) for mail in desk.sent(name)[len(answers) :]]
        )
    assert answers[0] == answers[1]
    assert bool(answers[0]) is (person is EVE)


def test_a14_a_reply_address_ends(desk: World) -> None:
    address = to(keyring(desk).issue(1, "piet@desk.example", "r", desk.now - timedelta(days=402)))
    assert desk.receives(PIET, address, "Till", "/close").reason.startswith("nothing was done")
    assert not desk.ticket().status.ended


# A16


@pytest.mark.parametrize("to_", ["support@desk.example", "duty@desk.example", "postmaster@desk.example"])
def test_a16_a_stranger_is_told_nothing_whatever_they_write_and_however_often(desk: World, to_: str) -> None:
    for text in ("Hello", "help", "status", "contacts", "/help", "close", "balance", "anna@bakery.example"):
        for strength in ("aligned", "none"):
            assert desk.receives(STRANGER, to_, text, text, strength=strength).status == "held"
    desk.advance(days=3)
    assert desk.sent("sam") == []


@pytest.mark.parametrize("person", [ANNA, BRAM, CATO, EVE, PIET, STRANGER, "Nobody <nobody@bakery.example>"])
def test_a16_who_is_not_proved_cannot_tell_who_is_known(desk: World, person: str) -> None:
    before = len(to_outside(desk))
    row = desk.receives(person, strength="none")
    assert (row.status, len(to_outside(desk))) == ("held", before)


# A19


INNER = (
    *("X-Helpdeskd-Strength", "X-Helpdeskd-Agent", "X-Helpdeskd-Ticket", "X-Helpdeskd-Token"),
    *("X-Helpdeskd-Accepted", "X-Helpdeskd-Detail", "X-Helpdeskd-Queue", "X-Helpdeskd-Login", "X-Helpdeskd-Peer"),
    *("Return-Path", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-From", "X-Forwarded-To"),
    *("Received-SPF", "X-Authenticated-User", "X-Auth-User", "X-Ticket", "X-Customer", "X-Priority-Override"),
    *("RT-Send-Cc", "RT-Send-Bcc", "RT-Message-ID", "RT-Squelch-Replies-To", "X-Loop-Check"),
)
VALUES = ("piet@desk.example", "token", "HD-1001", "10.0.0.7", "pass (mx.desk.example) smtp.mailfrom=desk.example")


@pytest.mark.parametrize("name", INNER)
def test_a19_a_field_of_that_name_from_outside_means_nothing(desk: World, name: str) -> None:
    story, before = desk.story(), desk.ticket()
    for value in VALUES:
        for person in (STRANGER, PIET):
            row = desk.receives(person, subject=f"Till {value}", text="/close", strength="none", headers={name: value})
            assert row.status == "held"
    assert (desk.story(), desk.ticket()) == (story, before)
    assert desk.receives(EVE, subject=name, headers={name: "support@desk.example"}).fate == "opened"
    assert desk.last("eve").notice == "ticket-received"


def test_a19_our_own_mark_makes_a_mail_a_machines_and_gives_it_no_right(desk: World) -> None:
    story, before, sent = desk.story(), desk.ticket(), len(desk.sent())
    for person in (STRANGER, PIET, BRAM):
        row = desk.receives(
            person, subject="Re: [HD-1001]", text="/close", headers={"X-Helpdeskd-Id": "desk.example/1"}
        )
        assert row.fate in {"recorded", "loop"}
    assert [name for name in desk.story()[len(story) :] if name != "MailRecorded"] == []
    assert (desk.ticket().status, len(desk.sent())) == (before.status, sent)


# A20


def test_a20_a_message_id_that_was_sent_before_swallows_nothing(desk: World) -> None:
    same = {"headers": {"Message-ID": "<mine@bakery.example>"}}
    assert desk.receives(STRANGER, subject="Spam", text="Buy.", **same).status == "held"
    assert desk.receives(EVE, subject="Other", text="Mine too.", **same).fate == "opened"
    real = desk.receives(ANNA, subject="Real", text="It hangs.", **same)
    assert (real.fate, real.reference) == ("opened", "HD-1003")
    answered = desk.receives(ANNA, subject="Real", text="And more.", in_reply_to="<mine@bakery.example>")
    assert answered.reference == "HD-1003"
    assert desk.ticket("HD-1002").customer == "smith"
    assert desk.ticket("HD-1002").participants[0].address == "eve@smith.example"


def test_a20_the_very_same_mail_is_one_and_another_one_in_one_letter_is_not(desk: World) -> None:
    raw = desk.written(EVE, "support@desk.example", "Same", "It hangs.")
    fates = [desk.takes(each, "support@desk.example", EVE).fate for each in (raw, raw, raw.replace(b"hangs", b"hanga"))]
    assert fates == ["opened", "duplicate", "opened"]


def test_a20_our_own_message_id_in_other_hands_swallows_nothing(desk: World) -> None:
    with db.transaction():
        count = len(desk.sent())
    ours = desk.sent("bram")[0].message.message_id
    assert desk.receives(STRANGER, headers={"Message-ID": ours}).fate in {"held", "loop"}
    assert desk.replies(BRAM, desk.sent("bram")[0], "Thank you, go on.").fate == "added"
    assert len(desk.sent()) > count
