"""What an erasure leaves to everybody else, and that no name is left beside the pseudonym."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from helpdeskd.storage import db, inbox
from helpdeskd.storage.blank import BLANK
from helpdeskd.storage.tables import proxy
from tests.cli.planted import found
from tests.cli.program import Program
from tests.world import ANNA, BRAM, PIET, World

ANS = "Ans Smit <ans@desk.example>"
EVE = "Eve Smith <eve@smith.example>"
SAM = "sam@elsewhere.example"
CLUB = """
[[customer]]
name = "club"
title = "Club"
[[customer.contact]]
name = "Xanthippe"
addresses = ["x@club.example"]
rights = ["open", "spend", "approve"]
[[customer.contact]]
name = "Eve Smith"
addresses = ["e@club.example"]
[[customer.contact]]
name = "Pim van der Poel"
addresses = ["pim@club.example"]
[[customer.contract]]
plan = "hourly"
first_day = 2026-01-01
last_day = 2026-12-31
"""


def kept(world: World) -> tuple[int, int]:
    """How many mails received and sent still have their bytes."""
    db.connect(world.state)
    counts = [
        proxy.execute_sql(query).fetchone()[0]
        for query in ("SELECT count(*) FROM raw WHERE size > 0", "SELECT count(*) FROM outbox WHERE NOT is_blank")
    ]
    db.close()
    return counts[0], counts[1]


@pytest.mark.parametrize("strength", ["none", "aligned"])
@pytest.mark.parametrize("name", ["Piet Jansen", "Kind Regards", "Helpdesk", "Eve Smith"])
def test_what_somebody_calls_themselves_in_a_mail_costs_nobody_else_a_mail(
    world: World, helpdeskd: Program, name: str, strength: str
) -> None:
    with world:
        world.receives(EVE, text="It burns.\n\nKind regards,\nEve Smith")
        world.replies(PIET, world.last("piet"), "Hello Eve, fixed.\n\nKind regards,\nPiet Jansen")
    before = kept(world)
    with World(world.folder) as again:
        row = again.receives(f"{name} <{SAM}>", subject="support@desk.example", strength=strength)
    assert row.status == "held"
    assert helpdeskd("held", "refuse", row.id, "no").status == 0
    assert helpdeskd("person", "erase", SAM, "--yes").status == 0
    assert kept(world) == before


def test_the_reference_of_a_ticket_in_the_mails_of_others_costs_them_nothing(world: World, helpdeskd: Program) -> None:
    with world:
        world.receives("Dora Dekker <dora@dentist.example>", subject="Invoices are late")
        world.replies(PIET, world.last("piet"), "/resolve")
        own = world.receives("Ben Blom <ben@dentist.example>", subject="Printer", text="As with HD-1001.").id
    assert helpdeskd("person", "erase", "dora@dentist.example", "--yes").status == 0
    db.connect(world.state)
    row = inbox.get(own)
    db.close()
    assert row is not None
    assert not row.raw.startswith(BLANK)


def test_a_name_that_somebody_else_has_too_is_not_sought(world: World, helpdeskd: Program) -> None:
    world.extra = CLUB
    with world:
        world.receives(EVE, text="It burns.\n\nEve Smith")
    before = kept(world)
    ran = helpdeskd("person", "erase", "e@club.example", "--yes")
    assert ran.out.splitlines()[1] == "sought: e@club.example"
    assert "not sought, because somebody else has it too: Eve Smith" in ran.err
    assert kept(world) == before


def test_small_words_of_a_name_stay_where_the_person_took_part(world: World, helpdeskd: Program) -> None:
    world.extra = CLUB
    with world:
        world.receives("Xanthippe <x@club.example>", cc=["pim@club.example"])
        world.replies(PIET, world.last("piet"), "/note Ask Poel of the van, or der Chef.")
    assert helpdeskd("person", "erase", "pim@club.example", "--yes").status == 0
    assert "Ask [erased] of the van, or der Chef." in helpdeskd("tickets", "show", "HD-1001").out


def test_a_dry_run_lists_the_words_that_are_sought(world: World, helpdeskd: Program) -> None:
    with world:
        world.receives(BRAM)
    dry = helpdeskd("person", "erase", "bram@bakery.example", "--dry-run", "--also", "B. Bakker,  baker")
    assert dry.out.splitlines()[1] == "sought: B. Bakker, baker, Bram Bakker, bram@bakery.example"
    [told] = helpdeskd("person", "erase", "bram@bakery.example", "--dry-run", "--json").rows
    assert told["sought"] == ["Bram Bakker", "bram@bakery.example"]


def test_what_else_means_them_is_sought_when_it_is_said(world: World, helpdeskd: Program) -> None:
    with world:
        world.receives(BRAM)
        world.receives(EVE, text="I spoke with Brammetje.")
    assert helpdeskd("person", "erase", "bram@bakery.example", "--yes", "--also", "Brammetje").status == 0
    assert found(world.state, ("brammetje", "bram@bakery.example")) == []


@pytest.mark.parametrize("word", ["Eve", "Piet Jansen", "ans", "support@desk.example", "Helpdesk"])
def test_a_word_that_means_somebody_else_is_refused(world: World, helpdeskd: Program, word: str) -> None:
    with world:
        world.receives(BRAM)
    ran = helpdeskd("person", "erase", "bram@bakery.example", "--yes", "--also", word)
    assert (ran.status, ran.complaint) == (1, f"person: {word} means somebody else too (other words would be right)")


def test_a_word_of_a_letter_or_two_and_an_address_of_the_desk_are_refused(world: World, helpdeskd: Program) -> None:
    with world:
        world.receives(BRAM)
    assert helpdeskd("person", "erase", "bram@bakery.example", "--yes", "--also", " e ").status == 2
    ran = helpdeskd("person", "erase", "help@desk.example", "--yes")
    assert (ran.status, ran.complaint) == (1, "person: help@desk.example is an address of the desk")


def test_failed_mail_of_somebody_else_hinders_an_erasure_and_is_named(world: World, helpdeskd: Program) -> None:
    with world:
        world.receives(ANNA)
        other = world.receives(EVE, text="about anna@bakery.example").id
        with db.transaction():
            inbox.fail(other, "three strikes", world.now)
    ran = helpdeskd("person", "erase", "anna@bakery.example", "--yes")
    why = f"mail {other} is failed and tells of them (give it another turn first: helpdeskd inbox requeue)"
    assert (ran.status, ran.complaint) == (1, f"person: {why}")


def test_failed_mail_of_their_own_is_ended(world: World, helpdeskd: Program) -> None:
    with world:
        own = world.receives(ANNA).id
        with db.transaction():
            inbox.fail(own, "three strikes", world.now)
    assert helpdeskd("person", "erase", "anna@bakery.example", "--yes").status == 0
    assert helpdeskd("inbox", "requeue", own).status == 1
    assert helpdeskd("audit").status == 0


def test_a_mail_that_claims_them_on_its_envelope_only_is_not_theirs(world: World, helpdeskd: Program) -> None:
    with world:
        world.receives(ANNA)
        raw = world.written(EVE, "support@desk.example", "Mine", "Eve wrote this.")
        world.takes(raw, "support@desk.example", EVE, "aligned", reverse_path="anna@bakery.example")
    assert helpdeskd("person", "erase", "anna@bakery.example", "--yes").status == 0
    assert "Eve wrote this." in helpdeskd("tickets", "show", "HD-1002").out


def test_an_agents_short_name_is_left_neither_in_the_record_of_the_agent_nor_where_they_only_owned(
    world: World, helpdeskd: Program
) -> None:
    with world:
        world.receives(EVE)
        notice = world.last("ans", "agent-new")
        world.replies(ANS, notice, "/assign piet")
        world.replies(ANS, notice, "/assign ans")
    assert helpdeskd("person", "erase", "piet@desk.example", "--yes").status == 0
    db.connect(world.state)
    texts = [state for table in ("event", "ticket") for (state,) in proxy.execute_sql(f"SELECT state FROM {table}")]
    texts += [detail for (detail,) in proxy.execute_sql("SELECT detail FROM audit")]
    db.close()
    assert [text for text in texts if "piet" in text.lower()] == []
    assert helpdeskd("audit").status == 0


def test_a_contact_of_one_word_is_a_pseudonym_wherever_they_are_recorded(world: World, helpdeskd: Program) -> None:
    world.extra = CLUB
    with world:
        world.receives("Xanthippe <x@club.example>")
        world.replies(PIET, world.last("piet"), "/estimate 3h")
        world.replies("Xanthippe <x@club.example>", world.last("x@club", "approval-request"), "approve")
        world.replies(PIET, world.last("piet"), "/close")
    assert helpdeskd("person", "erase", "x@club.example", "--yes").status == 0
    assert found(world.state, ("xanthippe",)) == []
    assert helpdeskd("audit").status == 0


@pytest.mark.parametrize("others", [[], [BRAM]])
def test_it_is_warned_of_an_open_ticket_only_where_nobody_of_the_customer_hears_of_it(
    world: World, helpdeskd: Program, others: list[str]
) -> None:
    with world:
        world.receives(ANNA, cc=others)
    ran = helpdeskd("person", "erase", "anna@bakery.example", "--yes")
    assert ("nobody of the customer hears of it" in ran.err) is not bool(others)


def test_an_export_marks_mails_that_nobody_proved_to_be_theirs(
    world: World, helpdeskd: Program, tmp_path: Path
) -> None:
    with world:
        proved = world.receives(BRAM).id
        forged = world.receives(BRAM, subject="Forged", strength="none").id
    file = tmp_path / "bram.zip"
    ran = helpdeskd("person", "export", "bram@bakery.example", "--output", file)
    rows = json.loads(ZipFile(file).read("record.json"))
    marked = {row["mail"]: row["proved"] for row in rows if row["kind"] == "mail" and row["direction"] == "in"}
    assert marked == {proved: True, forged: False}
    assert "1 mails bear their address, but were not proved to be theirs" in ran.err
