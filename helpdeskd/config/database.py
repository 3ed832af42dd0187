"""The table `[database]`: PostgreSQL, where several machines share a desk, or it is to be one; else SQLite in the state
folder.

A password is never part of the url, which is told in errors and may be read by whoever may read the configuration.
"""

from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, model_validator

from helpdeskd.config.credentials import secret
from helpdeskd.config.fields import File, Name, Table, key


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        password, asked = parts.password, parse_qs(parts.query)
    except ValueError as wrong:
        raise ValueError(f"is no url: {wrong} (postgresql://user@host/database would be right)") from None
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ValueError(f'"{text}" is no url of PostgreSQL (postgresql://user@host/database would be right)')
    if password or "password" in asked:
        raise ValueError("holds a password, which belongs in password_file")
    return text


class DatabaseTable(Table):
    """Where the desk keeps everything."""

    url: Annotated[str, AfterValidator(_url)] | None = key(
        None,
        "A PostgreSQL database, needs the extra postgres; without it, SQLite in the state folder.",
        such="postgresql://helpdeskd@db.example/helpdeskd",
    )
    password_file: File | None = key(None, "A file with its password.", such="/etc/helpdeskd/database")
    password_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="database")

    @model_validator(mode="after")
    def _one_password(self) -> "DatabaseTable":
        if self.password_file and self.password_credential:
            raise ValueError("give one of password_file and password_credential")
        if (self.password_file or self.password_credential) and not self.url:
            raise ValueError("has a password and no url")
        return self

    @property
    def password(self) -> str:
        """Read now; "" where none is needed. Raises OSError, and ValueError where the file is empty."""
        file: Path | None = self.password_file
        return secret(file, self.password_credential) if file or self.password_credential else ""
