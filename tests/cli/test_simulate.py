"""`helpdeskd simulate` tells what the desk would do, for machines and for people, and touches no desk of anybody."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from helpdeskd.cli.simulate import CHANGES
from tests.cli.program import ROOT, Program, Ran, in_a_process

WEEK = ROOT / "tests" / "scenarios" / "first-week.toml"
SMALL = """
config = "desk.toml"
start = 2026-11-02T08:00:00+01:00
until = 2026-11-02T18:00:00+01:00

[[mail]]
at = 2026-11-02T09:14:00+01:00
from = "Anna de Vries <anna@bakery.example>"
to = ["support@desk.example"]
subject = "Scherm hangt"
text = "Sinds vanmorgen."
"""


@pytest.fixture(scope="module")
def week() -> Ran:
    """The first week of a desk, for machines."""
    return in_a_process("simulate", WEEK, "--json")


@pytest.fixture(scope="module")
def rows(week: Ran) -> list[dict[str, Any]]:
    assert (week.status, week.err) == (0, "")
    return week.rows


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A scenario of one mail, on a desk with a state folder of its own."""
    example = (ROOT / "examples" / "prepaid-card.toml").read_text()
    (tmp_path / "desk.toml").write_text(f'{example}\n[state]\nfolder = "state"\n')
    file = tmp_path / "day.toml"
    file.write_text(SMALL)
    return file


def of_type(rows: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["type"] == kind]


def test_what_happened_is_in_order_of_time_and_the_tickets_come_last(rows: list[dict[str, Any]]) -> None:
    times = [row["at"] for row in rows if "at" in row]
    assert times == sorted(times)
    kinds = [row["type"] for row in rows]
    assert kinds == [kind for kind in kinds if kind != "ticket"] + ["ticket"] * 4


def test_each_mail_in_has_its_fate(rows: list[dict[str, Any]]) -> None:
    assert of_type(rows, "mail-in")[0] == {
        "at": "2026-11-02T09:14:00+01:00",
        "type": "mail-in",
        "id": "anna-1",
        "fate": "opened",
        "reason": "accept",
        "ticket": "HD-1001",
    }
    assert [(row["id"], row["fate"], row["ticket"]) for row in of_type(rows, "mail-in")] == [
        ("anna-1", "opened", "HD-1001"),
        ("mail-2", "commands", "HD-1001"),
        ("anna-2", "added", "HD-1001"),
        ("mail-4", "commands", "HD-1001"),
        ("bram-1", "opened", "HD-1002"),
        ("bram-away", "recorded", "HD-1002"),
        ("stranger", "held", None),
        ("forged", "held", None),
        ("carla-early", "held", None),
        ("carla-1", "opened", "HD-1003"),
        ("mail-11", "commands", "HD-1003"),
        ("anna-night", "opened", "HD-1004"),
        ("anna-night-again", "added", "HD-1004"),
        ("mail-14", "commands", "HD-1004"),
    ]


def test_each_mail_out_is_told_whole(rows: list[dict[str, Any]]) -> None:
    received = of_type(rows, "mail-out")[0]
    assert list(received) == ["at", "type", "to", "notice", "ticket", "subject", "text", "automatic", "headers"]
    assert (received["to"], received["notice"], received["automatic"]) == (
        "anna@bakery.example",
        "ticket-received",
        True,
    )
    assert received["subject"] == "[HD-1001] Factuurscherm hangt"
    assert "Eerste reactie: binnen 4 werkuren, uiterlijk maandag 2 november 2026 om 13:14 uur" in received["text"]
    assert received["headers"]["Auto-Submitted"] == "auto-replied"
    assert received["headers"]["In-Reply-To"] == "<anna-1@bakery.example>"
    reply = next(row for row in of_type(rows, "mail-out") if row["notice"] == "reply")
    assert reply["automatic"] is False
    assert "Auto-Submitted" not in reply["headers"]


def test_each_event_has_its_plain_fields_and_each_page_a_row_of_its_own(rows: list[dict[str, Any]]) -> None:
    changed = next(row for row in rows if row.get("event") == "PriorityChanged")
    assert changed == {
        "at": "2026-11-05T10:00:00+01:00",
        "type": "event",
        "ticket": "HD-1003",
        "event": "PriorityChanged",
        "by": "ans",
        "old": "normal",
        "new": "low",
    }
    opened = next(row for row in rows if row.get("event") == "TicketOpened")
    assert opened["ticket"] == "HD-1001"
    assert [row["ticket"] for row in rows if row.get("event") == "MailHeld"] == [None, None, None]
    assert of_type(rows, "page") == [
        {"at": f"2026-11-06T21:{at}:00+01:00", "type": "page", "person": person, "step": step, "ticket": "HD-1004"}
        for at, person, step in (("00", "piet", 1), ("15", "ans", 2))
    ]


def test_each_ticket_is_told_as_it_stands_at_the_end(rows: list[dict[str, Any]]) -> None:
    missed = of_type(rows, "ticket")[1]
    assert missed == {
        "type": "ticket",
        "reference": "HD-1002",
        "opened_by": "bram-1",
        "customer": "bakery",
        "status": "new",
        "priority": "normal",
        "owner": None,
        "kind": "problem",
        "entitlement": {"outcome": "accept", "reasons": missed["entitlement"]["reasons"]},
        "targets": [
            {"target": kind, "due": due, "met": None, "breached": due}
            for kind, due in (("response", "2026-11-03T15:00:00+01:00"), ("resolution", "2026-11-05T11:00:00+01:00"))
        ],
        "minutes": {"real": 0, "charged": 0, "unapproved": 0},
    }
    assert "contract: prepaid-card" in missed["entitlement"]["reasons"]
    assert [(row["status"], row["owner"]) for row in of_type(rows, "ticket")] == [
        ("closed", "piet"),
        ("new", None),
        ("open", "ans"),
        ("open", "ans"),
    ]


def test_the_same_scenario_always_prints_the_same(week: Ran) -> None:
    assert in_a_process("simulate", WEEK, "--json") == week


def test_people_read_a_story(helpdeskd: Program) -> None:
    told = helpdeskd("simulate", WEEK)
    assert (told.status, told.err) == (0, "")
    for line in (
        "Mon 2026-11-02 09:14  IN   Anna de Vries <anna@bakery.example>: Factuurscherm hangt",
        "      -> opened HD-1001 (accept)",
        "Mon 2026-11-02 09:14  OUT  ticket-received to anna@bakery.example: [HD-1001] Factuurscherm hangt",
        "      | Geachte Anna de Vries,",
        "Mon 2026-11-02 10:20  --   HD-1001: open -> resolved until Mon 2026-11-09 10:20",
        "Tue 2026-11-03 15:00  --   HD-1002: response missed, due Tue 2026-11-03 15:00",
        "Thu 2026-11-05 09:00  DO   directory apply first-week/carla.toml",
        "Fri 2026-11-06 21:15  --   HD-1004: woke ans (step 2)",
        "HD-1003: Toets telt niet mee",
        "      bakery, open, low, problem, owner ans; accept",
        "      response due Thu 2026-11-05 17:30, met Thu 2026-11-05 10:00",
    ):
        assert line in told.out.splitlines()


def test_the_desk_of_the_configuration_is_left_alone(helpdeskd: Program, scenario: Path) -> None:
    scenario.write_text(SMALL + '\n[[do]]\nat = 2026-11-02T12:00:00+01:00\nrun = "directory export"\n')
    before = sorted(scenario.parent.rglob("*"))
    assert helpdeskd("simulate", scenario).status == 0
    assert sorted(scenario.parent.rglob("*")) == before


def test_a_command_changes_the_rehearsed_desk_only(helpdeskd: Program, scenario: Path) -> None:
    run = '\n[[do]]\nat = 2026-11-02T09:00:00+01:00\nrun = "contacts remove anna@bakery.example"\n'
    scenario.write_text(SMALL + run)
    told = helpdeskd("simulate", scenario, "--json")
    assert (told.status, told.err) == (0, "")
    assert [row["fate"] for row in of_type(told.rows, "mail-in")] == ["held"]
    assert not (scenario.parent / "state").exists()


@pytest.mark.parametrize(
    ("run", "complaint"),
    [
        ("directory apply nobody.toml", "nobody.toml:1: cannot be read: No such file or directory"),
        ("directory apply", "the following arguments are required: FILE"),
    ],
)
def test_a_command_that_fails_is_told_and_the_rest_is_played(
    helpdeskd: Program, scenario: Path, run: str, complaint: str
) -> None:
    scenario.write_text(SMALL + f'\n[[do]]\nat = 2026-11-02T09:00:00+01:00\nrun = "{run}"\n')
    told = helpdeskd("simulate", scenario, "--json")
    assert told.status == 1
    assert of_type(told.rows, "ticket")
    [line] = told.err.splitlines()
    assert line.startswith(f"{scenario}:15: do.run: ")
    assert complaint in line


@pytest.mark.parametrize("run", ["serve", "simulate day.toml", "held accept 1", "nonsense"])
def test_only_commands_that_change_the_directory_are_played(helpdeskd: Program, scenario: Path, run: str) -> None:
    scenario.write_text(SMALL + f'\n[[do]]\nat = 2026-11-02T09:00:00+01:00\nrun = "{run}"\n')
    told = helpdeskd("simulate", scenario)
    assert told.complaint == f"{scenario}:15: do.run: is none of {', '.join(CHANGES)}"


def test_another_configuration_may_be_rehearsed(helpdeskd: Program, scenario: Path) -> None:
    other = scenario.parent / "other.toml"
    shutil.copy(scenario.parent / "desk.toml", other)
    other.write_text(other.read_text().replace('prefix = "HD"', 'prefix = "NEW"'))
    told = helpdeskd("simulate", scenario, "--json", "--config", other)
    assert [row["reference"] for row in of_type(told.rows, "ticket")] == ["NEW-1001"]


def test_everything_that_is_wrong_is_told_with_its_line(helpdeskd: Program, scenario: Path) -> None:
    scenario.write_text(SMALL + 'colour = 1\nauth = "maybe"\n')
    told = helpdeskd("simulate", scenario)
    assert (told.status, told.out) == (1, "")
    assert [line.partition(" (")[0] for line in told.err.splitlines()] == [
        f"{scenario}:12: mail.colour: unknown key",
        f'{scenario}:13: mail.auth: "maybe" is not known',
    ]


def test_a_configuration_that_is_broken_is_told(helpdeskd: Program, scenario: Path) -> None:
    (scenario.parent / "desk.toml").write_text("[desk]\nname = \n")
    assert helpdeskd("simulate", scenario).complaint == f"{scenario.parent}/desk.toml:2: Invalid value"
    (scenario.parent / "desk.toml").unlink()
    assert helpdeskd("simulate", scenario).complaint.endswith("desk.toml:1: cannot be read: No such file or directory")


def test_a_mail_to_nobody_of_us_is_told(helpdeskd: Program, scenario: Path) -> None:
    scenario.write_text(SMALL.replace("support@desk", "support@other"))
    assert helpdeskd("simulate", scenario).complaint == f"{scenario}:9: mail.to: is no address of the desk"


def test_a_scenario_without_mails_is_a_quiet_time(helpdeskd: Program, scenario: Path) -> None:
    scenario.write_text(SMALL.partition("[[mail]]")[0])
    assert helpdeskd("simulate", scenario, "--json") == Ran(0, "", "")


def test_each_line_is_json_of_its_own(week: Ran) -> None:
    assert all(isinstance(json.loads(line), dict) for line in week.out.splitlines())


LONG = SMALL.replace("until = 2026-11-02T18:00:00+01:00", "until = 2027-01-02T08:00:00+01:00")
CARD = '[[do]]\nat = 2026-11-03T09:00:00+01:00\nrun = "cards add bakery 5h 400.00"\n'


def test_the_statement_of_each_month_that_ends_within_the_run_comes_after_the_tickets(
    helpdeskd: Program, scenario: Path
) -> None:
    scenario.write_text(LONG + CARD)
    rows = helpdeskd("simulate", scenario, "--json").rows
    assert [row["type"] for row in rows[-3:]] == ["ticket", "statement", "statement"]
    november, december = of_type(rows, "statement")
    assert (november["customer"], november["month"], november["net"]) == ("bakery", "2026-11", "400.00")
    assert [(line["kind"], line["amount"]) for line in november["lines"]] == [("card", "400.00")]
    assert (december["month"], december["lines"], december["total"]) == ("2026-12", [], "0.00")
    issued = [row for row in rows if row.get("event") == "StatementIssued"]
    assert [row["at"] for row in issued] == ["2026-12-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"]
    mailed = [row for row in of_type(rows, "mail-out") if row["notice"] == "statement"]
    assert [(row["at"], row["to"]) for row in mailed] == [("2026-12-01T00:00:00+01:00", "anna@bakery.example")]


def test_people_read_statements_as_tables(helpdeskd: Program, scenario: Path) -> None:
    scenario.write_text(LONG + CARD)
    told = helpdeskd("simulate", scenario).out.splitlines()
    line, *below = told[told.index("statement of bakery for 2026-11, in EUR") + 1 :]
    assert line.startswith("2026-11-03    1  at 400.00  = 400.00  ")
    assert line.endswith("bakery-2026-11-03")
    assert below[:2] == ["prepaid minutes: 780 bought, 0 used, 780 left", "net 400.00, VAT 21 % 84.00, total 484.00"]
    assert "Tue 2026-11-03 09:00  DO   cards add bakery 5h 400.00" in told


def test_customers_contacts_and_contracts_change_within_the_run(helpdeskd: Program, scenario: Path) -> None:
    runs = (
        "customers add club Club",
        "contacts add club 'Cas Cato <cas@club.example>' open,spend",
        "contracts add club prepaid-card 2026-11-01 2027-12-31",
        "contacts remove bram@bakery.example",
    )
    does = "".join(f'[[do]]\nat = 2026-11-02T08:30:00+01:00\nrun = "{run}"\n' for run in runs)
    asks = SMALL.partition("[[mail]]")[2].replace("Anna de Vries <anna@bakery.example>", "Cas Cato <cas@club.example>")
    scenario.write_text(LONG.partition("[[mail]]")[0] + does + f"[[mail]]{asks}")
    ran = helpdeskd("simulate", scenario, "--json")
    assert (ran.status, ran.err) == (0, "")
    assert of_type(ran.rows, "mail-in")[0]["fate"] == "opened"
    [club] = [row for row in of_type(ran.rows, "statement") if row["customer"] == "club" and row["month"] == "2026-11"]
    assert club["card"] == {"bought": 180, "used": 0, "balance": 180}
