"""The life of one client's connection, whatever it says: admission, command loop, patience, limits, closing.

aiosmtpd gives the commands, the TLS layer and AUTH; the loop is ours, because its own takes a lone LF for a line's end,
cuts off an active upload, forgets what it counted, and tells a client the text of our exceptions. Our faults are 451
4.3.0 and go to the event loop's exception handler. The client's faults are counted over the whole connection (STARTTLS
does not reset them, a mail taken does), and too many end in a 421, which is always the last reply. Every wait for
the client is watched by one timer that asks `Patience`. A half-closed connection is served to its end. Behind a
balancer, only its own connections are heard, and each must begin with a PROXY header that is right.
"""

import asyncio
import ssl
import struct
from ipaddress import ip_address
from typing import AnyStr

from aiosmtpd.proxy_protocol import V2_CMD, get_proxy
from aiosmtpd.smtp import SMTP, Session, TLSSetupException

from helpdeskd.mail.smtp_gate import TOO_MANY_RECIPIENTS, Gate
from helpdeskd.mail.smtp_limits import CLOSING, Patience, Traffic, address_of, plain_address
from helpdeskd.mail.smtp_reply import parse_command, with_enhanced_code
from helpdeskd.mail.smtp_settings import Intake

FAULT = "451 4.3.0 We have a problem, come again later"
SYNTAX = "500 5.5.2 That is no command line"
UNKNOWN = "500 5.5.1 No such command"
ENDLESS_LINE = "421 4.7.0 A command line without end"
TOO_MANY_ERRORS = "421 4.7.0 Too many errors"
TOO_MUCH_JUNK = "421 4.7.0 Too many commands that lead to no mail"
TOO_SLOW = "421 4.4.2 You took too long"
NO_BALANCER = "554 5.7.1 Only our balancer may connect here"
BAD_PROXY = "554 5.5.0 That is no PROXY header"

LAST_WORD_SECONDS = 10
"""How long a client may take to read our last reply."""

_JUNK = frozenset({"NOOP", "RSET", "VRFY", "EXPN", "HELP", "HELO", "EHLO", "LHLO"})
_GONE = (ConnectionError, asyncio.IncompleteReadError, TLSSetupException)


class ClientSession(Session):
    """aiosmtpd's state of one TLS layer, without its warning about a field that it sets itself."""

    login_data = None


class Connection(SMTP):
    """A connection of a listener. `intake` and `traffic` are shared by all of them, `live` is where each is listed."""

    # What the stream holds before it makes the client wait, so content comes in such blocks.
    line_length_limit = 64 * 1024
    client = ""
    _verbs: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        cls._verbs = tuple(name for name in dir(cls) if name.startswith(("smtp_", "auth_")))

    def __init__(self, intake: Intake, traffic: Traffic, live: set["Connection"]) -> None:
        settings = intake.settings
        super().__init__(
            Gate(intake),
            data_size_limit=settings.max_size,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            tls_context=None if settings.implicit_tls else settings.tls,
            timeout=settings.idle_seconds,
            auth_require_tls=settings.require_tls_for_auth and not settings.implicit_tls,
            loop=asyncio.get_running_loop(),
        )
        self.intake = intake
        self.traffic = traffic
        self.errors = 0
        self.junk = 0
        self.tls: ssl.SSLObject | None = None
        self.patience = Patience(settings, self.loop.time())
        self.lost: asyncio.Future[None] = self.loop.create_future()
        self._live = live
        self._admitted = False
        self._between_commands = False
        self._ended = False

    def __dir__(self) -> tuple[str, ...]:
        """Its verbs only: for each connection aiosmtpd looks through all names for them, some three hundred, twice."""
        return self._verbs

    def watch(self) -> None:
        """See to it that the timer looks when patience ends; where it looks sooner, it is set again then."""
        due, timer = self._due(), self._timeout_handle
        if timer is None or timer.cancelled() or timer.when() > due:
            self._reset_timeout(max(0.001, due - self.loop.time()))

    def hurry(self) -> None:
        """Places have become scarce: be patient for less long, unless it is us who is waited for."""
        if self._timeout_handle is not None and not self._timeout_handle.cancelled():
            self.watch()

    def _due(self) -> float:
        return self.patience.due(hurry=self.traffic.crowded)

    def knock(self, address: str) -> str:
        """Count a client in, before a word is said; "" if it may stay, else the reply that sends it away."""
        self.client, self._admitted = address, True
        self._count_in()
        return self.traffic.admit(address)

    def count_out(self) -> None:
        """The client has gone; only the first time counts."""
        if self in self._live:
            self._live.remove(self)
            self.lost.set_result(None)
            self.traffic.connections -= 1
            if self._admitted:
                self.traffic.leave(self.client)

    def _count_in(self) -> None:
        if self in self._live:
            return
        was_crowded = self.traffic.crowded
        self._live.add(self)
        self.traffic.connections += 1
        if self.traffic.crowded and not was_crowded:
            for connection in self._live:
                connection.hurry()

    def leave(self) -> None:
        """Say goodbye now, or when the transaction under way has ended."""
        if self._between_commands and not self._in_transaction():
            self._hang_up(CLOSING)

    def abort(self) -> None:
        """Cut the connection off; a commit under way goes on."""
        if self.transport is not None:
            self._writer.transport.abort()

    # What the transport calls. STARTTLS calls connection_made a second time, with its own transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._count_in()
        self.tls = transport.get_extra_info("ssl_object")
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.count_out()

    def data_received(self, data: bytes) -> None:
        self.patience.heard(self.loop.time(), len(data))
        super().data_received(data)

    def eof_received(self) -> bool:
        """The client has sent all: what it sent is still served, and it gets its replies where the transport can."""
        self._reader.feed_eof()
        return self.tls is None

    def _timeout_cb(self) -> None:
        self._timeout_handle = None
        if self._due() > self.loop.time():
            self.watch()
        else:
            self._hang_up(TOO_SLOW)
            self._reset_timeout(LAST_WORD_SECONDS)

    def _hang_up(self, reply: str) -> None:
        """A last reply, unless the client has stopped reading replies."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.write(reply.encode() + b"\r\n")
            transport.close()

    # The conversation.

    def _create_session(self) -> Session:
        return ClientSession(self.loop)

    def _in_transaction(self) -> bool:
        return self.envelope is not None and self.envelope.mail_from is not None

    async def push(self, status: AnyStr) -> None:
        """Send a reply, with its enhanced code, and count what it says of the client."""
        reply = with_enhanced_code(status if isinstance(status, str) else status.decode())
        if reply.startswith(("4", "5")):
            self.intake.refused(self.client, reply)
        if reply.startswith("5"):
            self.errors += 1
        elif reply == TOO_MANY_RECIPIENTS:
            self.junk += 1
        self._ended = self._ended or reply.startswith("421")
        await super().push(reply)

    async def greet(self, code: int, *lines: str) -> None:
        """A reply of one or more lines that bears no enhanced code (RFC 2034 §4)."""
        await super().push("\r\n".join([*(f"{code}-{line}" for line in lines[:-1]), f"{code} {lines[-1]}"]))

    async def handle_exception(self, error: Exception) -> str:
        """Tell the operator, not the client."""
        self.loop.call_exception_handler({"message": "fault in an SMTP session", "exception": error})
        return FAULT

    async def _handle_client(self) -> None:
        try:
            await self._admit()
            while self.transport is not None and not self._ended:
                await self._turn()
        except _GONE:
            self._ended = True
        finally:
            if self.transport is not None:
                self.transport.close()

    async def _admit(self) -> None:
        self.watch()
        assert self.session is not None
        refusal = ""
        if not self._admitted:
            self.client = address_of(self.session.peer)
            refusal = await self._proxied() or self.knock(self.client)
        if refusal:
            await self.push(refusal)
            self._ended = True
        else:
            await self.greet(220, f"{self.hostname} {'ESMTP' if self.intake.settings.protocol == 'smtp' else 'LMTP'}")

    async def _proxied(self) -> str:
        """Put the balancer's client into its place; the reply that sends away who is none, and who errs."""
        balancers = self.intake.settings.balancers
        if not balancers:
            return ""
        if not self.client or not any(ip_address(self.client) in network for network in balancers):
            return NO_BALANCER
        try:
            proxied = await get_proxy(self._reader)
        except (ValueError, LookupError, struct.error, asyncio.LimitOverrunError):
            return BAD_PROXY
        if not proxied.valid:
            return BAD_PROXY
        # Where it names nobody (UNKNOWN, LOCAL) none is known: the balancer's own may be one that is believed.
        names_client = proxied.command != V2_CMD.LOCAL and proxied.src_addr is not None
        self.client = plain_address(str(proxied.src_addr)) if names_client else ""
        return ""

    async def _turn(self) -> None:
        """One command and its reply."""
        if self.traffic.closing and not self._in_transaction():
            await self.push(CLOSING)
            return
        self.patience.next_command(self.loop.time())
        if self._due() <= self.loop.time():  # a client faster than the timer
            await self.push(TOO_SLOW)
            return
        self.watch()
        self._between_commands = True
        try:
            line = await self._reader.readuntil()
        except asyncio.LimitOverrunError:
            await self.push(ENDLESS_LINE)
            return
        self._between_commands = False
        command = parse_command(line)
        if command is None:
            await self.push(SYNTAX)
        else:
            await self._perform(*command)
        await self._judge()

    async def _perform(self, verb: str, argument: str | None) -> None:
        self.junk += verb in _JUNK
        method = self._smtp_methods.get(verb)
        if method is None:
            await self.push(UNKNOWN)
            return
        try:
            await method(argument)
        except _GONE:
            raise
        except Exception as error:
            await self.push(await self.handle_exception(error))

    async def _judge(self) -> None:
        if self._ended:
            return
        if self.errors > self.intake.settings.max_errors:
            await self.push(TOO_MANY_ERRORS)
        elif self.junk > self.intake.settings.max_junk:
            await self.push(TOO_MUCH_JUNK)
