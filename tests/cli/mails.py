"""Mails as files, for the commands that read them."""

import mailbox
from pathlib import Path


def mail(subject: str = "Printer", sender: str = "anna@bakery.example", to: str = "support@desk.example") -> bytes:
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@bakery.example>\r\n\r\n"
        "It hangs since this morning.\r\n"
    ).encode()


def eml(folder: Path, content: bytes | None = None, name: str = "mail.eml") -> Path:
    file = folder / name
    file.write_bytes(mail() if content is None else content)
    return file


def mbox(folder: Path, *mails: bytes) -> Path:
    box = mailbox.mbox(folder / "mails.mbox")
    for each in mails:
        box.add(each)
    box.close()
    return folder / "mails.mbox"


def maildir(folder: Path, *mails: bytes) -> Path:
    box = mailbox.Maildir(folder / "Maildir")
    for each in mails:
        box.add(each)
    return folder / "Maildir"
