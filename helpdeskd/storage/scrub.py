"""Replacing a person by a pseudonym in every text that the database holds, whatever table it is in.

In: whom, and the pseudonym, in the caller's transaction. Each column of text of each table is looked at, also of
tables that come later, so that nothing is forgotten; in JSON an agent's short name, and a name of one word, count only
under the keys that name people and in the record of the person, because they may be words or teams as well. A customer
is never renamed: statements must say who was billed. The index of the search, the audit record and the bytes of mails
have their own ways (`erase`).
"""

import json
from collections.abc import Mapping
from typing import Any

from helpdeskd.storage import blank
from helpdeskd.storage.codec import text_of
from helpdeskd.storage.engine import Columns, engine
from helpdeskd.storage.person import Person
from helpdeskd.storage.tables import proxy

PEOPLE = frozenset({"by", "agent", "owner", "person", "taken_by", "paged", "asked_by"})
"""Keys and columns that hold an agent's name."""
CALLED = frozenset({"name", "title", "names"})
"""Keys of what somebody is called, in the record of a person."""
JSON = frozenset({"state", "detail"})
LEFT_ALONE = frozenset({"customer", "counter", "audit", "raw", "schema_migration"})


def replace_everywhere(who: Person, pseudonym: str) -> int:
    """In how many rows they stood."""
    name = Renaming(who, pseudonym)
    tables = [table for table in engine().text_columns() if table.table not in LEFT_ALONE]
    return sum(_replace_in(table, name) for table in tables)


class Renaming:
    """What a text becomes when somebody has a pseudonym."""

    def __init__(self, who: Person, pseudonym: str) -> None:
        self._trace, self._addresses, self._pseudonym = who.trace, who.addresses, pseudonym
        self._names = {who.agent, *who.names} - {""}
        self._in_json = tuple(f'"{word}"' for word in (*self._names, *self._addresses))

    def cell(self, text: str, column: str) -> str:
        """A column's text."""
        if column in JSON and any(word in text for word in self._in_json):
            text = text_of(self._in_records(blank.changed(json.loads(text), self._named)))
        return self._trace.replaced(self._named(text, column), self._pseudonym)

    def _named(self, text: str, key: str) -> str:
        return self._pseudonym if key in PEOPLE and text in self._names else text

    def _in_records(self, value: Any) -> Any:
        """The value without what the person is called in records with an address of theirs, one word or several."""
        if isinstance(value, list):
            return [self._in_records(each) for each in value]
        if not isinstance(value, dict):
            return value
        theirs = self._is_theirs(value)
        return {key: self._pseudonym if theirs and key in CALLED else self._in_records(value[key]) for key in value}

    def _is_theirs(self, record: Mapping[str, Any]) -> bool:
        addresses = record.get("addresses")
        return not self._addresses.isdisjoint(
            [*(addresses if isinstance(addresses, list) else ()), record.get("address")]
        )


def _replace_in(table: Columns, name: Renaming) -> int:
    keys, changes = len(table.key), []
    for row in engine().stream(f'SELECT {_listed((*table.key, *table.texts))} FROM "{table.table}"'):  # noqa: S608 - the schema's names
        old = row[keys:]
        new = tuple(
            name.cell(text, column) if isinstance(text, str) else text
            for text, column in zip(old, table.texts, strict=True)
        )
        if new != old:
            changes.append((*new, *row[:keys]))
    values = ", ".join(f'"{column}" = ?' for column in table.texts)
    its = " AND ".join(f'"{column}" = ?' for column in table.key)
    for change in changes:
        proxy.execute_sql(f'UPDATE "{table.table}" SET {values} WHERE {its}', change)  # noqa: S608 - the schema's names
    return len(changes)


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
