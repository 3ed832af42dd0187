"""By which key the alerts of a monitoring system find their ticket; NULL for requests of people."""

TABLE = """
ALTER TABLE ticket ADD COLUMN alert_key TEXT;
CREATE INDEX ticket_alert ON ticket (alert_key, id) WHERE alert_key IS NOT NULL
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLE.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
