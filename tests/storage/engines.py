"""Marks for tests that are about one engine alone, and what each says in its own way; all others are about both."""

import pytest

from helpdeskd.storage.engine import engine
from helpdeskd.storage.tables import proxy

on_sqlite = pytest.mark.parametrize("where", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("where", ["postgres"], indirect=True)

TRIGGERS = {
    "SQLite": "SELECT name FROM sqlite_schema WHERE type = 'trigger'",
    "PostgreSQL": "SELECT tgname || ' ON ' || CAST(tgrelid AS regclass) FROM pg_trigger WHERE NOT tgisinternal",
}


def unguard() -> None:
    """Take away what refuses an edit of the ledger, as somebody would who wants to make one."""
    for (name,) in proxy.execute_sql(TRIGGERS[engine().told().split()[0]]).fetchall():
        proxy.execute_sql(f"DROP TRIGGER {name}")
