"""`/wait`, `/pending`, `/resolve`, `/reopen`, `/close`, `/reject`, `/spam`; it is Monday 2026-11-23, ten o'clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.event import StatusChanged
from helpdeskd.domain.sort_event import SpamFound
from helpdeskd.domain.ticket import Status
from helpdeskd.triage.commands import NOT_ALONE
from tests.triage.orders.orders import order, refusal
from tests.triage.small_desk import NOW, ticket


def test_wait_waits_for_the_customer() -> None:
    assert order("/wait").events == (StatusChanged(NOW, "piet", Status.NEW, Status.WAITING),)


@pytest.mark.parametrize(
    ("form", "until"),
    [
        ("2026-11-30", datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),
        ("30-11-2026", datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),
        ("1-12-2026", datetime(2026, 12, 1, 7, 30, tzinfo=UTC)),
        ("2026-11-24", datetime(2026, 11, 24, 7, 30, tzinfo=UTC)),
        ("2026-11-28", datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),
        ("3h", datetime(2026, 11, 23, 12, 0, tzinfo=UTC)),
        ("2wd", datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),
        ("1wh", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
    ],
)
def test_pending_takes_a_date_or_an_amount(form: str, until: datetime) -> None:
    result = order(f"/pending {form}")
    assert (result.ticket.status, result.ticket.wake_at) == (Status.PENDING, until)


@pytest.mark.parametrize(
    ("word", "day"),
    [
        ("Friday", 27),
        ("dinsdag", 24),
        ("TIRSDAG", 24),
        ("mercredi", 25),
        ("Donnerstag", 26),
        ("lørdag", 30),
        ("sunday", 30),
        ("monday", 30),
    ],
)
def test_a_weekday_in_any_shipped_language_is_the_next_one_after_today(word: str, day: int) -> None:
    """The desk is closed at the weekend, and opens on Monday the 30th."""
    result = order(f"/pending {word} waits for the supplier")
    assert result.ticket.wake_at == datetime(2026, 11, day, 7, 30, tzinfo=UTC)
    assert result.lines[0].endswith(f": pending until 2026-11-{day} 08:30")


def test_a_weekday_is_that_of_the_agents_zone() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert order("/pending tuesday", now=late).ticket.wake_at == datetime(2026, 12, 1, 7, 30, tzinfo=UTC)


def test_pending_takes_a_reason_and_tells_the_time_in_the_agents_zone() -> None:
    result = order("/pending 2026-11-30 waits for the supplier")
    (event,) = result.events
    assert isinstance(event, StatusChanged)
    assert event.text == "waits for the supplier"
    assert result.lines == ("/pending 2026-11-30 waits for the supplier: pending until 2026-11-30 08:30",)


@pytest.mark.parametrize("form", ["2026-11-23", "2026-11-22", "22-11-2026", "0001-01-01"])
def test_pending_until_a_day_that_is_not_in_the_future_is_refused(form: str) -> None:
    assert refusal(f"/pending {form}").endswith("that is not in the future")


@pytest.mark.parametrize("form", ["2026-02-30", "31-02-2027", "2026-13-01", "0000-01-01", "1-1-0000"])
def test_pending_until_a_day_that_does_not_exist_is_refused(form: str) -> None:
    assert refusal(f"/pending {form}").endswith(f"there is no day {form}")


def test_pending_is_for_ten_years_at_most() -> None:
    assert order("/pending 2036-11-30").errors == ()
    assert refusal("/pending 2036-12-02").endswith("that is more than ten years away")
    assert refusal("/pending 9999-12-31").endswith("that is more than ten years away")


@pytest.mark.parametrize(
    "form", ["", "soon", "fri", "fridays", "2", "3x", "-1d", "0h", "2 working days", "20261130", "2026-W48"]
)
def test_pending_until_what_is_neither_a_day_nor_an_amount_is_refused(form: str) -> None:
    assert (
        "is neither a day nor an amount (/pending 2026-11-30, /pending friday, /pending 2wd, /pending 3h)"
        in refusal(f"/pending {form}")
    )


@given(st.text(alphabet="0123456789-hdwm x", max_size=14))
def test_any_argument_of_pending_is_done_or_refused(text: str) -> None:
    result = order(f"/pending {text}")
    assert bool(result.events) is not bool(result.errors)
    assert result.errors or (result.ticket.wake_at is not None and result.ticket.wake_at > NOW)


def test_resolve_closes_by_itself_after_the_quiet_period() -> None:
    result = order("/resolve")
    assert (result.ticket.status, result.ticket.wake_at) == (Status.RESOLVED, NOW + timedelta(days=7))


def test_reopen_gives_it_back_to_its_owner_or_to_the_team() -> None:
    assert order("/reopen", ticket(status=Status.RESOLVED, owner="ans")).ticket.status is Status.OPEN
    assert order("/reopen", ticket(status=Status.CLOSED)).ticket.status is Status.NEW


def test_reopen_of_what_is_not_over_is_refused() -> None:
    assert refusal("/reopen") == "/reopen: the ticket is new"


def test_close_ends_an_open_and_a_resolved_ticket() -> None:
    assert order("/close").ticket.status is Status.CLOSED
    assert order("/close", ticket(status=Status.RESOLVED)).ticket.wake_at is None
    assert refusal("/close", ticket(status=Status.CLOSED)) == "/close: the ticket is closed"


def test_reject_takes_the_reason_that_the_customer_is_told() -> None:
    (event,) = order("/reject not ours").events
    assert isinstance(event, StatusChanged)
    assert (event.new, event.text) == (Status.REJECTED, "not ours")
    assert "the customer is told" in refusal("/reject")


def test_spam_is_rejected_and_marked_so_that_nobody_is_told() -> None:
    result = order("/spam")
    assert [type(event) for event in result.events] == [SpamFound, StatusChanged]
    assert result.ticket.status is Status.REJECTED
    assert result.lines == ("/spam: rejected as spam; its sender is not told",)


@pytest.mark.parametrize("lines", ["/spam\n/take", "/take\n/spam", "/close\n/spam", "/spam\n/reopen"])
def test_nothing_else_happens_to_spam(lines: str) -> None:
    assert NOT_ALONE in order(lines).errors


@pytest.mark.parametrize("lines", ["/spam\n/why", "/help\n/spam\n/note see there"])
def test_questions_and_notes_about_spam_are_answered_and_kept(lines: str) -> None:
    assert order(lines).errors == ()
