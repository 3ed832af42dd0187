"""Authentication-Results as they are written, and as somebody who wants to be believed would have them read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.triage.authentication_results import Results, read


def verdicts(value: str) -> list[tuple[str, str]]:
    results = read(value)
    return [(result.method, result.verdict) for result in results.results] if results else []


def test_a_field_names_its_author_and_its_results() -> None:
    found = read("mx.desk.example; dkim=pass header.d=a.example header.s=x; dmarc=fail header.from=b.example")
    assert found is not None
    assert found.authserv_id == "mx.desk.example"
    assert [(r.method, r.verdict) for r in found.results] == [("dkim", "pass"), ("dmarc", "fail")]
    assert found.results[0].properties == {"header.d": "a.example", "header.s": "x"}


@pytest.mark.parametrize(
    "value",
    [
        "mx; dmarc=pass header.from=a.example",
        "MX; DMARC=PASS HEADER.FROM=a.example",
        "mx 1; dmarc=pass header.from=a.example",
        "mx;dmarc=pass header.from=a.example",
        "mx;\tdmarc=pass\t header.from=a.example ;",
        "mx (our own) ; dmarc=pass (p=none dis=none) header.from=a.example",
        "(a (nested) comment) mx; dmarc (x) = (y) pass header.from = a.example",
        'mx; dmarc=pass reason="as published" header.from="a.example"',
        "mx; dmarc/1=pass header.from=a.example",
        "mx; dmarc=pass action=none header.from=a.example",
        "mx; dmarc=pass (a \\) in a comment; dmarc=fail) header.from=a.example",
    ],
)
def test_every_way_to_write_a_pass_is_read_as_one(value: str) -> None:
    found = read(value)
    assert found is not None
    assert found.authserv_id == "mx"
    assert [(r.method, r.verdict, r.properties["header.from"]) for r in found.results if r.method] == [
        ("dmarc", "pass", "a.example")
    ]


def test_a_field_that_begins_with_a_result_has_no_author() -> None:
    found = read(
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example; dmarc=pass action=none header.from=a.example"
    )
    assert found is not None
    assert found.authserv_id == ""
    assert [r.method for r in found.results] == ["spf", "dmarc"]


@pytest.mark.parametrize(
    "value",
    [
        "mx; spf=fail (dmarc=pass header.from=a.example)",
        'mx; spf=fail reason="; dmarc=pass header.from=a.example"',
        'mx; spf=fail smtp.mailfrom="x; dmarc=pass header.from=a.example"@b.example',
        'mx; spf=fail smtp.mailfrom="x\\"; dmarc=pass header.from=a.example"@b.example',
        "mx; spf=fail reason=dmarc=pass header.from=a.example",
        "mx; x-dmarc=pass header.from=a.example",
        "mx; dmarc.x=pass header.from=a.example",
        "mx; dmarc/2=pass header.from=a.example",
        "mx; dmarc=pass dmarc=fail header.from=a.example",
        "mx; spf=pass dmarc=pass header.from=a.example",
        "mx; none",
        "mx",
    ],
)
def test_what_only_looks_like_a_pass_is_none(value: str) -> None:
    assert ("dmarc", "pass") not in verdicts(value)
    assert ("spf", "pass") not in verdicts(value)


@pytest.mark.parametrize(
    "value",
    ["", "mx 2; dmarc=pass", "mx one two; dmarc=pass", 'mx; dmarc=pass "', "mx; dmarc=pass (", "mx; dmarc=pass ((x)"],
)
def test_a_field_that_is_not_well_formed_says_nothing(value: str) -> None:
    assert read(value) is None


def test_a_property_that_is_given_twice_with_two_values_has_none() -> None:
    found = read("mx; dmarc=pass header.from=a.example header.from=b.example")
    assert found is not None
    assert found.results[0].properties["header.from"] == ""


@given(st.text(alphabet='mxdarc=ps; ()\\".1/\t\u00e9', max_size=200))
def test_any_text_is_read_without_a_fault(value: str) -> None:
    assert isinstance(read(value), Results | None)


@given(st.text(max_size=50))
def test_nothing_that_is_quoted_or_a_comment_ever_becomes_a_result(text: str) -> None:
    escaped = "".join(f"\\{letter}" if letter in '"\\()' else letter for letter in text)
    assert verdicts(f'mx; spf=fail reason="{escaped}"') == [("spf", "fail")]
    assert verdicts(f"mx; spf=fail ({escaped})") == [("spf", "fail")]
