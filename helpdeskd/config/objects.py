"""The table `[objects]`: a bucket that speaks S3, for mails that are too large for the database.

It may be shared with other desks: each keeps to a folder of its own below the prefix. The secret is never part of the
configuration.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from helpdeskd.config.credentials import secret
from helpdeskd.config.fields import File, Name, Size, Table, Words, key

KIB = 1024
LEAST = 16 * KIB
_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._-]+)*/?")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f'"{text}" is no url of a bucket (s3://bucket or s3://bucket/prefix would be right)')
    return text.rstrip("/")


def _large(size: int) -> int:
    if size < LEAST:
        raise ValueError(f"{size // KIB} KiB is small for an object ({LEAST // KIB} KiB or more would be right)")
    return size


class ObjectsTable(Table):
    """A bucket for large mails, instead of the database; needs the extra s3."""

    url: Annotated[str, AfterValidator(_url)] = key(says="The bucket, and a prefix in it.", such="s3://desk/mails")
    endpoint: Annotated[str, Field(pattern=r"^https?://[^/ ]+/?$")] | None = key(
        None, "Where it is; without it, at Amazon.", such="https://s3.desk.example"
    )
    region: Name = key("us-east-1", "Its region; others than Amazon mostly take any.")
    key_id: Words = key(says="The id of the access key.", such="helpdeskd")
    secret_file: File | None = key(None, "A file with the secret of the access key.", such="/etc/helpdeskd/bucket")
    secret_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="bucket")
    from_: Annotated[Size, AfterValidator(_large)] = key(
        256 * KIB, "Mails from this size on go into the bucket.", such="256 KiB", alias="from"
    )

    @model_validator(mode="after")
    def _one_secret(self) -> "ObjectsTable":
        if bool(self.secret_file) == bool(self.secret_credential):
            raise ValueError("give exactly one of secret_file and secret_credential")
        return self

    @property
    def secret(self) -> str:
        """Read now. Raises OSError, and ValueError where the file is empty."""
        file: Path | None = self.secret_file
        return secret(file, self.secret_credential)
