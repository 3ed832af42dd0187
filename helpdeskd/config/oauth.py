"""Sign-ins at token servers (OAuth 2.0), whose access tokens open mailboxes and the smarthost.

A table says by which grant a token is had (RFC 6749 §4.4 and §6, RFC 7523 for service accounts) and where; a provider's
endpoints and scopes are known. Secrets are in files or credentials, as everywhere. Keys that cannot go together are
refused with a ValueError for people.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import PlainValidator, model_validator

from helpdeskd.config.fields import File, Name, Table, Words, key

Grant = Literal["client_credentials", "refresh_token", "service_account"]

MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
MICROSOFT_SCOPES = {
    "client_credentials": "https://outlook.office365.com/.default",
    "refresh_token": "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
    " offline_access",
}
GOOGLE_TOKENS = "https://oauth2.googleapis.com/token"
GOOGLE_SIGN_IN = "https://accounts.google.com/o/oauth2/v2/auth"
GOOGLE_SCOPE = "https://mail.google.com/"


def _endpoint(value: object) -> str:
    if not isinstance(value, str) or not value.startswith("https://") or not value.isprintable() or " " in value:
        raise ValueError(f'"{value}" is no endpoint (a link that begins with https://)')
    return value


Endpoint = Annotated[str, PlainValidator(_endpoint)]


class OAuthTable(Table):
    """A sign-in at a token server, by name; a mailbox or the smarthost uses it with oauth = "NAME"."""

    grant: Grant = key(
        says="How tokens are had: client_credentials (Microsoft), service_account (Google), or refresh_token (both).",
        such="client_credentials",
    )
    provider: Literal["microsoft365", "google"] | None = key(
        None, "Whose tokens: microsoft365 or google; for others give token_endpoint.", such="microsoft365"
    )
    tenant: Name | None = key(
        None, "At Microsoft: the directory (tenant) ID, or a domain of the tenant.", such="desk.example"
    )
    client_id: str = key(
        "", "The application (client) ID; a service account has none.", such="00000000-0000-0000-0000-000000000000"
    )
    secret_file: File | None = key(
        None, "A file with the client's secret, or with a service account's JSON key.", such="/etc/helpdeskd/secret"
    )
    secret_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="oauth-secret")
    refresh_token_file: File | None = key(
        None, "A file with the refresh token that `helpdeskd authorize` wrote.", such="/etc/helpdeskd/refresh-token"
    )
    refresh_token_credential: Name | None = key(
        None, "Instead: the name of a credential of systemd.", such="oauth-refresh-token"
    )
    user: Words | None = key(None, "Whose mailbox a service account opens.", such="support@desk.example")
    token_endpoint: Endpoint | None = key(
        None, "Where another provider gives tokens.", such="https://login.desk.example/token"
    )
    authorization_endpoint: Endpoint | None = key(
        None,
        "Where people sign in at another provider, for `helpdeskd authorize`.",
        such="https://login.desk.example/auth",
    )
    scope: str = key(
        "", "What tokens are asked for, instead of what the provider is known to want.", such="https://mail.google.com/"
    )
    ca_file: File | None = key(None, "Certificate authorities instead of the system's, PEM.", such="/etc/ssl/ca.pem")

    @model_validator(mode="after")
    def _can_go_together(self) -> "OAuthTable":
        wrong = next((text for is_wrong, text in (*self._of_provider(), *self._of_grant()) if is_wrong), None)
        if wrong:
            raise ValueError(wrong)
        return self

    def _of_provider(self) -> Iterator[tuple[bool, str]]:
        microsoft = self.provider == "microsoft365"
        google = self.provider == "google"
        yield not (self.provider or self.token_endpoint), "nowhere to get tokens (give provider or token_endpoint)"
        own = self.token_endpoint or self.authorization_endpoint
        yield bool(self.provider and own), f"the endpoints of {self.provider} are known (leave out provider, or them)"
        yield microsoft and not self.tenant, "microsoft365 needs a tenant (its directory ID)"
        yield bool(self.tenant) and not microsoft, "a tenant is for microsoft365 only (leave it out)"
        no_client = google and self.grant == "client_credentials"
        yield no_client, "google has no client_credentials for mail (use service_account or refresh_token)"
        no_account = microsoft and self.grant == "service_account"
        yield no_account, "microsoft365 has no service_account (use client_credentials or refresh_token)"

    def _of_grant(self) -> Iterator[tuple[bool, str]]:
        secrets = bool(self.secret_file) + bool(self.secret_credential)
        refresh = bool(self.refresh_token_file) + bool(self.refresh_token_credential)
        by_refresh, by_account = self.grant == "refresh_token", self.grant == "service_account"
        yield secrets > 1, "give one of secret_file and secret_credential"
        yield not secrets and not by_refresh, f"{self.grant} needs one of secret_file and secret_credential"
        wanted = "exactly one of refresh_token_file and refresh_token_credential"
        yield by_refresh and refresh != 1, f"refresh_token needs {wanted}"
        yield bool(refresh) and not by_refresh, f'a refresh token is for grant = "refresh_token", not for {self.grant}'
        yield by_account and not self.user, "service_account needs a user (the address whose mailbox it opens)"
        yield bool(self.user) and not by_account, "a user is for service_account only (leave it out)"
        yield by_account and bool(self.client_id), "a service account's key names it (leave out client_id)"
        yield not by_account and not self.client_id, f"{self.grant} needs a client_id"

    @property
    def tokens_at(self) -> str:
        """Where tokens are asked for."""
        if self.provider == "microsoft365":
            return f"{MICROSOFT.format(tenant=self.tenant)}/token"
        return self.token_endpoint or GOOGLE_TOKENS

    @property
    def sign_in_at(self) -> str:
        """Where a person signs in; "" where that is not known."""
        if self.provider == "microsoft365":
            return f"{MICROSOFT.format(tenant=self.tenant)}/authorize"
        return GOOGLE_SIGN_IN if self.provider == "google" else self.authorization_endpoint or ""

    @property
    def scopes(self) -> str:
        """What is asked for, "" for what the server gives by itself."""
        if self.provider == "microsoft365":
            return self.scope or MICROSOFT_SCOPES[self.grant]
        return self.scope or (GOOGLE_SCOPE if self.provider == "google" else "")
