"""Attack rows M02 to M05: what is booked is booked once, as far as there is room, in the month in which it came in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.tables import proxy
from tests.bills import costs
from tests.world import PIET, World

BEN = "Ben Blom <ben@dentist.example>"
DORA = "Dora Dekker <dora@dentist.example>"
HANS = "Hans Hout <hans@garage.example>"
GIJS = "Gijs Groen <gijs@garage.example>"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as desk:
        yield desk


def test_m02_a_command_that_is_delivered_twice_books_once(world: World) -> None:
    world.receives(BEN)
    page = world.last("piet")
    to = page.message.header("Reply-To").rpartition("<")[2].strip("> ")
    raw = world.written(PIET, to, page.subject, "/time 30m")
    fates = [world.takes(raw, to, PIET).fate for _ in range(3)]
    assert fates == ["commands", "duplicate", "duplicate"]
    assert costs(world).settlement.minutes.real == 30


def test_m02_an_approval_that_is_delivered_twice_approves_once(world: World) -> None:
    world.receives(BEN)
    world.replies(PIET, world.last("piet"), "/estimate 2h")
    request = world.last("dora", "approval-request")
    for _ in range(2):
        world.replies(DORA, request, "approve")
    with db.transaction():
        assert [approval.minutes for approval in StoredDirectory().approvals(1)] == [120]


@pytest.mark.parametrize("again", range(2))
def test_m03_of_a_hundred_bookings_at_once_no_more_is_paid_than_the_card_has(world: World, again: int) -> None:
    """Five hours are on the card and approved; a hundred mails of agents book a quarter of an hour each."""
    world.receives(HANS)
    world.replies(PIET, world.last("piet"), "/estimate 5h")
    world.replies(GIJS, world.last("gijs", "approval-request"), "ok")
    page = world.last("piet")
    to = page.message.header("Reply-To").rpartition("<")[2].strip("> ")
    for number in range(100):
        world.puts(world.written(PIET, to, f"{page.subject} {number}", "/time 15m"), to, "piet@desk.example")
    _all_at_once(world)
    minutes = costs(world).settlement.minutes
    assert (minutes.real, minutes.charged, minutes.unapproved) == (1500, 300, 1200)
    cards = costs(world).cards
    assert cards is not None
    assert cards.balance == 0


def _all_at_once(world: World) -> None:
    """Four workers, each with a connection of its own, until nothing is queued."""

    def until_done(_: int) -> None:
        proxy.connect()
        try:
            while world.worker.work():
                pass
        finally:
            proxy.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(until_done, range(4)))


STEPS = st.one_of(
    st.builds("/time {}m".format, st.integers(1, 90)),
    st.builds("/estimate {}m".format, st.integers(15, 120)),
    st.sampled_from(["yes", "no", "approve 20m", "/outside training", "/resolve", "/reopen"]),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, min_size=3, max_size=8))
def test_m04_no_more_is_charged_than_was_free_authorised_and_approved(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    with World(tmp_path_factory.mktemp("desk")) as world:
        world.receives(BEN)
        for step in steps:
            _happens(world, step)
            _assert_agreed(world)


def _happens(world: World, step: str) -> None:
    """An agent's command, or the answer of who approves to what she was asked last."""
    world.advance(hours=1)
    requests = world.sent("dora", "approval-request")
    if step.startswith("/"):
        world.replies(PIET, world.last("piet"), step)
    elif requests:
        world.replies(DORA, requests[-1], step)


def _assert_agreed(world: World) -> None:
    with db.transaction():
        approved = sum(approval.minutes for approval in StoredDirectory().approvals(1))
    minutes = costs(world).settlement.minutes
    assert minutes.charged <= 60 + approved
    assert minutes.real + minutes.rounding + minutes.minimum == minutes.free + minutes.charged + minutes.unapproved


@pytest.mark.parametrize(
    ("last", "places"),
    [
        ("2026-11-30 23:59:59", ["1/3", "2/3", "3/3", "4/3"]),
        ("2026-12-01 00:00:00", ["1/3", "2/3", "3/3", "1/3"]),
    ],
)
def test_m05_a_ticket_counts_in_the_month_in_which_it_came_in_the_customers_zone(
    world: World, last: str, places: list[str]
) -> None:
    for number in range(3):
        world.receives(BEN, subject=f"Question {number}")
    world.at(last)
    world.receives(BEN, subject="The last question")
    assert [_place(world, f"HD-{1001 + number}") for number in range(4)] == places


def _place(world: World, reference: str) -> str:
    reasons = {reason.code: reason.detail for reason in world.ticket(reference).entitlement.reasons}
    return reasons.get("quota") or reasons["over-quota"]
