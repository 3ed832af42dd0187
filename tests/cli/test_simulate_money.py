"""The table of money in the policies, line by line: what the five examples put on a customer's statement."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import ROOT, Program

ANNA, HANNE, MADS, EVA = "anna@bakery.example", "hanne@clinic.example", "mads@florist.example", "eva@webshop.example"
PIET, SIGNE, METTE = "piet@desk.example", "signe@desk.example", "mette@desk.example"
SCHOOL = """
[[customer]]
name = "school"
title = "Basisschool De Brug"
[[customer.contact]]
name = "Saar Smit"
addresses = ["saar@school.example"]
rights = ["open", "spend"]
[[customer.contract]]
plan = "prepaid-card"
first_day = 2026-11-01
last_day = 2027-12-31
[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
"""
STANDBY = """
[[customer]]
name = "webshop"
title = "Fietsenwinkel Online B.V."
[[customer.contact]]
name = "Eva Smit"
addresses = ["eva@webshop.example"]
[[customer.contract]]
plan = "standby-hosting"
first_day = 2026-01-01
last_day = 2027-12-31
standby = [{ from = FROM:00+01:00, to = TO:00+01:00 }]
[[agent]]
name = "piet"
title = "Piet Jansen"
addresses = ["piet@desk.example"]
"""
Line = tuple[str, int, str, str]


def asks(customer: str, at: str, name: str = "it") -> str:
    return f"""
[[mail]]
id = "{name}"
at = {at}:00+01:00
from = "{customer}"
to = ["support@desk.example"]
subject = "A request"
text = "How does it work?"
"""


def answers(who: str, at: str, text: str, ticket: str = "it", notice: str = "") -> str:
    asked = f', notice = "{notice}"' if notice else ""
    return f"""
[[mail]]
at = {at}:00+01:00
from = "{who}"
answers = {{ ticket = "{ticket}"{asked} }}
text = '''{text}'''
"""


def agrees(who: str, at: str) -> str:
    return answers(who, at, "akkoord" if "bakery" in who or "school" in who else "godkendt", notice="approval-request")


@dataclass
class Played:
    """What a run told at its end."""

    rows: list[dict[str, Any]]

    @property
    def statement(self) -> dict[str, Any]:
        """The only one with lines on it."""
        [found] = [row for row in self.rows if row["type"] == "statement" and row["lines"]]
        return found

    @property
    def lines(self) -> list[Line]:
        """Kind, minutes (or quantity), rate and amount."""
        told = self.statement["lines"]
        return [(row["kind"], row["minutes"] or row["quantity"], row["rate"], row["amount"]) for row in told]

    @property
    def minutes(self) -> list[dict[str, int]]:
        return [row["minutes"] for row in self.rows if row["type"] == "ticket"]

    def mailed(self, notice: str) -> list[str]:
        return [row["to"] for row in self.rows if row["type"] == "mail-out" and row["notice"] == notice]


@pytest.fixture
def play(helpdeskd: Program, tmp_path: Path) -> Any:
    """Plays steps on an example, with a directory of its own or another."""

    def run(example: str, steps: str, directory: str = "", until: str = "2026-12-02") -> Played:
        (tmp_path / "people.toml").write_text(directory)
        (tmp_path / "month.toml").write_text(
            f"""
config = "{ROOT}/examples/{example}.toml"
{'directory = "people.toml"' if directory else ""}
start = 2026-11-02T08:00:00+01:00
until = {until}T08:00:00+01:00
{steps}
"""
        )
        told = helpdeskd("simulate", tmp_path / "month.toml", "--json")
        assert (told.status, told.err) == (0, "")
        return Played(told.rows)

    return run


BEST_EFFORT: dict[str, tuple[str, list[Line]]] = {
    "in office hours": (
        answers(PIET, "2026-11-02T12:00", "/time 40m at 10:00 on 2026-11-02"),
        [("work", 40, "100.00", "66.67")],
    ),
    "over the end of office hours": (
        answers(PIET, "2026-11-04T09:00", "/time 60m at 16:30 on 2026-11-03"),
        [("work", 30, "100.00", "50.00"), ("work", 30, "125.00", "62.50")],
    ),
    "on a Saturday": (
        answers(PIET, "2026-11-09T09:00", "/time 20m at 11:00 on 2026-11-07"),
        [("work", 20, "145.00", "48.33")],
    ),
    "resolved without booked time": (
        answers(PIET, "2026-11-02T12:00", "/resolve\nIt does."),
        [("minimum", 15, "100.00", "25.00")],
    ),
    "resolved in less than the minimum": (
        answers(PIET, "2026-11-02T12:00", "/time 5m at 10:00\n/resolve\nIt does."),
        [("work", 5, "100.00", "8.33"), ("minimum", 10, "100.00", "16.67")],
    ),
    "longer than what is authorised": (
        answers(PIET, "2026-11-02T13:00", "/time 180m at 09:00"),
        [("work", 135, "100.00", "225.00")],
    ),
    "longer than what is authorised, and approved": (
        answers(PIET, "2026-11-02T13:00", "/time 180m at 09:00\n/estimate 1h") + agrees(ANNA, "2026-11-03T09:00"),
        [("work", 135, "100.00", "225.00"), ("work", 45, "100.00", "75.00")],
    ),
}


@pytest.mark.parametrize(("steps", "lines"), BEST_EFFORT.values(), ids=list(BEST_EFFORT))
def test_best_effort(play: Any, steps: str, lines: list[Line]) -> None:
    played = play("best-effort", asks(ANNA, "2026-11-02T08:30") + steps)
    assert played.lines == lines
    assert played.mailed("statement") == [ANNA]


def test_best_effort_what_is_unapproved_is_told_and_not_charged(play: Any) -> None:
    steps, _ = BEST_EFFORT["longer than what is authorised"]
    played = play("best-effort", asks(ANNA, "2026-11-02T08:30") + steps)
    assert played.minutes == [{"real": 180, "charged": 135, "unapproved": 45}]
    assert played.statement["unapproved_minutes"] == 45
    assert (played.statement["net"], played.statement["vat"], played.statement["total"]) == (
        "225.00",
        "47.25",
        "272.25",
    )


def test_best_effort_the_sixteenth_ticket_of_the_month(play: Any) -> None:
    requests = [
        asks(ANNA, f"2026-11-{day:02}T{hour}:00", f"it-{day}-{hour}")
        for day in range(3, 7)
        for hour in (10, 12, 14, 16)
    ]
    booked = answers(PIET, "2026-11-09T12:00", "/time 30m at 10:00", ticket="it-6-16")
    played = play("best-effort", "".join(requests) + booked)
    assert played.lines == [("work", 30, "115.00", "57.50")]
    assert played.statement["quota"] == {"limit": 15, "used": 16}
    assert played.statement["lines"][0]["text"].startswith("Werk, kantooruren, ")


def test_prepaid_card(play: Any) -> None:
    steps = (
        '[[do]]\nat = 2026-11-02T09:00:00+01:00\nrun = "cards add school 5h 400.00"\n'
        + asks("saar@school.example", "2026-11-02T09:30")
        + answers(PIET, "2026-11-02T10:00", "/outside functional\n/estimate 30m")
        + agrees("saar@school.example", "2026-11-02T10:30")
        + answers(PIET, "2026-11-02T12:00", "/time 20m at 11:00")
    )
    played = play("prepaid-card", steps, SCHOOL)
    assert played.minutes == [{"real": 20, "charged": 30, "unapproved": 0}]
    assert sorted(played.lines) == [("card", 1, "400.00", "400.00"), ("work", 30, "0.00", "0.00")]
    assert played.statement["card"] == {"bought": 480, "used": 30, "balance": 450}
    assert played.statement["net"] == "400.00"


ROUND_THE_CLOCK: dict[str, tuple[str, list[Line]]] = {
    "no agreement, less than the minimum": (
        asks(MADS, "2026-11-02T09:00") + answers(SIGNE, "2026-11-02T12:00", "/time 5m at 10:00\n/resolve\nIt does."),
        [("work", 5, "800.00", "66.67"), ("minimum", 10, "800.00", "133.33")],
    ),
    "no agreement, at night and on the road": (
        asks(MADS, "2026-11-02T09:00") + answers(METTE, "2026-11-03T09:00", "/time 30m at 22:00 on 2026-11-02 km 42"),
        [("work", 30, "2190.00", "1095.00"), ("travel", 42, "3.52", "147.84")],
    ),
    "an agreement": (
        asks(HANNE, "2026-11-02T09:00")
        + answers(SIGNE, "2026-11-02T09:10", "/estimate 45m")
        + agrees(HANNE, "2026-11-02T10:00")
        + answers(SIGNE, "2026-11-02T17:00", "/time 60m at 15:30"),
        [("work", 15, "720.00", "180.00"), ("work", 30, "1440.00", "720.00")],
    ),
}


@pytest.mark.parametrize(("steps", "lines"), ROUND_THE_CLOCK.values(), ids=list(ROUND_THE_CLOCK))
def test_round_the_clock(play: Any, steps: str, lines: list[Line]) -> None:
    played = play("round-the-clock", steps)
    assert played.lines == lines
    assert (played.statement["currency"], played.statement["vat_rate"]) == ("DKK", "25.00")


NIGHT, WEEKEND = ("standby", 870, "110.00", "1595.00"), ("standby", 570, "55.00", "522.50")
PERIODS: dict[str, tuple[str, str, list[Line]]] = {
    "a weekend": ("2026-11-27T18:00", "2026-11-30T08:30", [NIGHT, WEEKEND, NIGHT, WEEKEND, NIGHT]),
    "an hour of an evening": ("2026-12-01T20:00", "2026-12-01T21:00", [("standby", 120, "110.00", "220.00")]),
    "Christmas morning": ("2026-12-25T09:00", "2026-12-25T12:00", [("standby", 480, "110.00", "880.00")]),
}


@pytest.mark.parametrize(("since", "until", "lines"), PERIODS.values(), ids=list(PERIODS))
def test_standby_hosting(play: Any, since: str, until: str, lines: list[Line]) -> None:
    people = STANDBY.replace("FROM", since).replace("TO", until)
    played = play("standby-hosting", "", people, until="2027-01-02")
    assert played.lines == lines
    assert played.statement["month"] == since[:7]


def test_standby_hosting_a_call_out(play: Any) -> None:
    booked = answers(PIET, "2026-11-30T10:00", "/time 25m at 14:10 on 2026-11-28")
    played = play("standby-hosting", asks(EVA, "2026-11-28T14:00") + booked)
    assert [line for line in played.lines if line[0] == "work"] == [("work", 60, "110.00", "110.00")]
    assert [line for line in played.lines if line[0] == "standby"] == [NIGHT, WEEKEND, NIGHT, WEEKEND, NIGHT]
