"""Two addresses are the same when they normalise to the same text, and what is no address to nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.address import Mailbox, a_label, domain_of, is_deliverable, normalise, split_detail, with_detail


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Anna@Bakery.EXAMPLE", "anna@bakery.example"),
        (" anna@bakery.example ", "anna@bakery.example"),
        ("anna@bakery.example.", "anna@bakery.example"),
        ("jos\u00e9@bakery.example", "jos\u00e9@bakery.example"),
        ("jose\u0301@bakery.example", "jos\u00e9@bakery.example"),
        ("a@b\u00fccher.example", "a@xn--bcher-kva.example"),
        ("a@BU\u0308CHER.example", "a@xn--bcher-kva.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("a+b@x.example", "a+b@x.example"),
    ],
)
def test_addresses_that_mean_the_same_normalise_to_the_same(written: str, same: str) -> None:
    assert normalise(written) == same


@pytest.mark.parametrize(
    "written",
    [
        "",
        "anna",
        "@bakery.example",
        "anna@",
        "a b@x.example",
        "a\x00@x.example",
        "a\u202e@x.example",
        "a@b@x.example",
        "a\uff20bakery.example",
        "a@x..example",
        "a@.example",
        "a@x .example",
        "a@x.example>",
        'a@"x".example',
        "a@x.example,b@y.example",
        "a@[192.0.2.1]",
        "a@" + "x" * 64 + ".example",
        "a@xn--\u00fc.example",
        "a@stra\u00dfe.example",
        "a@b\uff41kery.example",
        "a@bakery\uff0eexample",
        "a@bakery\u3002example",
    ],
)
def test_what_is_no_address_or_has_two_readings_normalises_to_nothing(written: str) -> None:
    assert normalise(written) == ""


def test_a_cyrillic_look_alike_is_not_the_name_that_it_imitates() -> None:
    assert normalise("a@g\u043e\u043ed.example") == "a@xn--gd-fmca.example" != normalise("a@good.example")


@given(st.text())
def test_normalising_never_raises_and_changes_nothing_the_second_time(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(), st.text())
def test_the_domain_of_an_address_is_an_a_label_that_stays_the_same(local: str, domain: str) -> None:
    address = normalise(f"{local}@{domain}")
    assert a_label(domain_of(address)) == domain_of(address)


def test_a_detail_can_be_put_in_and_taken_out() -> None:
    assert with_detail("support@desk.example", "t.abc") == "support+t.abc@desk.example"
    assert split_detail("support+t.abc@desk.example") == ("support@desk.example", "t.abc")
    assert split_detail("support@desk.example") == ("support@desk.example", "")


def test_a_mailbox_is_shown_with_its_address() -> None:
    assert str(Mailbox("Anna", "a@x.example")) == "Anna <a@x.example>"
    assert str(Mailbox("", "a@x.example")) == "a@x.example"


@pytest.mark.parametrize(
    ("address", "deliverable"),
    [
        ("help@supplier.example", True),
        ("first.last+tag@a-b.supplier.example", True),
        ("o'neill@x.example", True),
        (f"{'x' * 64}@x.example", True),
        (f"{'x' * 65}@x.example", False),
        (f"x@{'y.' * 124}example", False),
        ("", False),
        ("help", False),
        ("help@localhost", False),
        (".help@x.example", False),
        ("a,b@x.example", False),
        ('"a"@x.example', False),
        ("jos\u00e9@x.example", False),
    ],
)
def test_mail_can_go_where_every_server_understands_the_address(address: str, deliverable: bool) -> None:
    assert is_deliverable(address) is deliverable
