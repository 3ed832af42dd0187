"""`helpdeskd ingest`: mail from files through the real inbox, each with its fate, with and without a daemon."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdeskd.config.load import load
from helpdeskd.daemon.lifecycle import StateLock
from tests.cli.mails import eml, mail, maildir, mbox
from tests.cli.program import PROGRAM, ROOT, Program, in_a_process
from tests.servers.process import until

HOLDER = """
import sys
from pathlib import Path
from helpdeskd.daemon.lifecycle import StateLock
with StateLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(config: Path) -> Path:
    return config.parent


def fates(helpdeskd: Program, *paths: object) -> list[str]:
    return [row["fate"] for row in helpdeskd("ingest", "--json", *paths).rows]


def test_the_fate_of_a_file_is_printed(helpdeskd: Program, folder: Path) -> None:
    ran = helpdeskd("ingest", eml(folder))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.split()[2:4] == ["held", "-"]
    assert "(unproved-sender: anna@bakery.example)" in ran.out


def test_the_fate_as_json_is_the_row_of_the_inbox(helpdeskd: Program, folder: Path) -> None:
    [row] = helpdeskd("ingest", "--json", eml(folder)).rows
    assert (row["id"], row["source"], row["forward_path"], row["status"]) == (1, "file", "support@desk.example", "held")
    assert helpdeskd("inbox", "show", 1, "--json").rows == [row]


def test_the_bytes_are_kept_as_they_are(folder: Path, config: Path) -> None:
    assert in_a_process("ingest", eml(folder), config=config).status == 0
    assert in_a_process("inbox", "show", 1, config=config).out.encode() == mail()


def test_mbox_and_maildir_are_taken_in_whole(helpdeskd: Program, folder: Path) -> None:
    assert fates(helpdeskd, mbox(folder, mail("One"), mail("Two"))) == ["held", "held"]
    assert fates(helpdeskd, maildir(folder, mail("Three"), mail("Four"))) == ["held", "held"]
    assert {row["subject"] for row in helpdeskd("inbox", "list", "--json").rows} == {"One", "Two", "Three", "Four"}


def test_an_empty_maildir_holds_nothing(helpdeskd: Program, folder: Path) -> None:
    ran = helpdeskd("ingest", maildir(folder))
    assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_standard_input_is_a_mail(folder: Path, config: Path) -> None:
    ran = in_a_process("ingest", "-", "--json", config=config, stdin=mail("Piped"))
    assert (ran.status, ran.rows[0]["subject"]) == (0, "Piped")


def test_the_same_mail_twice_is_one(helpdeskd: Program, folder: Path) -> None:
    assert fates(helpdeskd, eml(folder), eml(folder, name="copy.eml")) == ["held", "duplicate"]
    ran = helpdeskd("ingest", folder / "mail.eml")
    assert (ran.status, "same content as mail 1" in ran.out) == (0, True)
    assert helpdeskd("audit").status == 0


def test_a_mail_counts_for_the_address_of_ours_that_it_names(helpdeskd: Program, folder: Path) -> None:
    [row] = helpdeskd("ingest", "--json", eml(folder, mail(to="someone@else.example, Duty <DUTY@desk.example>"))).rows
    assert row["forward_path"].lower() == "duty@desk.example"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a mail: it is empty"),
        (b"\r\n\r\n", "not a mail: it is empty"),
        (b"just some words\n", "not a mail: it has no header field"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a mail: it has no header field"),
    ],
)
def test_what_is_no_mail_is_told_and_not_taken_in(helpdeskd: Program, folder: Path, content: bytes, told: str) -> None:
    file = eml(folder, content, "note.eml")
    ran = helpdeskd("ingest", file)
    assert (ran.status, ran.complaint) == (1, f"{file}: {told}")
    assert helpdeskd("inbox", "list").out == ""


def test_what_cannot_be_read_costs_itself_only(helpdeskd: Program, folder: Path) -> None:
    (folder / "plain").mkdir()
    ran = helpdeskd("ingest", folder / "none.eml", folder / "plain", eml(folder))
    assert ran.status == 1
    assert ran.err.splitlines() == [
        f"{folder}/none.eml: No such file or directory",
        f"{folder}/plain: a folder, but no Maildir: it has no cur and new",
    ]
    assert ran.out.split()[2] == "held"


def test_a_path_is_needed(helpdeskd: Program, folder: Path) -> None:
    assert helpdeskd("ingest").status == 2


@pytest.fixture
def holder(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the desk, and decides nothing."""
    state = load(config).settings.state
    state.mkdir()
    command = [sys.executable, "-c", HOLDER, state]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_while_another_process_holds_the_desk_it_waits_and_then_decides(
    helpdeskd: Program, folder: Path, holder: subprocess.Popen[bytes]
) -> None:
    with subprocess.Popen([*PROGRAM, "ingest", eml(folder)], stdout=subprocess.PIPE, cwd=ROOT) as waiting:
        assert until(lambda: "queued" in helpdeskd("inbox", "list").out, 30)
        assert waiting.poll() is None
        assert holder.stdin is not None
        holder.stdin.close()
        assert waiting.stdout is not None
        assert waiting.stdout.read().split()[2] == b"held"
    assert waiting.returncode == 0


def test_the_desk_is_free_again_afterwards(helpdeskd: Program, folder: Path, config: Path) -> None:
    helpdeskd("ingest", eml(folder))
    with StateLock(load(config).settings.state):
        assert helpdeskd("inbox", "list").status == 0
