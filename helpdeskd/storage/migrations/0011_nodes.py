"""Who has a mail in hand where several nodes share the database: which conversations it may be part of (`keys`), the
number of the claim on it, by whom, and until when. And in which object of a bucket the bytes of a mail are
(`stored_in`), where they are not in its row; which mail brought a mail about that is sent (`inbox_id`, 0 for none).
"""

TABLES = """
ALTER TABLE inbox ADD COLUMN keys TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN claimed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN lease_until TEXT;
ALTER TABLE outbox ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN claimed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN lease_until TEXT;
ALTER TABLE outbox ADD COLUMN inbox_id INTEGER NOT NULL DEFAULT 0;
DROP INDEX inbox_queue;
CREATE INDEX inbox_queue ON inbox (status, position) WHERE status = 'queued';
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (status, next_at, id) WHERE status = 'queued';
DROP INDEX outbox_otherwise;
CREATE INDEX outbox_otherwise ON outbox (status, next_at, id)
WHERE status = 'queued' AND channel NOT IN ('mail', 'sms');
DROP INDEX outbox_thread;
CREATE INDEX outbox_thread ON outbox (reference, recipient, created_at);
CREATE INDEX ticket_unfinished ON ticket (customer, id)
WHERE status IN ('new', 'open', 'waiting', 'pending', 'awaiting approval');
ALTER TABLE raw ADD COLUMN stored_in TEXT NOT NULL DEFAULT '';
CREATE INDEX raw_stored_in ON raw (stored_in) WHERE stored_in <> '';
CREATE INDEX raw_gone ON raw (id) WHERE stored_in <> '' AND size = 0
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
