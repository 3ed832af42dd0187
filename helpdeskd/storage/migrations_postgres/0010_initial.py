"""The schema as SQLite's migrations up to 0010 make it, in the words of PostgreSQL.

The same tables and columns, so that the same statements and a copy of the rows fit: numbers are `bigint`, texts compare
by code point as in SQLite, JSON is kept as it was written (`json`), and bytes are never compressed, because mail that
is large is so already. What SQLite knows and PostgreSQL does not are functions of the same name. Numbers that are given
once come from sequences, so that nodes do not wait for each other.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
"""Statements stand apart by empty lines."""


def up(_migrator: object, db: object) -> None:
    for name in ("tables", "indexes", "functions", "triggers"):
        for statement in (FOLDER / f"0010_{name}.sql").read_text().split("\n\n"):
            db.execute_sql(statement)  # type: ignore[attr-defined]
