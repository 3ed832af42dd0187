"""Somebody is found in a mail however they are written, and nobody else is taken for them."""

from base64 import encodebytes
from email.header import Header
from email.message import EmailMessage
from quopri import encodestring

import pytest

from helpdeskd.domain.trace import Trace

ANNA = Trace(["anna@bakery.example", "Zoë de Vries"])


@pytest.mark.parametrize(
    "text",
    [
        "anna@bakery.example",
        "<ANNA@Bakery.Example>",
        "Write to anna@bakery.example.",
        "zoë  de\nVRIES",
        "Zoe\u0308 de Vries",
    ],
)
def test_they_are_found_in_text(text: str) -> None:
    assert ANNA.is_in(text)


@pytest.mark.parametrize(
    "text",
    ["", "joanna@bakery.example", "anna@bakery.example.org", "x.anna@bakery.example", "Zoë de Vriesland", "de Vries"],
)
def test_others_are_not_taken_for_them(text: str) -> None:
    assert not ANNA.is_in(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: anna@bakery.example\r\n\r\n",
        encodestring("Grüße an anna@bakery.example".replace("anna", "a" + "nna").encode()).replace(
            b"bakery", b"bak=\r\nery"
        ),
        b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(b"x " * 25 + b"anna@bakery.example"),
        f"To: {Header('Zoë de Vries', 'iso-8859-1').encode()} <z@x>".encode(),
        b"To: =?utf-8?q?Zo=C3=AB?= =?utf-8?q?_de_Vries?= <z@x>",
        "Zoë de Vries".encode("utf-16"),
        "Zoë de Vries".encode("latin-1"),
        b"\r\n" + encodebytes("anna@bakery.example".encode("utf-16-le")),
    ],
)
def test_they_are_found_in_a_mail_in_each_coding(raw: bytes) -> None:
    assert ANNA.is_in_mail(raw)


def test_they_are_found_in_a_mail_within_a_mail() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner.set_content("Hello anna@bakery.example", cte="base64")
    outer.add_attachment(bytes(inner), "application", "octet-stream", filename="mail.eml")
    assert ANNA.is_in_mail(bytes(outer))


def test_an_international_domain_is_found_as_people_see_it() -> None:
    assert Trace(["anna@xn--bckerei-5wa.example"]).is_in("anna@bäckerei.example")


@pytest.mark.parametrize("raw", [b"=?", b"=?x?b?====?=", b"=?x?q?=ZZ?=", b"QUJ\nQ\n=\n", bytes(range(256)) * 40])
def test_no_bytes_are_too_odd(raw: bytes) -> None:
    assert not ANNA.is_in_mail(raw)


def test_they_are_replaced_wherever_they_stand() -> None:
    text = "Zoë de Vries <anna@bakery.example> and joanna@bakery.example"
    assert ANNA.replaced(text, "person-7") == "person-7 <person-7> and joanna@bakery.example"


def test_nobody_is_nowhere() -> None:
    nobody = Trace([])
    assert not nobody
    assert not nobody.is_in("anything")
    assert nobody.replaced("anything", "x") == "anything"
