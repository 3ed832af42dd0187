"""Domains that an eye takes for a known one, and those that only have something in common with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.address import normalise
from helpdeskd.triage.lookalike import resembles

KNOWN = frozenset({"bakery.example", "modern.example", "ab.nl"})


@pytest.mark.parametrize(
    ("domain", "known"),
    [
        ("bakerу.example", "bakery.example"),
        ("bаkеrу.example", "bakery.example"),
        ("bak\u00e9ry.example", "bakery.example"),
        ("bakery.examp1e", "bakery.example"),
        ("bakery-.example", "bakery.example"),
        ("bakerry.example", "bakery.example"),
        ("rnodern.example", "modern.example"),
        ("m0dern.example", "modern.example"),
        ("\u0430b.nl", "ab.nl"),
    ],
)
def test_a_domain_that_looks_like_a_known_one_is_told(domain: str, known: str) -> None:
    assert resembles(normalise(f"anna@{domain}"), KNOWN) == known


@pytest.mark.parametrize(
    "address",
    ["", "a@bakery.example", "a@elsewhere.example", "a@mail.bakery.example", "a@ac.nl", "a@bakery.nl", "a@ab.com"],
)
def test_a_known_domain_a_part_of_one_and_any_other_imitate_nothing(address: str) -> None:
    assert resembles(address, KNOWN) == ""


@given(st.text(alphabet="xn-ab.0\u0430\u00e9", max_size=20))
def test_any_domain_is_compared_without_a_fault(domain: str) -> None:
    assert resembles(f"a@{domain}", KNOWN) in {"", *KNOWN}
