"""Mails in files: an .eml file, an mbox or a Maildir, as a list of what is there, each read when it is wanted."""

import mailbox
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from helpdeskd.mail.imap_envelope import header_fields


class NoMail(Exception):
    """What was found instead; the text is for people."""


@dataclass(frozen=True, slots=True)
class MailFile:
    """`name` is the file's, with the mail's place in an mbox; `written` when it was, in seconds since 1970."""

    name: str
    written: float
    read: Callable[[], bytes] = field(repr=False)


def mail_files(place: Path, boxes: ExitStack) -> list[MailFile]:
    """The mails behind a path, which can be read until `boxes` closes. Raises OSError, or NoMail at a mere folder."""
    if place.is_dir():
        if not all((place / folder).is_dir() for folder in ("cur", "new")):
            raise NoMail("a folder, but no Maildir: it has no cur and new")
        return _of_maildir(place)
    if _is_mbox(place):
        return _of_mbox(place, boxes)
    return [_file(place)]


def checked(raw: bytes) -> bytes:
    """The same, if it is a mail; else raises NoMail."""
    if not header_fields(raw):
        raise NoMail("not a mail: it has no header field" if raw.strip() else "not a mail: it is empty")
    return raw


def _file(place: Path) -> MailFile:
    return MailFile(str(place), place.stat().st_mtime, place.read_bytes)


def _of_maildir(place: Path) -> list[MailFile]:
    inside = (file for folder in ("cur", "new") for file in (place / folder).iterdir())
    mails = (file for file in inside if file.is_file() and not file.name.startswith("."))
    return [_file(mail) for mail in sorted(mails, key=lambda mail: mail.name.partition(":")[0])]


def _of_mbox(place: Path, boxes: ExitStack) -> list[MailFile]:
    box = boxes.enter_context(closing(mailbox.mbox(place, create=False)))
    written = place.stat().st_mtime
    keys = enumerate(sorted(box.keys()), start=1)
    return [MailFile(f"{place}:{number}", written, partial(box.get_bytes, key)) for number, key in keys]


def _is_mbox(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(5) == b"From "
