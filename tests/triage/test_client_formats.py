"""Answers as the mail clients of people write them: all that is new comes out, and nothing that stood in our notice.

Each is read from its bytes, as the desk reads it: `client_formats` makes them.
"""

import pytest

from helpdeskd.mail.parse import parse
from helpdeskd.triage import grammar
from helpdeskd.triage.quoting import Split, split
from helpdeskd.triage.words import APPROVE, after_word, said
from tests.triage.client_formats import LANGUAGES, Written, answers, between, devices, phrases

HEAD = ("/take", "/time 40m", "")
LONG = "/time 40m looked at the printer, cleaned the drum of it and installed the new software of its maker"


def commands(language: str) -> tuple[str, ...]:
    return (*HEAD, *phrases(language)["said"]["text"])


def word(language: str) -> tuple[str, ...]:
    return (phrases(language)["said"]["word"], "", *phrases(language)["said"]["closing"])


def read(mail: Written) -> Split:
    return split(parse(mail.raw).text)


def flat(*lines: str) -> str:
    """The words of a text, wherever its lines are broken."""
    return " ".join(" ".join(lines).split())


def named(mails: list[Written]) -> list[object]:
    return [pytest.param(mail, id=mail.label) for mail in mails]


@pytest.mark.parametrize("mail", named([mail for mail in answers("agent-update", commands) if mail.plain]))
def test_commands_and_text_are_read_and_the_notice_is_not(mail: Written) -> None:
    new = read(mail)
    parsed = grammar.parse(new.own)
    assert flat(new.new) == flat(new.own) == flat(*mail.said)
    assert [(line.word, line.argument) for line in parsed.commands] == [("take", ""), ("time", "40m")]
    assert (flat(parsed.text), parsed.misplaced) == (flat(*mail.said[len(HEAD) :]), ())


@pytest.mark.parametrize("mail", named(list(answers("approval-request", word))))
def test_a_word_above_a_signature_counts_and_those_of_the_question_do_not(mail: Written) -> None:
    own = read(mail).own
    spoken = said(own)
    assert spoken is not None
    assert (spoken.name, spoken.argument) == (APPROVE, "")
    assert flat(after_word(own)) == flat(*mail.said[1:])


@pytest.mark.parametrize("mail", named([mail for language in LANGUAGES for mail in between(language)]))
def test_answers_between_the_lines_of_a_quote_are_own_and_the_questions_are_shown(mail: Written) -> None:
    new = read(mail)
    assert flat(new.own) == flat(*mail.said)
    assert new.new.startswith("> ")
    assert "> " in new.new.partition(mail.said[0])[2]


@pytest.mark.parametrize("mail", named([mail for language in LANGUAGES for mail in devices(language)]))
def test_the_line_of_a_device_is_no_part_of_an_answer(mail: Written) -> None:
    assert flat(read(mail).own) == flat(*mail.said)


@pytest.mark.parametrize(
    "mail", named([mail for mail in answers("agent-update", lambda _: (LONG, "", "Hello"), ["nl"]) if mail.plain])
)
def test_a_long_command_is_whole_or_is_told_as_broken(mail: Written) -> None:
    message = parse(mail.raw)
    parsed = grammar.parse(split(message.text).own)
    (command,) = parsed.commands
    whole = (command.written, parsed.text) == (LONG, "Hello")
    assert whole or parsed.broken == (command,)
    assert whole or "gmail" in mail.label or "mutt" in mail.label
