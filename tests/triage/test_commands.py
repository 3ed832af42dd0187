"""The table of commands, and that a mail of them does all or nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.desk import Queue
from helpdeskd.domain.event import OwnerChanged, StatusChanged
from helpdeskd.domain.ticket import Status, Ticket
from helpdeskd.triage.commands import BY_NAME, COMMANDS, Result, nearest, possible, run, sensible
from helpdeskd.triage.grammar import parse
from helpdeskd.triage.orders.order import Order
from tests.triage.small_desk import DESK, NOW, PIET, PLAN, FakeDirectory, emergency, ticket

NAMES_A_TOPIC = replace(PLAN, outside={"training": {"en": "training"}})
WEBSHOP = Queue("webshop", ("webshop@desk.example",), "network", product="webshop")
NAMING = replace(DESK, plans={**DESK.plans, PLAN.name: NAMES_A_TOPIC}, queues=(*DESK.queues, WEBSHOP))
ELSEWHERE = {"for", "merge", "split", "uncc", "forward", "accept", "refuse", "block"}
"""They need more than a ticket."""
ARGUMENTS = {
    "assign": " ans",
    "priority": " high",
    "kind": " problem",
    "pending": " 2wd",
    "reject": " because",
    "time": " 40m",
    "estimate": " 2h",
    "outside": " training",
    "solution": " Restart it.",
    "cc": " bert@bakery.example",
    "call": " anna@bakery.example 5m",
    "product": " webshop",
    "site": " shop",
    "level": " 1",
    "queue": " webshop",
    "customer": " florist fleur@florist.example",
    "link": " ACME-1002",
    "snooze": " 2wd",
}


def done(text: str, on: Ticket | None = None) -> Result:
    return run(parse(text).commands, Order(on or ticket(), "", PIET, NAMING, FakeDirectory(), NOW, NOW))


def test_later_lines_see_what_earlier_ones_did() -> None:
    result = done("/take\n/resolve\n/reopen")
    assert result.errors == ()
    assert [event.new for event in result.events if isinstance(event, StatusChanged)] == [
        Status.OPEN, Status.RESOLVED, Status.OPEN,
    ]  # fmt: skip
    assert (result.ticket.owner, result.ticket.status) == ("piet", Status.OPEN)


def test_the_transcript_tells_what_each_line_did() -> None:
    assert done("/take\n/priority HIGH\n/help").lines == (
        "/take: owner is Piet Jansen",
        "/priority HIGH: priority is high",
    )


def test_a_command_that_does_not_exist_is_answered_with_the_nearest_that_does() -> None:
    assert done("/tak").errors == ("/tak: there is no such command, did you mean /take?",)
    assert done("/xyzzy").errors == ("/xyzzy: there is no such command (/help lists all)",)


@pytest.mark.parametrize(
    ("word", "meant"), [("prio", "priority"), ("asign", "assign"), ("solve", "resolve"), ("ak", "ack")]
)
def test_near_words_are_recognised(word: str, meant: str) -> None:
    assert nearest(word) == f", did you mean /{meant}?"


def test_all_errors_are_told_at_once() -> None:
    assert len(done("/tak\n/priority urgent\n/assign nobody").errors) == 3


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if " " not in command.usage])
def test_a_command_that_takes_nothing_refuses_what_stands_behind_it(name: str) -> None:
    status = Status.RESOLVED if name == "reopen" else Status.OPEN
    assert (
        f"/{name} stands alone on its line"
        in done(f"/{name} until Friday", replace(emergency(), status=status)).errors[0]
    )


def test_an_endless_line_is_not_told_in_full() -> None:
    assert len(done("/x" + "y" * 10_000).errors[0]) < 300


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in ELSEWHERE])
def test_a_command_is_refused_exactly_where_it_makes_no_sense(name: str, status: Status) -> None:
    result = done(f"/{name}{ARGUMENTS.get(name, '')}", replace(emergency(), status=status))
    allowed = not BY_NAME[name].when or status in BY_NAME[name].when
    assert (result.errors == ()) is allowed
    if not allowed:
        assert result.errors[0].endswith(f"the ticket is {status}")


def test_what_makes_sense_depends_on_the_ticket() -> None:
    names = {command.name for command in sensible(ticket())}
    assert names <= {command.name for command in possible(ticket())} <= set(BY_NAME)
    assert {"take", "resolve", "why"} <= names
    assert not {"reopen", "ack", "downgrade"} & names
    assert {"ack", "downgrade"} <= {command.name for command in sensible(emergency())}
    assert not {"ack", "downgrade"} & {command.name for command in sensible(emergency(released=True))}
    assert "resolve" not in {command.name for command in sensible(ticket(status=Status.CLOSED))}


def test_a_ticket_that_was_merged_is_only_asked_about() -> None:
    merged = replace(emergency(), status=Status.MERGED, merged_into="ACME-1002")
    asks = {"note", "why", *(command.name for command in COMMANDS if command.alone)}
    assert {command.name for command in possible(merged)} == asks
    assert all(done(f"/{name}", merged).errors == () for name in ("note", "why", "show", "mine", "due", "help"))
    assert done("/take", merged).errors == (
        "/take: the ticket is merged, and goes on as ACME-1002 (send this line there afterwards)",
    )


def test_each_row_tells_its_own_name_in_its_usage() -> None:
    assert all(command.usage.split()[0] == f"/{command.name}" for command in COMMANDS)
    assert len(BY_NAME) == len(COMMANDS)


ANY_LINE = st.sampled_from(["/take", "/wait", "/priority low", "/assign ans", "/note x", "/resolve", "/why"])
UNKNOWN = st.from_regex(r"/[a-z]{1,12}", fullmatch=True).filter(lambda line: line[1:] not in BY_NAME)


@given(st.lists(ANY_LINE, max_size=9), UNKNOWN, st.lists(ANY_LINE, max_size=9))
def test_one_unknown_line_among_any_others_is_an_error(before: list[str], unknown: str, after: list[str]) -> None:
    errors = done("\n".join([*before, unknown, *after])).errors
    assert any(error.startswith(f"{unknown}: there is no such command") for error in errors)


@given(st.lists(ANY_LINE))
def test_the_ticket_of_a_result_is_what_its_events_make_of_the_ticket(lines: list[str]) -> None:
    result = done("\n".join(lines))
    owners = [event.owner for event in result.events if isinstance(event, OwnerChanged)]
    assert result.ticket.owner == (owners[-1] if owners else "")


def test_what_is_the_managers_only_they_may_do() -> None:
    desk, boss = replace(NAMING, managers_only=frozenset({"nocharge"})), replace(PIET, manager=True)
    given = Order(ticket(), "", PIET, desk, FakeDirectory(), NOW, NOW)
    assert run(parse("/nocharge").commands, given).errors == ("/nocharge: only a manager may do that here",)
    assert run(parse("/nocharge").commands, replace(given, agent=boss)).errors == ()
    assert not BY_NAME["nocharge"].is_for(PIET, desk)
    assert BY_NAME["nocharge"].is_for(boss, desk)
