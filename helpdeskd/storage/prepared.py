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


def _literal(constant: object) -> str | None:
    """A value that stands in the query itself, as its text: so the planner sees it, as it must to use a partial index.

    None for what has no text.
    """
    if isinstance(constant, str):
        return "'{}'".format(constant.replace("'", "''"))
    if constant is None or isinstance(constant, bool | int):
        return "NULL" if constant is None else str(constant).upper()
    return None


class Prepared:
    """A query with places for values."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._built: dict[type, tuple[str, dict[str, object]]] = {}

    def run(self, **values: object) -> Any:
        """The cursor. Raises what a query of peewee raises, and ValueError for an instant without zone."""
        database = proxy.obj
        text, constants = self._built.get(type(database)) or self._build()
        for name, given in values.items():
            if isinstance(given, datetime):
                values[name] = stamp(given, name)
        return database.execute_sql(text, values | constants if constants else values)

    def rows(self, **values: object) -> list[Row]:
        """All rows, with each column as its field has it."""
        found: list[Row] = self.run(**values).fetchall()
        return [self._read(row) for row in found] if self._readers else found

    def row(self, **values: object) -> Row | None:
        """The first row."""
        rows = self.rows(**values)
        return rows[0] if rows else None

    def scalar(self, **values: object) -> Any:
        """The first column of the first row, None without one."""
        row = self.row(**values)
        return None if row is None else row[0]

    def _build(self) -> tuple[str, dict[str, object]]:
        """The text for the engine that is open, and the values that stand in the query itself but not in the text."""
        text, constants = self._query.sql()
        first, *rest = text.split("?")
        literals = [_literal(constant) or f":_{place}" for place, constant in enumerate(constants)]
        left = {f"_{place}": constant for place, constant in enumerate(constants) if _literal(constant) is None}
        built = first + "".join(map("".join, zip(literals, rest, strict=True))), left
        self._built[type(proxy.obj)] = built
        return built

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
