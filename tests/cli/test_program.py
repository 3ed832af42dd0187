"""The program as a whole: usage, exit status, errors of one line, and that it imports no more than it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpdeskd.cli import COMMANDS
from tests.cli.program import PROGRAM, ROOT, Program, in_a_process

ASKS = {
    "check": (),
    "serve": (),
    "explain": ("mail.eml",),
    "ingest": ("mail.eml",),
    "sla": (),
    "why": ("HD-1001",),
    "tickets": ("list",),
    "directory": ("export",),
    "customers": (),
    "contacts": (),
    "contracts": (),
    "agents": (),
    "held": ("list",),
    "inbox": ("list",),
    "outbox": ("list",),
    "audit": (),
    "restored": (),
    "duty": ("who",),
}
NEED_A_DESK = ("why", "tickets", "directory", "customers", "contacts", "contracts", "agents", "held", "inbox", "outbox")
HEAVY = ("peewee", "apsw", "pydantic", "jinja2", "aiosmtpd", "apscheduler", "imapclient", "holidays", "babel")


def test_an_unknown_command_is_wrong_usage(helpdeskd: Program) -> None:
    ran = helpdeskd("frobnicate")
    assert (ran.status, ran.complaint.startswith("helpdeskd: ")) == (2, True)
    assert "'frobnicate'" in ran.complaint


@pytest.mark.parametrize("words", [(), ("tickets",), ("inbox", "show"), ("inbox", "show", "x"), ("inbox", "show", "0")])
def test_wrong_usage_is_told_in_one_line(helpdeskd: Program, words: tuple[str, ...]) -> None:
    ran = helpdeskd(*words)
    assert ran.status == 2
    assert ran.complaint.endswith("--help)")


def test_an_id_that_no_database_holds_is_wrong_usage(helpdeskd: Program) -> None:
    assert helpdeskd("inbox", "show", 2**63).status == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(helpdeskd: Program, command: str) -> None:
    ran = helpdeskd(command, "--help")
    assert ran.status == 0
    assert ran.out.startswith(f"usage: helpdeskd {command}")


@pytest.mark.parametrize("command", ASKS)
def test_a_missing_configuration_is_told_in_one_line(helpdeskd: Program, tmp_path: Path, command: str) -> None:
    ran = helpdeskd(command, *ASKS[command], "--config", tmp_path / "none.toml")
    assert ran.status == 1
    assert ran.complaint == f"{tmp_path}/none.toml:1: cannot be read: No such file or directory"


def test_all_errors_of_a_broken_configuration_are_told(helpdeskd: Program, config: Path) -> None:
    config.write_text(config.read_text().replace("prefix", "praefix"))
    ran = helpdeskd("audit")
    assert (ran.status, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 2
    assert all(line.startswith(f"{config}:") for line in ran.err.splitlines())


@pytest.mark.parametrize("command", NEED_A_DESK)
def test_what_looks_at_a_desk_says_where_none_is_stored(helpdeskd: Program, config: Path, command: str) -> None:
    ran = helpdeskd(command, *ASKS[command])
    assert ran.status == 1
    assert ran.complaint.startswith(f"helpdeskd: no desk is stored in {config.parent}/state")
    assert not (config.parent / "state").exists()


def test_a_database_that_is_none_is_told_in_one_line(helpdeskd: Program, config: Path) -> None:
    (config.parent / "state").mkdir()
    (config.parent / "state" / "helpdeskd.db").write_bytes(b"not a database" * 100)
    ran = helpdeskd("audit")
    assert ran.status == 1
    assert "helpdeskd.db: file is not a database" in ran.complaint


def test_a_state_folder_that_cannot_be_made_is_told_in_one_line(helpdeskd: Program, config: Path) -> None:
    (config.parent / "state").write_text("a file")
    (config.parent / "mail.eml").write_text("Subject: x\n\nx\n")
    ran = helpdeskd("ingest", config.parent / "mail.eml")
    assert ran.status == 1
    assert ran.complaint.startswith(f"{config.parent}/state")


def test_parsing_imports_neither_database_nor_configuration_nor_servers(tmp_path: Path) -> None:
    (tmp_path / "mail.eml").write_text("From: a@b.example\n\nx\n")
    program = (
        "import sys; from helpdeskd.cli import main; "
        f"main(['parse', sys.argv[1]]); print('imported:', *(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "mail.eml"], capture_output=True, cwd=ROOT)
    assert done.stdout.decode().splitlines()[-1] == "imported:"


def test_a_reader_that_goes_away_ends_the_program_quietly(config: Path) -> None:
    with subprocess.Popen([*PROGRAM, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_it_runs_as_a_module_with_the_configuration_of_the_environment(config: Path) -> None:
    ran = in_a_process("check", config=config)
    assert (ran.status, ran.out.startswith(f"{config} is in order")) == (0, True)
