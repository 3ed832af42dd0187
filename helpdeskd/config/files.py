"""The files that a configuration names: secrets, certificates. Asked for by `check` and when the daemon starts.

In: a `Loaded`. Out: what is missing or unreadable (errors; so are extras that are not installed) and which secrets
others may read (warnings), with the lines of the keys that name them. Credentials can only be looked at where systemd
gives them, so elsewhere they are not asked about.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from helpdeskd.config.auth import is_installed
from helpdeskd.config.credentials import credential
from helpdeskd.config.duty import DutyTable, LinkTable
from helpdeskd.config.lines import Path as KeyPath
from helpdeskd.config.load import Loaded
from helpdeskd.config.oauth import OAuthTable
from helpdeskd.config.problems import Problem
from helpdeskd.config.servers import LoginTable

OF_GRANT = {"refresh_token": "cryptography", "service_account": "jwt"}
"""What the extra oauth is needed for: sealing a token that was replaced, and signing."""
FOR_ALL = stat.S_IROTH | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class _Named:
    """A file or credential that a key names; a secret is nobody else's to read."""

    path: KeyPath
    file: Path | None
    credential: str = ""
    secret: bool = True


def file_problems(loaded: Loaded) -> tuple[list[str], list[str]]:
    """Errors and warnings about the files that the configuration names."""
    named = list(_named(loaded))
    errors = [*_not_installed(loaded), *(Problem(one.path, text) for one in named if (text := _unreadable(one)))]
    warnings = [Problem(one.path, text) for one in named if (text := _open_to_all(one))]
    return loaded.source.told(errors), loaded.source.told(warnings)


def _named(loaded: Loaded) -> Iterator[_Named]:
    settings = loaded.settings
    listeners = (("smtp", settings.smtp), ("lmtp", settings.lmtp), ("submission", settings.submission))
    for kind, rows in listeners:
        for index, row in enumerate(rows):
            yield _Named((kind, index, "tls_cert"), row.tls_cert, secret=False)
            yield _Named((kind, index, "tls_key"), row.tls_key)
    for index, submission in enumerate(settings.submission):
        yield _Named(("submission", index, "logins_file"), submission.logins_file)
    for index, mailbox in enumerate(settings.mailboxes):
        yield from _of_login(("mailbox", index), mailbox)
        yield _Named(("mailbox", index, "ca_file"), mailbox.ca_file, secret=False)
    if settings.smarthost:
        yield from _of_login(("smarthost",), settings.smarthost)
        yield _Named(("smarthost", "ca_file"), settings.smarthost.ca_file, secret=False)
    for name, sign_in in settings.oauth.items():
        yield from _of_sign_in(("oauth", name), sign_in)
    yield from _of_duty(loaded.config.duty)
    yield _Named(("database", "password_file"), settings.database.password_file)
    yield _Named(("database", "password_credential"), None, settings.database.password_credential or "")
    if settings.objects:
        yield _Named(("objects", "secret_file"), settings.objects.secret_file)
        yield _Named(("objects", "secret_credential"), None, settings.objects.secret_credential or "")
    yield _Named(("state", "token_key_file"), settings.token_key_file)
    yield _Named(("state", "token_key_credential"), None, settings.token_key_credential or "")


def _not_installed(loaded: Loaded) -> Iterator[Problem]:
    """What the configuration asks for and only an extra has."""
    duty = loaded.config.duty
    for key, module, extra in (("calendar", "recurring_ical_events", "oncall"), ("apprise", "apprise", "notify")):
        if duty and getattr(duty, key) and find_spec(module) is None:
            yield Problem(("duty", key), f"needs the extra {extra} (pip install '.[{extra}]')")
    for name, table in loaded.settings.oauth.items():
        if (needed := OF_GRANT.get(table.grant)) and find_spec(needed) is None:
            yield Problem(("oauth", name, "grant"), "needs the extra oauth (pip install '.[oauth]')")
    if loaded.settings.database.url and find_spec("psycopg") is None:
        yield Problem(("database", "url"), "needs the extra postgres (pip install '.[postgres]')")
    if loaded.settings.objects and find_spec("obstore") is None:
        yield Problem(("objects", "url"), "needs the extra s3 (pip install '.[s3]')")
    auth = loaded.config.auth
    if auth.check and "check" in auth.model_fields_set and not is_installed():
        yield Problem(("auth", "check"), "needs the extra auth (pip install '.[auth]')")


def _of_duty(duty: DutyTable | None) -> Iterator[_Named]:
    """Its links hold secrets; the calendar's own file is for everybody."""
    calendar = duty.calendar if duty else None
    if calendar:
        yield _Named(("duty", "calendar", "file"), calendar.file, secret=False)
        yield from _of_link(("duty", "calendar"), calendar)
    for index, webhook in enumerate(duty.webhook if duty else ()):
        yield from _of_link(("duty", "webhook", index), webhook)
    for index, apprise in enumerate(duty.apprise if duty else ()):
        yield _Named(("duty", "apprise", index, "urls_file"), apprise.urls_file)
        yield _Named(("duty", "apprise", index, "urls_credential"), None, apprise.urls_credential or "")


def _of_link(path: KeyPath, table: LinkTable) -> Iterator[_Named]:
    yield _Named((*path, "url_file"), table.url_file)
    yield _Named((*path, "url_credential"), None, table.url_credential or "")
    yield _Named((*path, "ca_file"), table.ca_file, secret=False)


def _of_login(path: KeyPath, table: LoginTable) -> Iterator[_Named]:
    yield _Named((*path, "password_file"), table.password_file)
    yield _Named((*path, "password_credential"), None, table.password_credential or "")


def _of_sign_in(path: KeyPath, table: OAuthTable) -> Iterator[_Named]:
    yield _Named((*path, "secret_file"), table.secret_file)
    yield _Named((*path, "secret_credential"), None, table.secret_credential or "")
    yield _Named((*path, "refresh_token_file"), table.refresh_token_file)
    yield _Named((*path, "refresh_token_credential"), None, table.refresh_token_credential or "")
    yield _Named((*path, "ca_file"), table.ca_file, secret=False)


def _unreadable(named: _Named) -> str:
    where = named.file or credential(named.credential)
    if where is None:
        return ""
    try:
        with where.open("rb") as opened:
            return "" if opened.read(1) else f"{where} is empty"
    except OSError as error:
        return f"{where} cannot be read: {error.strerror}"


def _open_to_all(named: _Named) -> str:
    if named.file is None or not named.secret or not named.file.exists():
        return ""
    wide = named.file.stat().st_mode & FOR_ALL
    return (
        f"everybody on this machine can read {named.file} (chmod 600, or 640 with the daemon's group)" if wide else ""
    )
