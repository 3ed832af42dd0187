"""Who has a mail in hand where several nodes share the database: which conversations it may be part of (`keys`), the
number of the claim on it, by whom, and until when. And in which object of a bucket the bytes of a mail are
(`stored_in`), where they are not in its row; which mail brought a mail about that is sent (`inbox_id`, 0 for none).
"""

TABLES = """
ALTER TABLE inbox
    ADD COLUMN keys TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN claim BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN claimed_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN lease_until TEXT COLLATE "C";
ALTER TABLE outbox
    ADD COLUMN claim BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN claimed_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN lease_until TEXT COLLATE "C",
    ADD COLUMN inbox_id BIGINT NOT NULL DEFAULT 0;
DROP INDEX outbox_thread;
CREATE INDEX outbox_thread ON outbox (reference, recipient, created_at);
CREATE INDEX ticket_unfinished ON ticket (customer, id)
WHERE status IN ('new', 'open', 'waiting', 'pending', 'awaiting approval');
CREATE INDEX inbox_claimed ON inbox (claimed_by) WHERE status = 'queued' AND claimed_by <> '';
CREATE INDEX outbox_claimed ON outbox (lease_until) WHERE status = 'sending';
CREATE SEQUENCE claim_number;
ALTER TABLE raw ADD COLUMN stored_in TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX raw_stored_in ON raw (stored_in) WHERE stored_in <> '';
CREATE INDEX raw_gone ON raw (id) WHERE stored_in <> '' AND size = 0
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
