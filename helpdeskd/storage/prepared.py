"""Queries that are built once: those of every turn, which peewee takes ten times as long to build as SQLite to run.

    _BY_ID = Prepared(TicketRow.select(TicketRow.state).where(TicketRow.id == value("id")))
    state = _BY_ID.scalar(id=7)

A `value` stands for what is different each time, and is given by its name as a value of Python: instants, too, go in
and come out as such. The query is built when it is asked first, on whatever database is open.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from peewee import SQL, BooleanField, Query

from helpdeskd.storage.tables import UTCField, proxy, stamp

Row = tuple[Any, ...]
KEPT_AS_OTHERS = (UTCField, BooleanField)


def value(name: str) -> SQL:
    """The place of a value in a query."""
    return SQL(f":{name}")


def _stored(name: str, given: object) -> object:
    return stamp(given, name) if isinstance(given, datetime) else given


class Prepared:
    """A query with places for values."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def run(self, **values: object) -> Any:
        """The cursor. Raises what a query of peewee raises, and ValueError for an instant without zone."""
        text, constants = self._built
        return proxy.execute_sql(text, constants | {name: _stored(name, given) for name, given in values.items()})

    def rows(self, **values: object) -> list[Row]:
        """All rows, with each column as its field has it."""
        found = list(self.run(**values))
        return [self._read(row) for row in found] if self._readers else found

    def row(self, **values: object) -> Row | None:
        """The first row."""
        return next(iter(self.rows(**values)), None)

    def scalar(self, **values: object) -> Any:
        """The first column of the first row, None without one."""
        row = self.row(**values)
        return None if row is None else row[0]

    @cached_property
    def _built(self) -> tuple[str, dict[str, object]]:
        """The text, with a name in the place of each value that stands in the query itself, and these values."""
        text, constants = self._query.sql()
        first, *rest = text.split("?")
        named = (f":_{place}{part}" for place, part in enumerate(rest))
        return first + "".join(named), {f"_{place}": constant for place, constant in enumerate(constants)}

    @cached_property
    def _readers(self) -> tuple[tuple[int, Callable[[Any], object]], ...]:
        """How to read the columns that SQLite keeps as something else, each with its place."""
        columns = enumerate(getattr(self._query, "selected_columns", ()))
        return tuple((place, field.python_value) for place, field in columns if isinstance(field, KEPT_AS_OTHERS))

    def _read(self, row: Row) -> Row:
        columns = list(row)
        for place, read in self._readers:
            columns[place] = read(columns[place])
        return tuple(columns)
