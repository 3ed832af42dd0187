"""One SMTP session with the smarthost: opened, secured, logged in, and the mail transactions in it (RFC 5321).

`open_session` gives a SmarthostSession or a Later; its `transact` what became of one mail, or None if the server had
closed the connection before the transaction began. How replies are judged (RFC 5321 §4.2.1):

    4xx anywhere, the network, anything unexpected   Later
    5xx before MAIL, and 5xx to MAIL                 Later with an alarm: it is about us, not about the recipient
    5xx to MAIL about size or content, and to RCPT,
        DATA and the final dot                       Failed (about the session: Later with an alarm)
    no answer after the final dot                    Uncertain

Without a verified certificate for the configured name nothing is said beyond EHLO: no STARTTLS offered, a wrong name or
an expired certificate are an alarm. aiosmtplib does connection, TLS, AUTH and the reading of replies. The text is sent
here, because its DATA call changes line ends and cannot tell a cut before the final dot from one after it; and time is
kept here, because its timeouts can swallow a cancellation (asyncio.wait_for before Python 3.12).
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import Mapping
from typing import Any, cast

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from helpdeskd.domain.address import a_label
from helpdeskd.failpoint import reach
from helpdeskd.mail.delivery import Failed, Later, Result, Sent, SmarthostSettings, Uncertain, one_line
from helpdeskd.mail.oauth import NoToken, NoTokenYet
from helpdeskd.mail.smarthost_login import NoMethod, log_in, token_for
from helpdeskd.mail.tls import client_context

SESSION_CODES = frozenset({502, 503, 530, 534, 535, 538})
"""Refusals that are about the session or our login, at whatever stage they come (RFC 5321 §4.2.2, RFC 4954 §6)."""

EXPECTED = {"MAIL": 2, "RCPT": 2, "DATA": 3, "the final dot": 2}
"""The first digit of the reply that goes on."""

TROUBLE = (OSError, aiosmtplib.SMTPException)
CHUNK = 64 * 1024
UNSAFE_IN_PATH = re.compile(r"[\s<>\x00-\x1f\x7f]")
DOMAIN = re.compile(r"[a-z0-9._-]+|\[[a-z0-9.:]+\]")
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
ABOUT_THE_MAIL = re.compile(r"5\.(?:6\.\d+|3\.4|2\.3)")


async def open_session(settings: SmarthostSettings) -> "SmarthostSession | Later":
    """Connect, secure and log in; every trouble is a Later, with an alarm if it does not pass by itself.

    An access token that is refused is replaced once, on a new connection.
    """
    try:
        token = await token_for(settings)
        try:
            return await _open(settings, token)
        except aiosmtplib.SMTPAuthenticationError as refused:
            if refused.code < 500 or (another := await token_for(settings, token)) == token:
                raise
        return await _open(settings, another)
    except (ValueError, NoToken, NoMethod, *TROUBLE) as error:
        return _trouble(error, settings)


async def _open(settings: SmarthostSettings, token: str) -> "SmarthostSession | Later":
    smtp = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        local_hostname=settings.hostname,
        timeout=None,
        use_tls=settings.tls == "implicit",
        start_tls=False,
    )
    opened: SmarthostSession | Later | None = None
    try:
        async with asyncio.timeout(settings.timeout):
            opened = await _prepare(smtp, settings, token)
    finally:
        if not isinstance(opened, SmarthostSession):
            smtp.close()
    return opened


async def _prepare(smtp: aiosmtplib.SMTP, settings: SmarthostSettings, token: str) -> "SmarthostSession | Later":
    if settings.tls != "none":
        smtp.tls_context = await asyncio.to_thread(client_context, settings.ca_file)
    await smtp.connect()
    await smtp.ehlo()
    if refused := await _secure(smtp, settings):
        return refused
    await log_in(smtp, settings, token)
    return SmarthostSession(smtp, settings)


async def _secure(smtp: aiosmtplib.SMTP, settings: SmarthostSettings) -> Later | None:
    if settings.tls != "starttls":
        return None
    if not smtp.supports_extension("starttls"):
        return _alarm(f"{settings} does not offer STARTTLS, and nothing is sent in clear", "4.7.4")
    await smtp.starttls()
    await smtp.ehlo()
    return None


def _trouble(error: Exception, settings: SmarthostSettings) -> Later:
    """What went wrong before the first mail, and whether an administrator must look."""
    if isinstance(error, NoTokenYet):
        return Later(one_line(str(error)), "4.7.0")
    if isinstance(error, NoToken | NoMethod):
        return _alarm(str(error), "4.7.0")
    for cause in (error, error.__cause__):
        if isinstance(cause, ssl.SSLError):
            why = getattr(cause, "verify_message", "") or cause.reason or "handshake failed"
            return _alarm(f"{settings} has no valid TLS, and nothing is sent in clear: {why}", "4.7.5")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        reply, code = _spoken(error.code, error.message)
        return Later(reply, code) if 400 <= error.code <= 499 else _alarm(f"{settings} refuses us: {reply}", "4.7.0")
    if isinstance(error, TROUBLE) and not isinstance(error, FileNotFoundError | PermissionError):
        return Later(one_line(f"{settings}: {_why(error)}"), "4.4.1")
    return _alarm(f"the login or certificates for {settings} cannot be read: {error}", "4.3.5")


class SmarthostSession:
    """An open, secured and authenticated connection."""

    def __init__(self, smtp: aiosmtplib.SMTP, settings: SmarthostSettings) -> None:
        self._smtp = smtp
        self._settings = settings
        self._protocol = cast(SMTPProtocol, smtp.protocol)
        transport = cast(asyncio.WriteTransport, smtp.transport)
        # Not 0: over TLS, asyncio then pauses and resumes by turns, and nothing ends a pause that held the text up.
        transport.set_write_buffer_limits(high=1)
        self._writer = asyncio.StreamWriter(transport, self._protocol, None, asyncio.get_running_loop())

    @property
    def is_connected(self) -> bool:
        return self._smtp.is_connected

    @property
    def certificate(self) -> Mapping[str, Any]:
        """The server's certificate (`ssl.SSLSocket.getpeercert`); empty without TLS."""
        return cast(asyncio.Transport, self._smtp.transport).get_extra_info("peercert") or {}

    async def would_take(self, sender: str) -> Later | Failed | None:
        """Begin a mail from that address and take it back; what is wrong with it, or None. Raises `TROUBLE`."""
        verdict = _judge("MAIL", await self._say(f"MAIL FROM:{_path(sender)}".encode()))
        await self._reset()
        return verdict if isinstance(verdict, Later | Failed) else None

    async def transact(self, sender: str, recipient: str, raw: bytes) -> Result | None:
        """One mail transaction (RFC 5321 §3.3); None if the connection was closed before it began."""
        commands = self._commands(sender, recipient, raw)
        if isinstance(commands, Failed):
            return commands
        mail, rcpt = commands
        try:
            opening = await self._say(mail)
        except TROUBLE:
            return None
        if opening.code == 421:
            return None
        return await self._judged("MAIL", opening) or await self._go_on(rcpt, raw)

    async def _go_on(self, rcpt: bytes, raw: bytes) -> Result:
        stage = "RCPT"
        try:
            for stage, command in (("RCPT", rcpt), ("DATA", b"DATA")):
                if refused := await self._judged(stage, await self._say(command)):
                    return refused
            stage = "the text"
            await self._send(raw)
            reach("smarthost.text")
        except TROUBLE as error:
            self.abandon()
            return Later(one_line(f"{self._settings} was lost at {stage}: {_why(error)}"), "4.4.2")
        return await self._finish()

    async def _say(self, command: bytes) -> aiosmtplib.SMTPResponse:
        async with asyncio.timeout(self._settings.timeout):
            return await self._smtp.execute_command(command)

    async def _judged(self, stage: str, reply: aiosmtplib.SMTPResponse) -> Result | None:
        """The verdict of a reply; a refused transaction is reset, so that the connection can be kept."""
        verdict = _judge(stage, reply)
        if verdict is not None:
            await self._reset()
        return verdict

    async def _send(self, raw: bytes) -> None:
        """All of the text but its final dot (RFC 5321 §4.5.2); returns when the system has taken it."""
        text = raw[:1].replace(b".", b"..") + raw[1:].replace(b"\n.", b"\n..")
        for start in range(0, len(text), CHUNK):
            self._writer.write(text[start : start + CHUNK])
            async with asyncio.timeout(self._settings.timeout):
                await self._writer.drain()
        if not self.is_connected:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")

    async def _finish(self) -> Result:
        """The final dot and its answer: from here on, silence means that the mail may have arrived."""
        try:
            self._protocol.write(b".\r\n")
            reach("smarthost.dot")
            async with asyncio.timeout(self._settings.answer_seconds):
                reply = await self._protocol.read_response()
            reach("smarthost.answered")
        except TROUBLE as error:
            self.abandon()
            return Uncertain(one_line(f"{self._settings} was lost after the final dot: {_why(error)}"))
        return _judge("the final dot", reply) or Sent(*_spoken(*reply))

    async def _reset(self) -> None:
        """Leave no half transaction behind (RFC 5321 §4.1.1.5)."""
        with contextlib.suppress(*TROUBLE):
            if self.is_connected and (await self._say(b"RSET")).code == 250:
                return
        self.abandon()

    async def quit(self) -> None:
        with contextlib.suppress(*TROUBLE):
            await self._say(b"QUIT")
        self.abandon()

    def abandon(self) -> None:
        self._smtp.close()

    def _commands(self, sender: str, recipient: str, raw: bytes) -> tuple[bytes, bytes] | Failed:
        """MAIL and RCPT with the extensions that this mail needs, or why this server cannot take it."""
        reverse, forward = _path(sender), _path(recipient)
        if reverse is None or forward is None or not recipient:
            return Failed("not sent: the address cannot be written in SMTP", "5.1.3")
        needs = _needs(reverse + forward, raw)
        for extension, _, why in needs:
            if not self._smtp.supports_extension(extension):
                return Failed(f"not sent: {why}, and {self._settings} does not offer {extension.upper()}", "5.6.7")
        sizes = [f"SIZE={len(raw)}"] if self._smtp.supports_extension("size") else []
        mail = [f"MAIL FROM:{reverse}", *sizes, *(option for _, option, _ in needs)]
        return " ".join(mail).encode(), f"RCPT TO:{forward}".encode()


def _needs(paths: str, raw: bytes) -> list[tuple[str, str, str]]:
    """The extensions without which the mail cannot be sent: name, option of MAIL, why (RFC 6531, RFC 6152)."""
    needs = []
    if not paths.isascii():
        needs.append(("smtputf8", "SMTPUTF8", "an address has letters outside ASCII before the @"))
    if not raw.isascii():
        needs.append(("8bitmime", "BODY=8BITMIME", "the mail has 8-bit content"))
    return needs


def _path(address: str) -> str | None:
    """An address as a path (RFC 5321 §4.1.2) with its domain as A-label; None for what could say more than that."""
    if not address:
        return "<>"
    local, _, name = address.rpartition("@")
    domain = a_label(name)
    if not local or UNSAFE_IN_PATH.search(local) or not DOMAIN.fullmatch(domain):
        return None
    return f"<{local}@{domain}>"


def _judge(stage: str, reply: aiosmtplib.SMTPResponse) -> Result | None:
    """None if the transaction goes on."""
    text, code = _spoken(*reply)
    match reply.code // 100:
        case digit if digit == EXPECTED[stage]:
            return None
        case 4:
            return Later(text, code)
        case 5 if _is_about_the_mail(stage, reply.code, code):
            return Failed(text, code)
        case 5:
            return _alarm(f"the mail server refuses us at {stage}: {text}", code)
        case _ if stage == "the final dot":
            return Uncertain(text)
        case _:
            return _alarm(f"the mail server gave an unexpected reply to {stage}: {text}", "4.5.0")


def _is_about_the_mail(stage: str, code: int, enhanced: str) -> bool:
    if stage == "MAIL":
        return code == 552 or bool(ABOUT_THE_MAIL.fullmatch(enhanced))
    return code not in SESSION_CODES


def _alarm(sentence: str, code: str) -> Later:
    return Later(one_line(sentence), code, one_line(sentence))


def _spoken(code: int, message: str) -> tuple[str, str]:
    """A reply as one line, and its enhanced code (RFC 3463) or the class of the plain one."""
    enhanced = ENHANCED.match(message)
    return one_line(f"{code} {message}"), enhanced[1] if enhanced else f"{code // 100}.0.0"


def _why(error: Exception) -> str:
    return str(error) or "no answer in time"
