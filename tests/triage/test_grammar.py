"""Which lines are commands, which are text, and which must go back because they stand where none may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.triage.grammar import MOST_COMMANDS, Line, parse


def words(text: str) -> list[str]:
    return [line.word for line in parse(text).commands]


def test_commands_stand_at_the_top_and_on_the_last_lines() -> None:
    parsed = parse("/take\n/priority High\n\nHello Anna,\n\nit works.\n\n/resolve")
    assert parsed.commands == (
        Line("take", "", "/take"),
        Line("priority", "High", "/priority High"),
        Line("resolve", "", "/resolve"),
    )
    assert parsed.text == "Hello Anna,\n\nit works."
    assert parsed.misplaced == ()


def test_a_mail_of_commands_only_has_no_text() -> None:
    assert (words("/take\n/wait"), parse("/take\n/wait").text) == (["take", "wait"], "")


def test_a_mail_without_commands_is_all_text() -> None:
    assert (words("Hello\n\n  there"), parse("Hello\n\n  there").text) == ([], "Hello\n\n  there")


def test_blank_lines_between_commands_do_not_matter() -> None:
    assert words("\n/take\n\n/priority high\n\nHello\n\n/wait\n\n/kind problem\n\n") == [
        "take", "priority", "wait", "kind",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ["  /take", "\t/take", "\u00a0/take", "\ufeff/take", "\u200b/take", "/take  ", "/TAKE"]
)
def test_blanks_around_a_command_and_its_case_make_no_difference(line: str) -> None:
    parsed = parse(f"{line}\nHello")
    assert ([found.word for found in parsed.commands], parsed.text) == (["take"], "Hello")


@pytest.mark.parametrize("unseen", [*"\u00ad\u034f\u180e\u2061\u2800\ufe0f\U000e0020", " \u00ad "])
@pytest.mark.parametrize("slash", ["/", "\uff0f", "\u2044", "\u2215", "\u29f8"])
def test_what_nobody_sees_and_what_looks_like_a_slash_hide_no_command(unseen: str, slash: str) -> None:
    assert words(f"{unseen}{slash}take\nHello") == ["take"]
    assert [line.word for line in parse(f"Hello\n{unseen}{slash}take\nbye").misplaced] == ["take"]


def test_a_command_in_the_middle_is_misplaced() -> None:
    parsed = parse("Hello\n/take\nbye")
    assert parsed.commands == ()
    assert [line.word for line in parsed.misplaced] == ["take"]


@pytest.mark.parametrize("text", ["/etc/hosts", "/a/b is text", "//take", "//", "/", "/ take", "either /or", "1/2", ""])
def test_what_has_a_second_slash_or_does_not_begin_with_one_is_text(text: str) -> None:
    parsed = parse(f"{text}\nHello\n{text}\nbye\n{text}")
    assert (parsed.commands, parsed.misplaced) == ((), ())


@pytest.mark.parametrize("text", ["/take", "/x", "/5", "/_", "/take:", "/\u00fcber", "/take\u00a0now", "/Anders"])
def test_anything_else_that_begins_with_a_slash_looks_like_a_command(text: str) -> None:
    assert len(parse(f"{text}\nHello").commands) == 1
    assert len(parse(f"Hello\n{text}\nbye").misplaced) == 1


@pytest.mark.parametrize(
    ("written", "read"), [("//take", "/take"), ("  //take", "  /take"), ("///", "//"), ("/a/b", "/a/b")]
)
def test_two_slashes_are_one_in_the_text(written: str, read: str) -> None:
    assert parse(f"Hello\n{written}").text == f"Hello\n{read}"


def test_words_behind_a_command_are_its_argument() -> None:
    assert parse("/Pending  2wd   waits for the supplier ").commands == (
        Line("pending", "2wd   waits for the supplier", "/Pending  2wd   waits for the supplier"),
    )


LONG = "/time 40m looked at the printer, cleaned the drum and installed the new"


def test_a_command_as_long_as_a_line_may_go_on_in_the_text_right_below() -> None:
    parsed = parse(f"/take\n{LONG}\nsoftware of its maker\n\nHello")
    assert [line.written for line in parsed.broken] == [LONG]
    assert parsed.text == "software of its maker\n\nHello"


@pytest.mark.parametrize(
    "text",
    [
        f"{LONG}\n\nsoftware of its maker",
        f"{LONG}\n/wait\nsoftware of its maker",
        f"{LONG} software of the maker\nHello",
        f"{LONG[:60]}\nHello Anna",
        f"{LONG[:60]}\nHi",
        LONG,
        f"Hello\n\n{LONG}",
        "/take\nA text that is much longer than any line that a mail program would have left of it, and then more",
    ],
)
def test_a_command_that_is_whole_for_sure_is_not_doubted(text: str) -> None:
    assert parse(text).broken == ()


LINES = st.lists(st.sampled_from(["/take", "/x y", "Hello", "", "//z", "/a/b", " /wait", "- x", "/"]), max_size=8)


@given(LINES)
def test_every_line_is_a_command_or_text_and_nothing_is_lost(lines: list[str]) -> None:
    parsed = parse("\n".join(lines))
    commands = [line.strip() for line in lines if line.strip() in {"/take", "/x y", "/wait"}]
    assert sorted(line.written for line in (*parsed.commands, *parsed.misplaced)) == sorted(commands)
    left = [line for line in lines if line.strip() not in {"", "/take", "/x y", "/wait"}]
    kept = [line for line in parsed.text.splitlines() if line.strip() not in {"", "/take", "/x y", "/wait"}]
    assert kept == [line.replace("//", "/") for line in left]


@given(st.text())
def test_any_text_is_read_without_a_fault(text: str) -> None:
    parsed = parse(text)
    assert all(line.word for line in (*parsed.commands, *parsed.misplaced))


@pytest.mark.parametrize(("count", "too_many"), [(MOST_COMMANDS, False), (MOST_COMMANDS + 1, True)])
def test_of_many_commands_the_first_are_named_and_more_are_too_many(count: int, too_many: bool) -> None:
    parsed = parse("/take\n" * count)
    assert (len(parsed.commands), parsed.too_many) == (MOST_COMMANDS, too_many)
    assert len(parse("Hello\n" + "/take\n" * count + "bye").misplaced) == MOST_COMMANDS
