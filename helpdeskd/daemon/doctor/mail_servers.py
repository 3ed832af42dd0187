"""The mail servers that the desk uses: each mailbox from TLS to IDLE, and the smarthost up to a sender that it takes.

Nothing is fetched and nothing is sent: a mailbox is selected and waited at for a second; at the smarthost a mail is
begun and taken back. Logins are as the daemon's, so a wrong password counts as one failed login.
"""

import asyncio
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from imaplib import IMAP4
from typing import Any

from helpdeskd.config.load import Loaded
from helpdeskd.config.servers import MailboxTable
from helpdeskd.daemon import doors, oauth
from helpdeskd.daemon.certificates import ALARMS
from helpdeskd.daemon.doctor.finding import Finding, error, ok, warning
from helpdeskd.mail.delivery import Failed, Later, SmarthostSettings
from helpdeskd.mail.imap_session import LoginRefused, Session
from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.mail.oauth import NoToken
from helpdeskd.mail.smarthost_session import TROUBLE, open_session

IDLE_SECONDS = 1.0


def mailboxes(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """Connection, certificate, login, folders, and whether news come by IDLE and done mail can leave."""
    sign_ins = oauth.sign_ins(loaded.settings)
    for table in loaded.settings.mailboxes:
        about = f"mailbox {table.name}"
        try:
            yield from _mailbox(about, table, doors.mailbox_settings(table, sign_ins), now)
        except LoginRefused as refused:
            yield error(about, f"{table.host}: {refused} (user, password or token, and whether IMAP is allowed)")
        except (OSError, ValueError, NoToken, IMAP4.error) as fault:
            yield error(about, f"{table.host}:{table.port}: {_why(fault)}")


def _mailbox(about: str, table: MailboxTable, settings: ImapSettings, now: datetime) -> Iterator[Finding]:
    session = Session(settings)
    try:
        yield from _certificate(about, session.certificate, now)
        session.login()
        folder = session.select()
        yield ok(about, f"{table.user} is in, {folder.exists} mails in {table.folder}")
        if session.idles:
            session.idle(IDLE_SECONDS)
            yield ok(about, "IDLE works: mail is noticed at once")
        else:
            yield warning(about, f"{table.host} has no IDLE: mail is noticed after {table.poll}")
        if table.done_folder and not session.moves:
            yield warning(about, f"{table.host} can move no single mails: done mail stays in {table.folder}, marked")
    finally:
        session.close()


def smarthost(loaded: Loaded, now: datetime) -> Iterator[Finding]:
    """Connection, certificate, login, and whether it takes mail from each of our addresses."""
    table = loaded.settings.smarthost
    if table is None:
        yield warning("smarthost", "none is configured: no mail leaves the desk (smarthost.host)")
        return
    try:
        settings = doors.smarthost_settings(table, loaded.settings.hostname, oauth.sign_ins(loaded.settings))
        yield from asyncio.run(_smarthost(settings, _senders(loaded), now))
    except (ValueError, *TROUBLE) as fault:
        yield error("smarthost", f"{table.host}:{table.port}: {_why(fault)}")


async def _smarthost(settings: SmarthostSettings, senders: tuple[str, ...], now: datetime) -> list[Finding]:
    session = await open_session(settings)
    if isinstance(session, Later):
        return [error("smarthost", session.alarm or session.reply)]
    found = list(_certificate("smarthost", session.certificate, now))
    try:
        for sender in senders:
            verdict = await session.would_take(sender)
            if isinstance(verdict, Later | Failed):
                found.append(error("smarthost", f"{settings} takes no mail from {sender}: {verdict.reply}"))
            else:
                found.append(ok("smarthost", f"{settings} takes mail from {sender}"))
    finally:
        await session.quit()
    return found


def _senders(loaded: Loaded) -> tuple[str, ...]:
    """The first address of each queue: what the desk's mails come from."""
    return tuple(dict.fromkeys(queue.addresses[0] for queue in loaded.desk.queues))


def _certificate(about: str, certificate: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    """Until when a server's certificate counts; nothing without TLS."""
    if not certificate:
        return
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    told = f"TLS with a valid certificate, until {until:%Y-%m-%d}"
    yield warning(about, told) if until - now <= ALARMS[0] else ok(about, told)


def _why(fault: BaseException) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"no valid certificate: {fault.verify_message}"
    return str(fault) or type(fault).__name__
