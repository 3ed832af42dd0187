"""Pages for practice, on a desk of the stories."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from helpdeskd.config.load import load
from helpdeskd.daemon import drill
from helpdeskd.daemon.drill import NoDrill
from helpdeskd.domain.ticket import Status
from helpdeskd.storage import db, tickets
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.report import histories
from tests.world import ANS, CONFIG, PIET, World

EVER = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "desk") as desk:
        yield desk


def begins(world: World, person: str = "") -> None:
    """A drill of the roster, or of one agent, and what it sends."""
    with db.transaction():
        agents = {agent.name: agent for agent in StoredDirectory().agents()}
        drill.begin(world.office.post(), world.now, agents[person] if person else None)
    world.works()


def test_whoever_is_on_duty_is_paged_as_in_an_emergency_and_the_page_says_that_it_is_a_drill(world: World) -> None:
    begins(world)
    assert world.news() == ["piet duty-page"]
    page = world.last("piet")
    assert page.subject == "[HD-1001] Drill (step 1)"
    assert "This is a drill (HD-1001): nothing is wrong." in page.text
    assert "- /downgrade" not in page.text
    assert b'"event": "drill"' in world.hooks[0].content


def test_who_answers_closes_it_and_nobody_else_is_woken(world: World) -> None:
    begins(world)
    world.at("2026-11-23 10:16")
    world.news()
    world.replies(ANS, world.last("ans"), "I am awake.")
    assert world.news() == ["ans agent-transcript", "piet agent-update"]
    assert "The drill was taken." in world.last("piet", "agent-update").text
    assert "write to the customer" not in world.last("ans").text
    assert (world.ticket().status, world.ticket().owner) == (Status.CLOSED, "ans")
    world.at("2026-11-30 10:00")
    assert world.news() == []


def test_silence_goes_through_the_roster_and_is_an_alarm(world: World, caplog: pytest.LogCaptureFixture) -> None:
    begins(world)
    world.at("2026-11-23 12:00")
    assert [mail.to.partition("@")[0] for mail in world.sent(notice="duty-page")] == [
        "piet", "ans", "piet", "mia", "ans", "mia",
    ]  # fmt: skip
    assert "Nobody acknowledged the drill." in world.last("piet", "agent-update").text
    assert 'what="drill not acknowledged" about=HD-1001' in caplog.text


def test_one_agent_is_paged_alone_and_their_silence_is_told_after_their_time(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    begins(world, "lars")
    assert world.news() == ["lars duty-page"]
    assert "next person" not in world.last("lars").text
    world.at("2026-11-23 10:14")
    assert world.news() == []
    world.at("2026-11-23 18:00")
    assert world.news() == ["ans agent-update", "piet agent-update"]
    assert "drill not acknowledged" in caplog.text
    world.replies("Lars Late <lars@desk.example>", world.last("lars"), "/ack")
    assert world.ticket().status is Status.CLOSED


def test_it_has_no_targets_costs_nothing_and_stands_in_no_report(world: World) -> None:
    begins(world)
    world.replies(PIET, world.last("piet"), "/ack\n/time 5m")
    with db.transaction():
        assert tickets.targets(1) == ()
        assert list(histories(EVER)) == []
    assert world.ticket().nocharge


def test_two_at_once_are_two(world: World) -> None:
    begins(world)
    begins(world, "ans")
    assert world.news() == ["ans duty-page", "piet duty-page"]
    world.replies(PIET, world.last("piet"), "/ack")
    assert world.ticket("HD-1002").status is Status.NEW


def test_without_a_roster_there_is_none(tmp_path: Path) -> None:
    text = CONFIG.read_text()
    start, end = text.index("[duty]\n"), text.index("[[relay]]")
    with World(tmp_path / "none") as world:
        file = tmp_path / "without.toml"
        file.write_text(text[:start] + text[end:])
        world.office.loaded = load(file)
        with pytest.raises(NoDrill, match="nobody is ever on duty"):
            begins(world)
