"""What decides over mail, put together from the configuration: templates, keys, and the marks of this database.

`prepared` makes an Office of the files and checks all of it. From then on the files are not read again: the operator's
templates and the keys are held as they were, and the worker gets the Office itself (`packed`), so that a file that is
edited or broken meanwhile counts for nobody until the next reload (P10).
"""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import Path as PathInZip
from zipfile import ZipFile

from helpdeskd.config.credentials import secret_lines
from helpdeskd.config.database import DatabaseTable
from helpdeskd.config.load import Loaded, load
from helpdeskd.config.problems import ConfigErrors, Problem
from helpdeskd.config.to_desk import Dates
from helpdeskd.daemon import oncall, registry
from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.mornings import arm
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.token import Keyring
from helpdeskd.mail.compose import Composer
from helpdeskd.storage import db, directory, duty

Sign = Callable[[bytes], bytes]
if TYPE_CHECKING:
    from helpdeskd.mail.signing import Signer

TEMPLATE_SUFFIXES = (".j2", ".toml")


class CannotServe(Exception):
    """Why the daemon does not start, does not go on, or does not take a configuration; the lines are for people."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))


class Office:
    """Made once for a configuration; `post` is asked anew for each batch, because the roster follows the directory.

    `templates` is a zip archive of the operator's folder (default: the folder as it is now), `keys` those that sign
    reply addresses and `sign` what signs mails (default: read now). Raises ConfigErrors when a key cannot be read.
    """

    def __init__(
        self,
        loaded: Loaded,
        templates: bytes | None = None,
        keys: tuple[bytes, ...] | None = None,
        sign: Sign | None = None,
    ) -> None:
        self.loaded = loaded
        self._templates = _zipped(loaded.settings.templates) if templates is None else templates
        self._keys = loaded.settings.token_keys if keys is None else keys
        self._made_of: object = None
        self._made = loaded.desk
        self._sign = sign or signer(loaded)
        self.composer = _composer(loaded.desk, self._own(), self._sign)

    @classmethod
    def unpacked(cls, packed: bytes) -> "Office":
        """The same office in another process of ours."""
        return cls(*pickle.loads(packed))  # noqa: S301 - our own supervisor has made it

    def packed(self) -> bytes:
        return pickle.dumps((self.loaded, self._templates, self._keys, self._sign))

    @property
    def keys(self) -> tuple[bytes, ...]:
        """Those that sign, newest first."""
        return self._keys

    @property
    def mark(self) -> bytes:
        """A secret of this desk, for hashes in the log."""
        return self._keys[-1]

    def post(self) -> Post:
        """Everything that a turn needs, as the directory is now. Reads the database."""
        epoch, people = db.epoch(), directory.People()
        desk = self._desk(people.agents())
        return Post(desk, self.composer, Keyring(self._keys, epoch), f"{desk.domain}/{epoch}", people)

    def _desk(self, stored: tuple[Agent, ...]) -> Desk:
        """The desk with the agents and shifts that are stored, made anew when these have changed."""
        made_of = (self.loaded, stored, directory.duty_roster(), duty.version())
        if made_of != self._made_of:
            agents, dates = made_of[1], Dates(duty.calendar().events, duty.swaps())
            self._made_of = made_of
            self._made = self.loaded.desk_for(agents, made_of[2], dates) if agents else self.loaded.desk
        return self._made

    def _own(self) -> list[Traversable]:
        """The operator's templates, under the names of their files; a missing folder is found by the check."""
        folder = self.loaded.settings.templates
        if folder is None or not self._templates:
            return [folder] if folder else []
        archive = ZipFile(BytesIO(self._templates))
        archive.filename = str(folder)
        return [PathInZip(archive)]


def prepared(config: Path) -> Office:
    """The office of a configuration file, with every template rendered once and this interpreter's headers proved safe.

    Raises ConfigErrors, CannotServe or UnsafeOutput with all that is wrong.
    """
    loaded = load(config)
    loaded.settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    office = Office(loaded)
    broken = office.composer.check_templates(spoken(loaded.desk))
    if broken:
        raise CannotServe(broken)
    office.composer.canary()
    return office


def spoken(desk: Desk) -> set[str]:
    """The languages that the desk may write in."""
    return {*desk.languages, *(language for plan in desk.plans.values() for language in plan.languages)}


def composer_of(loaded: Loaded) -> Composer:
    """The templates: the operator's folder first, ours behind it."""
    own = loaded.settings.templates
    return _composer(loaded.desk, [own] if own else [])


def _composer(desk: Desk, own: Sequence[Traversable], sign: Sign | None = None) -> Composer:
    return Composer([*own, shipped("templates")], desk.language, desk.largest_attachments, sign)


def signer(loaded: Loaded) -> "Signer | None":
    """What puts a DKIM signature on finished mails; None for a desk that does not sign. Raises ConfigErrors."""
    table = loaded.config.mail.dkim
    if table is None:
        return None
    path = ("mail", "dkim", "key_file" if table.key_file else "key_credential")
    try:
        from helpdeskd.mail.signing import Signer  # only here: it needs the extra auth

        pem = "\n".join(secret_lines(table.key_file, table.key_credential))
        return Signer.of(table.selector, table.domain or loaded.desk.domain, pem.encode())
    except ImportError:
        problem = "needs the extra auth (pip install '.[auth]')"
    except OSError as fault:
        problem = f"{table.key_file or table.key_credential} cannot be read: {fault.strerror or fault}"
    except UnicodeDecodeError:
        problem = "is no text (a key in PEM begins with -----BEGIN)"
    except ValueError as fault:
        problem = str(fault)
    raise ConfigErrors(loaded.source.told([Problem(path, problem)]))


def settle_in(loaded: Loaded, now: datetime) -> None:
    """Store the directory that the configuration holds or names, while nobody is stored yet.

    Each customer gets statements from the month on in which the desk came to know it.
    """
    written = loaded.directory
    if written is not None and directory.is_empty():
        registry.store(registry.with_welcome_cards(written, loaded.desk, now), loaded.desk, now)
        oncall.settle(loaded, now)
    else:
        registry.begin(directory.StoredDirectory().customers(), loaded.desk, now)
        arm(directory.StoredDirectory().agents(), loaded.desk, now)


def with_state(loaded: Loaded, folder: Path) -> Loaded:
    """The same configuration with another state folder, and its database there."""
    return replace(loaded, settings=replace(loaded.settings, state=folder, database=DatabaseTable()))


def shipped(name: str) -> Traversable:
    """A folder that comes with the package: beside its modules in a wheel, at the top of a source checkout."""
    inside = files("helpdeskd") / name
    return inside if inside.is_dir() else Path(__file__).parents[2] / name


def _zipped(folder: Path | None) -> bytes:
    """All templates and words of a folder; empty where it is not there."""
    if folder is None or not folder.is_dir():
        return b""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.suffix in TEMPLATE_SUFFIXES and file.is_file():
                archive.write(file, file.relative_to(folder))
    return content.getvalue()
