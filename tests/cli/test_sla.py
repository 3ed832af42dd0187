"""`helpdeskd sla`: the worked deadlines of the policies, and what is said to questions that have no answer."""

from datetime import datetime
from itertools import pairwise

import pytest

from tests.cli.program import ROOT, Program, in_a_process
from tests.world import CONFIG

WORKED = [  # plan, received, priority, response, resolution
    ("prepaid-card", "2026-11-20T17:30", "high", "2026-11-23T09:00:00+01:00", "2026-11-23T12:00:00+01:00"),
    ("prepaid-card", "2026-11-20T17:30", "normal", "2026-11-23T12:00:00+01:00", "2026-11-24T17:30:00+01:00"),
    ("prepaid-card", "2026-11-21T12:00", "normal", "2026-11-23T12:30:00+01:00", "2026-11-24T18:00:00+01:00"),
    ("prepaid-card", "2026-11-23T14:00", "normal", "2026-11-23T18:00:00+01:00", "2026-11-25T14:00:00+01:00"),
    ("prepaid-card", "2026-12-24T16:45", "low", "2026-12-28T15:15:00+01:00", "2027-01-04T16:45:00+01:00"),
    ("prepaid-card", "2026-04-02T16:00", "normal", "2026-04-03T10:30:00+02:00", "2026-04-07T16:00:00+02:00"),
    ("prepaid-card", "2026-10-23T17:15", "high", "2026-10-26T08:45:00+01:00", "2026-10-26T11:45:00+01:00"),
    ("round-the-clock", "2026-04-01T15:00", "normal", "2026-04-07T11:00:00+02:00", "2026-04-07T15:00:00+02:00"),
    ("round-the-clock", "2026-12-23T12:00", "low", "2026-12-29T12:00:00+01:00", "2026-12-30T16:00:00+01:00"),
]


def of(plan: str) -> tuple[str, ...]:
    return ("sla", "--config", str(ROOT / "examples" / f"{plan}.toml"), "--plan", plan, "--json")


@pytest.mark.parametrize(("plan", "at", "priority", "response", "resolution"), WORKED)
def test_the_worked_examples(
    helpdeskd: Program, plan: str, at: str, priority: str, response: str, resolution: str
) -> None:
    [answer] = helpdeskd(*of(plan), "--priority", priority, "--at", at).rows
    assert [(target["target"], target["due"]) for target in answer["targets"]] == [
        ("response", response),
        ("resolution", resolution),
    ]
    assert answer["priority"] == priority
    assert answer["start"].startswith(at)


def test_a_timeline_is_complete_and_says_why(helpdeskd: Program) -> None:
    [answer] = helpdeskd(*of("prepaid-card"), "--priority", "normal", "--at", "2026-12-24T16:45").rows
    response = answer["targets"][0]
    assert set(response) == {"target", "promised", "amount", "due", "timeline"}
    assert (response["promised"], response["amount"]) == (True, "4 working hours")
    line = response["timeline"]
    assert line[0]["from"] == answer["start"]
    assert line[-1]["to"] == response["due"]
    assert all(earlier["to"] == later["from"] for earlier, later in pairwise(line))
    assert sum(part["counted_minutes"] for part in line) == 4 * 60
    assert any("Christmas" in part["why"] for part in line)


def test_a_pause_moves_the_resolution_but_not_the_response(helpdeskd: Program) -> None:
    question = (*of("prepaid-card"), "--priority", "high", "--at", "2026-11-23T09:00")
    [without] = helpdeskd(*question).rows
    [paused] = helpdeskd(*question, "--pause", "2026-11-23T09:30/2026-11-23T10:30").rows
    assert paused["targets"][0] == without["targets"][0]
    assert paused["targets"][1]["due"] == "2026-11-23T14:00:00+01:00"
    assert {"counted_minutes": 0, "why": "paused: waiting"}.items() <= paused["targets"][1]["timeline"][1].items()


def test_an_agreement_changes_no_deadline(helpdeskd: Program) -> None:
    question = (*of("round-the-clock"), "--at", "2026-04-01T15:00")
    assert helpdeskd(*question, "--agreement", "good").rows == helpdeskd(*question).rows


def test_a_goal_is_not_promised(helpdeskd: Program) -> None:
    words = ("sla", "--config", CONFIG, "--plan", "goals", "--at", "2026-11-23T09:00")
    [answer] = helpdeskd(*words, "--json").rows
    assert [(target["target"], target["promised"]) for target in answer["targets"]] == [("response", False)]
    assert "response within 3 working days (a goal, not promised): due 2026-11-26" in helpdeskd(*words).out


def test_without_options_it_is_now_for_the_standard_priority_of_the_desk(helpdeskd: Program) -> None:
    [answer] = helpdeskd("sla", "--config", CONFIG, "--json").rows
    assert answer["priority"] == "normal"
    assert datetime.fromisoformat(answer["start"]).utcoffset() is not None


def test_a_time_with_its_own_offset_is_that_instant(helpdeskd: Program) -> None:
    [answer] = helpdeskd(*of("prepaid-card"), "--at", "2026-11-20T16:30Z").rows
    assert answer["start"] == "2026-11-20T17:30:00+01:00"


@pytest.mark.parametrize("at", ["1970-01-01T00:00", "2199-12-31T23:59"])
def test_it_counts_from_1970_to_2199(helpdeskd: Program, at: str) -> None:
    assert helpdeskd(*of("prepaid-card"), "--at", at).status == 0


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--plan", "gold", "there is no plan gold (one of prepaid-card)"),
        ("--priority", "urgent", "the plan prepaid-card has no priority urgent (one of high, normal, low)"),
        ("--agreement", "better", "the plan prepaid-card has no agreement better (it has none)"),
    ],
)
def test_an_unknown_name_is_told(helpdeskd: Program, option: str, value: str, told: str) -> None:
    ran = helpdeskd(*of("prepaid-card"), option, value)
    assert (ran.status, ran.complaint) == (1, f"sla: {told}")


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--at", "tomorrow", "'tomorrow' is no time"),
        ("--at", "2026-13-01T00:00", "'2026-13-01T00:00' is no time"),
        ("--at", "1969-12-31T23:59", "the year 1969 is out of bounds"),
        ("--at", "2200-01-01T00:00", "the year 2200 is out of bounds"),
        ("--pause", "2026-11-20T17:30", "'' is no time"),
        ("--pause", "2026-11-20T17:30/2026-11-20T17:30", "ends before it begins"),
    ],
)
def test_a_time_that_is_none_is_wrong_usage(helpdeskd: Program, option: str, value: str, told: str) -> None:
    ran = helpdeskd(*of("prepaid-card"), option, value)
    assert ran.status == 2
    assert told in ran.complaint


def test_as_a_person_reads_it() -> None:
    ran = in_a_process(*of("prepaid-card")[:-1], "--priority", "high", "--at", "2026-11-20T17:30")
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "priority high, from 2026-11-20T17:30:00+01:00",
        "",
        "response within 1 working hour: due 2026-11-23T09:00:00+01:00",
        "  2026-11-20T17:30:00+01:00 to 2026-11-20T18:00:00+01:00     30 min  open",
        "  2026-11-20T18:00:00+01:00 to 2026-11-23T08:30:00+01:00      0 min  closed",
        "  2026-11-23T08:30:00+01:00 to 2026-11-23T09:00:00+01:00     30 min  open",
        "",
        "resolution within 4 working hours: due 2026-11-23T12:00:00+01:00",
        "  2026-11-20T17:30:00+01:00 to 2026-11-20T18:00:00+01:00     30 min  open",
        "  2026-11-20T18:00:00+01:00 to 2026-11-23T08:30:00+01:00      0 min  closed",
        "  2026-11-23T08:30:00+01:00 to 2026-11-23T12:00:00+01:00    210 min  open",
    ]
