"""What `/help` tells an agent."""

from dataclasses import replace

import pytest

from helpdeskd.domain.ticket import Status
from helpdeskd.triage.commands import COMMANDS
from helpdeskd.triage.grammar import parse
from helpdeskd.triage.help import NOT_NOW, told
from tests.triage.small_desk import DESK, PIET, ticket


def test_it_says_where_text_goes_before_anything_else() -> None:
    assert told(ticket(), PIET, DESK)[0].startswith("Text that is no command goes to everybody of the customer")


def test_it_names_every_command_and_marks_what_makes_no_sense_here() -> None:
    lines = told(ticket(status=Status.CLOSED), PIET, DESK)
    for command in COMMANDS:
        assert {command.line, command.line + NOT_NOW} & set(lines), command.name
    assert any(line.startswith("/reopen:") and not line.endswith(NOT_NOW) for line in lines)
    assert any(line.startswith("/resolve:") and line.endswith(NOT_NOW) for line in lines)


def test_without_a_ticket_a_call_may_be_made_one() -> None:
    lines = told(None, PIET, DESK)
    assert any(line.startswith("/call") and not line.endswith(NOT_NOW) for line in lines)
    assert any(line.startswith("/take") and line.endswith(NOT_NOW) for line in lines)


def test_what_is_a_managers_is_told_to_managers_only() -> None:
    desk = replace(DESK, managers_only=frozenset({"nocharge"}))
    assert not any("/nocharge" in line for line in told(ticket(), PIET, desk))
    assert any("/nocharge" in line for line in told(ticket(), replace(PIET, manager=True), desk))


def test_it_lists_the_names_of_the_tickets_plan() -> None:
    lines = told(ticket(), PIET, DESK)
    assert "priorities: high, normal, low" in lines
    assert "kinds: question, problem" in lines


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_each_usage_is_read_as_that_command(command) -> None:
    (line,) = parse(command.usage).commands
    assert line.word == command.name
