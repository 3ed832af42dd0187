"""What a client may say over SMTP (RFC 5321), and how a mail is taken.

EHLO announces what we do and no more (no CHUNKING, no DSN). MAIL and RCPT are aiosmtpd's with `Gate`'s decisions, AUTH
is aiosmtpd's with the passwords checked off the loop, DATA is ours. `Accept` gets one envelope per recipient and raw
under our Received field, as a task of its own that a client which hangs up cannot cancel; only its return makes
a 250 (spec P1). A mail that has more than 50 Received fields is refused as a loop.
"""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from aiosmtpd.smtp import MISSING, AuthResult, LoginPassword, TLSSetupException, syntax
from aiosmtpd.smtp import Envelope as Transaction

from helpdeskd.domain.message import Envelope
from helpdeskd.failpoint import reach
from helpdeskd.mail.smtp_connection import ENDLESS_LINE, Connection
from helpdeskd.mail.smtp_data import Refused, read_data
from helpdeskd.mail.smtp_reply import parse_path
from helpdeskd.mail.smtp_settings import StorageFull
from helpdeskd.mail.smtp_trace import HOPS_LIMIT, Hop, hops, received_field

FULL = "452 4.3.1 We have no room, come again later"
LOOP = "554 5.4.6 The mail goes round in a loop"
GUESSED = "421 4.7.0 Too many wrong logins from your address, come again later"
LONGEST_HELO = 255
"""A name of a host is no longer (RFC 5321 §4.5.3.1.2)."""


class SmtpSession(Connection):
    """An SMTP session. The names of aiosmtpd's methods are the verbs that it serves."""

    AuthLoginUsernameChallenge = "Username:"
    AuthLoginPasswordChallenge = "Password:"

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str | None) -> None:
        if hostname is None:
            await self.push("501 Syntax: EHLO hostname")
            return
        self._begin(hostname, extended=True)
        lines = ["PIPELINING", f"SIZE {self.data_size_limit}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        if self.tls_context and not self.tls:
            lines.append("STARTTLS")
        if self._may_authenticate():
            lines.append("AUTH PLAIN LOGIN")
        await self.greet(250, self.hostname, *lines)

    @syntax("HELO hostname")
    async def smtp_HELO(self, hostname: str | None) -> None:
        if hostname is None:
            await self.push("501 Syntax: HELO hostname")
            return
        self._begin(hostname, extended=False)
        await self.greet(250, self.hostname)

    def _begin(self, hostname: str, *, extended: bool) -> None:
        assert self.session is not None
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session.host_name = hostname
        self.session.extended_smtp = extended

    async def smtp_VRFY(self, _arg: str | None) -> None:
        await self.push("252 2.1.5 Send the mail, and you will know")

    async def smtp_HELP(self, _arg: str | None) -> None:
        await self.push("214 2.0.0 See RFC 5321")

    async def smtp_BDAT(self, _arg: str | None) -> None:
        await self.push("502 5.5.1 CHUNKING is not offered here")

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        if self.tls or not self.tls_context:
            await self.push("503 5.5.1 TLS is in place already" if self.tls else "502 5.5.1 No TLS here")
            return
        try:
            await super().smtp_STARTTLS(arg)
        except TLSSetupException as error:
            # A failed handshake closes the transport under us without a word to its protocol.
            self.abort()
            self.connection_lost(error)

    # AUTH (RFC 4954)

    def _may_authenticate(self) -> bool:
        settings = self.intake.settings
        return settings.logins is not None and (self.tls is not None or not settings.require_tls_for_auth)

    async def smtp_AUTH(self, arg: str | None) -> None:
        if self.intake.settings.logins is None:
            await self.push("502 5.5.1 No AUTH here")
            return
        if self._in_transaction():
            await self.push("503 5.5.1 AUTH comes before MAIL")
            return
        if self.traffic.guesses.barred(self.client, self.loop.time()):
            await self.push(GUESSED)
            return
        mechanism, _, initial = (arg or "").partition(" ")
        await super().smtp_AUTH(f"{mechanism.upper()} {initial}".strip())

    async def auth_PLAIN(self, _: Any, args: list[str]) -> AuthResult:
        return await self._checked(await super().auth_PLAIN(_, args))

    async def auth_LOGIN(self, _: Any, args: list[str]) -> AuthResult:
        return await self._checked(await super().auth_LOGIN(_, args))

    async def challenge_auth(self, *challenge: Any, **options: Any) -> Any:
        """What the client answers; one that never ends its line is sent away."""
        try:
            return await super().challenge_auth(*challenge, **options)
        except ValueError:
            await self.push(ENDLESS_LINE)
            return MISSING

    def _authenticate(self, _mechanism: str, auth_data: LoginPassword) -> AuthResult:
        """What was given, not checked yet: aiosmtpd would check it on the loop, and a password hash stop everybody."""
        return AuthResult(success=False, auth_data=auth_data)

    async def _checked(self, given: AuthResult) -> AuthResult:
        if given.auth_data is None:
            return given
        check = self.intake.settings.logins
        login = given.auth_data.login.decode("utf-8", "replace")
        assert check is not None
        known = await self.loop.run_in_executor(None, check, login, given.auth_data.password)
        if not known:
            self.traffic.guesses.wrong(self.client, self.loop.time())
            await asyncio.sleep(self.intake.settings.login_pause)
        return AuthResult(success=known, handled=False, auth_data=login)

    # MAIL and RCPT

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return parse_path(arg) or (None, None)

    def _getparams(self, params: Sequence[str]) -> dict[str, str | bool] | None:
        """AUTH= (RFC 4954 §5) names who another server says has written it: understood, and not believed."""
        return super()._getparams([param for param in params if not param.startswith("AUTH=")])

    # DATA

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        transaction = self.envelope
        assert transaction is not None
        if arg is not None or not transaction.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 5.5.1 No valid recipients")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        reply = await self._receive(transaction)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        self.patience.next_command(self.loop.time())
        self.watch()
        await self.answer(transaction.rcpt_tos, reply)
        reach("smtp.answered")

    async def answer(self, _recipients: list[str], reply: str) -> None:
        """One reply for the mail."""
        await self.push(reply)

    async def _receive(self, transaction: Transaction) -> str:
        """Read the mail, take it or not, and say what to reply."""
        self.patience.receive(self.loop.time())
        self.watch()
        with self.traffic.room() as room:
            content = await read_data(self._reader, self.intake.settings, room.take)
            assert self._timeout_handle is not None
            self._timeout_handle.cancel()
            if isinstance(content, Refused):
                return content.reply
            return LOOP if hops(content) > HOPS_LIMIT else await self._take(transaction, content)

    async def _take(self, transaction: Transaction, content: bytes) -> str:
        assert self.session is not None
        login = self.session.auth_data or ""
        hop = Hop(
            greeting=self.session.host_name or "",
            client=self.client,
            hostname=self.hostname,
            protocol=self.intake.settings.protocol,
            extended=self.session.extended_smtp,
            utf8=transaction.smtp_utf8,
            cipher=self._cipher(),
            login=bool(login),
            id=secrets.token_hex(8),
            at=self.intake.now(),
        )
        envelopes = [
            Envelope(
                reverse_path="" if transaction.mail_from == "<>" else transaction.mail_from,
                forward_path=recipient,
                received_at=hop.at,
                source=hop.protocol,
                peer=hop.client,
                login=login,
                account=self.intake.settings.account,
                helo=hop.greeting[:LONGEST_HELO],
            )
            for recipient in dict.fromkeys(transaction.rcpt_tos)
        ]
        return await self._commit(envelopes, received_field(hop) + content, hop.id)

    def _cipher(self) -> str:
        cipher = self.tls.cipher() if self.tls else None
        return f"{cipher[1]} {cipher[0]}" if cipher else ""

    async def _commit(self, envelopes: list[Envelope], raw: bytes, identity: str) -> str:
        try:
            commit = asyncio.ensure_future(self.intake.accept(envelopes, raw))
            self.traffic.commits.add(commit)
            commit.add_done_callback(self.traffic.commits.discard)
            await asyncio.shield(commit)
        except StorageFull:
            return FULL
        except Exception as error:
            return await self.handle_exception(error)
        self.errors = self.junk = 0
        self.patience.next_mail(self.loop.time())
        return f"250 2.0.0 Taken as {identity}"
