"""When each customer's next statement is due, and since which month it gets them."""

TABLE = """
CREATE TABLE billing (
    customer TEXT NOT NULL PRIMARY KEY,
    first_month TEXT NOT NULL,
    due_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX billing_due ON billing (due_at)
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLE.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
