"""The ways in and out, made of the configuration's tables: listeners, mailboxes and the smarthost.

Secrets are read when they are needed, so that a changed file counts without a restart. Raises ValueError or OSError for
what cannot be opened: a certificate, an address in use, a socket that systemd did not hand over.
"""

import hmac
import socket
import ssl
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from helpdeskd.config.credentials import secret
from helpdeskd.config.servers import LmtpTable, LoginTable, MailboxTable, SmarthostTable, SmtpTable, SubmissionTable
from helpdeskd.mail.delivery import SmarthostSettings
from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.mail.oauth import NoToken, TokenSource
from helpdeskd.mail.smtp_intake import Where
from helpdeskd.mail.smtp_settings import SmtpSettings
from helpdeskd.mail.tls import server_context

TOKEN_SECONDS = 30
SYSTEMD = "systemd:"
NO_SIGN_INS: Mapping[str, TokenSource] = MappingProxyType({})
Listening = SmtpTable | LmtpTable | SubmissionTable


def listener_settings(table: Listening, hostname: str, domains: frozenset[str]) -> SmtpSettings:
    """A listener's settings."""
    return SmtpSettings(
        hostname=hostname,
        protocol="lmtp" if isinstance(table, LmtpTable) else "smtp",
        account=table.name,
        domains=domains,
        max_size=table.max_size,
        max_connections=table.max_connections,
        max_connections_per_address=table.max_connections_per_address,
        max_recipients=table.max_recipients,
        max_errors=table.max_errors,
        max_junk=table.max_junk,
        idle_seconds=table.idle.total_seconds(),
        transaction_seconds=table.transaction.total_seconds(),
        min_rate=table.min_rate,
        allow_bare_newlines=isinstance(table, LmtpTable) and table.allow_bare_newlines,
        balancers=table.balancers if isinstance(table, SmtpTable) else (),
        tls=server_tls(table),
        implicit_tls=table.tls == "implicit",
        require_tls_for_auth=table.tls == "starttls",
        logins=_logins(table.logins_file) if isinstance(table, SubmissionTable) else None,
    )


def server_tls(table: Listening) -> ssl.SSLContext | None:
    """A context with the table's certificate, read now; None without TLS."""
    if table.tls == "none" or table.tls_cert is None:
        return None
    return server_context(table.tls_cert, table.tls_key)


def where(listen: str, inherited: dict[str, list[socket.socket]]) -> Where:
    """Where a listener listens: host and port, a Unix path, or sockets of systemd."""
    if listen.startswith(SYSTEMD):
        name = listen.removeprefix(SYSTEMD)
        if not inherited.get(name):
            raise ValueError(f"{listen}: systemd handed over no socket of that name (is its .socket unit started?)")
        return inherited[name]
    if listen.startswith("/"):
        return Path(listen)
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def mailbox_settings(table: MailboxTable, sign_ins: Mapping[str, TokenSource] = NO_SIGN_INS) -> ImapSettings:
    """A mailbox's settings; `sign_ins` by name, with that which it names."""
    token = _token_source(table, sign_ins)
    return ImapSettings(
        name=table.name,
        host=table.host,
        user=table.user,
        address=table.address,
        port=table.port,
        tls=table.tls,
        ca_file=table.ca_file,
        password=None if token else partial(secret, table.password_file, table.password_credential),
        token=token,
        mechanism=table.mechanism,
        folder=table.folder,
        done_folder=table.done_folder,
        poll_seconds=table.poll.total_seconds(),
        idle_seconds=table.idle.total_seconds(),
        timeout_seconds=table.timeout.total_seconds(),
        max_size=table.max_size,
    )


def smarthost_settings(
    table: SmarthostTable, hostname: str, sign_ins: Mapping[str, TokenSource] = NO_SIGN_INS
) -> SmarthostSettings:
    """The smarthost's settings; `sign_ins` by name, with that which it names."""
    token = _token_source(table, sign_ins)
    return SmarthostSettings(
        host=table.host,
        port=table.port,
        tls=table.tls,
        ca_file=str(table.ca_file) if table.ca_file else None,
        login=table.login,
        password=partial(secret, table.password_file, table.password_credential) if table.login and not token else None,
        token=token,
        mechanism=table.mechanism,
        hostname=hostname,
        timeout=table.timeout.total_seconds(),
        mails_per_connection=table.mails_per_connection,
        lifetime=table.give_up_after,
    )


def _token_source(table: LoginTable, sign_ins: Mapping[str, TokenSource]) -> TokenSource | None:
    """Where its access tokens come from; None where a password is used, or nothing."""
    if table.oauth:
        return sign_ins[table.oauth]
    return partial(_printed, table.token_command) if table.token_command else None


def _printed(command: tuple[str, ...], _refused: str) -> str:
    """The token that a command prints, which alone knows when it needs another. Raises NoToken."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOKEN_SECONDS, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as fault:
        raise NoToken(f"{command[0]} gave no token: {fault}") from None
    if done.returncode or not done.stdout.strip():
        raise NoToken(f"{command[0]} gave no token: {done.stderr.strip()[:200]}")
    return done.stdout.strip()


def _logins(file: Path) -> Callable[[str, bytes], bool]:
    """Checks a login against the lines LOGIN:PASSWORD of a file, read at each login."""

    def check(login: str, password: bytes) -> bool:
        lines = (line.partition(":") for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
        known = {name: word for name, _, word in lines}
        return hmac.compare_digest(known.get(login, "").encode(), password) and bool(known.get(login))

    return check
