"""`helpdeskd report` tells what was kept and what was not: as a table, CSV, JSON and a page."""

import csv
import io
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from helpdeskd.domain.month import month_at
from helpdeskd.storage import db, tickets
from tests.cli.program import Program
from tests.world import ANNA, ANS, EVE, FREDERIK, PIET, ZONE, Sent, World

PERIOD = ("--from", "2026-11-01", "--to", "2026-12-31")


@pytest.fixture
def story(world: World) -> World:
    """Anna is answered in time, then late, then in time, by Piet; then Ans lets her wait for answer and end.

    Eve has goals only. Frederik writes in December and is helped at once. Promises: 4 kept, 3 missed.
    """
    with world:
        world.receives(ANNA)
        world.receives(EVE)
        for at, question, answer in (
            ("2026-11-23 11:30", "HD-1001", "/take\nWhich printer?"),
            ("2026-11-23 17:00", "HD-1001", "Is it on?"),
            ("2026-11-24 09:00", "HD-1001", "I come by."),
        ):
            world.at(at)
            world.replies(PIET, newest(world, "piet", question), answer)
            world.replies(ANNA, newest(world, "anna", question), "Well.")
        world.at("2026-11-24 09:01")
        world.replies(PIET, newest(world, "piet", "HD-1001"), "/assign ans")
        world.at("2026-12-01 09:00")
        world.receives(FREDERIK, subject="Ny skærm")
        world.replies(ANS, newest(world, "ans", "HD-1001"), "Done.\n\n/resolve")
        world.at("2026-12-01 09:20")
        world.replies(ANS, newest(world, "ans", "HD-1003"), "Of course.\n\n/take\n/resolve")
    return world


FREE_MINUTES = """
[plan.hourly.agreement.good]
free_per_ticket = "15 minutes"
minimum_per_ticket = "none"
[[customer]]
name = "barber"
title = "Barber Bo"
language = "en"
[[customer.contact]]
name = "Bo Berg"
addresses = ["bo@barber.example"]
[[customer.contract]]
plan = "hourly"
agreement = "good"
first_day = 2026-01-01
last_day = 2026-12-31
"""
DORA = "Dora Dekker <dora@dentist.example>"
BO = "Bo Berg <bo@barber.example>"


@pytest.fixture
def work(config: Path) -> World:
    """For the dentist 80 minutes in November, 10 of Ans, of which 60 may be charged, and a call without time in
    December. For the barber one ticket within its free minutes, and one of 40 minutes. For the bakery 20 without price.
    """
    world = World(config.parent, FREE_MINUTES)
    with world:
        for person, command in (
            (DORA, "/time 80m at 08:10\n/time -10m"),
            (BO, "/time 15m\n/resolve"),
            (BO, "/time 40m at 09:00\n/resolve"),
            (ANNA, "/time 20m"),
        ):
            world.receives(person)
            world.replies(PIET, world.last("piet", "agent-new"), command)
        world.replies(ANS, newest(world, "ans", "HD-1001"), "/time 10m")
        world.at("2026-12-01 09:00")
        world.receives(DORA)
        world.replies(PIET, world.last("piet", "agent-new"), "It is fixed.\n\n/resolve")
    return world


def newest(world: World, person: str, reference: str) -> Sent:
    return [mail for mail in world.sent(person) if mail.reference == reference][-1]


def promises(row: dict) -> dict[str, tuple[int, int]]:
    """Met and missed, by target; nobody was called out."""
    return {each["target"]: (each["met"], each["breached"]) for each in row["targets"] if each["target"] != "start"}


def test_every_promise_is_counted_once_and_goals_never(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("report", "--json", *PERIOD)
    rows = {row["group"]: row for row in ran.rows if not row["all"]}
    assert (ran.status, list(rows)) == (0, ["bakery", "havn", "smith"])
    assert promises(rows["bakery"]) == {"response": (1, 0), "next response": (1, 2), "resolution": (0, 1)}
    assert promises(rows["havn"]) == {"response": (1, 0), "next response": (0, 0), "resolution": (1, 0)}
    assert promises(rows["smith"]) == {"response": (0, 0), "next response": (0, 0), "resolution": (0, 0)}


def test_times_are_working_time(helpdeskd: Program, story: World) -> None:
    *_, whole = helpdeskd("report", "--json", *PERIOD).rows
    assert (whole["all"], whole["group"], whole["tickets"]) == (True, None, 3)
    assert whole["first_response"] == {"count": 2, "median_minutes": 20, "p90_minutes": 90}
    assert whole["resolution"] == {"count": 2, "median_minutes": 20, "p90_minutes": 56 * 60}


def test_a_month_has_what_happened_in_it(helpdeskd: Program, story: World) -> None:
    rows = helpdeskd("report", "--json", "--by", "month", *PERIOD).rows
    assert [(row["group"], row["tickets"]) for row in rows] == [("2026-11", 2), ("2026-12", 1), (None, 3)]
    november = helpdeskd("report", "--json", "--by", "month", "--from", "2026-11-01", "--to", "2026-11-30").rows
    assert november[0]["targets"] == rows[0]["targets"]
    first = helpdeskd("report", "--json", "--by", "month", "--to", "2026-11-30").rows
    assert first == november


def test_a_day_is_one_of_the_desk(helpdeskd: Program, story: World) -> None:
    def tickets(first: str, last: str) -> int:
        return int(helpdeskd("report", "--json", "--from", first, "--to", last).rows[-1]["tickets"])

    assert (tickets("2026-11-22", "2026-11-22"), tickets("2026-11-23", "2026-11-23")) == (0, 2)


def test_what_an_agent_missed_stays_with_the_agent(helpdeskd: Program, story: World) -> None:
    rows = {row["group"]: row for row in helpdeskd("report", "--json", "--by", "agent", *PERIOD).rows if not row["all"]}
    assert promises(rows["piet"])["next response"] == (1, 1)
    assert promises(rows["ans"]) == {"response": (1, 0), "next response": (0, 1), "resolution": (1, 1)}
    assert rows[None]["tickets"] == 1


@pytest.mark.parametrize("by", ["queue", "priority"])
def test_other_groupings_come_to_the_same(helpdeskd: Program, story: World, by: str) -> None:
    *rows, whole = helpdeskd("report", "--json", "--by", by, *PERIOD).rows
    assert sum(row["tickets"] for row in rows) == whole["tickets"] == 3


def minutes(row: dict) -> tuple[int | None, ...]:
    """Worked, free, charged and unapproved."""
    return tuple(row["minutes"][kind] for kind in ("worked", "free", "charged", "unapproved"))


def test_hours_are_told_by_customer_with_what_became_of_them(helpdeskd: Program, work: World) -> None:
    rows = {row["group"]: row for row in helpdeskd("report", "--json", *PERIOD).rows}
    assert {group: minutes(row) for group, row in rows.items()} == {
        "bakery": (20, 0, 0, 0),
        "barber": (55, 30, 25, 0),
        "dentist": (80, 0, 75, 20),
        None: (155, 30, 100, 20),
    }
    assert rows["barber"]["within_free"] == {"count": 1, "of": 2}
    assert rows["dentist"]["within_free"] == {"count": 0, "of": 0}


def test_hours_are_told_by_agent_as_they_were_worked_and_charged_by_nobody(helpdeskd: Program, work: World) -> None:
    rows = {row["group"]: row for row in helpdeskd("report", "--json", "--by", "agent", *PERIOD).rows if not row["all"]}
    assert {group: minutes(row) for group, row in rows.items()} == {
        "piet": (145, None, None, None),
        "ans": (10, None, None, None),
        None: (0, None, None, None),
    }


def test_hours_are_told_by_month_and_a_minimum_without_any_time(helpdeskd: Program, work: World) -> None:
    rows = helpdeskd("report", "--json", "--by", "month", *PERIOD).rows
    assert [minutes(row) for row in rows] == [(155, 30, 85, 20), (0, 0, 15, 0), (155, 30, 100, 20)]
    december = helpdeskd("report", "--json", "--from", "2026-12-01", "--to", "2026-12-31").rows
    assert minutes(december[-1]) == (0, 0, 15, 0)


def test_hours_have_a_table_of_their_own_where_something_was_worked(helpdeskd: Program, work: World) -> None:
    told = helpdeskd("report", *PERIOD).out
    assert "barber    55 min      30 min  25 min      0 min       50.0 % 1/2\n" in told
    assert "dentist   1 h 20 min  0 min   1 h 15 min  20 min      –\n" in told


def test_where_nothing_was_worked_the_table_has_no_hours(helpdeskd: Program, story: World) -> None:
    assert "unapproved" not in helpdeskd("report", *PERIOD).out


def test_hours_stand_in_the_csv_and_what_is_not_told_by_a_grouping_is_empty(helpdeskd: Program, work: World) -> None:
    def rows(by: str) -> list[list[str]]:
        table = csv.DictReader(io.StringIO(helpdeskd("report", "--csv", "--by", by, *PERIOD).out, newline=""))
        return [[row[f"minutes_{kind}"] for kind in ("worked", "free", "charged", "unapproved")] for row in table]

    assert rows("customer") == [["20", "0", "0", "0"], ["55", "30", "25", "0"], ["80", "0", "75", "20"]]
    assert rows("agent") == [["10", "", "", ""], ["145", "", "", ""], ["0", "", "", ""]]


def test_hours_are_drawn_on_the_page(helpdeskd: Program, work: World, tmp_path: Path) -> None:
    helpdeskd("report", "--html", tmp_path / "report.html", *PERIOD)
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert page.tags.count("svg") == 6
    assert "2026-112 h 35 min1 h 25 min" in page.text


def test_what_is_rounded_up_into_the_next_month_is_charged_there(helpdeskd: Program, world: World) -> None:
    """Twenty minutes until 23:58, charged in units of 15: of the ten added minutes eight are December's."""
    with world:
        world.receives("Gijs Groen <gijs@garage.example>")
        world.replies(PIET, world.last("piet", "agent-new"), "/estimate 1h")
        world.replies("Gijs Groen <gijs@garage.example>", world.last("gijs", "approval-request"), "ok")
        world.at("2026-11-30 23:59")
        world.replies(PIET, world.last("piet", "agent-new"), "/time 20m at 23:38")
    rows = helpdeskd("report", "--json", "--by", "month", "--from", "2026-12-01", "--to", "2026-12-31").rows
    assert [minutes(row) for row in rows] == [(0, 0, 8, 0), (0, 0, 8, 0)]


def test_the_table_can_be_read_by_people(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("report", *PERIOD)
    title, _, head, *lines = ran.out.splitlines()
    assert title == "What was kept and what was not: 2026-11-01 to 2026-12-31 (Europe/Amsterdam)"
    assert head.split("  ")[0] == "customer"
    assert lines[0].startswith("bakery    1        100.0 % 1/0/0/0  33.3 % 1/2/0/0")
    assert lines[3].startswith("all       3        100.0 % 2/0/0/0")
    assert lines[3].endswith("20 min, 56 h 00 min")


def test_csv_is_one_line_a_group_as_rfc_4180_has_it(helpdeskd: Program, story: World) -> None:
    ran = helpdeskd("report", "--csv", *PERIOD)
    assert ran.out.count("\r\n") == ran.out.count("\n") == 4
    rows = list(csv.DictReader(io.StringIO(ran.out, newline="")))
    assert [row["customer"] for row in rows] == ["bakery", "havn", "smith"]
    assert (rows[0]["next_response_breached"], rows[0]["answered_median"], rows[2]["answered_median"]) == (
        "2",
        "90",
        "",
    )


def test_whatever_is_stored_is_no_formula_in_the_csv_and_no_markup_in_the_page(
    helpdeskd: Program, world: World, tmp_path: Path
) -> None:
    name = "=<b>1</b>\x1b[31m"
    with world:
        world.receives(ANNA)
        with db.transaction():
            tickets.save(replace(world.ticket(), queue=name))
    told = helpdeskd("report", "--csv", "--by", "queue", *PERIOD).out
    assert told.splitlines()[1].startswith(f'"\'{name}",1,')
    assert "=<b>1</b>\ufffd[31m" in helpdeskd("report", "--by", "queue", *PERIOD).out
    helpdeskd("report", "--html", tmp_path / "report.html", "--by", "queue", *PERIOD)
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert "b" not in page.tags
    assert "=<b>1</b>\ufffd[31m" in page.text


class Page(HTMLParser):
    """The elements of a page, what they fetch, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_written_whole_and_fetches_nothing(helpdeskd: Program, story: World, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    ran = helpdeskd("report", "--html", file, *PERIOD)
    assert (ran.status, ran.out) == (0, f"{file} is written\n")
    page = Page(file.read_text("utf-8"))
    assert not {"script", "link", "img", "iframe", "object", "image", "use", "a"} & set(page.tags)
    assert not {"src", "href", "onload", "style", "xlink:href"} & {name for name, _ in page.attributes}
    assert page.tags.count("svg") == 4
    assert "2026-11-01 to 2026-12-31 (Europe/Amsterdam)" in page.text
    assert "2026-112 met, 3 missed: 40.0 %" in page.text
    assert "bakery" in page.text


def test_a_file_that_cannot_be_written_is_told(helpdeskd: Program, story: World, tmp_path: Path) -> None:
    ran = helpdeskd("report", "--html", tmp_path / "missing" / "report.html")
    assert ran.status == 1
    assert ran.complaint == f"{tmp_path}/missing/report.html: No such file or directory"


def test_the_period_is_this_month_unless_told(helpdeskd: Program, story: World) -> None:
    before = month_at(datetime.now(ZONE), ZONE)
    *_, row = helpdeskd("report", "--json").rows
    after = month_at(datetime.now(ZONE), ZONE)
    assert (row["from"], row["to"]) in [(str(month.first_day), str(month.last_day)) for month in (before, after)]


def test_nothing_happened_is_no_fault(helpdeskd: Program, story: World, tmp_path: Path) -> None:
    period = ("--from", "2020-01-01", "--to", "2020-01-31")
    [whole] = helpdeskd("report", "--json", *period).rows
    assert (whole["tickets"], whole["first_response"]["median_minutes"]) == (0, None)
    assert "all" in helpdeskd("report", *period).out
    assert len(helpdeskd("report", "--csv", *period).out.splitlines()) == 1
    assert helpdeskd("report", "--html", tmp_path / "empty.html", *period).status == 0
    assert "Nothing happened." in (tmp_path / "empty.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ("--from", "2026-12-01", "--to", "2026-11-30"),
            "the period ends on 2026-11-30, before it begins on 2026-12-01",
        ),
        (("--from", "yesterday"), "'yesterday' is no day (write it as 2026-11-20)"),
        (("--to", "0001-01-01"), "the year 1 is out of bounds (1970 to 2199)"),
        (("--csv", "--json"), "one of --csv, --json and --html at a time"),
        (("--html", "x.html", "--csv"), "one of --csv, --json and --html at a time"),
        (("--by", "colour"), "invalid choice: 'colour'"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    helpdeskd: Program, story: World, words: tuple[str, ...], complaint: str
) -> None:
    ran = helpdeskd("report", *words)
    assert ran.status == 2
    assert complaint in ran.complaint


def test_without_a_stored_desk_there_is_nothing_to_report(helpdeskd: Program, config: Path) -> None:
    ran = helpdeskd("report")
    assert ran.status == 1
    assert "no desk is stored" in ran.complaint
