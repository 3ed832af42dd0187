"""What people may ask of whoever keeps data about them: all of it, and to be taken out of all of it."""

import json
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from helpdeskd.storage import db, tickets
from tests.cli.planted import ADDRESS, CLINIC, PLANTED, QUINN, ROSE, SOUGHT, found, leave_traces
from tests.cli.program import Program
from tests.world import World


@pytest.fixture
def story(world: World) -> World:
    """Quinn has left traces everywhere."""
    world.extra = CLINIC
    world.digests = True
    with world:
        leave_traces(world)
    return world


def test_after_an_erasure_no_planted_string_is_found_in_any_file(helpdeskd: Program, story: World) -> None:
    planted = {trace.partition(" in ")[0] for trace in found(story.state)}
    assert planted == set(SOUGHT)
    ran = helpdeskd("person", "erase", ADDRESS, "--yes")
    assert ran.status == 0, ran.err
    assert found(story.state) == []
    assert helpdeskd("audit").status == 0


def test_threads_stay_readable_under_a_pseudonym_and_money_is_what_it_was(helpdeskd: Program, story: World) -> None:
    billed = helpdeskd("statement", "clinic", "--month", "2026-11", "--json").out
    found_before = helpdeskd("tickets", "search", "scanner").out
    assert helpdeskd("person", "erase", ADDRESS, "--yes").status == 0
    shown = helpdeskd("tickets", "show", "HD-1001").out
    assert "contact: person-1" in shown
    assert "person-1:\n[erased]" in shown
    other = helpdeskd("tickets", "show", "HD-1002").out
    assert "rose@clinic.example" in other
    assert "It takes a minute a page." in other
    assert "The scanner is to be cleaned." in other
    assert "Read this:\n[erased]\nSays [erased]." in other
    assert helpdeskd("tickets", "search", "scanner").out == found_before.replace("Quinn", "[erased]")
    assert helpdeskd("tickets", "search", "planted02").out == ""
    assert helpdeskd("statement", "clinic", "--month", "2026-11", "--json").out == billed.replace(
        "Quinn Planted12", "person-1"
    )
    assert "Quinn" not in helpdeskd("contacts").out


def test_a_statement_that_was_issued_keeps_every_cent_and_loses_the_name(
    helpdeskd: Program, story: World, config: Path
) -> None:
    with World(config.parent, CLINIC, begin="2026-11-26 10:00") as world:
        world.at("2026-12-02 09:00")
    billed = helpdeskd("statement", "clinic", "--month", "2026-11", "--json").out
    assert "approved by Quinn Planted12" in billed
    assert helpdeskd("person", "erase", ADDRESS, "--yes").status == 0
    told = helpdeskd("statement", "clinic", "--month", "2026-11", "--json").out
    assert told == billed.replace("Quinn Planted12", "person-1")
    assert found(story.state) == []
    assert helpdeskd("audit").status == 0


def test_mail_that_comes_later_from_the_address_is_a_strangers(story: World, helpdeskd: Program, config: Path) -> None:
    assert helpdeskd("person", "erase", ADDRESS, "--yes").status == 0
    again = World(config.parent, CLINIC)
    with again:
        row = again.receives(QUINN, subject="Me again")
        assert row.fate == "held"
        again.receives(ROSE, subject="A new one")
        again.advance(days=2)
    assert found(story.state) != []
    assert "is now person-2" in helpdeskd("person", "erase", ADDRESS, "--yes").out
    assert found(story.state) == []


def test_a_desk_goes_on_with_a_ticket_of_somebody_who_is_no_more(
    world: World, helpdeskd: Program, config: Path
) -> None:
    world.extra = CLINIC
    with world:
        world.receives(QUINN)
        world.replies("Piet Jansen <piet@desk.example>", world.last("piet"), "/take")
    ran = helpdeskd("person", "erase", ADDRESS, "--yes")
    assert "HD-1001 is not closed, and nobody of the customer hears of it any more" in ran.err
    again = World(config.parent, CLINIC)
    with again:
        again.advance(days=10)
        assert again.ticket().requester == "person-1"
        assert [mail.to for mail in again.mails if "clinic" in mail.to] == []


def test_a_dry_run_tells_what_would_change_and_changes_nothing(helpdeskd: Program, story: World) -> None:
    before = found(story.state)
    dry = helpdeskd("person", "erase", ADDRESS, "--dry-run")
    assert dry.status == 0
    assert found(story.state) == before
    assert "PersonErased" not in helpdeskd("audit", "--log").out
    assert helpdeskd("person", "erase", ADDRESS, "--yes").out == dry.out.replace("would become", "is now")


def test_it_is_not_done_without_being_asked_for_twice(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("person", "erase", ADDRESS)
    assert (ran.status, ran.complaint) == (1, "person: nothing was erased (--yes does it without asking)")


def test_what_still_waits_hinders_an_erasure_and_is_named(helpdeskd: Program, story: World, config: Path) -> None:
    with World(config.parent, CLINIC) as world:
        world.receives("Sam <sam@elsewhere.example>", text=f"Do you know {ADDRESS}?")
    ran = helpdeskd("person", "erase", ADDRESS, "--yes")
    assert ran.status == 1
    assert "is held and tells of them (decide it first: helpdeskd held list)" in ran.complaint


def test_a_file_that_still_names_the_person_is_warned_of(helpdeskd: Program, story: World, config: Path) -> None:
    ran = helpdeskd("person", "erase", ADDRESS, "--yes")
    assert f"{config}: still names Quinn Planted12, planted12@clinic.example, quinn@clinic.example" in ran.err


def test_an_agent_who_leaves_is_a_pseudonym_in_the_books_and_what_they_wrote_for_customers_stays(
    helpdeskd: Program, story: World
) -> None:
    billed = helpdeskd("statement", "clinic", "--month", "2026-11", "--json").out
    owns = helpdeskd("person", "erase", "piet@desk.example", "--yes")
    assert owns.complaint == "person: piet still owns HD-1002 (assign them first)"
    db.connect(story.state)
    with db.transaction():
        [ticket] = [each for each in tickets.unfinished() if each.owner == "piet"]
        tickets.save(replace(ticket, owner="ans"))
    db.close()
    assert helpdeskd("person", "erase", "piet@desk.example", "--yes").status == 0
    assert found(story.state, ("piet@desk.example", "piet jansen")) == []
    shown = helpdeskd("tickets", "show", "HD-1002").out
    assert "person-1:\nThe scanner is to be cleaned." in shown
    assert helpdeskd("statement", "clinic", "--month", "2026-11", "--json").out == billed
    assert [row["name"] for row in helpdeskd("agents", "--json").rows] == ["ans", "lars", "mia"]
    assert helpdeskd("audit").status == 0


def test_an_export_has_all_that_is_theirs_and_nothing_of_others(
    helpdeskd: Program, story: World, tmp_path: Path
) -> None:
    file = tmp_path / "quinn.zip"
    ran = helpdeskd("person", "export", ADDRESS, "--output", file)
    assert ran.status == 0
    assert "HD-1001 has 4 internal notes, which are not in it" in ran.err
    archive = ZipFile(file)
    rows = json.loads(archive.read("record.json"))
    kinds = {row["kind"] for row in rows}
    assert kinds == {"person", "contact", "ticket", "time", "approval", "action", "mail", "audit"}
    mails = {row["file"]: archive.read(row["file"]) for row in rows if "file" in row}
    assert sorted([*mails, "record.json"]) == sorted(archive.namelist())
    everything = archive.read("record.json") + b"".join(mails.values())
    theirs = {name for name in PLANTED if name.encode() in everything.lower()}
    assert theirs >= {"planted01", "planted02", "planted03", "planted04", "planted12", "planted16", "planted20"}
    assert not theirs & {"planted09", "planted10", "planted17"}
    assert file.stat().st_mode & 0o077 == 0
    again = helpdeskd("person", "export", ADDRESS, "--output", file)
    assert again.complaint == f"person: {file} is there already (name another with --output)"
    assert "PersonExported" in helpdeskd("audit", "--log").out


def test_nothing_is_stored_about_a_stranger(helpdeskd: Program, story: World) -> None:
    for action in ("export", "erase"):
        ran = helpdeskd("person", action, "nobody@elsewhere.example")
        assert (ran.status, ran.complaint) == (1, "person: nothing is stored about nobody@elsewhere.example")
    assert helpdeskd("person", "export", "no address").status == 2
