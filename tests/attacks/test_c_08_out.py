"""C08, C09, C10: what of a mail gets into tables, into the log, and into programs."""

import ast
import tomllib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

import helpdeskd
from tests.system.desk import ANNA, SUPPORT, RunningDesk

PACKAGE = Path(helpdeskd.__file__).parent
FORGED = "\r\n2026-11-23 10:00:00 ERROR stage=alarm what=forged\n\x1b[2Jstage=sent outbox=1\u2028stage=alarm\x85"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text("utf-8"))


def called(tree: ast.Module) -> set[str]:
    """What is called, as it is written: `csv.writer`, `eval`."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_c08_every_table_that_is_written_marks_its_cells() -> None:
    """How they are marked is in tests/domain/test_cell.py, in all forms of the signs, and read back."""
    writers = {name: called(tree) for name, tree in modules() if called(tree) & {"csv.writer", "csv.DictWriter"}}
    assert sorted(writers) == ["cli/report.py", "cli/statement.py"]
    assert [name for name, calls in writers.items() if "cell" not in calls] == []


def hostile(number: int) -> bytes:
    """A mail that has a line of a log in every place where it can have one."""
    word = "=?utf-8?q?" + "".join(f"={octet:02X}" for octet in FORGED.encode()) + "?="
    mail = EmailMessage(SMTP)
    mail.set_content(FORGED)
    mail.add_attachment(b"x", "application", "pdf", filename="a.pdf")
    fields = {
        "Authentication-Results": "relay.test; dmarc=pass header.from=bakery.example",
        "From": f"{word} <{ANNA}>",
        "To": f"{word} <{SUPPORT}>",
        "Subject": word,
        "Message-ID": f"<{number}{word}@bakery.example>",
        "References": f"<{word}>",
        "Auto-Submitted": ("no", word, word)[number],
        "Precedence": word,
        "X-Failed-Recipients": f"{word}@x.example" if number == 2 else "",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return head.encode() + mail.as_bytes().replace(b"a.pdf", word.encode())


def test_c09_nothing_in_a_mail_or_of_its_sender_can_write_a_line_into_the_log(desk: RunningDesk) -> None:
    for number in range(3):
        desk.send(hostile(number))
    with pytest.raises(Exception, match="5"):
        desk.send(hostile(0), to=f"nobody{FORGED.encode('ascii', 'ignore').decode()[2:20]}@desk.example")
    desk.decides(3)
    lines = desk.log.splitlines(keepends=True)
    assert [line for line in lines if not line.startswith("stage=")] == []
    assert [line for line in lines if line.startswith(("stage=alarm what=forged", "stage=sent outbox=1\n"))] == []
    assert [line for line in desk.log.split("\n") if not line.isascii() or len(line) > 4000] == []
    assert "\x1b" not in desk.log
    assert ANNA not in desk.log


UNSAFE = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "marshal.loads", "shelve.open",
    "pickle.load", "pickle.Unpickler", "subprocess.getoutput", "asyncio.create_subprocess_shell", "dill.loads",
}  # fmt: skip


def test_c10_nothing_is_evaluated_and_no_shell_is_started() -> None:
    assert {name: calls for name, tree in modules() if (calls := called(tree) & UNSAFE)} == {}
    keywords = (
        (name, keyword.arg)
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    )
    assert [name for name, keyword in keywords if keyword == "shell"] == []


def test_c10_only_the_office_is_unpickled_which_the_supervisor_gives_to_its_own_child() -> None:
    """It goes one way, through the standard input of a process that we start, before any mail is read; nothing of a
    mail is in it, and the child answers in words and numbers.
    """
    assert [name for name, tree in modules() if "pickle.loads" in called(tree)] == ["daemon/office.py"]
    unpacking = [name for name, tree in modules() if any(call.endswith(".unpacked") for call in called(tree))]
    assert unpacking == ["daemon/worker.py"]


def test_c10_the_linters_rules_of_security_are_a_gate() -> None:
    lint = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert {rule for rule in lint["ignore"] if rule.startswith("S") and rule[1:].isdigit()} <= {"S603", "S101"}
    assert not any(paths.startswith("helpdeskd") for paths in lint["per-file-ignores"])
