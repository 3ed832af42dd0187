"""What is wrong with a file, said to people: `FILE:LINE: key: what is wrong (what would be right)`.

In: the refusals of pydantic, and problems that other modules found, each at the path of a key. Out: one line of text
each, in the order of the file. Keys are written as they stand in the file, without the numbers of rows: the line says
which.
"""

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from helpdeskd.config.fields import Table, keys, table_at
from helpdeskd.config.lines import Path as KeyPath
from helpdeskd.config.lines import line_of
from helpdeskd.config.written import toml

MUST_BE = {
    "string_type": "must be text (in quotes)",
    "int_type": "must be a whole number (without quotes)",
    "float_type": "must be a number (without quotes)",
    "bool_type": "must be true or false (without quotes)",
    "tuple_type": "must be a list (in square brackets)",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "date_type": "must be a date (such as 2026-01-31, without quotes)",
    "too_short": "is empty (give at least one)",
    "string_too_short": "is empty",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about the key at a path."""

    path: KeyPath
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read, and the lines of its keys."""

    file: Path
    lines: Mapping[KeyPath, int]

    def told(self, problems: Iterable[Problem]) -> list[str]:
        """One line of text for each, in the order of the file, none twice."""
        told = sorted((line_of(self.lines, problem.path), _told(problem)) for problem in problems)
        return [f"{self.file}:{line}: {text}" for line, text in dict.fromkeys(told)]


class ConfigErrors(Exception):
    """A file, or several, that cannot be used: `errors` are lines of text, each with file and line."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def refusals(error: ValidationError, root: type[Table]) -> list[Problem]:
    """What pydantic refuses, in words."""
    found = error.errors(include_url=False)
    # pydantic calls a list too short when its elements were refused; those are told of by themselves.
    told = [details for details in found if details["type"] != "too_short" or not details["input"]]
    return [Problem(tuple(details["loc"]), _in_words(details, root)) for details in told]


def _told(problem: Problem) -> str:
    key = ".".join(_bare(part) for part in problem.path if isinstance(part, str) and part != "[key]")
    return f"{key}: {problem.text}" if key else problem.text


def _bare(part: str) -> str:
    return part if part.replace("-", "").replace("_", "").isalnum() else json.dumps(part, ensure_ascii=False)


def _in_words(details: ErrorDetails, root: type[Table]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    match kind:
        case "missing":
            return f"is missing{_such(details, root)}"
        case "extra_forbidden":
            return f"unknown key{_nearest(details, root)}"
        case "value_error":
            return str(context["error"])
        case "literal_error":
            return f"{_written(details)} is not known (one of {context['expected']})"
        case "string_pattern_mismatch":
            return f"{_written(details)} has not the form that it needs{_such(details, root)}"
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than" | "string_too_long":
            return f"{_written(details)} is out of bounds ({details['msg'].lower().replace('input should be ', '')})"
        case _:
            return MUST_BE.get(kind) or details["msg"]


def _written(details: ErrorDetails) -> str:
    return json.dumps(details["input"], ensure_ascii=False, default=str)[:80]


def _such(details: ErrorDetails, root: type[Table]) -> str:
    """An example of what the key could hold, else the sentence about it."""
    *table_path, name = details["loc"][:-1] if isinstance(details["loc"][-1], int) else details["loc"]
    table = table_at(tuple(table_path), root)
    field = dict(keys(table)).get(str(name)) if table else None
    if field is None:
        return ' (letters, digits, ".", "-" and "_")' if name == "[key]" else ""
    return f" (such as {toml(field.examples[0])})" if field.examples else f" ({field.description})"


def _nearest(details: ErrorDetails, root: type[Table]) -> str:
    """The key that was probably meant, else all that the table knows."""
    *table_path, name = details["loc"]
    table = table_at(tuple(table_path), root)
    known = [key for key, _ in keys(table)] if table else []
    near = difflib.get_close_matches(str(name), known, n=1)
    return f" (did you mean {near[0]}?)" if near else f" (known here: {', '.join(known)})"
