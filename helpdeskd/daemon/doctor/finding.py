"""What an examination has found, in words for the administrator."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """`ERROR` is what does not work, `WARNING` what soon will not, or works worse than it could."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` names what was looked at, `text` says what was seen and, in parentheses, what would be right."""

    about: str
    level: Level
    text: str


def ok(about: str, text: str) -> Finding:
    return Finding(about, Level.OK, text)


def warning(about: str, text: str) -> Finding:
    return Finding(about, Level.WARNING, text)


def error(about: str, text: str) -> Finding:
    return Finding(about, Level.ERROR, text)
