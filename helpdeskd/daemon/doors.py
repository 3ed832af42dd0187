"""The ways in and out, made of the configuration's tables: listeners, mailboxes and the smarthost.

Secrets are read when they are needed, so that a changed file counts without a restart. Raises ValueError or OSError for
what cannot be opened: a certificate, an address in use, a socket that systemd did not hand over.
"""

import hmac
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

from helpdeskd.config.credentials import secret
from helpdeskd.config.servers import LmtpTable, LoginTable, MailboxTable, SmarthostTable, SmtpTable, SubmissionTable
from helpdeskd.mail.delivery import SmarthostSettings
from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.mail.smtp_intake import Where
from helpdeskd.mail.smtp_settings import SmtpSettings

TOKEN_SECONDS = 30
SYSTEMD = "systemd:"
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
        proxy_protocol=isinstance(table, SmtpTable) and table.proxy_protocol,
        tls=server_tls(table),
        implicit_tls=table.tls == "implicit",
        require_tls_for_auth=table.tls == "starttls",
        logins=_logins(table.logins_file) if isinstance(table, SubmissionTable) else None,
    )


def server_tls(table: Listening) -> ssl.SSLContext | None:
    """A context with the table's certificate, read now; None without TLS."""
    if table.tls == "none" or table.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(table.tls_cert, table.tls_key)
    return context


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


def mailbox_settings(table: MailboxTable) -> ImapSettings:
    """A mailbox's settings."""
    by_token = bool(table.token_command)
    return ImapSettings(
        name=table.name,
        host=table.host,
        user=table.user,
        address=table.address,
        port=table.port,
        tls=table.tls,
        ca_file=table.ca_file,
        password=None if by_token else _password(table),
        token=_password(table) if by_token else None,
        mechanism=table.mechanism,
        folder=table.folder,
        done_folder=table.done_folder,
        poll_seconds=table.poll.total_seconds(),
        idle_seconds=table.idle.total_seconds(),
        timeout_seconds=table.timeout.total_seconds(),
        max_size=table.max_size,
    )


def smarthost_settings(table: SmarthostTable, hostname: str) -> SmarthostSettings:
    """The smarthost's settings."""
    return SmarthostSettings(
        host=table.host,
        port=table.port,
        tls=table.tls,
        ca_file=str(table.ca_file) if table.ca_file else None,
        login=table.login,
        password=_password(table) if table.login else None,
        xoauth2=bool(table.token_command),
        hostname=hostname,
        timeout=table.timeout.total_seconds(),
        mails_per_connection=table.mails_per_connection,
        lifetime=table.give_up_after,
    )


def _password(table: LoginTable) -> Callable[[], str]:
    """Reads the password, or runs the command that prints a token."""
    if table.token_command:
        return lambda: _token(table.token_command)
    return lambda: secret(table.password_file, table.password_credential)


def _token(command: tuple[str, ...]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TOKEN_SECONDS, check=False)
    if done.returncode or not done.stdout.strip():
        raise ValueError(f"{command[0]} gave no token: {done.stderr.strip()[:200]}")
    return done.stdout.strip()


def _logins(file: Path) -> Callable[[str, bytes], bool]:
    """Checks a login against the lines LOGIN:PASSWORD of a file, read at each login."""

    def check(login: str, password: bytes) -> bool:
        lines = (line.partition(":") for line in file.read_text("utf-8").splitlines() if not line.startswith("#"))
        known = {name: word for name, _, word in lines}
        return hmac.compare_digest(known.get(login, "").encode(), password) and bool(known.get(login))

    return check
