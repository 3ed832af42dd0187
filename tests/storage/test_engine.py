"""Both engines have the same schema, and keep the same of it whatever happens."""

from pathlib import Path

import pytest
from peewee import IntegrityError, Model

from helpdeskd.storage import db
from helpdeskd.storage import tables as known
from helpdeskd.storage.engine import Columns, Where, engine
from helpdeskd.storage.tables import proxy
from tests.servers import postgres

OWN = {"schema_migration", "search", "search_config", "search_content", "search_data", "search_docsize", "search_idx"}


def columns_of(where: Where) -> dict[str, set[str]]:
    """The columns of each table but those that the search and the runner of migrations make for themselves."""
    db.connect(where)
    tables = {name: {column.name for column in proxy.get_columns(name)} for name in proxy.get_tables()}
    db.close()
    return {name: columns for name, columns in tables.items() if name not in OWN and not name.startswith("sqlite_")}


def test_both_engines_have_the_same_tables_and_columns(tmp_path: Path) -> None:
    assert columns_of(postgres.fresh(tmp_path)) == columns_of(Where(tmp_path))


def test_every_column_that_a_statement_may_name_is_there(where: Where) -> None:
    models = [each for each in vars(known).values() if isinstance(each, type) and issubclass(each, known.Row)]
    wanted = {model._meta.table_name: {field.column_name for field in model._meta.sorted_fields} for model in models}
    wanted.pop("row")
    there = columns_of(where)
    assert [name for name, columns in wanted.items() if not columns <= there[name]] == []
    assert len(wanted) > 20
    assert issubclass(models[0], Model)


def test_all_text_is_among_what_an_erasure_looks_at(state: Path) -> None:
    found = {columns.table: columns for columns in engine().text_columns()}
    assert found["ticket"].key == ("id",)
    assert {"reference", "customer", "owner", "state"} <= set(found["ticket"].texts)
    assert found["entry"] == Columns("entry", ("ticket_id", "number"), ("state",))
    assert {"state", "detail"} <= {text for columns in found.values() for text in columns.texts}
    assert "raw" in found
    assert "content" not in found["raw"].texts


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE entry SET minutes = 41", "an entry is never edited: reverse it"),
        ('UPDATE entry SET state = \'{"text":"b","agent":"x"}\'', "an entry is never edited: reverse it"),
        ("DELETE FROM entry", "an entry is never removed: reverse it"),
        ("UPDATE approval SET minutes = 61", "an approval is never edited"),
        ("DELETE FROM approval", "an approval is never removed"),
        ('UPDATE statement SET state = \'{"lines":[{"amount":2}]}\'', "a statement is never edited"),
        ("DELETE FROM statement", "a statement is never removed"),
        ("UPDATE audit SET what = 'y'", "the audit record is never edited"),
    ],
)
def test_what_is_never_edited_is_refused_by_the_database_itself(state: Path, statement: str, refusal: str) -> None:
    with db.transaction():
        fill_the_ledger()
    with pytest.raises(IntegrityError, match=refusal), db.transaction():
        proxy.execute_sql(statement)


def test_the_name_of_a_person_can_be_taken_out_of_the_ledger(state: Path) -> None:
    with db.transaction():
        fill_the_ledger()
        proxy.execute_sql('UPDATE entry SET state = \'{"text":"a","agent":"person-1"}\'')
        proxy.execute_sql('UPDATE approval SET state = \'{"by":"person-1"}\'')
        proxy.execute_sql('UPDATE statement SET state = \'{"lines":[{"amount":1,"notes":"[erased]"}]}\'')
        proxy.execute_sql("UPDATE audit SET detail = '{}'")


def fill_the_ledger() -> None:
    for statement in (
        'INSERT INTO entry VALUES (1, 1, 40, \'{"text":"a","agent":"piet"}\')',
        'INSERT INTO approval VALUES (1, 1, 60, \'{"by":"anna"}\')',
        "INSERT INTO statement VALUES ('bakery', '2026-11', 'now', '{\"lines\":[{\"amount\":1,\"notes\":\"n\"}]}')",
    ):
        proxy.execute_sql(statement)
    proxy.execute_sql("INSERT INTO audit VALUES (1, 'now', 'x', ?, '{\"by\":\"piet\"}', 's', 'h')", (b"salt",))
