"""The tables that the daemon needs and no decision reads: listeners, mailboxes, the smarthost, folders and limits.

Secrets are never here: a key names a file that holds one (its first line), or a credential of systemd, a file of that
name in $CREDENTIALS_DIRECTORY. Where values cannot go together (a password that would travel in clear, TLS without a
certificate) the table is refused. Whether the files exist is asked later, by `config.files`, for `check` and `serve`.
"""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from helpdeskd.config.fields import Address, Argv, Count, Duration, File, Name, Net, Rows, Size, Table, Words, key

MIB = 1024**2
CALLED = "What logs and accounts call it."
WHERE = "Where: host and port, [IPv6] and port, a path for a Unix socket, or systemd:NAME for a socket of systemd."
WAYS = "password_file, password_credential, token_command and oauth"
Port = Annotated[int, Field(ge=1, le=65535)]
Tls = Literal["implicit", "starttls", "none"]


def listen_at(value: object) -> str:
    """A place to listen at: "HOST:PORT", "[IPV6]:PORT", a path from the root, or "systemd:NAME"."""
    text = value if isinstance(value, str) else ""
    host, _, port = text.rpartition(":")
    if text.startswith("/") or (host == "systemd" and port):
        return text
    if not port.isdigit() or not 1 <= int(port) <= 65535 or (":" in host and not host.startswith("[")):
        raise ValueError(
            f'"{value}" is no place to listen at ("127.0.0.1:25", "[::]:25", "/run/x.sock" or "systemd:smtp")'
        )
    return text


Listen = Annotated[str, PlainValidator(listen_at)]


class ListenerTable(Table):
    """What every listener has."""

    name: Name = key(says=CALLED, such="mx")
    listen: Listen = key(says=WHERE, such="127.0.0.1:2525")
    tls: Tls = key("none", "Whether clients may (starttls) or must (implicit) use TLS.")
    tls_cert: File | None = key(None, "Certificate chain, PEM.", such="/etc/ssl/certs/desk.pem")
    tls_key: File | None = key(None, "Its private key, PEM.", such="/etc/ssl/private/desk.key")
    max_size: Size = key(50 * MIB, "The largest mail.", such="50 MiB")
    max_connections: Count = key(200, "Connections at a time.")
    max_connections_per_address: Count = key(50, "Connections at a time from one address.")
    max_recipients: Count = key(100, "Recipients of one mail.")
    max_errors: Count = key(20, "Errors after which a client is sent away.")
    max_junk: Count = key(100, "Commands that do nothing after which a client is sent away.")
    idle: Duration = key(timedelta(minutes=5), "The longest silence of a client.", such="5 minutes")
    transaction: Duration = key(timedelta(hours=1), "The longest time that one mail may take.", such="1 hour")
    min_rate: Annotated[int, Field(ge=0)] = key(500, "Bytes a second below which a client is sent away.")

    @model_validator(mode="after")
    def _has_certificate(self) -> "ListenerTable":
        if self.tls != "none" and not (self.tls_cert and self.tls_key):
            raise ValueError(f'tls = "{self.tls}" needs a certificate (give tls_cert and tls_key)')
        if self.tls == "none" and (self.tls_cert or self.tls_key):
            raise ValueError('a certificate without TLS (give tls = "starttls", or leave tls_cert and tls_key out)')
        return self


class SmtpTable(ListenerTable):
    """A listener for mail from other servers (RFC 5321)."""

    balancers: Rows[Net] = key(
        (), "Balancers that speak the PROXY protocol; nobody else can connect then.", such=["10.0.0.5"]
    )

    @model_validator(mode="after")
    def _balanced(self) -> "SmtpTable":
        if self.balancers and self.tls == "implicit":
            raise ValueError('balancers with implicit TLS (use "starttls", or let the balancer end the TLS)')
        return self


class LmtpTable(ListenerTable):
    """A listener for a mail server on this machine or beside it (RFC 2033)."""

    name: Name = key(says=CALLED, such="local")
    listen: Listen = key(says=WHERE, such="/run/helpdeskd/lmtp.sock")
    allow_bare_newlines: bool = key(False, "Whether lone CR and LF are repaired instead of refused.")

    @model_validator(mode="after")
    def _not_smtp(self) -> "LmtpTable":
        if self.listen.endswith(":25"):
            raise ValueError("LMTP may not be served on port 25 (RFC 2033 section 5; use another, such as 24)")
        return self


class SubmissionTable(ListenerTable):
    """A listener for own devices and people, who log in (RFC 6409)."""

    name: Name = key(says=CALLED, such="devices")
    listen: Listen = key(says=WHERE, such="127.0.0.1:5587")
    logins_file: File = key(
        says="Who may log in: a line LOGIN:PASSWORD each, readable by the daemon only.", such="logins"
    )

    @model_validator(mode="after")
    def _never_in_clear(self) -> "SubmissionTable":
        if self.tls == "none" and not on_loopback(self.listen):
            raise ValueError('passwords would travel in clear (give tls = "implicit" or "starttls")')
        return self


class LoginTable(Table):
    """A server that the desk connects to, and how it proves itself there."""

    password_file: File | None = key(None, "A file with the password.", such="/etc/helpdeskd/password")
    password_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="password")
    token_command: Argv = key(
        (), "Instead: a command that prints an OAuth2 access token.", such=["/usr/local/bin/token"]
    )
    oauth: Name | None = key(None, "Instead: the name of an [oauth.NAME] that gives access tokens.", such="office")
    mechanism: Literal["XOAUTH2", "OAUTHBEARER"] = key(
        "XOAUTH2", "How a token is used; Google and Microsoft want XOAUTH2."
    )

    def _ways(self) -> int:
        return sum(map(bool, (self.password_file, self.password_credential, self.token_command, self.oauth)))


class MailboxTable(LoginTable):
    """An IMAP mailbox that mail is fetched from."""

    name: Name = key(says=CALLED, such="support")
    host: Words = key(says="The IMAP server.", such="imap.desk.example")
    user: Words = key(says="The login.", such="support@desk.example")
    address: Address = key(
        says="The queue's address that its mail is for, where no header says.", such="support@desk.example"
    )
    port: Port = key(993, "The server's port.")
    tls: Tls = key("implicit", "How TLS begins; none is for a server on this machine only.")
    ca_file: File | None = key(None, "Certificate authorities instead of the system's, PEM.", such="/etc/ssl/ca.pem")
    folder: Words = key("INBOX", "The folder that is read.")
    done_folder: str = key("Processed", "Where mail goes that was taken in; empty leaves it, marked with a keyword.")
    poll: Duration = key(timedelta(minutes=2), "The longest time between two looks.", such="2 minutes")
    idle: Duration = key(timedelta(minutes=4), "How long IDLE is kept; at most 5 minutes.", such="4 minutes")
    timeout: Duration = key(timedelta(minutes=1), "How long an answer is waited for.", such="1 minute")
    max_size: Size = key(50 * MIB, "A larger mail is not fetched.", such="50 MiB")

    @model_validator(mode="after")
    def _can_go_together(self) -> "MailboxTable":
        if self._ways() != 1:
            raise ValueError(f"give exactly one of {WAYS}")
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError(
                f'tls = "none" is for this machine only, not for {self.host} (use "implicit" or "starttls")'
            )
        if self.folder == self.done_folder:
            raise ValueError('done_folder is the folder that is read (use another, or "")')
        if self.idle > timedelta(minutes=5):
            raise ValueError("idle is longer than 5 minutes (a dead network would look like no news)")
        return self


class SmarthostTable(LoginTable):
    """The one server that takes the desk's mail."""

    host: Words = key(says="The server.", such="smtp.desk.example")
    port: Port = key(587, "Its port.")
    tls: Tls = key("starttls", "How TLS begins; none is for a server on this machine only.")
    ca_file: File | None = key(None, "Certificate authorities instead of the system's, PEM.", such="/etc/ssl/ca.pem")
    login: str = key("", "The login, where the server asks for one.", such="support@desk.example")
    give_up_after: Duration = key(timedelta(days=5), "How long a mail is tried.", such="5 days")
    timeout: Duration = key(timedelta(minutes=1), "How long an answer is waited for.", such="1 minute")
    mails_per_connection: Count = key(100, "Mails after which a new connection is made.")

    @model_validator(mode="after")
    def _can_go_together(self) -> "SmarthostTable":
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError(
                f'tls = "none" is for this machine only, not for {self.host} (use "starttls" or "implicit")'
            )
        if self.tls == "none" and self.login:
            raise ValueError('a login needs TLS (use "starttls" or "implicit")')
        if self._ways() != (1 if self.login else 0):
            raise ValueError(f"a login goes with exactly one of {WAYS}")
        return self


class StateTable(Table):
    """What the desk keeps."""

    folder: File = key(
        Path("/var/lib/helpdeskd"), "The folder of the database, on a local disk.", such="/var/lib/helpdeskd"
    )
    token_key_file: File | None = key(
        None,
        "Keys that sign reply addresses, one a line, newest first; without it, token.key in folder, made when used.",
        such="/etc/helpdeskd/token.key",
    )
    token_key_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="token-key")

    @model_validator(mode="after")
    def _one_key(self) -> "StateTable":
        if self.token_key_file and self.token_key_credential:
            raise ValueError("give one of token_key_file and token_key_credential")
        return self


class TemplatesTable(Table):
    """The site's own texts."""

    folder: File | None = key(
        None, "A folder LANGUAGE/NOTICE.md.j2 of templates that replace those shipped.", such="/etc/helpdeskd/templates"
    )


class LimitsTable(Table):
    """What the daemon may use."""

    worker_memory: Size = key(512 * MIB, "Memory of a worker, above which it is replaced.", such="512 MiB")
    disk_reserve: Size = key(200 * MIB, "Free space in the state folder below which no mail is taken.", such="200 MiB")


class LogTable(Table):
    """What the log says."""

    level: Literal["debug", "info", "warning", "error"] = key(
        "info", "The least level that is logged; debug shows addresses."
    )


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is this machine, without asking the DNS."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def on_loopback(listen: str) -> bool:
    """Whether a place to listen at is reached from this machine alone."""
    return listen.startswith("/") or is_loopback(listen.rpartition(":")[0].strip("[]"))
