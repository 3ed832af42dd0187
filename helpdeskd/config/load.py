"""From a configuration file to the two values that the program reads: `Desk` for decisions, `Settings` for the daemon.

In: the path of config.toml. Out: `Loaded`, also with the directory that the file holds or names, if any. The file is
read once and checked whole: its form, every key, what tables say of each other, and the directory beside it.

Guarantee: a `Loaded` is complete and consistent. Fails with `ConfigErrors` that holds all errors at once, each with
file and line. Secrets, certificates and templates are not opened here (`config.files`, `mail.compose`).
"""

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from helpdeskd.config.auth import AuthTable, in_closed_network
from helpdeskd.config.credentials import token_keys
from helpdeskd.config.database import DatabaseTable
from helpdeskd.config.directory_file import Data, DirectoryFile, ReadDirectory, directory_of, read_directory, read_toml
from helpdeskd.config.monitoring import MetricsTable
from helpdeskd.config.node import NodeTable, node_problems
from helpdeskd.config.oauth import OAuthTable
from helpdeskd.config.objects import ObjectsTable
from helpdeskd.config.people import DirectoryTables
from helpdeskd.config.problems import ConfigErrors, Source, refusals
from helpdeskd.config.references import Known, config_problems, people_problems
from helpdeskd.config.schema import Config
from helpdeskd.config.servers import LmtpTable, MailboxTable, SmarthostTable, SmtpTable, SubmissionTable
from helpdeskd.config.to_desk import NO_DATES, Dates, duty_of, make_desk
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent

__all__ = ["DEFAULT_FILE", "ConfigErrors", "Loaded", "Settings", "find", "load"]

DEFAULT_FILE = Path("/etc/helpdeskd/config.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the daemon needs and no decision reads. `hostname` is how the desk introduces itself to mail servers.

    `state` is the folder of the database, `templates` the site's own; `worker_memory` and `disk_reserve` are bytes.
    """

    file: Path
    hostname: str
    zone: ZoneInfo
    smtp: tuple[SmtpTable, ...]
    lmtp: tuple[LmtpTable, ...]
    submission: tuple[SubmissionTable, ...]
    mailboxes: tuple[MailboxTable, ...]
    oauth: Mapping[str, OAuthTable]
    smarthost: SmarthostTable | None
    state: Path
    token_key_file: Path | None
    token_key_credential: str | None
    templates: Path | None
    auth: AuthTable
    worker_memory: int
    disk_reserve: int
    log_level: str
    database: DatabaseTable
    objects: ObjectsTable | None
    node: NodeTable
    metrics: MetricsTable

    @property
    def token_keys(self) -> tuple[bytes, ...]:
        """The keys that sign reply addresses, newest first, read now; raises ConfigErrors."""
        return token_keys(self.state, self.token_key_file, self.token_key_credential)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that is in order. `directory` is None where the file neither holds nor names one.

    `config` and `people` are the tables as read, `source` and `directory_source` the files that they stand in: for what
    is said about single keys. `known` is what a directory may name.
    """

    settings: Settings
    desk: Desk
    directory: DirectoryFile | None
    config: Config
    source: Source
    directory_source: Source
    people: DirectoryTables
    known: Known

    def desk_for(self, agents: Sequence[Agent], duty_roster: Sequence[str] = (), dates: Dates = NO_DATES) -> Desk:
        """The desk with these agents: a roster by position is resolved against them, one by name replaces it."""
        return replace(self.desk, duty=duty_of(self.config, agents, duty_roster, dates))

    def read_directory(self, file: Path) -> DirectoryFile:
        """Another directory file, checked against this configuration; raises ConfigErrors."""
        return read_directory(file, self.known).directory


def find(args: Namespace) -> Path:
    """`--config FILE`, else $HELPDESKD_CONFIG, else /etc/helpdeskd/config.toml."""
    return Path(getattr(args, "config", None) or os.environ.get("HELPDESKD_CONFIG") or DEFAULT_FILE)


def load(file: Path) -> Loaded:
    """The configuration in a file; raises ConfigErrors with everything that is wrong with it."""
    data, source = read_toml(file)
    known = Known.of(data)
    problems = [*config_problems(data), *people_problems(data, known), *node_problems(data)]
    config = None
    try:
        config = Config.model_validate(data, context={"folder": file.parent})
    except ValidationError as error:
        problems += refusals(error, Config)
    beside, errors = _directory_beside(file, data, known)
    if config is None or problems or errors:
        raise ConfigErrors([*source.told(problems), *errors])
    return _loaded(config, source, beside, known)


def _directory_beside(file: Path, data: Data, known: Known) -> tuple[ReadDirectory | None, list[str]]:
    """The directory file that the configuration names, or what is wrong with it."""
    desk = data.get("desk")
    name = desk.get("directory") if isinstance(desk, dict) else None
    if not isinstance(name, str) or not name:
        return None, []
    try:
        return read_directory(file.parent / name, known), []
    except ConfigErrors as errors:
        return None, errors.errors


def _loaded(config: Config, source: Source, beside: ReadDirectory | None, known: Known) -> Loaded:
    inside = DirectoryTables(customer=config.customer, agent=config.agent)
    people = beside.tables if beside else inside
    directory = directory_of(people)
    return Loaded(
        settings=_settings(source.file, config),
        desk=make_desk(config, directory.agents, directory.duty_roster),
        directory=directory if directory != DirectoryFile() else None,
        config=config,
        source=source,
        directory_source=beside.source if beside else source,
        people=people,
        known=known,
    )


def _settings(file: Path, config: Config) -> Settings:
    return Settings(
        file=file,
        hostname=config.desk.hostname or config.desk.domain,
        zone=config.calendar[config.desk.calendar].zone,
        smtp=config.smtp,
        lmtp=config.lmtp,
        submission=config.submission,
        mailboxes=config.mailbox,
        oauth=config.oauth,
        smarthost=config.smarthost,
        state=config.state.folder,
        token_key_file=config.state.token_key_file,
        token_key_credential=config.state.token_key_credential,
        templates=config.templates.folder,
        auth=in_closed_network(config.auth) if config.trust.strength_to_open == "none" else config.auth,
        worker_memory=config.limits.worker_memory,
        disk_reserve=config.limits.disk_reserve,
        log_level=config.log.level,
        database=config.database,
        objects=config.objects,
        node=config.node,
        metrics=config.metrics,
    )
