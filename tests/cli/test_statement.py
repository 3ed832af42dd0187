"""`helpdeskd statement` tells what a customer owes in a month, and with `--issue` fixes and mails it."""

import csv
import io
from pathlib import Path

import pytest

from helpdeskd.cli.common import rehearsing
from helpdeskd.config.load import load
from helpdeskd.storage import db
from tests.cli.program import Program, Ran
from tests.world import PIET, World, local

BEN = "Ben Blom <ben@dentist.example>"
NOVEMBER, DECEMBER = ("dentist", "--month", "2026-11"), ("dentist", "--month", "2026-12")
TODAY = "2027-01-05 10:00"


@pytest.fixture
def story(world: World) -> World:
    """A ticket with 100 minutes of work, of which 60 are authorised."""
    with world:
        world.receives(BEN)
        world.replies(PIET, world.last("piet"), "/time 100m")
    return world


@pytest.fixture
def helpdeskd(helpdeskd: Program, config: Path) -> Program:
    """Commands are run on the stored desk, in the first days of January."""

    def run(*words: object) -> Ran:
        db.connect(config.parent / "state")
        try:
            with rehearsing(load(config), local(TODAY)):
                return helpdeskd(*words)
        finally:
            db.close()

    return run


def test_a_month_is_told_as_it_would_be_issued(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("statement", *NOVEMBER)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "statement of dentist for 2026-11, in EUR",
        "2026-11-23  HD-1001  60 min  at 100.00  = 100.00  Work",
        "unapproved, not charged: 40 min on 2026-11-23, HD-1001",
        "tickets of the month: 1; the contract has 3",
        "net 100.00, VAT 21 % 21.00, total 121.00, to be paid by 2026-12-15",
    ]


def test_in_json_it_has_the_fields_of_the_interfaces(helpdeskd: Program, story: World) -> None:
    [told] = helpdeskd("statement", *NOVEMBER, "--json").rows
    assert told.pop("lines") == [
        {
            "kind": "work",
            "ticket": "HD-1001",
            "date": "2026-11-23",
            "minutes": 60,
            "rate": "100.00",
            "quantity": None,
            "amount": "100.00",
            "text": "Work",
        }
    ]
    assert told == {
        "customer": "dentist",
        "month": "2026-11",
        "currency": "EUR",
        "due_date": "2026-12-15",
        "unapproved_minutes": 40,
        "quota": {"limit": 3, "used": 1},
        "card": None,
        "net": "100.00",
        "vat_rate": "21.00",
        "vat": "21.00",
        "total": "121.00",
    }


def test_in_csv_lines_come_first_and_the_sums_last(helpdeskd: Program, story: World) -> None:
    out = helpdeskd("statement", *NOVEMBER, "--csv").out
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [(row["kind"], row["ticket"], row["minutes"], row["amount"]) for row in rows] == [
        ("work", "HD-1001", "60", "100.00"),
        ("unapproved", "HD-1001", "40", ""),
        ("quota", "", "", ""),
        ("net", "", "", "100.00"),
        ("vat", "", "", "21.00"),
        ("total", "", "", "121.00"),
    ]
    assert {(row["customer"], row["month"], row["currency"]) for row in rows} == {("dentist", "2026-11", "EUR")}
    assert (rows[2]["quantity"], rows[2]["text"], rows[4]["rate"], rows[5]["date"]) == ("1", "of 3", "21", "2026-12-15")


def test_prepaid_minutes_that_are_left_are_told(helpdeskd: Program, story: World) -> None:
    month = ("garage", "--month", "2026-11")
    assert "prepaid minutes: 300 bought, 0 used, 300 left" in helpdeskd("statement", *month).out.splitlines()
    assert '"balance","","",300,"","","","EUR","of 300, 0 used"' in helpdeskd("statement", *month, "--csv").out


def test_a_text_that_a_spreadsheet_could_calculate_is_marked(helpdeskd: Program, story: World, config: Path) -> None:
    words = config.parent / "own" / "en" / "words.toml"
    words.parent.mkdir(parents=True)
    words.write_text('[charges]\nwork = "=HYPERLINK(1)"\n')
    config.write_text(config.read_text() + '\n[templates]\nfolder = "own"\n')
    [row] = [row for row in helpdeskd("statement", *NOVEMBER, "--csv").out.splitlines() if '"work"' in row]
    assert row.endswith('"\'=HYPERLINK(1)"')


def test_what_is_issued_stays_and_is_mailed_once(helpdeskd: Program, story: World) -> None:
    before = helpdeskd("statement", *NOVEMBER).out
    assert helpdeskd("statement", *NOVEMBER, "--issue").out == before
    assert helpdeskd("statement", *NOVEMBER, "--issue").out == before
    story.clock.at = local(TODAY)
    story.reopens()
    assert [mail.to for mail in story.sent(notice="statement")] == ["dora@dentist.example", "tom@dentist.example"]


def test_the_clock_does_not_issue_it_again(helpdeskd: Program, story: World, config: Path) -> None:
    helpdeskd("statement", *NOVEMBER, "--issue")
    with World(config.parent) as world:
        world.is_down_until(TODAY)
        assert [mail.to for mail in world.sent("dora", "statement")] == ["dora@dentist.example"]


def test_earlier_months_are_issued_first(helpdeskd: Program, story: World) -> None:
    told = helpdeskd("statement", *DECEMBER, "--issue", "--json").rows
    assert [(row["month"], row["net"]) for row in told] == [("2026-11", "100.00"), ("2026-12", "0.00")]


def test_a_month_that_is_not_over_is_not_issued(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("statement", "dentist", "--month", "2027-01", "--issue")
    assert (ran.status, ran.complaint) == (1, "statement: 2027-01 is not over (the month ends on 2027-01-31)")


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (("nobody", "--month", "2026-11"), 1, 'there is no customer "nobody" (helpdeskd customers lists them)'),
        (("bakery", "--month", "2026-11"), 1, "nothing has a price for bakery (its plan has no tariff)"),
        (("dentist", "--month", "november"), 2, "'november' is no month (write it as 2026-11)"),
        (("dentist",), 2, "the following arguments are required: --month"),
        ((*NOVEMBER, "--csv", "--json"), 2, "one of --csv and --json at a time"),
    ],
)
def test_what_cannot_be_told_is_said(
    helpdeskd: Program, story: World, words: tuple[str, ...], status: int, complaint: str
) -> None:
    ran = helpdeskd("statement", *words)
    assert ran.status == status
    assert complaint in ran.complaint
