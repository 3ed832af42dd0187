"""The ledger: entries of time, approvals, draws on cards, statements as they were issued; and what quotas count.

Entries, approvals and statements are only ever added. Draws are what a ticket has of a card now, one row each.
"""

TABLES = """
CREATE TABLE entry (
    ticket_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (ticket_id, number)
) WITHOUT ROWID;
CREATE TABLE approval (
    ticket_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (ticket_id, number)
) WITHOUT ROWID;
CREATE TABLE draw (
    customer TEXT NOT NULL,
    ticket_id INTEGER NOT NULL,
    card TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (ticket_id, card)
) WITHOUT ROWID;
CREATE INDEX draw_customer ON draw (customer);
CREATE TABLE statement (
    customer TEXT NOT NULL,
    month TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (customer, month)
) WITHOUT ROWID;

ALTER TABLE ticket ADD COLUMN ask_at TEXT;
ALTER TABLE ticket ADD COLUMN plan TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN accepted_at TEXT;
ALTER TABLE ticket ADD COLUMN on_quota INTEGER NOT NULL DEFAULT 1;
UPDATE ticket SET plan = state ->> 'plan', accepted_at = strftime('%Y-%m-%dT%H:%M:%f000Z', state ->> 'opened_at');
CREATE INDEX ticket_ask ON ticket (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX ticket_quota ON ticket (customer, plan, accepted_at);
CREATE INDEX event_held ON event (at) WHERE type = 'MailHeld'
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLES.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
