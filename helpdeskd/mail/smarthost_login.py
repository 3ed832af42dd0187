"""AUTH at the smarthost (RFC 4954): with a password, or with an access token.

`log_in` uses the first method that both sides know. Raises NoMethod where there is none, SMTPAuthenticationError for a
refusal, and what the password's or token's source and the connection raise.
"""

import asyncio
import base64

from aiosmtplib import SMTP, SMTPAuthenticationError

from helpdeskd.mail.delivery import SmarthostSettings
from helpdeskd.mail.oauth import exchange

COMMAND_LENGTH = 510
"""Octets of a command without its CRLF (RFC 5321 §4.5.3.1.4)."""


class NoMethod(Exception):
    """The server offers no method that we may use; the text is for an administrator."""


async def token_for(settings: SmarthostSettings, refused: str = "") -> str:
    """An access token, another one than the `refused`; "" where a password is used. Raises NoToken."""
    return await asyncio.to_thread(settings.token, refused) if settings.token else ""


async def log_in(smtp: SMTP, settings: SmarthostSettings, token: str) -> None:
    """Log in, where the settings have a login."""
    if not settings.login:
        return
    methods = (settings.mechanism.lower(),) if settings.token else ("plain", "login")
    method = next((name for name in methods if name in smtp.server_auth_methods), None)
    if method is None:
        raise NoMethod(f"{settings} offers none of the login methods {', '.join(methods)}")
    if settings.password is None:
        await _present(smtp, settings, token)
        return
    password = await asyncio.to_thread(settings.password)
    await (smtp.auth_plain if method == "plain" else smtp.auth_login)(settings.login, password)


async def _present(smtp: SMTP, settings: SmarthostSettings, token: str) -> None:
    """The token in the command, or on a line of its own where it is too long for one (RFC 4954 §4)."""
    server = (settings.host, settings.port)
    messages = [base64.b64encode(each) for each in exchange(settings.mechanism, settings.login, token, server)]
    command = f"AUTH {settings.mechanism}".encode()
    if len(command) + 1 + len(messages[0]) <= COMMAND_LENGTH:
        command += b" " + messages.pop(0)
    reply = await smtp.execute_command(command)
    while reply.code == 334 and messages:
        reply = await smtp.execute_command(messages.pop(0))
    if reply.code != 235:
        raise SMTPAuthenticationError(*reply)
