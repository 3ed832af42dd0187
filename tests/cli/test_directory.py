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
    assert names(helpdeskd, "customers") == ["bakery", "smith", "brasserie", "havn", "school", "library"]


def test_pruning_removes_what_the_file_does_not_name(helpdeskd: Program, desk: Path) -> None:
    mia = '[[agent]]\nname = "mia"\ntitle = "Mia"\naddresses = ["mia@desk.example"]\n'
    ran = helpdeskd("directory", "apply", written(desk, LIBRARY + mia), "--prune")
    assert '-name = "bakery"' in ran.out
    assert names(helpdeskd, "customers") == ["library"]
    assert names(helpdeskd, "agents") == ["mia"]
    assert helpdeskd("contacts", "anna@bakery.example").status == 1


def test_a_csv_file_brings_customers(helpdeskd: Program, desk: Path) -> None:
    ran = helpdeskd("directory", "apply", written(desk, CSV, "club.csv"))
    assert '+addresses = ["cas@club.example"]' in ran.out
    assert helpdeskd("contracts", "club", "--json").rows[0]["last_day"] == "2026-12-31"


def test_pruning_by_a_csv_file_keeps_the_agents(helpdeskd: Program, desk: Path) -> None:
    helpdeskd("directory", "apply", written(desk, CSV, "club.csv"), "--prune")
    assert names(helpdeskd, "customers") == ["club"]
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
    stays = written(desk, '[[agent]]\nname = "ans"\ntitle = "Ans Smit"\naddresses = ["ans@desk.example"]\n')
    ran = helpdeskd("directory", "apply", stays, "--prune")
    assert ran.status == 0
    assert 'duty.roster: "piet" is no agent of the stored directory, so is left out (on duty: ans) [warning]' in ran.err
    assert helpdeskd("duty", "who").out == "step 1 after 0 min: ans\n"
