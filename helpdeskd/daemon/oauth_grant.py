"""One request to a token server (RFC 6749), and its answer judged.

`granted` asks by the grant that a sign-in's table names: client credentials (RFC 6749 §4.4), a refresh token (§6), or a
service account's own statement, signed with its key (RFC 7523). `exchanged` turns the code of a person's sign-in into
the first refresh token (§4.1.3, RFC 7636). https only, at most 20 seconds and 64 KiB; redirects are not followed.

Raises NoTokenYet for what passes by itself (network, 429, 5xx, a server that says so), and NoToken for all else, with
what an administrator should do. Texts of the server are shortened, and none of our secrets that they repeat is shown.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlencode

from helpdeskd.config.credentials import secret, secret_lines
from helpdeskd.config.oauth import OAuthTable
from helpdeskd.daemon import https
from helpdeskd.mail.oauth import NoToken, NoTokenYet

SECONDS = 20.0
SIZE = 64 * 1024
USUAL_SECONDS = 3600
"""How long a token lasts whose server does not say (RFC 6749 §5.1)."""
SKEW_SECONDS = 300
"""How wrong this machine's clock may be for a service account's statement."""
ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOLD_LENGTH = 200
SECRET_LENGTH = 8
"""Shorter ones are no secrets, and may be part of any word."""

PASSES = {"temporarily_unavailable", "server_error", "slow_down"}
SIGN_IN_AGAIN = "the sign-in was revoked or has ended; sign in again with `helpdeskd authorize`"
WHAT_TO_DO = {
    "invalid_client": "the client's id or secret is wrong, or the secret has expired; make a new secret",
    "unauthorized_client": "the application is not known there, or not allowed to do this; see docs/mailboxes.md",
    "invalid_scope": "the application was not given the permission; see docs/mailboxes.md",
    "access_denied": "an administrator of the provider must allow it",
    "interaction_required": SIGN_IN_AGAIN,
    "consent_required": SIGN_IN_AGAIN,
}
OF_GRANT = {
    "refresh_token": SIGN_IN_AGAIN,
    "service_account": "the account's key was withdrawn, it may not act for this user, or the clock here is wrong",
    "client_credentials": "the application's permission was withdrawn; see docs/mailboxes.md",
}
"""What invalid_grant means."""


@dataclass(frozen=True, slots=True)
class Granted:
    """An access token, the seconds that it lasts, and the refresh token that came with it, "" for none."""

    access: str = field(repr=False)
    seconds: float
    refresh: str = field(repr=False)


def granted(name: str, table: OAuthTable, refresh_token: str, now: float) -> Granted:
    """A new access token for the sign-in of that name; `now` is in seconds since 1970."""
    if table.grant == "refresh_token":
        return _asked(name, table, {"grant_type": "refresh_token", "refresh_token": refresh_token, **_client(table)})
    if table.grant == "client_credentials":
        return _asked(name, table, {"grant_type": "client_credentials", **_client(table), **_scope(table)})
    return _asked(name, table, {"grant_type": JWT_BEARER, "assertion": _statement(table, now)})


def exchanged(name: str, table: OAuthTable, code: str, verifier: str, redirect: str) -> str:
    """The refresh token for the code of a sign-in, whose link had the hash of `verifier` and led to `redirect`."""
    proof = {"code": code, "code_verifier": verifier, "redirect_uri": redirect}
    refresh = _asked(name, table, {"grant_type": "authorization_code", **proof, **_client(table)}).refresh
    if not refresh:
        raise NoToken(f"oauth.{name}: the server gave no refresh token (does the scope want offline access?)")
    return refresh


def _client(table: OAuthTable) -> dict[str, str]:
    has_secret = table.secret_file or table.secret_credential
    word = {"client_secret": secret(table.secret_file, table.secret_credential)} if has_secret else {}
    return {"client_id": table.client_id, **word}


def _scope(table: OAuthTable) -> dict[str, str]:
    return {"scope": table.scopes} if table.scopes else {}


def _statement(table: OAuthTable, now: float) -> str:
    """What a service account says of itself, signed (RFC 7523 §3); good although our clock is wrong by minutes."""
    import jwt  # of the extra [oauth]

    key = _json("\n".join(secret_lines(table.secret_file, table.secret_credential)))
    begins, ends = int(now) - SKEW_SECONDS, int(now) + SKEW_SECONDS
    claims = {"sub": table.user, "aud": table.tokens_at, "iat": begins, "exp": ends, **_scope(table)}
    try:
        headers = {"kid": str(key["private_key_id"])}
        return jwt.encode({"iss": key["client_email"], **claims}, key["private_key"], "RS256", headers)
    except (KeyError, TypeError, ValueError, jwt.PyJWTError):
        raise ValueError("the service account's key is none (give the JSON file that Google made, whole)") from None


def _asked(name: str, table: OAuthTable, form: Mapping[str, str]) -> Granted:
    where = f"oauth.{name}: {table.tokens_at}"
    limits = https.Limits(SECONDS, SIZE, ANYWHERE, table.ca_file)
    body, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
    try:
        answer = https.request("POST", table.tokens_at, limits, body, kind)
    except ssl.SSLCertVerificationError as fault:
        raise NoToken(f"{where} has no valid certificate: {fault.verify_message}") from None
    except (OSError, HTTPException, https.Refused) as fault:
        raise NoTokenYet(f"{where} cannot be asked now: {fault or type(fault).__name__}") from None
    told = _json(answer.body)
    if answer.status == 200 and "access_token" in told:
        return _granted(where, told)
    raise _refusal(where, table, answer.status, {name: _clean(str(text), form) for name, text in told.items()})


def _granted(where: str, told: Mapping[str, Any]) -> Granted:
    access, kind, refresh = told["access_token"], told.get("token_type", "Bearer"), told.get("refresh_token", "")
    if not isinstance(access, str) or not isinstance(refresh, str) or str(kind).lower() != "bearer":
        raise NoToken(f"{where} gives a token of a kind that opens no mailbox (a Bearer token would)")
    seconds = str(told.get("expires_in", USUAL_SECONDS))
    return Granted(access, float(seconds) if seconds.isdecimal() else USUAL_SECONDS, refresh)


def _refusal(where: str, table: OAuthTable, status: int, told: Mapping[str, str]) -> NoToken:
    error = told.get("error", "")
    if status in {408, 429} or status >= 500 or error in PASSES:
        return NoTokenYet(f"{where} cannot answer now ({status} {error})")
    if not error:
        kind = NoToken if 400 <= status < 500 else NoTokenYet
        return kind(f"{where} answers {status} without a token or a reason (is it the right endpoint?)")
    to_do = OF_GRANT[table.grant] if error == "invalid_grant" else WHAT_TO_DO.get(error, "see docs/mailboxes.md")
    said = told.get("error_description", "")
    return NoToken(f"{where} refuses with {error}: {to_do}{f' (it says: {said})' if said else ''}")


def _json(body: bytes | str) -> dict[str, Any]:
    """The object that a JSON text is, {} for anything else."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _clean(text: str, form: Mapping[str, str]) -> str:
    """The first line of what the server says, short, printable, and without what only it and we may know."""
    for name in form.keys() - {"grant_type", "client_id", "scope", "redirect_uri"}:
        text = text.replace(form[name], "…") if len(form[name]) >= SECRET_LENGTH else text
    line = next(iter(text.partition("Trace ID:")[0].splitlines()), "").strip()
    return "".join(letter if letter.isprintable() else " " for letter in line)[:TOLD_LENGTH]
