"""Reading and writing the directory: customers, contacts, contracts and agents (interfaces, "directory file").

In: a TOML file, or a CSV file (commas or semicolons) with one row a contact. Its columns are `COLUMNS`; several
addresses, rights, roles or domains in one cell are parted by spaces, and what belongs to the customer may stand in the
first of its rows only. Both become the same tables and are checked alike. Out: a `DirectoryFile` of domain values.

Fails with `ConfigErrors`: all errors of the file at once, each with its line. Changes nothing.
"""

import csv
import io
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from helpdeskd.config.lines import Path as KeyPath
from helpdeskd.config.lines import locate
from helpdeskd.config.people import DirectoryTables
from helpdeskd.config.problems import ConfigErrors, Problem, Source, refusals
from helpdeskd.config.references import Known, people_problems
from helpdeskd.domain.directory import Agent, Customer

CUSTOMER_COLUMNS = ("customer", "title", "domains", "customer_language", "timezone", "sites")
CONTACT_COLUMNS = ("contact", "addresses", "language", "rights", "roles")
CONTRACT_COLUMNS = ("plan", "first_day", "last_day", "paid_until", "agreement", "covers")
COLUMNS = (*CUSTOMER_COLUMNS, *CONTACT_COLUMNS, *CONTRACT_COLUMNS)
LISTS = {"domains", "sites", "addresses", "rights", "roles", "covers"}
DAYS = {"first_day", "last_day", "paid_until"}
KEYS = {"customer": "name", "customer_language": "language", "contact": "name"}

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DirectoryFile:
    """What a file says of the directory. `duty_roster` is names of agents, () for the configuration's own roster."""

    customers: tuple[Customer, ...] = ()
    agents: tuple[Agent, ...] = ()
    duty_roster: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadDirectory:
    """A file's directory, and what is needed to say something about a line of it."""

    directory: DirectoryFile
    source: Source
    tables: DirectoryTables


def read_directory(file: Path, known: Known) -> ReadDirectory:
    """The directory in a file, by its ending .toml or .csv.

    Raises ConfigErrors where it cannot be read, is not in form, or does not fit what the configuration has (`known`).
    """
    return _checked(*_read(file), known)


def read_text(text: str, name: str, known: Known) -> ReadDirectory:
    """The directory in a TOML text that stands in no file; raises ConfigErrors, which call it by that name."""
    return _checked(tomllib.loads(text), Source(Path(name), locate(text)), known)


def _checked(data: Data, source: Source, known: Known) -> ReadDirectory:
    problems = people_problems(data, known)
    try:
        tables = DirectoryTables.model_validate(data, context={"folder": source.file.parent})
    except ValidationError as error:
        raise ConfigErrors(source.told([*refusals(error, DirectoryTables), *problems])) from None
    if problems:
        raise ConfigErrors(source.told(problems))
    return ReadDirectory(directory_of(tables), source, tables)


def directory_of(tables: DirectoryTables) -> DirectoryFile:
    """The domain values that tables describe."""
    return DirectoryFile(
        tuple(row.customer() for row in tables.customer),
        tuple(row.agent() for row in tables.agent),
        tables.duty.roster if tables.duty else (),
    )


def read_toml(file: Path) -> tuple[Data, Source]:
    """The data of a TOML file and the lines of its keys; raises ConfigErrors where there is none."""
    text = _text_of(file)
    try:
        return tomllib.loads(text), Source(file, locate(text))
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).rpartition(" (at ")
        line = where.partition("line ")[2].partition(",")[0] or str(text.count("\n") + 1)
        raise ConfigErrors([f"{file}:{line}: {what or error}"]) from None


def _read(file: Path) -> tuple[Data, Source]:
    if file.suffix == ".toml":
        return read_toml(file)
    if file.suffix == ".csv":
        data, lines = _from_csv(file, _text_of(file))
        return data, Source(file, lines)
    raise ConfigErrors([f"{file}:1: a directory is a .toml or a .csv file"])


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise ConfigErrors([f"{file}:1: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigErrors([f"{file}:{line}: is not UTF-8 text"]) from None


def _from_csv(file: Path, text: str) -> tuple[Data, dict[KeyPath, int]]:
    """The tables that the rows describe, and their lines."""
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    rows = csv.DictReader(io.StringIO(text, newline=""), restkey="", delimiter=delimiter)
    if unknown := [name for name in rows.fieldnames or () if name not in COLUMNS]:
        raise ConfigErrors([f'{file}:1: there is no column "{unknown[0]}" (there are: {", ".join(COLUMNS)})'])
    customers: dict[str, Data] = {}
    lines: dict[KeyPath, int] = {}
    problems: list[Problem] = []
    for row in rows:
        problems += _add_row(row, rows.line_num, customers, lines)
    if problems:
        raise ConfigErrors(Source(file, lines).told(problems))
    return {"customer": list(customers.values())}, lines


def _add_row(row: Mapping[str, Any], line: int, customers: dict[str, Data], lines: dict[KeyPath, int]) -> list[Problem]:
    """Add a contact's row to its customer; what the customer's rows say twice must be the same."""
    name = row.get("customer") or ""
    customer = customers.setdefault(name, {"contact": [], "contract": []})
    path: KeyPath = ("customer", list(customers).index(name))
    lines.setdefault(path, line)
    problems = []
    for key, value in _cells(row, CUSTOMER_COLUMNS).items():
        if customer.setdefault(key, value) != value:
            lines[(*path, key)] = line
            problems.append(Problem((*path, key), f'"{value}" is not what an earlier row says'))
    for key, columns in (("contact", CONTACT_COLUMNS), ("contract", CONTRACT_COLUMNS)):
        if (cells := _cells(row, columns)) and cells not in customer[key]:
            customer[key].append(cells)
            lines[(*path, key, len(customer[key]) - 1)] = line
    if "" in row:
        lines[(*path, "")] = line
        problems.append(Problem((*path, ""), "the row has more cells than there are columns"))
    return problems


def _cells(row: Mapping[str, Any], columns: tuple[str, ...]) -> Data:
    """The cells that are filled, under the keys that they have in TOML."""
    return {KEYS.get(name, name): _cell(name, row[name].strip()) for name in columns if (row.get(name) or "").strip()}


def _cell(name: str, text: str) -> Any:
    if name in LISTS:
        return text.split()
    if name in DAYS:
        with suppress(ValueError):
            return date.fromisoformat(text)
    return text
