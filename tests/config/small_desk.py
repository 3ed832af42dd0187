"""A small configuration that loads, for tests to change."""

from pathlib import Path

from helpdeskd.config.load import Loaded, load
from helpdeskd.config.problems import ConfigErrors

DESK = """\
[desk]
name = "Example"
domain = "desk.example"
prefix = "HD"
plan = "standard"
"""
CALENDAR = """\
[calendar.office]
zone = "Europe/Amsterdam"
open = { mon-fri = ["08:30-18:00"] }
"""
PLAN = """\
[plan.standard]
standard = "normal"
[[plan.standard.priority]]
name = "normal"
response = "4 working hours"
"""
QUEUE = """\
[[queue]]
name = "support"
addresses = ["support@desk.example"]
team = "support"
"""
SMALL = DESK + CALENDAR + PLAN + QUEUE
LINES = SMALL.count("\n")
"""How many lines it has: what a test adds begins on the next."""


def loaded(folder: Path, text: str) -> Loaded:
    file = folder / "config.toml"
    file.write_text(text)
    return load(file)


def errors(folder: Path, text: str) -> list[str]:
    """What is wrong with a configuration, without the name of its file; [] where it loads."""
    try:
        loaded(folder, text)
    except ConfigErrors as broken:
        return [line.removeprefix(f"{folder}/") for line in broken.errors]
    return []
