"""Words of a language: what is known is translated, what is not stands for itself."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_datetime

from helpdeskd.domain.line import Kind, Line
from helpdeskd.domain.month import Month
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


@pytest.mark.parametrize("pattern", ["HH:mm", "HH:mm:ss", "HH:mm:ss.SSS", "A", "short", "medium", "long", "full"])
def test_an_instant_is_written_as_exactly_as_its_format_says(pattern: str):
    own = Words("en", {"formats": {"when": pattern}}, Locale("en"))
    for instant in (SUMMER, SUMMER.replace(second=7, microsecond=8000), SUMMER.replace(second=59, microsecond=999_000)):
        written = format_datetime(instant, pattern, ZoneInfo("Europe/Amsterdam"), own.locale)
        assert own.when(instant, "Europe/Amsterdam") == written.replace("\u202f", " ")


def test_a_number_of_words_is_said_in_the_language():
    assert words("nl").word("30 words", "missing") == "een beschrijving van ten minste 30 woorden"
    assert words("nl").word("30 shoes", "missing") == "30 shoes"


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


@pytest.mark.parametrize(
    ("language", "cents", "currency", "text"),
    [
        ("nl", 6667, "EUR", "€ 66,67"),
        ("nl", -123456, "EUR", "€ -1.234,56"),
        ("da", 109500, "DKK", "1.095,00 kr."),
        ("en", 6667, "EUR", "€66.67"),
        ("en", 109500, "DKK", "DKK 1,095.00"),
        ("fr", 123456, "EUR", "1 234,56 €"),
        ("de", 0, "EUR", "0,00 €"),
        ("en", 150, "JPY", "¥1.50"),
    ],
)
def test_money_is_written_as_people_write_it(language: str, cents: int, currency: str, text: str):
    assert words(language).money(cents, currency) == text


@pytest.mark.parametrize(
    ("language", "minutes", "text"),
    [
        ("nl", 135, "2 uur 15 min"),
        ("da", 120, "2 t"),
        ("en", 45, "45 min"),
        ("fr", -75, "-1 h 15 min"),
        ("de", 0, "0 min"),
        ("en", 60_000, "1,000 h"),
    ],
)
def test_time_worked_is_hours_and_minutes(language: str, minutes: int, text: str):
    assert words(language).minutes(minutes) == text


@pytest.mark.parametrize(
    ("language", "text"), [("nl", "november 2026"), ("de", "November 2026"), ("fr", "novembre 2026")]
)
def test_a_month_is_written_with_its_year(language: str, text: str):
    assert words(language).month(Month(2026, 11)) == text


def test_a_percentage_keeps_its_decimals_and_no_more():
    assert words("nl").number(Decimal("5.50")) == "5,5"
    assert words("en").number(Decimal("21.00")) == "21"


DAY = date(2026, 11, 20)


def line(kind: Kind, *notes: Reason, **fields: object) -> Line:
    whole = {"ticket": "ACME-1042", "day": DAY, "minutes": 30, "rate": 10000, "amount": 5000} | fields
    return Line(kind, notes=notes, **whole)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("charged", "text"),
    [
        (line(Kind.WORK, Reason("window", "office hours")), "Work, office hours"),
        (
            line(Kind.WORK, Reason("free-minutes", "15"), Reason("rounded", "5"), Reason("over-quota")),
            "Work, first 15 min free, rounded up by 5 min, beyond the number of requests a month",
        ),
        (line(Kind.WORK, Reason("call-out", "25")), "Work, call-out, 25 min worked"),
        (
            line(Kind.WORK, Reason("from-card", "2026-01-05"), Reason("approved-by", "anna@customer.example")),
            "Work, taken from card 2026-01-05, approved by anna@customer.example",
        ),
        (line(Kind.MINIMUM), "Minimum per request"),
        (
            line(Kind.STANDBY, Reason("window", "night"), Reason("standby-minimum", "60")),
            "Standby, night, minimum instead of 1 h",
        ),
        (line(Kind.TRAVEL, minutes=0, rate=352, amount=14784, quantity=42), "Travel, 42 km × €3.52"),
        (line(Kind.CARD, minutes=0, quantity=1, card="5-hours"), "Prepaid hours, card 5-hours"),
        (line(Kind.WORK, Reason("window", "night"), correction=True), "Correction: work, night"),
        (line(Kind.WORK, Reason("moon-phase", "full")), "Work, moon-phase: full"),
    ],
)
def test_a_line_of_a_statement_says_what_it_is_for_and_why(charged: Line, text: str):
    assert words("en").line(charged, "EUR") == text


@pytest.mark.parametrize("language", ["nl", "da", "en", "fr", "de"])
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_line_has_words_in_every_language(kind: Kind, language: str):
    text = words(language).line(line(kind, quantity=1, card="c"), "EUR")
    assert "{detail}" not in text
    assert text[0].isupper()


def test_money_in_a_reason_is_written_out():
    assert words("en").reason(Reason("over-quota-rate", "115.00 EUR")) == "An hour costs at least €115.00."
    assert "1.095,00 kr." in words("da").reason(Reason("rate", "1095.00 DKK"), "told")


def test_minutes_in_a_reason_are_written_out():
    assert "15 min" in words("en").reason(Reason("minimum", "15"), "told")


def test_the_words_in_a_reason_are_those_of_its_language():
    asked = Reason("no-role", "general, technical")
    assert "(algemene contactpersoon, technische contactpersoon)" in words("nl").reason(asked, "told")
    assert "(hoog)" in words("nl").reason(Reason("priority-asked", "high"), "told")


def test_a_word_that_a_plan_made_up_stands_for_itself_also_when_it_begins_with_a_number():
    assert words("nl").word("24 Normal N", "fields") == "24 Normal N"


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
        ("roles", "general, site:main", "algemene contactpersoon, site:main"),
        ("strength", "none", "niet bewezen"),
        ("reason", "contract: best-effort", "Er is een geldig contract: best-effort."),
        ("contact", "open", "open"),
        ("charge", "135 / 180", "2 uur 15 min / 3 uur"),
        ("unapproved", "45", "45 min"),
        ("earlier", "HD-7 awaiting approval: Till: open, high", "HD-7 wacht op akkoord: Till: open, high"),
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
