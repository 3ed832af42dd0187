"""Full text of what was written on tickets. `written` says which events are searched and what of them; the index keeps
no copy of it.

A text is searched up to its 20 000th character: what is longer is a log that somebody pasted. An event that is taken
out of `written` is taken out of the index first ('delete', with the values of its columns).
"""

SEARCH = """
CREATE VIEW written AS
SELECT
    id,
    ticket_id,
    coalesce(state ->> '$.ticket.subject', state ->> '$.subject') AS subject,
    substr(state ->> '$.text', 1, 20000) AS text,
    concat_ws(
        ' ',
        state ->> '$.ticket.reference', state ->> '$.ticket.customer', state ->> '$.ticket.requester',
        state ->> '$.by', state ->> '$.joined', state ->> '$.address'
    ) AS people
FROM event
WHERE type IN (
    'TicketOpened', 'CustomerWrote', 'AgentReplied', 'NoteAdded', 'SolutionRecorded',
    'ThirdPartyAsked', 'ThirdPartyAnswered', 'TicketJoined'
);
CREATE VIRTUAL TABLE search USING fts5 (
    subject, text, people,
    content='written', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
INSERT INTO search (rowid, subject, text, people) SELECT id, subject, text, people FROM written
"""


def up(_migrator: object, db: object) -> None:
    for statement in SEARCH.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
