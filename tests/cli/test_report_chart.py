"""Figures as people read them, charts with their numbers, and nothing foreign becomes more than text."""

from datetime import UTC, datetime
from fractions import Fraction
from xml.etree.ElementTree import tostring

import pytest

from helpdeskd.cli.report_chart import duration, element, hours, percent, shown
from helpdeskd.domain.fact import Hours, Worked
from helpdeskd.domain.report import Line

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(None, "–"), (0, "0 min"), (59, "59 min"), (60, "1 h 00 min"), (65, "1 h 05 min"), (6000, "100 h 00 min")],
)
def test_a_duration_is_hours_and_minutes(minutes: int | None, told: str) -> None:
    assert duration(minutes) == told


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (None, "–"),
        (Fraction(0), "0.0 %"),
        (Fraction(2, 3), "66.6 %"),
        (Fraction(9_999, 10_000), "99.9 %"),
        (Fraction(1), "100.0 %"),
    ],
)
def test_a_share_is_never_told_as_more_than_it_is(share: Fraction | None, told: str) -> None:
    assert percent(share) == told


def test_text_and_attributes_stay_what_they_are() -> None:
    made = element("p", "<i>&", element("b", "x"), '"', " y", class_='a"><script>', aria_label="z")
    assert tostring(made, encoding="unicode", method="html") == (
        '<p class="a&quot;&gt;<script&gt;" aria-label="z">&lt;i&gt;&amp;<b>x</b>" y</p>'
    )


def test_characters_that_steer_are_shown_as_such() -> None:
    assert shown("a\x1b[31m\u202eb\x00") == "a\ufffd[31m\ufffdb\ufffd"
    assert shown("Café De Vries\nSmith\u00a0& Co") == "Café De Vries\nSmith\u00a0& Co"


def test_what_was_worked_and_charged_stands_beside_its_bar_and_nothing_has_no_bar() -> None:
    november = Line("2026-11", (Worked(NOON, "piet", "normal", Hours.WORKED, 90),))
    december = Line("2026-12", (Worked(NOON, "", "normal", Hours.CHARGED, 45),))
    _, chart = hours([november, december])
    bars = [(bar.get("class"), bar.get("width")) for bar in chart.iter("rect")]
    assert [text.text for text in chart.iter("text")] == [
        "2026-11", "1 h 30 min", "0 min", "2026-12", "0 min", "45 min"
    ]  # fmt: skip
    assert bars == [("met", "380.0"), ("charged", "190.0")]


def test_a_month_without_any_time_is_drawn_too() -> None:
    _, chart = hours([Line("2026-11", ())])
    assert [text.text for text in chart.iter("text")] == ["2026-11", "0 min", "0 min"]
