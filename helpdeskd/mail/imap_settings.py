"""What an IMAP mailbox of the desk needs to be polled.

One frozen value per mailbox, made from the configuration. It is checked where it is made: a value that could send a
password in clear, wait for ever or file mail into the folder that it came from is refused with a ValueError whose
text is for the sysadmin. Secrets are callables, read anew at every login, so that a changed credential or a refreshed
token needs no restart; they are never part of the value's text.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from helpdeskd.mail.oauth import Mechanism, TokenSource

LONGEST_IDLE = 300.0
"""Seconds after which IDLE is issued again: a dead network looks like no news for no longer than this (RFC 2177)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """One mailbox: `name` is the account that its mail is accounted under.

    `address` is the forward-path of mail whose header names none of our addresses. `done_folder` is where mail goes
    that has been taken in; "" leaves it where it is, under the keyword `$Helpdesk`. Times are in seconds, sizes in
    bytes: a pass is made every `poll_seconds` at the latest, whatever IDLE says; a mail over `max_size` is not
    fetched; one over `part_bytes` is fetched in parts of that size. Exactly one of `password` and `token` is given;
    a token is used by `mechanism` (RFC 7628 or Google's and Microsoft's XOAUTH2).
    """

    name: str
    host: str
    user: str
    address: str
    port: int = 993
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: Path | None = None
    password: Callable[[], str] | None = field(default=None, repr=False)
    token: TokenSource | None = field(default=None, repr=False)
    mechanism: Mechanism = "XOAUTH2"
    folder: str = "INBOX"
    done_folder: str = "Processed"
    poll_seconds: float = 120.0
    idle_seconds: float = 240.0
    timeout_seconds: float = 20.0
    max_size: int = 50 * 1024 * 1024
    part_bytes: int = 1024 * 1024

    def __post_init__(self) -> None:
        """Raises ValueError with every complaint in one line."""
        complaints = [text for wrong, text in self._checks() if wrong]
        if complaints:
            raise ValueError(f"mailbox {self.name}: {'; '.join(complaints)}")

    def _checks(self) -> tuple[tuple[bool, str], ...]:
        folders = self.folder + self.done_folder
        return (
            (self.tls == "none" and not is_loopback(self.host), "tls = none is for a server on this machine only"),
            ((self.password is None) == (self.token is None), "give a password or a token, and not both"),
            (not self.folder, "the folder has no name"),
            (self.folder == self.done_folder, "done_folder is the folder that mail is taken from"),
            (not folders.isprintable(), "a folder name holds a control character"),
            (not 0 < self.idle_seconds <= LONGEST_IDLE, f"idle_seconds is over 0 and at most {LONGEST_IDLE:.0f}"),
            (min(self.poll_seconds, self.timeout_seconds) <= 0, "poll_seconds and timeout_seconds are over 0"),
            (min(self.max_size, self.part_bytes) <= 0, "max_size and part_bytes are over 0"),
        )


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is this machine, without asking the DNS."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
