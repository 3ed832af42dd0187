"""Attack rows A07 and A08: names that look like others, and fields beside From that name somebody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.domain.address import a_label, normalise
from helpdeskd.triage.lookalike import resembles
from tests.attacks.hostile_from import V
from tests.mail_client import RECEIVED
from tests.world import ANNA, BRAM, EVE, PIET, World

KNOWN = frozenset({"bakery.example", "desk.example", "smith.example", "good.com"})
IMITATIONS = {
    "Cyrillic a": ("b\u0430kery.example", "bakery.example"),
    "Cyrillic e": ("bak\u0435ry.example", "bakery.example"),
    "Cyrillic k": ("ba\u043aery.example", "bakery.example"),
    "all Cyrillic that looks so": ("g\u043e\u043ed.com", "good.com"),
    "Greek omicron": ("g\u03bfod.com", "good.com"),
    "Greek kappa": ("ba\u03baery.example", "bakery.example"),
    "Armenian o": ("g\u0585od.com", "good.com"),
    "Armenian h": ("smit\u0570.example", "smith.example"),
    "Latin alpha": ("b\u0251kery.example", "bakery.example"),
    "Latin script g": ("\u0261ood.com", "good.com"),
    "dotless i": ("sm\u0131th.example", "smith.example"),
    "small capital": ("\u0299akery.example", "bakery.example"),
    "stroke": ("goo\u0111.com", "good.com"),
    "dot below": ("b\u1ea1kery.example", "bakery.example"),
    "acute": ("g\u00f3od.com", "good.com"),
    "zeros": ("g00d.com", "good.com"),
    "one for l or i": ("sm1th.example", "smith.example"),
    "rn for m": ("srnith.example", "smith.example"),
    "one letter left out": ("bakry.example", "bakery.example"),
    "one letter twice": ("bakkery.example", "bakery.example"),
    "two letters swapped": ("bakrey.example", "bakery.example"),
    "hyphen within": ("bak-ery.example", "bakery.example"),
    "A-label of the name itself": ("xn--bakery-.example", "bakery.example"),
}
OTHERS = (
    "bakehouse.example",
    "shop.bakery.example",
    "bakery.example",
    "gmail.com",
    "m\u00fcller.example",
    "elsewhere.example",
)
ONE_READING = {
    "stra\u00dfe.example": "",
    "\uff42akery.example": "",
    "bakery\u3002example": "",
    "bakery\uff0eexample": "",
    "ba\u212aery.example": "",
    "\u212bngstrom.example": "",
    "bakery\u200b.example": "",
    "bak\u00adery.example": "",
    "bakery\u200d.example": "",
    "bakery.ex\u2460mple": "",
    "\u03b2\u03cc\u03bb\u03bf\u03c2.example": "",
    "b\u00e4ckerei.example": "xn--bckerei-5wa.example",
    "ba\u0308ckerei.example": "xn--bckerei-5wa.example",
    "B\u00c4CKEREI.Example": "xn--bckerei-5wa.example",
    "b\u0430kery.example": "xn--bkery-4ve.example",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as world:
        yield world


@pytest.mark.parametrize("written", ONE_READING)
def test_a07_a_domain_is_compared_as_its_a_label_and_never_folded_to_another(written: str) -> None:
    label = a_label(written)
    assert label == (ONE_READING[written] or "")
    assert label not in KNOWN


def test_a07_a_local_part_is_compared_as_it_is_written_but_for_case_and_normal_form() -> None:
    assert normalise("Bj\u00f6rn@bakery.example") == normalise("bjo\u0308rn@bakery.example")
    assert normalise("br\u0430m@bakery.example") != V
    assert normalise(V.replace("@", "\uff20")) == ""


@pytest.mark.parametrize("form", IMITATIONS)
def test_a07_a_look_alike_is_recognised(form: str) -> None:
    written, imitated = IMITATIONS[form]
    assert resembles(f"anna@{a_label(written)}", KNOWN) == imitated


@pytest.mark.parametrize("written", OTHERS)
def test_a07_a_name_of_its_own_is_no_look_alike(written: str) -> None:
    assert resembles(f"anna@{a_label(written)}", KNOWN) == ""


@pytest.mark.parametrize("form", [form for form, (_, known) in IMITATIONS.items() if known == "bakery.example"])
def test_a07_a_look_alike_that_is_proved_proves_nothing_and_agents_are_warned(desk: World, form: str) -> None:
    domain = a_label(IMITATIONS[form][0])
    row = desk.receives(f"Anna de Vries <anna@{domain}>", text="Please pay to DE99.")
    assert (row.status, row.reason.partition(":")[0]) == ("held", "look-alike")
    assert desk.sent() == []
    desk.advance(hours=2)
    digest = desk.last("piet", "held-digest").text
    assert "bakery.example" in digest
    assert f"anna@{domain}" in digest
    assert desk.sent("anna") + desk.sent("bram") == []


def test_a07_a_full_width_at_is_none(desk: World) -> None:
    mail = (
        f"Received: {RECEIVED}\r\nAuthentication-Results: mx.desk.example; dmarc=pass header.from=bakery.example\r\n"
        "From: bram\uff20bakery.example\r\nTo: support@desk.example\r\nSubject: Till\r\n\r\nIt hangs.\r\n"
    )
    assert desk.takes(mail.encode(), "support@desk.example", V).status == "held"
    assert desk.sent() == []


FIELDS = (
    "Reply-To",
    "Sender",
    "Resent-From",
    "Resent-Sender",
    "X-Original-From",
    "Return-Path",
    "Mail-Reply-To",
    "Errors-To",
)


@pytest.mark.parametrize("field", FIELDS)
def test_a08_no_other_field_identifies_a_stranger(desk: World, field: str) -> None:
    stranger = "Sam Stranger <sam@elsewhere.example>"
    for person in (BRAM, PIET):
        row = desk.receives(stranger, text=f"/close {person}", headers={field: person})
        assert row.status == "held"
    assert desk.tickets() == []
    assert [mail for mail in desk.sent() if not mail.row.to_agent] == []


@pytest.mark.parametrize(
    "other", ["sam@elsewhere.example", "eve@smith.example", "anna@bakery.example", "piet@desk.example"]
)
@pytest.mark.parametrize("field", FIELDS)
def test_a08_answers_go_to_the_stored_address(desk: World, field: str, other: str) -> None:
    desk.receives(BRAM, headers={field: other})
    desk.replies(PIET, desk.last("piet"), "We look at it.")
    desk.replies(PIET, desk.last("piet"), "/resolve")
    told = {mail.to for mail in desk.sent() if not mail.row.to_agent}
    assert told == {"bram@bakery.example"}
    assert desk.ticket().takes_part("bram@bakery.example")
    assert len(desk.ticket().participants) == 1


def test_a08_a_forged_from_with_the_attackers_reply_to_is_answered_to_nobody(desk: World) -> None:
    for person in (ANNA, EVE):
        desk.receives(person, strength="none", headers={"Reply-To": "sam@elsewhere.example"})
    assert desk.sent() == []
