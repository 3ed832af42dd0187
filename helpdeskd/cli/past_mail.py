"""Past mail for a replay: what is in files, in the order in which it came, and what the real desk remembers of it.

In: Maildirs, mbox and .eml files, and the stored desk if there is one. Out: the mails, the steps of a scenario that
play them again, and whom the real desk knows. A mail came at the time of its topmost Received field with a date, else
of Date, else of its file. Which mail of the real desk one answers is looked up by Message-ID, so that the step can
answer the rehearsed desk's counterpart: the tokens of one desk are worth nothing on another. Mails are read twice, and
not kept. What cannot be read, or is no mail, is told and costs itself only.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from helpdeskd.cli.common import stored
from helpdeskd.cli.mail_files import MailFile, NoMail, checked, mail_files
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.load import Loaded
from helpdeskd.config.scenario import AnswersTable, Past, Step
from helpdeskd.mail.imap_envelope import came_at
from helpdeskd.mail.parse import parse
from helpdeskd.storage import directory, outbox, tickets
from helpdeskd.storage.directory import StoredDirectory


@dataclass(frozen=True, slots=True)
class Came:
    """A mail of the past: when it came, who wrote it about what, its Message-ID and those it answers, newest first."""

    file: MailFile
    at: datetime
    title: str
    message_id: str
    answers: tuple[str, ...]


def read_past(paths: Iterable[Path], boxes: ExitStack) -> tuple[list[Came], list[str]]:
    """The mails behind the paths in the order in which they came, and what is none."""
    came, faults = [], []
    for path in paths:
        try:
            files = mail_files(path, boxes)
        except (OSError, NoMail) as fault:
            faults.append(f"{path}: {getattr(fault, 'strerror', None) or fault}")
            continue
        for file in files:
            try:
                came.append(_came(file))
            except (OSError, NoMail) as fault:
                faults.append(f"{file.name}: {getattr(fault, 'strerror', None) or fault}")
    return sorted(came, key=lambda mail: mail.at), faults


def _came(file: MailFile) -> Came:
    raw = checked(file.read())
    message = parse(raw)
    return Came(
        file=file,
        at=came_at(raw) or datetime.fromtimestamp(file.written, UTC),
        title=f"{message.from_ or 'nobody'}: {message.subject}",
        message_id=message.message_id,
        answers=tuple(filter(None, (message.in_reply_to, *reversed(message.references)))),
    )


def remembered(came: list[Came], real: Loaded | None) -> tuple[DirectoryFile | None, tuple[Step, ...]]:
    """Whom the real desk knows, and the mails, with those of its mails that they answer."""
    if real is None:
        return None, tuple(_step(place, mail) for place, mail in enumerate(came))
    with stored(real):
        people = DirectoryFile(StoredDirectory().customers(), StoredDirectory().agents(), directory.duty_roster())
        first: dict[str, str] = {}
        for place, mail in enumerate(came):
            first.setdefault(tickets.reference_heard(mail.message_id), step_name(place))
        return people, tuple(_step(place, mail, *_answered(mail, first)) for place, mail in enumerate(came))


def _answered(mail: Came, first: dict[str, str]) -> tuple[AnswersTable | None, str]:
    """Which mail of the real desk is answered, and who got it; `first` is the first mail of each of its tickets."""
    sent = next(filter(None, map(outbox.by_message_id, mail.answers)), None)
    if sent is None or (sent.reference and sent.reference not in first):
        return None, ""
    ticket = first[sent.reference] if sent.reference else ""
    return AnswersTable(ticket=ticket, notice=sent.notice), sent.recipient


def _step(place: int, mail: Came, answers: AnswersTable | None = None, reader: str = "") -> Step:
    return Step(("mail", place), Past(mail.at, mail.file.read, answers, reader), step_name(place))


def step_name(place: int) -> str:
    return f"mail-{place + 1}"
