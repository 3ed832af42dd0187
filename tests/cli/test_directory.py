"""`helpdeskd directory apply|export` and the look-ups: what is stored is what the files say, or nothing changes."""

from pathlib import Path

import pytest

from tests.cli.program import Program

SCHOOL = """
[[customer]]
name = "school"
title = "Grundschule am See"
language = "de"
[[customer.contact]]
name = "Heike Berg"
addresses = ["heike@school.example"]
[[customer.contract]]
plan = "standard"
first_day = 2026-01-01
last_day = 2027-12-31
"""
LIBRARY = """
[[customer]]
name = "library"
title = "Library"
domains = ["library.example"]
[[customer.contact]]
name = "Lia Lee"
addresses = ["lia@library.example"]
rights = ["open", "manage"]
"""
CUSTOMERS = ["bakery", "smith", "brasserie", "havn", "school", "dentist", "garage"]
CSV = """\
customer,title,contact,addresses,rights,plan,first_day,last_day
club,Club,Cas,cas@club.example,open spend,standard,2026-01-01,2026-12-31
"""


@pytest.fixture
def folder(config: Path) -> Path:
    return config.parent


def written(folder: Path, text: str, name: str = "file.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


@pytest.fixture
def desk(helpdeskd: Program, folder: Path) -> Path:
    """The directory of the configuration, stored."""
    assert helpdeskd("directory", "apply", written(folder, "")).status == 0
    return folder


def exported(helpdeskd: Program) -> str:
    return helpdeskd("directory", "export").out


def names(helpdeskd: Program, what: str) -> list[str]:
    return [row["name"] for row in helpdeskd(what, "--json").rows]


def test_a_new_customer_is_shown_and_stored(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, LIBRARY))
    assert (ran.status, ran.err) == (0, "")
    assert '+name = "library"' in ran.out.splitlines()
    assert all(line.startswith(("@@", " ", "+")) for line in ran.out.splitlines())
    assert names(helpdeskd, "customers")[-1] == "library"


def test_a_changed_customer_is_shown_with_what_goes_and_what_comes(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, SCHOOL))
    assert {"-last_day = 2026-12-31", "+last_day = 2027-12-31"} < set(ran.out.splitlines())
    assert "am Berg" not in exported(helpdeskd)


def test_what_the_file_does_not_name_stays(helpdeskd: Program, desk: Path) -> None:
    before = names(helpdeskd, "customers")
    helpdeskd("directory", "apply", written(desk, LIBRARY))
    assert names(helpdeskd, "customers") == [*before, "library"]
    assert names(helpdeskd, "agents") == ["piet", "ans", "lars", "mia"]


def test_the_same_again_changes_nothing(helpdeskd: Program, desk: Path) -> None:
    helpdeskd("directory", "apply", written(desk, LIBRARY))
    assert helpdeskd("directory", "apply", written(desk, LIBRARY)).out == "nothing changes\n"
    assert helpdeskd("directory", "apply", written(desk, LIBRARY), "--json").out == ""


def test_as_json_each_change_is_a_line(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, LIBRARY + SCHOOL), "--json")
    assert [(row["change"], row["kind"], row["name"]) for row in ran.rows] == [
        ("changed", "customer", "school"),
        ("added", "customer", "library"),
    ]
    assert ran.rows[0]["before"]["title"] == "Grundschule am Berg"
    assert ran.rows[1]["after"]["contacts"][0]["rights"] == ["manage", "open"]


def test_a_dry_run_shows_the_difference_and_changes_nothing(helpdeskd: Program, desk: Path) -> None:
    before = exported(helpdeskd)
    dry = helpdeskd("directory", "apply", written(desk, LIBRARY + SCHOOL), "--dry-run")
    assert exported(helpdeskd) == before
    assert dry.out == helpdeskd("directory", "apply", written(desk, LIBRARY + SCHOOL)).out


def test_a_dry_run_makes_no_desk(helpdeskd: Program, folder: Path) -> None:
    ran = helpdeskd("directory", "apply", written(folder, LIBRARY), "--dry-run")
    assert '+name = "library"' in ran.out
    assert '+name = "bakery"' not in ran.out
    assert not (folder / "state").exists()


def test_the_directory_of_the_configuration_stands_until_something_is_stored(helpdeskd: Program, folder: Path) -> None:
    helpdeskd("directory", "apply", written(folder, LIBRARY))
    assert names(helpdeskd, "customers") == [*CUSTOMERS, "library"]


GARAGE = '[[customer]]\nname = "garage"\ntitle = "Garage Groen"\n'
"""The one who has a card, and is not pruned."""


def test_pruning_removes_what_the_file_does_not_name(helpdeskd: Program, desk: Path) -> None:
    mia = '[[agent]]\nname = "mia"\ntitle = "Mia"\naddresses = ["mia@desk.example"]\n'
    ran = helpdeskd("directory", "apply", written(desk, GARAGE + LIBRARY + mia), "--prune")
    assert '-name = "bakery"' in ran.out
    assert names(helpdeskd, "customers") == ["garage", "library"]
    assert names(helpdeskd, "agents") == ["mia"]
    assert helpdeskd("contacts", "anna@bakery.example").status == 1


def test_a_csv_file_brings_customers(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, CSV, "club.csv"))
    assert '+addresses = ["cas@club.example"]' in ran.out
    assert helpdeskd("contracts", "club", "--json").rows[0]["last_day"] == "2026-12-31"


def test_pruning_by_a_csv_file_keeps_the_agents(helpdeskd: Program, desk: Path) -> None:
    helpdeskd("directory", "apply", written(desk, CSV + "garage,Garage Groen\n", "club.csv"), "--prune")
    assert names(helpdeskd, "customers") == ["club", "garage"]
    assert names(helpdeskd, "agents") == ["piet", "ans", "lars", "mia"]


def test_two_contacts_of_one_address_are_refused_with_the_line(helpdeskd: Program, desk: Path) -> None:
    twice = LIBRARY + '[[customer.contact]]\nname = "Other"\naddresses = ["LIA@library.example"]\n'
    before = exported(helpdeskd)
    ran = helpdeskd("directory", "apply", written(desk, twice))
    assert ran.status == 1
    assert ran.complaint.startswith(f"{desk}/file.toml:12: customer.contact.addresses: the address")
    assert exported(helpdeskd) == before


def test_an_address_or_domain_of_somebody_who_stays_is_refused(helpdeskd: Program, desk: Path) -> None:
    taken = LIBRARY.replace("lia@library.example", "anna@bakery.example").replace('"library.ex', '"bakery.ex')
    before = exported(helpdeskd)
    ran = helpdeskd("directory", "apply", written(desk, taken))
    assert ran.status == 1
    assert ran.err.splitlines() == [
        f"{desk}/file.toml: the address anna@bakery.example belongs to Anna de Vries of bakery "
        "and to Lia Lee of library (it can belong to one)",
        f"{desk}/file.toml: the domain bakery.example belongs to bakery and to library (it can belong to one)",
    ]
    assert exported(helpdeskd) == before


def test_an_agents_address_is_no_contacts(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, LIBRARY.replace("lia@library", "piet@desk")))
    assert ran.status == 1
    assert "belongs to Lia Lee of library and to agent piet" in ran.complaint


def test_a_roster_of_somebody_who_is_no_agent_is_refused(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, '[duty]\nroster = ["piet", "zoe"]\n'))
    assert ran.status == 1
    assert "zoe is on the duty roster, but is no agent" in ran.complaint


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("file.toml", "[[customer]\n", "file.toml:1: "),
        ("file.toml", LIBRARY + 'colour = "red"\n', "unknown key"),
        ("file.toml", LIBRARY + '[[customer.contract]]\nplan = "gold"\nfirst_day = 2026-01-01\n', 'no plan "gold"'),
        ("file.csv", "customer,colour\nclub,red\n", "there is no column"),
        ("file.txt", "", "a directory is a .toml or a .csv file"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_line(
    helpdeskd: Program, desk: Path, name: str, text: str, told: str
) -> None:
    ran = helpdeskd("directory", "apply", written(desk, text, name))
    assert (ran.status, ran.out) == (1, "")
    assert told in ran.err
    assert all(line.startswith(f"{desk}/{name}:") for line in ran.err.splitlines())


def test_a_missing_file_is_told(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", desk / "none.toml")
    assert ran.status == 1
    assert ran.complaint.endswith("none.toml:1: cannot be read: No such file or directory")


def test_what_is_exported_can_be_applied_and_is_the_same(helpdeskd: Program, desk: Path) -> None:
    helpdeskd("directory", "apply", written(desk, LIBRARY + '[duty]\nroster = ["ans"]\n'))
    copy = written(desk, exported(helpdeskd), "copy.toml")
    assert helpdeskd("directory", "apply", copy, "--prune").out == "nothing changes\n"
    helpdeskd("directory", "apply", written(desk, SCHOOL), "--prune")
    helpdeskd("directory", "apply", copy, "--prune")
    assert exported(helpdeskd) == copy.read_text()


def test_an_export_as_json_is_a_line_for_each_entry(helpdeskd: Program, desk: Path) -> None:
    rows = helpdeskd("directory", "export", "--json").rows
    assert [(row["kind"], row["name"]) for row in rows][:2] == [("customer", "bakery"), ("customer", "smith")]
    assert rows[0]["entry"]["contacts"][0]["addresses"] == ["anna@bakery.example", "a.devries@bakery.example"]


@pytest.mark.parametrize(
    ("what", "word", "line"),
    [
        ("customers", "vries b.v", "name bakery, title Bakkerij de Vries B.V., domains bakery.example, language nl"),
        ("contacts", "BRAM@", "customer bakery, name Bram Bakker, addresses bram@bakery.example, language en"),
        ("contracts", "havn", "customer havn, plan round, first_day 2026-01-01, last_day 2026-12-31"),
        ("agents", "lars", "name lars, title Lars Late, addresses lars@desk.example, level 1, teams evening"),
    ],
)
def test_people_are_looked_up_by_a_part_of_what_is_known(
    helpdeskd: Program, desk: Path, what: str, word: str, line: str
) -> None:
    ran = helpdeskd(what, word)
    assert ran.status == 0
    assert ran.out.startswith(line)
    assert len(ran.out.splitlines()) == 1


def test_nobody_found_is_told(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("contacts", "nobody")
    assert (ran.status, ran.complaint) == (1, "contacts: nothing is found for 'nobody'")


@pytest.mark.parametrize("what", ["customers", "contacts", "contracts", "agents"])
def test_list_is_a_word_for_all_of_them(helpdeskd: Program, desk: Path, what: str) -> None:
    ran = helpdeskd(what, "list")
    assert ran.status == 0
    assert ran.out == helpdeskd(what).out
    assert len(ran.out.splitlines()) > 3


def test_who_leaves_the_directory_while_they_are_on_duty_is_told(helpdeskd: Program, desk: Path) -> None:
    stays = written(desk, GARAGE + '[[agent]]\nname = "ans"\ntitle = "Ans Smit"\naddresses = ["ans@desk.example"]\n')
    ran = helpdeskd("directory", "apply", stays, "--prune")
    assert ran.status == 0
    assert 'duty.roster: "piet" is no agent of the stored directory, so is left out (on duty: ans) [warning]' in ran.err
    assert helpdeskd("duty", "who").out == "step 1 after 0 min: ans\n"


CARD = """
[[customer.card]]
name = "school-1"
hours = 5
price = "400.00"
bought = 2026-11-02
"""
STANDS_BY = """
duty_phone = "+31 20 555 0100"
inform = "all contacts"
standby = [{ from = 2026-11-27T18:00:00+01:00, to = 2026-11-30T08:30:00+01:00 }]
"""


@pytest.mark.parametrize("more", [(), ("--prune",)])
def test_a_customer_keeps_the_cards_that_the_file_does_not_name(
    helpdeskd: Program, desk: Path, more: tuple[str, ...]
) -> None:
    helpdeskd("directory", "apply", written(desk, SCHOOL + CARD))
    helpdeskd("directory", "apply", written(desk, GARAGE + SCHOOL + CARD.replace("school-1", "school-2")), *more)
    assert [row["card"] for row in helpdeskd("cards", "school", "--json").rows] == ["school-1", "school-2"]


def test_a_card_never_changes(helpdeskd: Program, desk: Path) -> None:
    helpdeskd("directory", "apply", written(desk, SCHOOL + CARD))
    before = exported(helpdeskd)
    ran = helpdeskd("directory", "apply", written(desk, SCHOOL + CARD.replace("hours = 5", "hours = 10")))
    assert ran.status == 1
    assert ran.complaint == (
        f"{desk}/file.toml: the card school-1 of school is not what it was (a card never changes: add another)"
    )
    assert exported(helpdeskd) == before


def test_two_customers_cannot_have_one_card(helpdeskd: Program, desk: Path) -> None:
    helpdeskd("directory", "apply", written(desk, SCHOOL + CARD))
    ran = helpdeskd("directory", "apply", written(desk, LIBRARY + CARD))
    assert ran.complaint.endswith("the card school-1 belongs to school and to library (it can belong to one)")


def test_a_new_customer_gets_the_welcome_card_of_its_plan(helpdeskd: Program, folder: Path, config: Path) -> None:
    config.write_text(config.read_text().replace("[plan.reports]", '[plan.reports]\nwelcome_card = "3 hours"'))
    ran = helpdeskd(
        "directory", "apply", written(folder, SCHOOL.replace("school", "gym").replace("standard", "reports"))
    )
    assert '+name = "gym-welcome"' in ran.out.splitlines()
    assert [row["card"] for row in helpdeskd("cards", "welcome", "--json").rows] == ["school-welcome", "gym-welcome"]


def test_a_csv_file_keeps_what_it_has_no_columns_for(helpdeskd: Program, desk: Path) -> None:
    contract = f'[[customer.contract]]\nplan = "standard"\nfirst_day = 2026-01-01\nlast_day = 2026-06-30{STANDS_BY}'
    helpdeskd("directory", "apply", written(desk, f'[[customer]]\nname = "club"\ntitle = "Club"\n{contract}'))
    ran = helpdeskd("directory", "apply", written(desk, CSV, "club.csv"))
    assert {"-last_day = 2026-06-30", "+last_day = 2026-12-31"} < set(ran.out.splitlines())
    [club] = helpdeskd("contracts", "club", "--json").rows
    assert (club["duty_phone"], club["inform_all"], len(club["standby"])) == ("+31 20 555 0100", True, 1)
    helpdeskd("directory", "apply", written(desk, CSV.replace("2026-01-01", "2026-02-01"), "club.csv"))
    assert helpdeskd("contracts", "club", "--json").rows[0]["standby"] == []


def test_what_is_unwise_in_a_file_is_told_as_by_check(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, LIBRARY.replace('"open", "manage"', '"manage"')))
    assert ran.status == 0
    assert ran.err.startswith(f'{desk}/file.toml:2: customer: no contact of "library" may open a ticket')
    assert ran.err.endswith("[warning]\n")


def test_who_may_still_owe_something_is_not_pruned(helpdeskd: Program, desk: Path) -> None:
    before = exported(helpdeskd)
    ran = helpdeskd("directory", "apply", written(desk, LIBRARY), "--prune")
    assert ran.status == 1
    assert "garage has cards (end its contracts: helpdeskd contracts end garage DATE)" in ran.err
    assert exported(helpdeskd) == before


OLD_CONTRACT = """
[[customer.contract]]
plan = "hourly"
first_day = 2025-01-01
last_day = 2025-12-31
standby = [{ from = 2025-11-28T18:00:00+01:00, to = 2025-12-01T08:30:00+01:00 }]
"""


def test_a_contract_that_has_ended_stays_when_the_file_names_only_its_successor(helpdeskd: Program, desk: Path) -> None:
    successor = OLD_CONTRACT.replace("2025-01-01", "2026-01-01").replace("2025-12-31", "2026-12-31")
    school = SCHOOL.partition("[[customer.contract]]")[0]
    helpdeskd("directory", "apply", written(desk, school + OLD_CONTRACT))
    helpdeskd("directory", "apply", written(desk, school + successor.partition("standby")[0]))
    first_days = [row["first_day"] for row in helpdeskd("contracts", "school", "--json").rows]
    assert first_days == ["2025-01-01", "2026-01-01"]
    assert helpdeskd("contracts", "school", "--json").rows[0]["standby"]


def test_contracts_in_two_currencies_are_refused(helpdeskd: Program, desk: Path) -> None:
    config = desk / "config.toml"
    danish = '[[plan.goals.tariff]]\ncurrency = "DKK"\nrate = "800.00"\n'
    config.write_text(config.read_text() + danish)
    ran = helpdeskd("contracts", "add", "dentist", "goals", "2027-01-01", "2027-12-31")
    assert ran.status == 1
    assert "dentist has contracts in DKK and EUR (make two customers of it)" in ran.err
