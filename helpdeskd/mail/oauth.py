"""Logging in with an access token: what is said to the server, and how it is told that there is none.

`exchange` gives the client's two messages of a token login (SASL): the one with the token, and the answer to a refusal,
which comes as a challenge with its reason. XOAUTH2 (Google's and Microsoft's) answers it with nothing, OAUTHBEARER with
one %x01 (RFC 7628 §3.2.3). A `TokenSource` gives the token; it raises NoToken for what an administrator must mend, and
NoTokenYet for what passes by itself. Neither error's text ever holds a token or a secret.
"""

import re
from collections.abc import Callable
from typing import Literal

Mechanism = Literal["XOAUTH2", "OAUTHBEARER"]

TokenSource = Callable[[str], str]
"""Gives an access token for a login; the argument is one that the server has just refused, "" for none."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class NoToken(Exception):
    """There is no access token; the text tells an administrator why, and what to do."""


class NoTokenYet(NoToken):
    """There is none for now: asking again later may bring one."""


def exchange(mechanism: Mechanism, user: str, token: str, server: tuple[str, int]) -> tuple[bytes, bytes]:
    """The message that logs in, and the answer to a refusal. Raises NoToken for what is no token (RFC 6750 §2.1)."""
    if not _TOKEN.fullmatch(token):
        raise NoToken(f"what {user} was given as an access token is none: it holds spaces or special characters")
    if mechanism == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {token}\x01\x01".encode(), b""
    name = user.replace("=", "=3D").replace(",", "=2C")
    host, port = server
    return f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01".encode(), b"\x01"
