"""Lines that a mail program has broken are one again, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.flowed import joined
from helpdeskd.mail.parse import parse


def test_a_line_that_ends_with_a_blank_goes_on_below() -> None:
    assert (
        joined("/time 40m looked at \nthe table \nof bills\n\nHello\n")
        == "/time 40m looked at the table of bills\n\nHello\n"
    )


def test_the_blank_that_a_line_was_given_in_front_is_taken_away() -> None:
    assert joined(" From here\n  two\n \nend") == "From here\n two\n\nend"


def test_quotes_and_the_separator_of_a_signature_stay_as_they_are() -> None:
    text = "Hello \n> one \n> two\nthree \n-- \nPiet \nDesk"
    assert joined(text) == "Hello \n> one \n> two\nthree \n-- \nPiet Desk"


def test_the_blank_goes_where_the_mail_says_so() -> None:
    assert joined("Rech \nnung\n> x", delete_space=True) == "Rechnung\n> x"


@given(st.lists(st.sampled_from(["a", "a ", "", " ", "> a ", "-- ", " > a"]), max_size=9).map("\n".join))
def test_nothing_but_breaks_and_blanks_is_lost(text: str) -> None:
    assert "".join(joined(text).split()) == "".join(text.split())


@given(st.text(alphabet="ab\n", max_size=30))
def test_a_text_without_blanks_stays_as_it_is(text: str) -> None:
    assert joined(text) == text


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ("format=flowed", "Rech nung"),
        ('format="Flowed"; delsp=yes', "Rechnung"),
        ("format=fixed", "Rech \nnung"),
        ("charset=utf-8", "Rech \nnung"),
    ],
)
def test_a_mail_is_joined_where_it_says_that_it_flows(parameters: str, text: str) -> None:
    assert parse(f"From: a@x.example\nContent-Type: text/plain; {parameters}\n\nRech \nnung\n".encode()).text == text
