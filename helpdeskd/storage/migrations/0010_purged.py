"""When the retention took the words and people of a ticket; "" while it has them.

What happened on it later, because somebody opened it again, is taken in its turn.
"""

TABLE = """
ALTER TABLE ticket ADD COLUMN purged_at TEXT NOT NULL DEFAULT '';
UPDATE ticket SET purged_at = coalesce((SELECT max(at) FROM event WHERE ticket_id = ticket.id), '')
WHERE state ->> '$.requester' = 'purged'
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLE.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
