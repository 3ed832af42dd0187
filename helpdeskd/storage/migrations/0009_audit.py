"""The audit record, each row sealed by a hash over the one before; entries, approvals and statements that the database
itself refuses to edit; and which mails still have their bytes, for the retention: a mail received that has none is of
size 0, and `has_files` is NULL until somebody has looked.

What may change in the ledger is the name of a person, for an erasure. Whoever takes the triggers away is found by the
chain, which tells the minutes of every entry.
"""

AUDIT = """
CREATE TABLE audit (
    number INTEGER NOT NULL PRIMARY KEY,
    at TEXT NOT NULL,
    what TEXT NOT NULL,
    salt BLOB NOT NULL,
    detail TEXT NOT NULL,
    seal TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_what ON audit (what, number);
ALTER TABLE outbox ADD COLUMN is_blank INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_kept ON outbox (done_at) WHERE done_at IS NOT NULL AND NOT is_blank;
ALTER TABLE raw ADD COLUMN has_files INTEGER;
CREATE INDEX raw_kept ON raw (has_files, id) WHERE size > 0;
CREATE INDEX inbox_raw ON inbox (raw_id);
CREATE TRIGGER audit_kept BEFORE UPDATE ON audit
WHEN (OLD.number, OLD.at, OLD.what, OLD.seal, OLD.hash) IS NOT (NEW.number, NEW.at, NEW.what, NEW.seal, NEW.hash)
BEGIN SELECT RAISE(ABORT, 'the audit record is never edited'); END;
CREATE TRIGGER entry_kept BEFORE UPDATE ON entry
WHEN (OLD.ticket_id, OLD.number, OLD.minutes, json_remove(OLD.state, '$.agent'))
    IS NOT (NEW.ticket_id, NEW.number, NEW.minutes, json_remove(NEW.state, '$.agent'))
BEGIN SELECT RAISE(ABORT, 'an entry is never edited: reverse it'); END;
CREATE TRIGGER approval_kept BEFORE UPDATE ON approval
WHEN (OLD.ticket_id, OLD.number, OLD.minutes, json_remove(OLD.state, '$.by'))
    IS NOT (NEW.ticket_id, NEW.number, NEW.minutes, json_remove(NEW.state, '$.by'))
BEGIN SELECT RAISE(ABORT, 'an approval is never edited'); END;
CREATE TRIGGER statement_kept BEFORE UPDATE ON statement
WHEN (OLD.customer, OLD.month, OLD.issued_at, json_remove(OLD.state, '$.lines'))
    IS NOT (NEW.customer, NEW.month, NEW.issued_at, json_remove(NEW.state, '$.lines'))
    OR (SELECT json_group_array(json_remove(value, '$.notes')) FROM json_each(OLD.state, '$.lines'))
    IS NOT (SELECT json_group_array(json_remove(value, '$.notes')) FROM json_each(NEW.state, '$.lines'))
BEGIN SELECT RAISE(ABORT, 'a statement is never edited'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never removed: reverse it'); END;
CREATE TRIGGER approval_stays BEFORE DELETE ON approval
BEGIN SELECT RAISE(ABORT, 'an approval is never removed'); END;
CREATE TRIGGER statement_stays BEFORE DELETE ON statement
BEGIN SELECT RAISE(ABORT, 'a statement is never removed'); END
"""


def up(_migrator: object, db: object) -> None:
    for statement in AUDIT.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
