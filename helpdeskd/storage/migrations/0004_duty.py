"""The duty calendar as it was read last, swaps of duty as events, and pages that go out by other ways than mail."""

TABLES = """
CREATE TABLE duty_calendar (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX event_swap ON event (id) WHERE type = 'DutySwapped';
CREATE INDEX outbox_otherwise ON outbox (next_at, id) WHERE status = 'queued' AND channel NOT IN ('mail', 'sms')
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
