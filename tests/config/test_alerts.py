"""[[alert]]: whose mails are alerts, and how they are read."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from helpdeskd.config.alerts import KNOWN
from helpdeskd.domain.desk import Monitor
from tests.config.small_desk import SMALL, errors, loaded

ALERT = """\
[[alert]]
name = "own"
senders = ["nagios@monitor.example"]
"""
PATTERN = "patterns = ['(?P<host>\\S+) is (?P<state>\\w+)']\n"
WORDS = 'problem_words = ["DOWN"]\nrecovery_words = ["UP"]\n'


def monitor(folder: Path, text: str) -> Monitor:
    (made,) = loaded(folder, SMALL + text).desk.monitors
    return made


def refused(folder: Path, text: str) -> str:
    (line,) = errors(folder, SMALL + text)
    return line


@pytest.mark.parametrize("system", KNOWN)
def test_a_system_that_is_known_needs_only_its_name_and_senders(tmp_path: Path, system: str) -> None:
    made = monitor(tmp_path, f'{ALERT}like = "{system}"\n')
    assert made.senders == ("nagios@monitor.example",)
    assert made.problem
    assert made.recovery
    assert (made.customer, made.resolves, made.flap) == ("", False, timedelta(minutes=30))


@pytest.mark.parametrize("system", KNOWN)
def test_the_patterns_of_known_systems_keep_to_what_is_admitted(tmp_path: Path, system: str) -> None:
    patterns = ", ".join(f"'''{pattern}'''" for pattern in KNOWN[system].patterns)
    made = monitor(tmp_path, f'{ALERT}like = "{system}"\npatterns = [{patterns}]\n')
    assert [pattern.pattern for pattern in made.patterns] == list(KNOWN[system].patterns)


def test_a_system_of_its_own_needs_patterns_and_words(tmp_path: Path) -> None:
    made = monitor(tmp_path, ALERT + PATTERN + WORDS)
    assert made.patterns == (re.compile(r"(?P<host>\S+) is (?P<state>\w+)"),)
    assert (made.problem, made.recovery, made.other) == ({"down"}, {"up"}, set())


def test_what_stands_beside_like_takes_the_place_of_that_part(tmp_path: Path) -> None:
    made = monitor(
        tmp_path,
        ALERT + 'like = "nagios"\nproblem_words = ["DOWN", "CRITICAL"]\nother_words = ["WARNING", "UNKNOWN"]\n',
    )
    assert (made.problem, made.other) == ({"down", "critical"}, {"warning", "unknown"})
    assert made.recovery == {"up", "ok"}
    assert len(made.patterns) == len(KNOWN["nagios"].patterns)


def test_customer_recovery_and_flap_are_what_is_written(tmp_path: Path) -> None:
    made = monitor(tmp_path, ALERT + 'like = "icinga"\ncustomer = "bakery"\nrecovery = "resolve"\nflap = "2 hours"\n')
    assert (made.customer, made.resolves, made.flap) == ("bakery", True, timedelta(hours=2))


def test_senders_are_normalised(tmp_path: Path) -> None:
    text = ALERT.replace('"nagios@monitor.example"', '"Nagios@Monitor.Example", "Bücher.example"')
    assert monitor(tmp_path, text + 'like = "nagios"\n').senders == ("nagios@monitor.example", "xn--bcher-kva.example")


@pytest.mark.parametrize("sender", ["", "no address@", "two words"])
def test_a_sender_that_is_none_is_refused(tmp_path: Path, sender: str) -> None:
    line = refused(tmp_path, ALERT.replace("nagios@monitor.example", sender) + 'like = "nagios"\n')
    assert f'"{sender}" is no sender' in line


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(?P<host>", "is no regular expression"),
        ("", "from 1 to 300 characters"),
        ("x" * 301, "from 1 to 300 characters"),
        ("(?P<who>x)", 'nothing is called "who"'),
        (r"(?:a+)+b", "repeats a group"),
        (r"(?:a|a)*b", "repeats a group"),
        (r"(a|aa){2,9}b", "repeats a group"),
        (r"\w+\s*\w+\s*\w+$", "5 repetitions"),
    ],
)
def test_a_pattern_that_is_wrong_or_could_take_long_is_refused(tmp_path: Path, pattern: str, why: str) -> None:
    line = refused(tmp_path, f"{ALERT}like = 'nagios'\npatterns = ['{pattern}']\n")
    assert why in line
    assert line.startswith(f"config.toml:{SMALL.count(chr(10)) + 5}: alert.patterns: ")


@pytest.mark.parametrize(
    "pattern", [r"(?P<host>[^()*+]+)\)+ \** is (?P<state>(?:UP|DOWN))", r"(?P<state>.+?)(?:x)? y++"]
)
def test_a_bracket_in_a_set_or_behind_a_backslash_is_no_group(tmp_path: Path, pattern: str) -> None:
    assert refusal_of_a_pattern(tmp_path, pattern) == []


def refusal_of_a_pattern(folder: Path, pattern: str) -> list[str]:
    text = f"{ALERT}like = 'zabbix'\npatterns = ['{pattern}', 'Host: (?P<host>.+)']\n"
    return [line for line in errors(folder, SMALL + text) if "repe" in line]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "find no state"),
        (WORDS + "patterns = ['(?P<state>.+)']\n", "nothing to tell alerts apart by"),
        (WORDS + "patterns = ['(?P<host>.+)']\n", "find no state"),
        (PATTERN + 'problem_words = ["DOWN"]\n', "none ends it"),
        (PATTERN + 'recovery_words = ["UP"]\n', "no state is a problem"),
        (PATTERN + WORDS + 'other_words = ["Up"]\n', '"up" means two things'),
    ],
)
def test_a_table_that_could_read_nothing_is_refused(tmp_path: Path, text: str, why: str) -> None:
    assert why in refused(tmp_path, ALERT + text)


def test_two_systems_have_two_names(tmp_path: Path) -> None:
    one = ALERT + 'like = "nagios"\n'
    assert 'the monitoring system "own" is here twice' in refused(tmp_path, one + one)
