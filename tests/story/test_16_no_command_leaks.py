"""Whatever an agent writes, no command of theirs is ever read by a customer; and what /help shows can be written."""

from collections.abc import Iterator
from difflib import get_close_matches
from email import message_from_bytes
from email.policy import default
from itertools import takewhile
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdeskd.mail.html import to_text
from helpdeskd.triage.commands import BY_NAME, COMMANDS
from helpdeskd.triage.grammar import parse
from tests.world import BRAM, PIET, World

CAPS = "\n[caps]\naddress_hour = 100000\naddress_day = 100000\ndesk_hour = 100000\n"
SEPARATORS = ("\n", "\n\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\n> ", "\n\t", "\n - ")
BLANKS = ("", "", " ", "\t", *"\u00a0\u200b\ufeff\u2060\u200e\u202e\u00ad\u3000\u2061\ufe0f")
SLASHES = "/\uff0f\u2044\u2215\u29f8"
WORDS = sorted(BY_NAME)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One desk for all texts: each is an answer on a ticket of its own."""
    with World(Path(tmp_path_factory.mktemp("desk")), CAPS) as world:
        yield world


def mistyped(word: str) -> st.SearchStrategy[str]:
    at = st.integers(0, len(word) - 1)
    return st.one_of(
        st.just(word),
        at.map(lambda n: word[:n] + word[n + 1 :]),
        at.map(lambda n: word[:n] + "x" + word[n:]),
        st.just(word.upper()),
    )


COMMAND = st.sampled_from(WORDS).flatmap(mistyped).filter(bool)
ARGUMENT = st.sampled_from(["", " ans", " 40m", " high", " 2wd", " /take", " //take", " /a/b", " 3h we mend it", ":"])
LINE = st.one_of(
    st.builds("{}{}{}{}".format, st.sampled_from(BLANKS), st.sampled_from("//" + SLASHES), COMMAND, ARGUMENT),
    st.builds("//{}".format, COMMAND),
    st.sampled_from(["Hello,", "It works again.", "", "/etc/hosts", "either /or", "-- ", "Anna wrote:", "***"]),
    st.text(max_size=20),
)
TEXT = st.lists(st.tuples(LINE, st.sampled_from(SEPARATORS)), min_size=1, max_size=6).map(
    lambda parts: "".join(line + separator for line, separator in parts)
)


def seen(line: str) -> str:
    """A line without what nobody sees at its beginning."""
    unseen = takewhile(lambda each: each.isspace() or category(each) in {"Cc", "Cf", "Mn"}, line)
    return line[len(list(unseen)) :]


def looks_like_a_command(line: str) -> bool:
    """Whether a reader takes a line for a command that there is, or nearly is."""
    word = seen(line).split(maxsplit=1)[:1]
    if not word or word[0][0] not in SLASHES or set(word[0][1:]) & set(SLASHES):
        return False
    return bool(get_close_matches(word[0][1:].lower(), WORDS, n=1, cutoff=0.75))


def shown(world: World, since: int) -> list[str]:
    """Every line of both parts of the mails that went to customers since."""
    mails = [mail for mail in world.mails[since:] if not mail.row.to_agent]
    parts = [part for mail in mails for part in (mail.text, to_text(html_of(mail.row.content)))]
    return [line for part in parts for line in part.splitlines()]


def html_of(raw: bytes) -> str:
    body = message_from_bytes(raw, policy=default).get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_no_command_reaches_a_customer_unless_it_is_escaped(desk: World) -> None:
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(TEXT)
    def holds(text: str) -> None:
        assert leaked(desk, text) == []

    holds()


def leaked(desk: World, text: str) -> list[str]:
    """The commands that a customer reads when an agent answers with this text."""
    desk.receives(BRAM)
    before = len(desk.mails)
    desk.replies(PIET, desk.last("piet", "agent-new"), text)
    read = [line for line in shown(desk, before) if looks_like_a_command(line)]
    visible = "".join(each for each in text if category(each) != "Cc")
    return [line for line in read if f"/{seen(line).split()[0]}" not in visible]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_help_shows_is_read_as_that_command(command) -> None:
    parsed = parse(f"{command.usage}\nHello")
    assert [line.word for line in parsed.commands] == [command.name]
    assert (parsed.text, parsed.misplaced) == ("Hello", ())


def test_every_line_of_help_can_be_written_as_it_stands(desk: World) -> None:
    desk.receives(BRAM)
    desk.replies(PIET, desk.last("piet", "agent-new"), "/help")
    lines = [line for line in desk.last("piet", "agent-transcript").text.splitlines() if line.startswith("/")]
    usages = [line.partition(": ")[0] for line in lines if not line.startswith("//")]
    assert "/take" in usages
    assert {parse(usage).commands[0].word for usage in usages} <= set(WORDS)
