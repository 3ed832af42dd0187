"""`helpdeskd duty who|drill`: the people on duty at a moment, in the order in which they are paged; and practice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.program import ROOT, Program
from tests.config.test_oncall import calendar
from tests.world import World

ROTATING = '\n[duty.rotation]\nanchor = 2026-11-16\nhandover = "09:00"\n'


def test_the_roster_of_the_configuration_with_the_minutes_of_each_step(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("duty", "who")
    assert (ran.status, ran.out) == (0, "step 1 after 0 min: piet\nstep 2 after 15 min: ans\n")


def test_a_roster_by_position_names_the_agents_of_the_directory(helpdeskd: Program) -> None:
    rows = helpdeskd("duty", "who", "--config", ROOT / "examples" / "prepaid-card.toml", "--json").rows
    assert [(row["step"], row["person"]) for row in rows] == [(1, "piet"), (2, "ans")]


def test_a_moment_is_in_the_desks_zone(helpdeskd: Program, config: Path) -> None:
    [first, _] = helpdeskd("duty", "who", "--at", "2026-12-24T20:00", "--json").rows
    assert first == {"at": "2026-12-24T20:00:00+01:00", "step": 1, "person": "piet", "after_minutes": 0}
    assert datetime.fromisoformat(first["at"]).utcoffset() is not None


def test_the_stored_directorys_own_roster_counts(helpdeskd: Program, world: World, config: Path) -> None:
    with world:
        pass
    (config.parent / "roster.toml").write_text('[duty]\nroster = ["ans"]\n')
    assert helpdeskd("directory", "apply", config.parent / "roster.toml").status == 0
    assert helpdeskd("duty", "who").out == "step 1 after 0 min: ans\n"


def test_without_duty_nobody_is_on_duty(helpdeskd: Program, config: Path) -> None:
    text = config.read_text()
    start, end = text.index("[duty]\n"), text.index("[[relay]]")
    config.write_text(text[:start] + text[end:])
    ran = helpdeskd("duty", "who")
    assert ran.status == 1
    assert ran.complaint.startswith("duty: nobody is ever on duty")


def test_a_time_that_is_none_is_wrong_usage(helpdeskd: Program, config: Path) -> None:
    assert helpdeskd("duty", "who", "--at", "tonight").status == 2


def test_the_calendar_file_counts_before_a_desk_is_stored(helpdeskd: Program, config: Path) -> None:
    """So that it can be tried; a real clock is behind this, and the calendar is read for a year from now."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    event = f"DTSTART:{tomorrow:%Y%m%dT%H%M%SZ}\nDURATION:PT8H\nSUMMARY:Lars Late"
    (config.parent / "duty.ics").write_bytes(calendar(event))
    config.write_text(config.read_text() + '\n[duty.calendar]\nfile = "duty.ics"\n')
    at = (tomorrow + timedelta(hours=1)).isoformat(timespec="seconds")
    rows = helpdeskd("duty", "who", "--at", at, "--json").rows
    assert [row["person"] for row in rows] == ["lars", "piet", "ans"]


def test_a_drill_wakes_whoever_is_on_duty(helpdeskd: Program, world: World, config: Path) -> None:
    with world:
        pass
    ran = helpdeskd("duty", "drill", "--json")
    assert (ran.status, ran.rows) == (0, [{"ticket": "HD-1001", "person": "piet"}])
    rows = helpdeskd("outbox", "list", "--json").rows
    assert [row["notice"] for row in rows] == ["hook", "duty-page"]


def test_a_drill_is_for_one_agent(helpdeskd: Program, world: World) -> None:
    with world:
        pass
    assert helpdeskd("duty", "drill", "zoe").complaint == 'duty: "zoe" names nobody (known: piet, ans, lars, mia)'
    ran = helpdeskd("duty", "drill", "Ans Smit")
    assert (ran.status, ran.out) == (0, "HD-1001: ans is paged for practice\n")


def test_without_a_stored_desk_nobody_can_be_paged(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("duty", "drill")
    assert ran.status == 1
    assert "no desk is stored" in ran.complaint
