"""Senders that are refused; when each agent's next morning mail is due, and what they were told in one for good; which
automatic mail is about what people did.
"""

TABLES = """
CREATE TABLE blocked (
    address TEXT NOT NULL PRIMARY KEY,
    by TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE morning (
    agent TEXT NOT NULL,
    notice TEXT NOT NULL,
    due_at TEXT NOT NULL,
    since TEXT NOT NULL,
    PRIMARY KEY (agent, notice)
) WITHOUT ROWID;
CREATE INDEX morning_due ON morning (due_at);
CREATE TABLE told (
    agent TEXT NOT NULL,
    what TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (agent, what)
) WITHOUT ROWID;
CREATE INDEX event_digest ON event (at)
WHERE type IN (
    'TicketOpened', 'OwnerChanged', 'StatusChanged', 'DutyPaged', 'DutyTaken', 'DutyReleased', 'TargetPassed'
);
ALTER TABLE outbox ADD COLUMN by_people INTEGER NOT NULL DEFAULT 0
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
