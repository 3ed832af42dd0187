"""Attack rows A04 to A06: whom a From field names, where readers of mail disagree about it.

Each form comes by the relay that the desk trusts, which says that DMARC passes for the victim's domain, and once more
from the network whose senders are believed without that. What is told is what the whole desk does.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from helpdeskd.domain.address import domain_of
from helpdeskd.domain.desk import Relay, Trust
from helpdeskd.domain.message import Envelope
from helpdeskd.mail.parse import parse
from helpdeskd.storage.inbox import Received
from helpdeskd.triage.authenticate import authenticate
from helpdeskd.triage.case import Strength
from tests.attacks.hostile_from import HONEST, HOSTILE, IDN_A, E, V
from tests.mail_client import RECEIVED
from tests.world import BRAM, PIET, World

MORE = f"""
[[customer]]
name = "idn"
title = "Konditorei"
language = "en"
[[customer.contact]]
name = "Kees"
addresses = ["{IDN_A}"]
[[customer.contract]]
plan = "standard"
first_day = 2026-01-01
last_day = 2026-12-31
"""
RELAY = Relay("mx.desk.example", (ip_network("192.0.2.25"),))
TRUST = Trust(relays=(RELAY,), networks=(ip_network("10.0.0.0/8"),))
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PEERS = {"relay": "192.0.2.25", "network": "10.0.0.7"}


def raw(block: bytes, domain: str, body: str = "It hangs.") -> bytes:
    head = f"Received: {RECEIVED}\r\nAuthentication-Results: mx.desk.example; dmarc=pass header.from={domain}\r\n"
    rest = f"To: support@desk.example\r\nSubject: Till\r\nMessage-ID: <{len(block)}@x>\r\n\r\n{body}\r\n"
    return head.encode() + block + rest.encode()


def delivered(
    world: World, block: bytes, path: str, from_: str = E, domain: str = "bakery.example", body: str = "It hangs."
) -> Received:
    strength = "aligned" if path == "relay" else "internal"
    return world.takes(raw(block, domain, body), "support@desk.example", from_, strength)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk", MORE) as world:
        yield world


def test_a05_there_are_at_least_eighty_hostile_forms_and_honest_ones_beside_them() -> None:
    assert len(set(HOSTILE.values())) == len(HOSTILE) >= 80
    assert len(HONEST) >= 20


@pytest.mark.parametrize("path", PEERS)
@pytest.mark.parametrize("form", HOSTILE)
def test_a05_a_hostile_from_never_gives_the_victims_strength(form: str, path: str) -> None:
    envelope = Envelope(E, "support@desk.example", NOW, peer=PEERS[path])
    proof = authenticate(parse(raw(HOSTILE[form], domain_of(V))), envelope, TRUST)
    assert proof.address != V or proof.strength is Strength.NONE


@pytest.mark.parametrize("path", PEERS)
def test_a05_no_hostile_from_opens_a_ticket_or_is_answered(desk: World, path: str) -> None:
    fates = {form: delivered(desk, block, path).fate for form, block in HOSTILE.items()}
    assert set(fates.values()) <= {"held", "recorded"}
    assert desk.tickets() == []
    # Who is proved to write from a customer's domain, under a name of their own, its contacts are asked about.
    assert {mail.notice for mail in desk.sent() if not mail.row.to_agent} <= {"adopt-request"}


@pytest.mark.parametrize("form", HONEST)
def test_a05_an_honest_from_gives_its_strength(form: str) -> None:
    block, address = HONEST[form]
    envelope = Envelope(address, "support@desk.example", NOW, peer=PEERS["relay"])
    proof = authenticate(parse(raw(block, domain_of(address))), envelope, TRUST)
    assert (proof.address, proof.strength) == (address, Strength.ALIGNED)


@pytest.mark.parametrize("address", [V, IDN_A])
def test_a05_honest_forms_open_tickets(desk: World, address: str) -> None:
    blocks = [block for block, of in HONEST.values() if of == address]
    fates = {delivered(desk, block, "relay", address, domain_of(address)).fate for block in blocks}
    assert fates == {"opened"}
    assert {ticket.requester for ticket in desk.tickets()} == {address}


@pytest.mark.parametrize("lines", [(), (BRAM, BRAM), (BRAM, PIET), (PIET, BRAM)])
def test_a04_other_than_one_from_is_held_whoever_it_names(desk: World, lines: tuple[str, ...]) -> None:
    block = "".join(f"From: {line}\r\n" for line in lines).encode()
    for domain in ("bakery.example", "desk.example"):
        for path in PEERS:
            assert delivered(desk, block, path, E, domain, f"/close\n{path}").fate == "held"
    assert desk.tickets() == []


@pytest.mark.parametrize("name", [f'"{V}"', '"Piet Jansen <piet@desk.example>"', '"Helpdesk (support@desk.example)"'])
def test_a06_a_display_name_decides_nothing_and_its_at_never_leaves_the_desk(desk: World, name: str) -> None:
    block = f"From: {name} <frederik@havn.example>\r\n".encode()
    assert delivered(desk, block, "relay", E, "havn.example").fate == "opened"
    assert desk.ticket().requester == "frederik@havn.example"
    desk.replies(PIET, desk.last("piet"), "We look at it.")
    sent = [mail for mail in desk.sent() if not mail.row.to_agent]
    assert {(mail.notice, mail.to) for mail in sent} == {
        ("ticket-received", "frederik@havn.example"),
        ("reply", "frederik@havn.example"),
    }
    for mail in sent:
        assert all(mail.header(field).count("@") == 1 for field in ("From", "To"))
        assert "bram@" not in mail.text


def test_a06_agents_see_the_address_beside_the_name(desk: World) -> None:
    delivered(desk, f'From: "{V}" <{E}>\r\n'.encode(), "relay", E, "evil.example", "Please pay.")
    desk.advance(hours=2)
    assert f"({E})" in desk.last("piet", "held-digest").text
    assert f"({V})" not in desk.last("piet", "held-digest").text
