"""All that a database holds into another one that is empty, of either engine, in one snapshot of the first.

Tables are copied in batches, those first to which others refer; the index of the search is made anew, and numbers go
on where they were: tokens, references and the audit record stay what they are. Nothing is left in the other database
unless all of it is there. Raises StorageError where that holds something, or one of them cannot be opened, and
Unavailable.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any

from helpdeskd.storage import counter, db, search
from helpdeskd.storage.counter import Given
from helpdeskd.storage.engine import StorageError, Where, engine
from helpdeskd.storage.tables import proxy

FIRST = ("raw", "inbox", "ticket")
FROM_THE_BEGINNING = frozenset({"meta", "counter", "schema_migration"})
"""What every database has."""
THEIR_OWN = ("search", "sqlite_")
"""How the tables begin that an engine keeps for itself."""
BATCH_ROWS, BATCH_BYTES = 200, 1 << 20
Tell = Callable[[float], None]
"""Is told which share (0 to 1) of the tables is copied."""
Row = tuple[Any, ...]


def copied(source: Where, target: Where, tell: Tell) -> Mapping[str, int]:
    """How many rows of each table were copied."""
    db.connect(source)
    old: Any = proxy.obj
    with closing(old), old.atomic():
        numbers = counter.numbers()
        db.connect(target)
        with closing(proxy.obj), db.transaction():
            return _filled(old, proxy.obj, numbers, tell)


def _filled(old: Any, new: Any, numbers: Mapping[str, Given], tell: Tell) -> Mapping[str, int]:
    tables = sorted(
        (name for name in new.get_tables() if not name.startswith(THEIR_OWN) and name not in FROM_THE_BEGINNING),
        key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name),
    )
    if held := [name for name in tables if _rows(new, name)]:
        raise StorageError(f"{new.name}: is not empty: {held[0]} has rows (a new database would be right)")
    new.execute_sql("DELETE FROM meta")
    for place, name in enumerate(("meta", *tables)):
        _copy(old, new, name)
        tell(place / len(tables))
    new.execute_sql("DELETE FROM counter")
    counter.go_on(numbers)
    engine().follow_rows()
    search.rebuild()
    return {name: _same_rows(old, new, name) for name in tables}


def _copy(old: Any, new: Any, table: str) -> None:
    columns = new.get_columns(table)
    names = ", ".join(column.name for column in columns)
    truths = {place for place, column in enumerate(columns) if column.data_type.lower() == "boolean"}
    one = f"({', '.join('?' * len(columns))})"
    for batch in _batches(old.stream(f"SELECT {names} FROM {table}")):  # noqa: S608 - names of the schema
        values = [_told(value, place in truths) for row in batch for place, value in enumerate(row)]
        new.execute_sql(f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(batch))}", values)  # noqa: S608


def _told(value: object, is_truth: bool) -> object:
    """One engine knows truth values as such, the other as 0 and 1."""
    return bool(value) if is_truth and value is not None else value


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """As many rows at a time as are worth a statement."""
    batch, size = list[Row](), 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(batch) == BATCH_ROWS or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _same_rows(old: Any, new: Any, table: str) -> int:
    found, wanted = _rows(new, table), _rows(old, table)
    if found != wanted:
        raise StorageError(f"{new.name}: {table} has {found} rows, and not {wanted}")
    return found


def _rows(database: Any, table: str) -> int:
    return int(database.execute_sql(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - names of the schema
