"""Standby: who is woken is agreed beforehand, and so is what it costs."""

import pytest

from tests.cli.scenarios import Story, story


@pytest.fixture
def played() -> Story:
    return story("standby-hosting")


def test_outside_any_agreed_period_nobody_is_woken(played: Story) -> None:
    assert played.pages("evening") == []
    assert played.answers("evening") >= {"eva ticket-received"}
    told = played.texts("eva", "ticket-received", "evening")[0]
    for words in ("geen stand-by afgesproken", "woensdag 25 november 2026 om 08:30 uur", "+31 20 555 0100"):
        assert words in told


def test_in_an_agreed_period_somebody_begins_within_half_an_hour(played: Story) -> None:
    assert played.pages("payments") == [("13:52", "piet")]
    assert played.pages("down") == [("02:30", "piet"), ("02:45", "ans")]
    assert played.targets("payments") == {"start": ("2026-11-28T14:22", "2026-11-28T14:05", False)}
    assert played.targets("down") == {"start": ("2026-11-29T03:00", "2026-11-29T02:56", False)}
    assert "binnen 30 minuten" in played.texts("eva", "duty-informed", "payments")[0]
    assert "kosten" in played.texts("eva", "duty-informed", "payments")[0]


def test_the_same_emergency_mailed_twice_is_one_page_and_both_hear_who_has_it(played: Story) -> None:
    assert played.told("duty-page", "payments") == ["piet"]
    assert played.told("duty-taken", "payments") == ["eva", "daan"]


def test_a_new_function_never_costs_more_than_the_amount_that_was_approved(played: Story) -> None:
    assert played.told("approval-request", "feature") == ["eva"]
    assert "€ 240,00" in played.texts("eva", "approval-request", "feature")[0]
    assert played.minutes("feature") == (135, 130, 5)


def test_without_a_contract_work_costs_the_hourly_rate_as_far_as_it_was_approved(played: Story) -> None:
    assert played.outcome("gallery") == "accept as billable"
    assert "€ 110,00" in played.texts("ida", "ticket-received")[0]
    assert played.lines("gallery") == [("work", "gallery", 60, "110.00", "110.00")]
    assert played.statement("gallery")["unapproved_minutes"] == 10


def test_the_statement_has_the_weekend_piece_by_piece_and_the_call_outs(played: Story) -> None:
    night, day = ("standby", "", 870, "110.00", "1595.00"), ("standby", "", 570, "55.00", "522.50")
    first, second = ("work", "payments", 60, "110.00", "110.00"), ("work", "down", 90, "110.00", "165.00")
    assert played.lines("webshop") == [
        ("work", "feature", 130, "110.00", "238.33"), night, first, day, night, second, day, night,
    ]  # fmt: skip
    assert played.totals("webshop") == ("6343.33", "1332.10", "7675.43")


def test_a_short_evening_costs_its_minimum(played: Story) -> None:
    assert sorted(played.lines("webshop", "2026-12")) == [
        ("standby", "", 120, "110.00", "220.00"),
        ("work", "prices", 60, "110.00", "110.00"),
    ]
