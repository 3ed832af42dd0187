"""`/estimate` and `/outside`: what is asked before it costs; it is Monday 2026-11-23, ten o'clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.amount import parse_amount
from helpdeskd.domain.card import Card, Draw
from helpdeskd.domain.cost_event import EstimateAsked, OutsideContract
from helpdeskd.domain.directory import Right
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import StatusChanged
from helpdeskd.domain.plan import CardOffer, Plan
from helpdeskd.domain.tariff import Tariff
from helpdeskd.domain.ticket import Decision, Reason, Status, Ticket
from helpdeskd.triage.commands import Result
from helpdeskd.triage.orders.asking import duration
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import (
    ANNA,
    BAKERY,
    EARLIER,
    NOW,
    OFFICE_HOURS,
    PIET,
    PLAN,
    FakeDirectory,
    ticket,
)

TARIFF = Tariff("EUR", OFFICE_HOURS, {1: 100_00, 2: 120_00}, unit=15, quota=1, over_quota_rate=150_00)
TOPICS = {"training": {"en": "training"}, "hardware": {"en": "hardware"}}
HOURLY = replace(PLAN, tariffs=(TARIFF,), outside=TOPICS)
ONE_RATE = replace(HOURLY, tariffs=(replace(TARIFF, levels={1: 100_00}),))
PREPAID = replace(HOURLY, cards=(CardOffer(300, 400_00),))
CARD = Card("bakery-1", 300, 400_00, date(2026, 1, 5))
WITH_CARD = FakeDirectory(customers=(replace(BAKERY, cards=(CARD,)),))


def asked(result: Result) -> Estimate:
    """The estimate that the ticket awaits; fails when something was wrong."""
    assert result.errors == ()
    assert result.ticket.estimate is not None
    return result.ticket.estimate


def on_time(line: str, **more: object) -> Result:
    return order(line, plan=more.pop("plan", HOURLY), **more)  # type: ignore[arg-type]


def contacts(*rights: Right) -> FakeDirectory:
    return FakeDirectory(customers=(replace(BAKERY, contacts=(replace(ANNA, rights=frozenset(rights)),)),))


def test_an_estimate_is_asked_and_the_ticket_awaits_it() -> None:
    result = on_time("/estimate 3h Moving the archive")
    estimate = Estimate(
        number=1,
        minutes=180,
        asked_by="piet",
        asked_at=NOW,
        expires_at=NOW + timedelta(days=30),
        remind_at=datetime(2026, 11, 25, 9, tzinfo=UTC),
        text="Moving the archive",
    )
    assert result.events == (
        EstimateAsked(NOW, "piet", estimate),
        StatusChanged(NOW, "piet", Status.NEW, Status.APPROVAL),
    )
    assert result.lines[0].endswith(
        ": 3 h asked of Anna de Vries, Carl"
        "; 300.00 EUR at the base rate (rates vary by time or level); valid until 2026-12-23 10:00"
    )
    assert (result.ticket.status, result.ticket.estimate, result.ticket.estimates) == (Status.APPROVAL, estimate, 1)


@pytest.mark.parametrize(
    ("words", "minutes", "cents"),
    [
        ("15m", 15, None),
        ("16m", 30, None),
        ("1h 10m", 75, None),
        ("60 min", 60, None),
        ("2 hrs", 120, None),
        ("€240", 135, 240_00),
        ("€ 240", 135, 240_00),
        ("240 EUR", 135, 240_00),
        ("€25", 15, 25_00),
        ("€25,01", 15, 25_01),
    ],
)
def test_time_is_rounded_up_to_the_unit_and_money_down(words: str, minutes: int, cents: int | None) -> None:
    estimate = asked(on_time(f"/estimate {words} of work"))
    assert (estimate.minutes, estimate.cents, estimate.text) == (minutes, cents, "of work")


def test_money_pays_at_the_base_rate_of_the_agents_level_and_over_quota_at_that_one() -> None:
    assert asked(on_time("/estimate €240", by=replace(PIET, level=2))).minutes == 120
    earlier = FakeDirectory(tickets=(ticket(id=2, reference="ACME-1002", opened_at=EARLIER - timedelta(1)), ticket()))
    assert asked(on_time("/estimate €240", directory=earlier)).minutes == 90


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("", "how much?"),
        ("soon", "how much?"),
        ("3", "how much?"),
        ("0h", "how much?"),
        ("-3h", "how much?"),
        ("DKK 500", "the contract is in EUR, not in DKK"),
        ("€24,99", "that pays for less than 15 min"),
    ],
)
def test_what_is_no_amount_is_refused(words: str, wrong: str) -> None:
    assert wrong in refusal(f"/estimate {words}".strip(), plan=HOURLY)


def test_without_prices_only_time_can_be_asked() -> None:
    assert "the plan has no prices (write a time: /estimate 3h)" in refusal("/estimate €240", plan=PLAN)
    assert asked(order("/estimate 10m")).minutes == 10


@pytest.mark.parametrize(
    ("rights", "cards", "who"),
    [
        ((Right.OPEN, Right.SPEND), False, "approve costs"),
        ((Right.OPEN, Right.APPROVE), True, "spend prepaid hours"),
        ((), False, "approve costs"),
    ],
)
def test_where_nobody_may_agree_nothing_is_asked(rights: tuple[Right, ...], cards: bool, who: str) -> None:
    plan = PREPAID if cards else HOURLY
    wrong = refusal("/estimate 3h", directory=contacts(*rights), plan=plan)
    assert f"no contact of bakery may {who} (give one the right in the directory)" in wrong


def test_prepaid_hours_are_asked_of_those_who_may_spend_them() -> None:
    result = on_time("/estimate 2h", plan=PREPAID, directory=WITH_CARD)
    assert asked(result).by_card
    assert result.lines[0].endswith(": 2 h asked of Anna de Vries; from prepaid hours; valid until 2026-12-23 10:00")


@pytest.mark.parametrize(
    ("line", "plan", "told"),
    [
        ("/estimate 90m", ONE_RATE, "1 h 30 min asked of Anna de Vries, Carl; 150.00 EUR at the base rate; valid"),
        ("/estimate €240", ONE_RATE, "2 h 15 min asked of Anna de Vries, Carl; at most 240.00 EUR; valid"),
        ("/estimate 3h", PLAN, "3 h asked of Anna de Vries, Carl; valid"),
    ],
)
def test_the_transcript_says_what_it_costs_as_the_customer_is_told(line: str, plan: Plan, told: str) -> None:
    assert told in on_time(line, plan=plan).lines[0]


def test_an_amount_of_money_from_a_card_is_asked_as_the_time_that_it_pays() -> None:
    estimate = asked(on_time("/estimate €240", plan=PREPAID, directory=WITH_CARD))
    assert (estimate.minutes, estimate.cents) == (135, None)


def test_a_card_that_was_bought_is_used_whatever_the_plan_sells() -> None:
    assert asked(on_time("/estimate 2h", directory=WITH_CARD)).by_card


def test_no_more_is_asked_than_the_cards_have_left() -> None:
    half_used = replace(WITH_CARD, drawn=(Draw("bakery-1", "ACME-1002", 150),))
    assert asked(on_time("/estimate 2h30", plan=PREPAID, directory=half_used)).minutes == 150
    to_the_minute = replace(PREPAID, tariffs=(replace(TARIFF, unit=1),))
    wrong = refusal("/estimate 2h31m", directory=half_used, plan=to_the_minute)
    assert "the cards have 2 h 30 min left (ask for no more, or have a card bought first)" in wrong
    assert "the cards have 2 h 30 min left" in refusal("/estimate 2h31m", directory=half_used, plan=PREPAID)
    assert "the cards have 0 min left" in refusal("/estimate 15m", plan=PREPAID)


def awaiting(number: int = 1, **changes: object) -> Ticket:
    earlier = Estimate(number, 60, "ans", EARLIER, NOW + timedelta(days=29))
    return ticket(status=Status.APPROVAL, estimate=earlier, estimates=number, **changes)


def test_a_newer_estimate_replaces_the_one_that_is_open() -> None:
    result = on_time("/estimate 2h", on=awaiting(4))
    assert [type(event) for event in result.events] == [EstimateAsked]
    assert (asked(result).number, asked(result).minutes, result.ticket.estimates) == (5, 120, 5)


def test_estimates_are_counted_on_when_one_was_answered() -> None:
    assert asked(on_time("/estimate 2h", on=ticket(estimates=3))).number == 4


def test_of_two_in_one_mail_the_later_one_is_awaited() -> None:
    result = on_time("/estimate 2h\n/estimate 4h")
    assert (asked(result).number, asked(result).minutes) == (2, 240)


def test_the_plan_says_how_long_an_estimate_is_good() -> None:
    short = replace(HOURLY, estimate_valid=parse_amount("5 working days"))
    assert asked(on_time("/estimate 2h", plan=short)).expires_at == datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize("name", ["training", "Training", "TRAINING"])
def test_a_topic_of_the_plan_is_told_as_outside_the_contract(name: str) -> None:
    result = on_time(f"/outside {name} We can teach this.")
    assert result.events == (
        OutsideContract(NOW, "piet", "training", "We can teach this."),
        StatusChanged(NOW, "piet", Status.NEW, Status.WAITING),
    )
    assert result.lines[0].endswith(": the customer is told and asked")
    assert result.ticket.entitlement.decision is Decision.ASK
    assert result.ticket.entitlement.reasons == (Reason("outside", "training"),)


@pytest.mark.parametrize("status", [Status.WAITING, Status.PENDING, Status.APPROVAL])
def test_a_ticket_that_waits_already_goes_on_waiting_for_that(status: Status) -> None:
    result = on_time("/outside training", on=awaiting() if status is Status.APPROVAL else ticket(status=status))
    assert result.ticket.status is status
    assert result.lines == ("/outside training: the customer is told",)


def test_where_nothing_has_a_price_the_customer_is_told_and_not_asked() -> None:
    result = on_time("/outside training", plan=replace(PLAN, outside=TOPICS))
    assert result.ticket.status is Status.NEW
    assert result.lines == ("/outside training: the customer is told",)


def test_an_estimate_in_the_same_mail_names_what_is_outside() -> None:
    result = on_time("/outside training\n/estimate 2h")
    assert asked(result).topic == "training"
    assert result.ticket.status is Status.APPROVAL
    assert asked(on_time("/estimate 2h")).topic == ""


def test_it_stands_above_the_estimate_that_it_explains() -> None:
    result = on_time("/estimate 2h\n/outside training")
    assert "write it above /estimate" in result.errors[0]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("/outside", "outside what? (it names training, hardware)"),
        ("/outside gardening", 'the plan names no topic "gardening" (it names training, hardware)'),
        ("/outside train", 'the plan names no topic "train"'),
    ],
)
def test_a_topic_that_the_plan_does_not_name_is_refused(line: str, wrong: str) -> None:
    assert wrong in refusal(line, plan=HOURLY)


def test_a_plan_without_topics_says_so() -> None:
    assert "(it names none)" in refusal("/outside training", plan=PLAN)


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (1, "1 min"), (60, "1 h"), (61, "1 h 1 min"), (135, "2 h 15 min")]
)
def test_a_duration_is_told_in_hours_and_minutes(minutes: int, words: str) -> None:
    assert duration(minutes) == words


@given(
    st.lists(
        st.sampled_from(["3h", "15", "min", "€240", "EUR", "240", "DKK", "-", "for", "/x"]) | st.text(max_size=8),
        max_size=5,
    )
)
def test_any_estimate_is_asked_or_refused_and_what_is_asked_is_whole_units(words: list[str]) -> None:
    result = on_time(f"/estimate {' '.join(' '.join(words).split())}".strip())
    assert bool(result.events) is not bool(result.errors)
    if result.events:
        assert asked(result).minutes > 0
        assert asked(result).minutes % TARIFF.unit == 0
        paid = asked(result).cents
        assert paid is None or asked(result).minutes * 100_00 <= paid * 60
