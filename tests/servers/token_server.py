"""A token server (RFC 6749) over TLS: it gives, renews, replaces, revokes and explains access tokens.

`with TokenServer(folder) as server:` listens at https://localhost, with a certificate of its own authority. It checks
the client's secret, refresh tokens, PKCE, and the signed statement of a service account; a mail server asks it about a
token at `introspection` (RFC 7662). `trouble` answers instead of it, the first, second, … time; `replaces` makes it
give a new refresh token each time and refuse the old one; `lasts` is what it says of its tokens, in seconds. `forms`
holds those that came to the token endpoint.
"""

import base64
import hashlib
import json
import secrets
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from helpdeskd.config.oauth import OAuthTable
from tests.servers.certificates import Authority
from tests.servers.web import Web

CLIENT, SECRET = "the-client", "client-secret-7Qz"
ACCOUNT = "desk@project.iam.example"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
Form = dict[str, str]
Reply = tuple[int, dict[str, Any]]


class Refusal(Exception):
    """An error response (RFC 6749 §5.2)."""


class TokenServer(Web):
    """`user` is whose mailbox its tokens open; `refresh_token` the one that counts now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = Authority(folder)
        super().__init__(authority.issue("localhost"))
        self.authority = authority.certificate
        self.user, self.lasts = "support0", 3600
        self.refresh_token = f"refresh-{secrets.token_urlsafe(24)}"
        self.replaces = False
        self.trouble: list[tuple[int, bytes]] = []
        self.forms: list[Form] = []
        self.live: set[str] = set()
        self.issued: list[str] = []
        self.codes: dict[str, str] = {}
        self._key: RSAPrivateKey | None = None

    @property
    def tokens(self) -> str:
        return self.link("/token")

    @property
    def introspection(self) -> str:
        return self.link("/introspect")

    def revoke(self) -> None:
        """As an administrator does: nothing that was given counts any more."""
        self.live.clear()
        self.refresh_token = ""

    def allow_again(self) -> str:
        """A person has signed in anew; the refresh token that they got."""
        self.refresh_token = f"refresh-{secrets.token_urlsafe(24)}"
        return self.refresh_token

    def account_key(self) -> str:
        """The key file of a service account."""
        self._key = generate_private_key(65537, 2048)
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return json.dumps({"client_email": ACCOUNT, "private_key": pem, "private_key_id": "k1"}, indent=2)

    def sign_in(self, code: str, challenge: str) -> None:
        """A person has consented, and was given this code."""
        self.codes[code] = challenge

    def keys(self, grant: str, **more: str) -> dict[str, str]:
        """The keys of an [oauth.NAME] that signs in here; its secrets are put into files."""
        secret, refresh = self.folder / "oauth-secret", self.folder / "refresh-token"
        found = {"grant": grant, "token_endpoint": self.tokens, "ca_file": str(self.authority), **more}
        if grant == "service_account":
            secret.write_text(self.account_key())
            return {**found, "secret_file": str(secret), "user": self.user}
        secret.write_text(f"{SECRET}\n")
        if grant == "refresh_token":
            refresh.write_text(f"{self.refresh_token}\n")
            found["refresh_token_file"] = str(refresh)
        return {**found, "client_id": CLIENT, "secret_file": str(secret)}

    def table(self, grant: str, **more: str) -> OAuthTable:
        """The same as it is read."""
        OAuthTable.model_rebuild()
        return OAuthTable.model_validate(self.keys(grant, **more), context={"folder": self.folder})

    # What it answers.

    def reply(self, path: str, form: Form) -> Reply:
        if path == "/introspect":
            alive = form.get("token", "") in self.live
            return 200, {"active": alive, "username": self.user} if alive else {"active": False}
        self.forms.append(form)
        try:
            refresh = self._judged(form)
        except Refusal as refusal:
            error, _, said = str(refusal).partition(": ")
            return 401 if error == "invalid_client" else 400, {"error": error, "error_description": said}
        access = f"access-{secrets.token_urlsafe(24)}"
        self.live.add(access)
        self.issued.append(access)
        more = {"refresh_token": refresh} if refresh else {}
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": self.lasts, **more}

    def _judged(self, form: Form) -> str:
        """The refresh token to give with it, or ""."""
        grant = form.get("grant_type")
        if grant == JWT_BEARER:
            self._statement(form["assertion"])
            return ""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            raise Refusal(f"invalid_client: not {form.get('client_secret')}")
        if grant == "client_credentials":
            return ""
        if grant == "authorization_code":
            return self._by_code(form)
        if grant != "refresh_token" or form["refresh_token"] != self.refresh_token or not self.refresh_token:
            raise Refusal(f"invalid_grant: no such thing as {form.get('refresh_token')}")
        return self.allow_again() if self.replaces else ""

    def _by_code(self, form: Form) -> str:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if self.codes.pop(form["code"], "") != challenge:
            raise Refusal("invalid_grant: wrong code")
        return self.allow_again()

    def _statement(self, assertion: str) -> None:
        assert self._key is not None
        try:
            told = jwt.decode(assertion, self._key.public_key(), ["RS256"], audience=self.tokens)
        except jwt.InvalidTokenError as wrong:
            raise Refusal(f"invalid_grant: {wrong}") from None
        if told["iss"] != ACCOUNT or told["exp"] - told["iat"] > 3600:
            raise Refusal("unauthorized_client: unknown")
        self.user = told["sub"]

    def handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                if server.trouble and self.path == "/token":
                    status, content = server.trouble.pop(0)
                else:
                    status, told = server.reply(self.path, form)
                    content = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Silent."""

        return Handler
