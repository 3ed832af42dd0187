"""Words of a language: what is known is translated, what is not stands for itself."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.domain.notice import HeadLine
from helpdeskd.domain.ticket import Reason
from helpdeskd.mail.words import Words, load

SHIPPED = Path(__file__).parents[2] / "templates"

SUMMER = datetime(2026, 7, 1, 6, 30, tzinfo=UTC)
WINTER = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def words(language: str) -> Words:
    return load((SHIPPED,), language)[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nl", "maandag 23 november 2026 om 09:00 uur"),
        ("da", "mandag den 23. november 2026 kl. 09.00"),
        ("en", "Monday 23 November 2026 at 09:00"),
        ("fr", "lundi 23 novembre 2026 à 9 h 00"),
        ("de", "Montag, 23. November 2026, 09:00 Uhr"),
    ],
)
def test_an_instant_is_written_as_people_write_it(language: str, text: str):
    assert words(language).when(WINTER, "Europe/Amsterdam") == text


def test_an_instant_is_on_the_clock_of_the_recipient():
    assert words("en").when(SUMMER, "Europe/Amsterdam").endswith("08:30")
    assert words("en").when(SUMMER, "Europe/London").endswith("07:30")


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("nl", "1 working hour", "1 werkuur"),
        ("nl", "4 working hours", "4 werkuren"),
        ("da", "2 working days", "2 arbejdsdage"),
        ("de", "1.5 hours", "1,5 Stunden"),
        ("fr", "90 working minutes", "90 minutes ouvrées"),
        ("en", "soon", "soon"),
    ],
)
def test_an_amount_of_time_is_translated(language: str, amount: str, text: str):
    assert words(language).amount(amount) == text


def test_a_word_that_a_plan_made_up_stands_for_itself():
    assert words("nl").word("platinum", "priorities") == "platinum"


def test_a_reason_has_a_sentence_with_its_detail():
    assert words("nl").reason(Reason("no-right", "open")).endswith("nodig is: meldingen doen.")


def test_a_date_in_a_reason_is_written_out():
    assert words("da").reason(Reason("contract-ended", "2026-10-31")) == "Aftalen udløb den 31. oktober 2026."


def test_a_customer_is_told_a_reason_in_words_for_customers_where_there_are_any():
    assert words("en").reason(Reason("no-contract"), "told") == "Your organisation has no contract that covers this."
    assert words("en").reason(Reason("paid"), "told") == "The contract is paid."


def test_a_detail_is_text_and_not_a_format():
    assert "{0.__class__} {detail}" in words("en").reason(Reason("contract", "{0.__class__} {detail}"))


def test_an_unknown_reason_stands_for_itself():
    assert words("en").reason(Reason("moon-phase", "full")) == "moon-phase: full"


@pytest.mark.parametrize(
    ("label", "value", "text"),
    [
        ("status", "open, high, question", "in behandeling, hoog, vraag"),
        ("rights", "open, approve", "meldingen doen, kosten goedkeuren"),
        ("strength", "none", "niet bewezen"),
        ("reason", "contract: best-effort", "Er is een geldig contract: best-effort."),
        ("contact", "open", "open"),
    ],
)
def test_a_line_of_the_head_is_translated_by_what_its_label_means(label: str, value: str, text: str):
    assert words("nl").head(HeadLine(label, value), "Europe/Amsterdam") == text


def test_an_instant_in_the_head_is_on_the_agents_clock():
    assert words("en").head(HeadLine("response", WINTER), "Europe/Amsterdam").endswith("at 09:00")


def test_a_site_changes_single_words(tmp_path: Path):
    (tmp_path / "nl").mkdir()
    (tmp_path / "nl" / "words.toml").write_text('[priorities]\nhigh = "dringend"\n')
    own, errors = load((tmp_path, SHIPPED), "nl")
    assert errors == []
    assert (own.word("high", "priorities"), own.word("low", "priorities")) == ("dringend", "laag")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('[lines]\nvia = "x\n', "words.toml:2: "),
        ('via = "x"\n', "words.toml:1: via: "),
        ("[lines]\nvia = 1\n", ":1: lines: "),
    ],
)
def test_a_broken_file_is_told_with_its_line_and_ours_serves(tmp_path: Path, content: str, where: str):
    (tmp_path / "nl").mkdir()
    (tmp_path / "nl" / "words.toml").write_text(content)
    own, errors = load((tmp_path, SHIPPED), "nl")
    assert len(errors) == 1
    assert where in errors[0]
    assert own.word("high", "priorities") == "hoog"
