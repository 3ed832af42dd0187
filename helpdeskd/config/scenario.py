"""A scenario: the mails and commands of some days, for a rehearsal on a virtual clock (interfaces, "simulate").

In: a TOML file. Out: a `Scenario`, its steps in the order of their time and, at the same time, of the file. Files that
it names count from its folder; a mail that is an .eml file is read here. A mail without an id is called after its place
in the file (`mail-7`).

Guarantee: ids are unique, every time has an offset and lies within the run, every mail has a body, a sender and a
recipient or something that it answers. Fails with `ConfigErrors`: all errors at once, each with file and line.
"""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, StringConstraints, ValidationError, ValidationInfo, model_validator

from helpdeskd.config.directory_file import Data, read_toml
from helpdeskd.config.fields import File, Instant, Name, Rows, Table, key
from helpdeskd.config.lines import Path as KeyPath
from helpdeskd.config.lines import line_of
from helpdeskd.config.problems import ConfigErrors, Problem, Source, refusals
from helpdeskd.domain.address import Mailbox, domain_of, normalise

LARGEST = 50 * 1024**2
WRITTEN_BY_US = ("content-", "mime-version")
LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
EXAMPLE = datetime.fromisoformat("2026-11-02T09:14:00+01:00")


def _mailbox(value: object) -> Mailbox:
    text = value if isinstance(value, str) and value.isprintable() else ""
    name, address = parseaddr(text)
    local = address.rpartition("@")[0]
    if not normalise(address) or not local.isascii():
        raise ValueError(f'"{value}" is no address (such as "Anna de Vries <anna@bakery.example>")')
    return Mailbox(name, f"{local}@{domain_of(normalise(address))}")


def _mail_file(value: object, info: ValidationInfo) -> bytes:
    if not isinstance(value, str):
        raise ValueError("must be the name of a file (in quotes)")
    try:
        folder: Path = (info.context or {}).get("folder", Path())
        return (folder / value).read_bytes()
    except (OSError, ValueError) as fault:
        raise ValueError(f"{value} cannot be read: {getattr(fault, 'strerror', None) or fault}") from None


def _words(value: object) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(value)) if isinstance(value, str) else ()
    except ValueError as fault:
        raise ValueError(f"{value} cannot be read: {fault}") from None
    if not words:
        raise ValueError('must be a command, without "helpdeskd" (such as "directory apply people.toml")')
    return words


def _field_name(value: object) -> str:
    text = value if isinstance(value, str) else ""
    if not text.isascii() or not text.isprintable() or not text.replace(":", " ").split(" ") == [text] or not text:
        raise ValueError(f'"{value}" cannot be the name of a header field')
    if text.lower().startswith(WRITTEN_BY_US):
        raise ValueError(f"{text} follows from what the mail holds (write an .eml file, and name it with eml)")
    return text


Line = Annotated[str, StringConstraints(pattern=LINE, max_length=2000)]
Person = Annotated[Mailbox, PlainValidator(_mailbox)]


class AttachTable(Table):
    """Something that hangs on a mail."""

    name: Line = key(says="What the file is called.", such="screen.png")
    type: Annotated[str, StringConstraints(pattern=r"^(application|audio|font|image|text|video)/[a-z0-9.+-]+$")] = key(
        "application/octet-stream", "Its media type.", such="image/png"
    )
    size: Annotated[int, Field(ge=0, le=LARGEST)] = key(1000, "Its size in bytes.", such=20000)


class AnswersTable(Table):
    """Which mail of the desk is answered: the newest to this sender that fits."""

    ticket: str = key("", "About the ticket of the mail with this id.", such="anna-1")
    notice: Name | None = key(None, "Of this notice.", such="approval-request")


class Mail(Table):
    """A mail that the desk receives."""

    id: Name | None = key(None, "What other steps and the output call it.", such="anna-1")
    at: Instant = key(says="When the desk receives it.", such=EXAMPLE)
    from_: Person | None = key(
        None, "Who sends it.", alias="from", such="Anna de Vries <anna@bakery.example>", repr=False
    )
    to: Rows[Person] = key((), "To whom.", such=["support@desk.example"])
    cc: Rows[Person] = key((), "To whom besides.", such=["bram@bakery.example"])
    subject: Line | None = key(None, "Its subject.", such="Invoice screen hangs")
    text: str | None = key(None, "What it says.", such="It hangs since this morning.")
    html: str | None = key(None, "What it says as HTML, alone or beside the text.", such="<p>It hangs.</p>")
    eml: Annotated[bytes, PlainValidator(_mail_file)] | None = key(
        None, "A file that is the mail.", such="anna.eml", repr=False
    )
    auth: Literal["aligned", "none", "fail"] = key("aligned", "How well the sender is proved.", such="none")
    headers: dict[Annotated[str, PlainValidator(_field_name)], Line] = key(
        {}, "Header fields besides; Return-Path is the reverse-path.", such={"Auto-Submitted": "auto-replied"}
    )
    attach: Rows[AttachTable] = key((), "What hangs on it.")
    answers: AnswersTable | None = key(None, "The mail of the desk that it answers.", such={"ticket": "anna-1"})

    @model_validator(mode="after")
    def _whole(self) -> "Mail":
        if self.eml is not None:
            if beside := sorted(self.model_fields_set - {"id", "at", "from_", "to", "eml", "auth"}):
                raise ValueError(f"an eml is a whole mail, and there is {beside[0]} beside it")
            return self
        if self.text is None and self.html is None:
            raise ValueError("says nothing (give text, html or eml)")
        if self.from_ is None:
            raise ValueError('nobody sends it (give from, such as "Anna de Vries <anna@bakery.example>")')
        if not self.to and self.answers is None:
            raise ValueError('goes to nobody (give to, such as ["support@desk.example"], or answers = {})')
        return self


class Do(Table):
    """A command that an administrator runs."""

    at: Instant = key(says="When.", such=EXAMPLE)
    run: Annotated[tuple[str, ...], PlainValidator(_words)] = key(
        says='The command, without "helpdeskd".', such="directory apply people.toml"
    )


class ScenarioTables(Table):
    """The file."""

    config: File | None = key(None, "The configuration that is rehearsed.", such="../examples/best-effort.toml")
    directory: File | None = key(None, "A directory in the place of the configuration's own.", such="bakery.toml")
    start: Instant = key(says="When the run begins.", such=EXAMPLE)
    until: Instant = key(says="When it ends.", such=EXAMPLE)
    mail: Rows[Mail] = key((), "A mail that the desk receives.")
    do: Rows[Do] = key((), "A command that an administrator runs.")


@dataclass(frozen=True, slots=True)
class Past:
    """A mail that came once, played again as it was: `read` gives its bytes.

    With `answers` it is an answer to a mail that the desk wrote to `reader` (an address) then.
    """

    at: datetime
    read: Callable[[], bytes] = field(repr=False)
    answers: AnswersTable | None = None
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happens in a scenario; `id` names a mail, and is "" for a command."""

    path: KeyPath
    does: Mail | Do | Past
    id: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played from `start` to `until`. `config` was read from the file, or given in its place."""

    config: Path
    directory: Path | None
    start: datetime
    until: datetime
    steps: tuple[Step, ...]
    source: Source

    def told(self, step: Step, name: str, text: str) -> str:
        """What is wrong with a key of a step, with file and line."""
        return self.source.told([Problem((*step.path, name), text)])[0]


def load_scenario(file: Path, config: Path | None = None) -> Scenario:
    """The scenario in a file; `config` replaces the one that it names. Raises ConfigErrors with all that is wrong."""
    data, source = read_toml(file)
    problems = list(_problems(data))
    if config is None and "config" not in data:
        problems.append(Problem(("config",), "is missing (name one here or with --config)"))
    tables = None
    try:
        tables = ScenarioTables.model_validate(data, context={"folder": file.parent})
    except ValidationError as error:
        problems += refusals(error, ScenarioTables)
    if tables is None or problems:
        raise ConfigErrors(source.told(problems))
    chosen = config or tables.config
    assert chosen is not None
    return Scenario(chosen, tables.directory, tables.start, tables.until, _steps(tables, source), source)


def _steps(tables: ScenarioTables, source: Source) -> tuple[Step, ...]:
    mails = [Step(("mail", place), row, row.id or _called(place)) for place, row in enumerate(tables.mail)]
    does = [Step(("do", place), row) for place, row in enumerate(tables.do)]
    return tuple(sorted([*mails, *does], key=lambda step: (step.does.at, line_of(source.lines, step.path))))


def _called(place: int) -> str:
    return f"mail-{place + 1}"


def _problems(data: Data) -> Iterator[Problem]:
    """What keys say of each other; what is not in form is passed over here."""
    mails, does = _rows(data, "mail"), _rows(data, "do")
    start, until = _instant(data.get("start")), _instant(data.get("until"))
    if start and until and until < start:
        yield Problem(("until",), "is before start")
    for path, row in (*mails, *does):
        at = _instant(row.get("at"))
        if at and ((start and at < start) or (until and at > until)):
            yield Problem((*path, "at"), "is outside the run (from start to until)")
    first: dict[object, KeyPath] = {}
    for place, (path, row) in enumerate(mails):
        name = row.get("id") or _called(place)
        if first.setdefault(name, path) is not path:
            yield Problem((*path, "id"), f'another mail is called "{name}" too')
    for path, row in mails:
        answers = row.get("answers")
        ticket = answers.get("ticket") if isinstance(answers, dict) else None
        if ticket and ticket not in first:
            yield Problem((*path, "answers", "ticket"), f'no mail is called "{ticket}"')


def _rows(data: Data, name: str) -> list[tuple[KeyPath, dict[str, Any]]]:
    rows = data.get(name)
    found = enumerate(rows) if isinstance(rows, list) else ()
    return [((name, place), row) for place, row in found if isinstance(row, dict)]


def _instant(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value.tzinfo is not None else None
