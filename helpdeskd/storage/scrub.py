"""Replacing a person by a pseudonym in every text that the database holds, whatever table it is in.

In: whom, and the pseudonym, in the caller's transaction. Each column of text of each table is looked at, also of
tables that come later, so that nothing is forgotten; in JSON an agent's short name counts only under the keys that name
people, because it may be a word or a team as well. A customer is never renamed: statements must say who was billed. The
index of the search, the audit record and the bytes of mails have their own ways (`erase`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from helpdeskd.storage import blank
from helpdeskd.storage.person import Person
from helpdeskd.storage.tables import proxy

PEOPLE = frozenset({"by", "agent", "owner", "person", "taken_by", "paged", "asked_by"})
"""Keys and columns that hold an agent's name."""
JSON = frozenset({"state", "detail"})
_TABLES = """
SELECT name FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%'
    AND name NOT IN ('customer', 'counter', 'audit', 'raw')"""


@dataclass(frozen=True, slots=True)
class _Table:
    """`columns` hold text; `key` finds the row."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def rows(self) -> str:
        return f'SELECT {_listed(self.key)}, {_listed(self.columns)} FROM "{self.name}"'  # noqa: S608 - the schema's names

    @property
    def change(self) -> str:
        values = ", ".join(f'"{column}" = ?' for column in self.columns)
        its = " AND ".join(f'"{column}" IS ?' for column in self.key)
        return f'UPDATE "{self.name}" SET {values} WHERE {its}'  # noqa: S608 - the schema's names


def replace_everywhere(who: Person, pseudonym: str) -> int:
    """In how many rows they stood."""
    name = Renaming(who, pseudonym)
    return sum(_replace_in(table, name) for table in list(_tables()))


class Renaming:
    """What a text becomes when somebody has a pseudonym."""

    def __init__(self, who: Person, pseudonym: str) -> None:
        self._trace, self._agent, self._pseudonym = who.trace, who.agent, pseudonym
        self._in_json = f'"{who.agent}"' if who.agent else ""

    def cell(self, text: str, column: str) -> str:
        """A column's text."""
        if column in JSON and self._in_json and self._in_json in text:
            text = blank.text_of(blank.changed(json.loads(text), self._named))
        return self._trace.replaced(self._named(text, column), self._pseudonym)

    def _named(self, text: str, key: str) -> str:
        return self._pseudonym if key in PEOPLE and text and text == self._agent else text


def _replace_in(table: _Table, name: Renaming) -> int:
    keys, changes = len(table.key), []
    for row in proxy.execute_sql(table.rows):
        old = row[keys:]
        new = tuple(
            name.cell(text, column) if isinstance(text, str) else text
            for text, column in zip(old, table.columns, strict=True)
        )
        if new != old:
            changes.append((*new, *row[:keys]))
    for change in changes:
        proxy.execute_sql(table.change, change)
    return len(changes)


def _tables() -> Iterator[_Table]:
    for (name,) in proxy.execute_sql(_TABLES).fetchall():
        columns = proxy.execute_sql(f'PRAGMA table_info("{name}")').fetchall()
        key = tuple(column[1] for column in sorted(columns, key=lambda column: int(column[5])) if column[5])
        texts = tuple(column[1] for column in columns if column[2].upper() == "TEXT")
        if texts:
            yield _Table(name, key or ("rowid",), texts)


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
