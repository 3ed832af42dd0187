"""`helpdeskd authorize NAME [FILE]`: a person signs in once, and the desk gets its refresh token.

For `[oauth.NAME]` with grant = "refresh_token". It prints a link; whoever owns the mailbox opens it in any browser,
signs in and consents. The browser then goes to http://localhost, where nothing needs to answer: the address that it
shows is pasted here. The refresh token is written to FILE (default: refresh_token_file), readable by its owner only,
and is never shown. The code is good for this run only (RFC 7636). The exit status is 1 where there is no token.
"""

import argparse
import base64
import hashlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from helpdeskd.cli.common import add_config, fail, with_config
from helpdeskd.config.credentials import secret
from helpdeskd.config.load import Loaded
from helpdeskd.config.oauth import OAuthTable
from helpdeskd.daemon.oauth_grant import exchanged
from helpdeskd.mail.oauth import NoToken

REDIRECT = "http://localhost"
ALSO_ASKED = {"google": {"access_type": "offline", "prompt": "consent"}, "microsoft365": {"prompt": "select_account"}}
"""What makes Google give a refresh token each time, and Microsoft ask which account it is."""


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("authorize", help="sign in once, for a refresh token")
    parser.add_argument("name", metavar="NAME", help="of an [oauth.NAME]")
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="default: its refresh_token_file")
    parser.set_defaults(run=with_config(_authorize))
    add_config(parser)


def _authorize(args: argparse.Namespace, loaded: Loaded) -> int:
    table = loaded.settings.oauth.get(args.name)
    if table is None or table.grant != "refresh_token":
        return fail(f'oauth.{args.name}: is no sign-in of a person (an [oauth.{args.name}], grant = "refresh_token")')
    if not table.sign_in_at:
        return fail(f"oauth.{args.name}: nowhere to sign in (give authorization_endpoint)")
    file = args.file or table.refresh_token_file
    if file is None:
        return fail(f"oauth.{args.name}: nowhere to write the token (give a FILE)")
    if table.secret_file or table.secret_credential:
        secret(table.secret_file, table.secret_credential)  # cannot be read: better told before somebody has signed in
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    print(f"Open this link, sign in as the owner of the mailbox, and consent:\n\n{link(table, state, verifier)}\n")
    print("The browser then shows a page that cannot be reached. Paste the address of that page:", flush=True)
    try:
        _write(file, exchanged(args.name, table, _code(input(), state), verifier, REDIRECT))
    except (NoToken, ValueError, EOFError) as fault:
        return fail(str(fault) or "no address was pasted")
    print(f"{file}: written. Restart helpdeskd if it is a credential of systemd.")
    return 0


def link(table: OAuthTable, state: str, verifier: str) -> str:
    """Where a person signs in; only who knows `verifier` can use the code that comes of it (RFC 7636 §4.3)."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": table.client_id, "response_type": "code", "redirect_uri": REDIRECT, "state": state}
    proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    scope = {"scope": table.scopes} if table.scopes else {}
    return f"{table.sign_in_at}?{urlencode({**asked, **scope, **proof, **ALSO_ASKED.get(table.provider or '', {})})}"


def _code(pasted: str, state: str) -> str:
    """The code in the address that the browser shows. Raises ValueError."""
    told = {name: values[0] for name, values in parse_qs(urlsplit(pasted.strip()).query).items()}
    if "error" in told:
        raise ValueError(f"not signed in: {told.get('error_description') or told['error']}")
    if not secrets.compare_digest(told.get("state", "").encode(), state.encode()) or "code" not in told:
        raise ValueError(f"that is not the address ({REDIRECT}/?code=… of this sign-in; begin again)")
    return told["code"]


def _write(file: Path, token: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w") as written:
        os.fchmod(handle, 0o600)
        written.write(f"{token}\n")
