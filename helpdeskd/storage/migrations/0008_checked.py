"""What a client called itself, what our own check of the sender found, and when it is next asked; NULL for no check."""

TABLE = """
ALTER TABLE inbox ADD COLUMN helo TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN checked TEXT;
ALTER TABLE inbox ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE inbox ADD COLUMN check_at TEXT;
ALTER TABLE inbox ADD COLUMN check_tries INTEGER NOT NULL DEFAULT 0;
CREATE INDEX inbox_check ON inbox (check_at) WHERE check_at IS NOT NULL;
CREATE INDEX inbox_unchecked ON inbox (author, position) WHERE check_at IS NOT NULL;
CREATE INDEX inbox_unchecked_mail ON inbox (raw_id) WHERE check_at IS NOT NULL
"""


def up(_migrator: object, db: object) -> None:
    for statement in TABLE.split(";\n"):
        db.execute_sql(statement)  # type: ignore[attr-defined]
