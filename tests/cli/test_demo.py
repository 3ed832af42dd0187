"""`helpdeskd demo`: the story is told whole and right; then the desk stays up for mail, and Ctrl-C ends it quietly."""

import os
import re
import shlex
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdeskd.cli.demo import PORTS, first_morning, free_ports
from helpdeskd.cli.scenes import DAY
from helpdeskd.config.load import load
from tests.cli.mails import eml
from tests.cli.program import PROGRAM, ROOT, in_a_process
from tests.servers.process import program, until

CALENDAR = load(ROOT / "examples" / "demo.toml").desk.calendar
TITLE = re.compile(r"^(?:Tuesday|Wednesday) (\d\d:\d\d)  (.+)$")
PATIENCE = 60


class Scene:
    """What was shown below a title."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def fate(self) -> str:
        [fate] = [line.strip().removeprefix("-> ") for line in self.lines if line.strip().startswith("-> ")]
        return fate

    @property
    def out(self) -> list[str]:
        """`reply anna@bakery.example` for each mail that went out."""
        words = [line.split() for line in self.lines if line.startswith("  OUT ")]
        return sorted(f"{word[1]} {word[3].rstrip(':')}" for word in words)

    @property
    def order(self) -> list[str]:
        """IN, -> and OUT as they stand below each other."""
        found = (re.match(r"  (IN|OUT) |      (->) ", line) for line in self.lines)
        return [match[1] or match[2] for match in found if match]


@pytest.fixture(scope="module")
def told() -> str:
    ran = in_a_process("demo", "--end")
    assert (ran.status, ran.err) == (0, "")
    return ran.out


@pytest.fixture(scope="module")
def story(told: str) -> dict[str, Scene]:
    """The scenes by their time."""
    scenes: dict[str, Scene] = {}
    now = Scene()
    for line in told.splitlines():
        if title := TITLE.match(line):
            now = scenes[title[1]] = Scene()
        now.lines.append(line)
    return scenes


def test_every_scene_is_shown_in_its_order_below_a_line_that_explains(told: str, story: dict[str, Scene]) -> None:
    assert told.splitlines()[0].startswith("IN is a mail that comes to the desk, -> what becomes of it, OUT ")
    assert list(story) == [scene.time for scene in DAY]


def test_a_mail_is_shown_before_its_fate_and_what_follows_after_it(story: dict[str, Scene]) -> None:
    for scene in DAY:
        order = story[scene.time].order
        assert order[:2] == (["IN", "->"] if scene.sender else order[:2])
        assert set(order[2 if scene.sender else 0 :]) <= {"OUT"}


def test_no_mail_is_long_and_none_shows_markers_or_tokens(told: str) -> None:
    shown = re.findall(r"(?:^      \| .*\n)+", told, re.MULTILINE)
    assert max(mail.count("\n") for mail in shown) <= 12
    assert "##-" not in told
    assert all(len(token) <= 10 for token in re.findall(r"\+[tb]\.(\w+)", told))
    assert all(len(line) <= 125 for line in told.splitlines())


def test_a_request_is_opened_acknowledged_with_its_promise_and_told_to_the_team(story: dict[str, Scene]) -> None:
    scene = story["09:12"]
    assert scene.fate == "opened HD-1001: accept"
    assert scene.out == [
        "agent-new ans@desk.example",
        "agent-new piet@desk.example",
        "ticket-received anna@bakery.example",
    ]
    assert "Eerste reactie: binnen 4 werkuren" in scene.text


def test_an_agents_answer_goes_to_the_customer_and_their_reply_to_the_agent(story: dict[str, Scene]) -> None:
    assert story["09:20"].out == ["agent-transcript piet@desk.example", "reply anna@bakery.example"]
    assert "/wait: waits for the customer" in story["09:20"].text
    assert story["09:31"].fate.startswith("added HD-1001")
    assert story["09:31"].out == ["agent-update piet@desk.example"]


def test_a_slip_in_a_command_reaches_nobody_but_its_writer(story: dict[str, Scene]) -> None:
    scene = story["09:40"]
    assert scene.fate.startswith("commands HD-1001: nothing was done: /priorty high")
    assert scene.out == ["agent-error piet@desk.example"]
    assert "did you mean /priority?" in scene.text


def test_a_note_reaches_no_customer(story: dict[str, Scene]) -> None:
    assert story["09:42"].out == ["agent-transcript piet@desk.example"]
    assert "/priority high: priority is high" in story["09:42"].text


def test_half_of_the_time_is_told_and_the_solution_goes_to_the_customer(story: dict[str, Scene]) -> None:
    assert story["11:35"].out == ["target-warning piet@desk.example"]
    assert story["11:50"].out == ["agent-transcript piet@desk.example", "reply anna@bakery.example"]
    assert "/resolve: resolved" in story["11:50"].text


def test_a_stranger_is_held_and_gets_nothing(told: str, story: dict[str, Scene]) -> None:
    assert story["12:05"].fate == "held: unknown-sender: eve@elsewhere.example"
    assert story["12:05"].out == []
    assert story["13:00"].out == ["held-digest ans@desk.example", "held-digest piet@desk.example"]
    assert "to eve@elsewhere.example" not in told


def test_an_ended_contract_is_refused_with_the_reason(story: dict[str, Scene]) -> None:
    assert story["12:30"].fate == "refused: contract-ended: 2025-12-31"
    assert story["12:30"].out == ["refused mary@museum.example"]
    assert "Your contract ended on 31 December 2025" in story["12:30"].text


def test_a_vacation_note_is_never_answered(story: dict[str, Scene]) -> None:
    assert story["12:31"].fate == "recorded HD-1001: Auto-Submitted: auto-replied"
    assert story["12:31"].out == []


def test_a_bounce_is_told_to_the_agent(story: dict[str, Scene]) -> None:
    assert story["12:40"].fate.startswith("recorded HD-1001")
    assert story["12:40"].out == ["agent-update piet@desk.example"]


def test_an_emergency_goes_from_a_silent_first_to_the_second_and_the_customer_knows(story: dict[str, Scene]) -> None:
    assert story["02:10"].fate == "opened HD-1002: accept"
    assert story["02:10"].out == ["duty-informed soren@mill.example", "duty-page piet@desk.example"]
    assert story["02:26"].out == ["duty-page ans@desk.example"]
    assert "duty-taken soren@mill.example" in story["02:28"].out
    assert "agent-update piet@desk.example" in story["02:28"].out
    assert "On my way" not in story["02:28"].text.partition("-> ")[2]
    assert {line.split()[0] for line in story["08:30"].out} == {
        "agent-digest",
        "manager-digest",
        "target-warning",
    }


def test_the_story_begins_on_a_working_tuesday_that_is_past() -> None:
    tuesday = datetime(2026, 11, 17, 12, tzinfo=UTC)
    assert f"{first_morning(CALENDAR, tuesday):%A %Y-%m-%d %H:%M}" == "Tuesday 2026-11-10 09:00"
    assert f"{first_morning(CALENDAR, tuesday + timedelta(days=1)):%Y-%m-%d}" == "2026-11-10"
    assert f"{first_morning(CALENDAR, tuesday + timedelta(days=2)):%Y-%m-%d}" == "2026-11-17"
    after_christmas_and_new_year_on_tuesdays = datetime(2030, 1, 3, 12, tzinfo=UTC)
    assert f"{first_morning(CALENDAR, after_christmas_and_new_year_on_tuesdays):%Y-%m-%d}" == "2029-12-18"


def test_ports_that_are_taken_are_replaced() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", PORTS[0]))
            other.listen()
        except OSError:
            pass  # somebody else has it, which is as well
        ports = free_ports()
    assert PORTS[0] not in ports
    assert len(set(ports)) == 2


class Shown:
    """What a process has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.text = ""
        self._process = process
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.text += line

    def wait_for(self, words: str) -> str:
        assert until(lambda: words in self.text, PATIENCE), self.text
        return self.text

    def close(self) -> None:
        self._thread.join()


@contextmanager
def a_demo() -> Iterator[tuple[subprocess.Popen[str], Shown]]:
    """A demo that stays up, as from a terminal: Ctrl-C reaches all of its processes."""
    with subprocess.Popen(
        [*PROGRAM, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    ) as process:
        shown = Shown(process)
        try:
            yield process, shown
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            shown.close()


def ended_by_ctrl_c(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and standard error."""
    os.killpg(process.pid, signal.SIGINT)
    status = process.wait(PATIENCE)
    assert process.stderr is not None
    return status, process.stderr.read()


def test_afterwards_it_answers_a_mail_of_swaks_and_ctrl_c_ends_it_quietly() -> None:
    program("swaks", "swaks")
    with a_demo() as (process, shown):
        told = shown.wait_for("Ctrl-C ends it.")
        [command] = re.findall(r"^  (swaks .*\\\n.*)$", told, re.MULTILINE)
        subprocess.run(shlex.split(command.replace("\\\n", "")), check=True, capture_output=True)
        after = shown.wait_for("OUT ticket-received to anna@bakery.example: [HD-1003] Nog een vraag")
        assert "-> opened HD-1003: accept" in after
        assert ended_by_ctrl_c(process) == (0, "")


def test_other_commands_work_on_the_desk_while_it_stays_up(tmp_path: Path) -> None:
    with a_demo() as (process, shown):
        told = shown.wait_for("Ctrl-C ends it.")
        [command] = re.findall(r"^  (.* held list --config .*)$", told, re.MULTILINE)
        listed = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True, cwd=ROOT).stdout
        assert "eve@elsewhere.example: 'Please reset the password'" in listed
        config = Path(shlex.split(command)[-1])
        accepted = in_a_process("held", "accept", listed.split()[0], "--as", "anna@bakery.example", config=config)
        assert (accepted.status, "opened" in accepted.out) == (0, True)
        shown.wait_for("OUT ticket-received to anna@bakery.example: [HD-1003] Please reset the password")
        taken_in = in_a_process("ingest", eml(tmp_path), config=config)
        assert (taken_in.status, taken_in.out.split()[2]) == (0, "held")
        shown.wait_for("-> held: unproved-sender: anna@bakery.example")
        assert in_a_process("audit", config=config).status == 0
        assert ended_by_ctrl_c(process) == (0, "")


def test_ctrl_c_ends_it_in_the_middle_of_the_story() -> None:
    with a_demo() as (process, shown):
        shown.wait_for("OUT reply to anna@bakery.example")
        assert ended_by_ctrl_c(process) == (0, "")
        assert "Ctrl-C ends it." not in shown.text
