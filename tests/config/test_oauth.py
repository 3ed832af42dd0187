"""Sign-ins: what goes together has the endpoints and scopes that providers want; what does not is refused."""

from pathlib import Path

import pytest

from helpdeskd.config.files import file_problems
from tests.config.small_desk import LINES, SMALL, errors, loaded

MAILBOX = """\
[[mailbox]]
name = "support"
host = "imap.desk.example"
user = "support"
address = "support@desk.example"
"""
OFFICE = '[oauth.office]\ngrant = "client_credentials"\nprovider = "microsoft365"\ntenant = "desk.example"\n'
CLIENT = 'client_id = "c"\nsecret_file = "secret"\n'
PERSON = 'client_id = "c"\nrefresh_token_file = "token"\n'
OWN = 'token_endpoint = "https://login.desk.example/token"\n'


def sign_in(grant: str, *lines: str) -> str:
    return f'[oauth.office]\ngrant = "{grant}"\n{"".join(lines)}'


MICROSOFT = sign_in("refresh_token", 'provider = "microsoft365"\ntenant = "desk.example"\n', PERSON)
GOOGLE = sign_in("refresh_token", 'provider = "google"\n', PERSON, 'secret_file = "secret"\n')
ACCOUNT = sign_in("service_account", 'provider = "google"\nuser = "a@desk.example"\nsecret_file = "key"\n')


@pytest.mark.parametrize(
    ("text", "tokens_at", "sign_in_at", "scopes"),
    [
        (
            OFFICE + CLIENT,
            "https://login.microsoftonline.com/desk.example/oauth2/v2.0/token",
            "https://login.microsoftonline.com/desk.example/oauth2/v2.0/authorize",
            "https://outlook.office365.com/.default",
        ),
        (
            MICROSOFT,
            "https://login.microsoftonline.com/desk.example/oauth2/v2.0/token",
            "https://login.microsoftonline.com/desk.example/oauth2/v2.0/authorize",
            "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        ),
        (
            GOOGLE,
            "https://oauth2.googleapis.com/token",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://mail.google.com/",
        ),
        (
            ACCOUNT,
            "https://oauth2.googleapis.com/token",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://mail.google.com/",
        ),
        (sign_in("client_credentials", OWN, CLIENT), OWN[18:-2], "", ""),
        (
            sign_in("client_credentials", OWN, CLIENT, 'scope = "mail"\n'),
            "https://login.desk.example/token",
            "",
            "mail",
        ),
    ],
)
def test_a_sign_in_knows_where_to_ask_and_for_what(
    tmp_path: Path, text: str, tokens_at: str, sign_in_at: str, scopes: str
):
    table = loaded(tmp_path, SMALL + text).settings.oauth["office"]
    assert (table.tokens_at, table.sign_in_at, table.scopes) == (tokens_at, sign_in_at, scopes)


def test_mailboxes_and_the_smarthost_share_a_sign_in(tmp_path: Path):
    smarthost = '[smarthost]\nhost = "smtp.desk.example"\nlogin = "support"\noauth = "office"\n'
    settings = loaded(tmp_path, SMALL + MAILBOX + 'oauth = "office"\n' + OFFICE + CLIENT + smarthost).settings
    assert settings.smarthost is not None
    assert (settings.mailboxes[0].oauth, settings.smarthost.oauth) == ("office", "office")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (MAILBOX + 'oauth = "ofice"\n', 'mailbox.oauth: there is no sign-in [oauth.NAME] called "ofice"'),
        (MAILBOX + 'oauth = "office"\npassword_file = "p"\n' + OFFICE + CLIENT, "mailbox: give exactly one of"),
        (MAILBOX + 'oauth = "office"\ntoken_command = ["t"]\n' + OFFICE + CLIENT, "mailbox: give exactly one of"),
        ('[smarthost]\nhost = "smtp.desk.example"\noauth = "office"\n' + OFFICE + CLIENT, "a login goes with exactly"),
        (sign_in("client_credentials", CLIENT), "nowhere to get tokens (give provider or token_endpoint)"),
        (OFFICE + CLIENT + OWN, "the endpoints of microsoft365 are known"),
        (OFFICE.replace('tenant = "desk.example"\n', "") + CLIENT, "microsoft365 needs a tenant"),
        (sign_in("client_credentials", OWN, CLIENT, 'tenant = "x"\n'), "a tenant is for microsoft365 only"),
        (sign_in("client_credentials", CLIENT, 'provider = "google"\n'), "google has no client_credentials for mail"),
        (OFFICE.replace("client_credentials", "service_account") + CLIENT, "microsoft365 has no service_account"),
        (OFFICE + 'client_id = "c"\n', "client_credentials needs one of secret_file and secret_credential"),
        (OFFICE + CLIENT + 'secret_credential = "s"\n', "give one of secret_file and secret_credential"),
        (OFFICE + 'secret_file = "s"\n', "client_credentials needs a client_id"),
        (OFFICE + CLIENT + 'refresh_token_file = "t"\n', 'a refresh token is for grant = "refresh_token"'),
        (OFFICE + CLIENT + 'user = "u"\n', "a user is for service_account only"),
        (sign_in("refresh_token", OWN, 'client_id = "c"\n'), "refresh_token needs exactly one of refresh_token_file"),
        (MICROSOFT + 'refresh_token_credential = "t"\n', "refresh_token needs exactly one of refresh_token_file"),
        (ACCOUNT.replace('user = "a@desk.example"\n', ""), "service_account needs a user"),
        (ACCOUNT + 'client_id = "c"\n', "a service account's key names it"),
        (sign_in("password", OWN, CLIENT), "oauth.office.grant"),
        (
            sign_in("client_credentials", CLIENT, OWN.replace("https", "http")),
            "is no endpoint (a link that",
        ),
        (sign_in("client_credentials", CLIENT, OWN.replace("/token", "/a b")), "is no endpoint"),
        (OFFICE + CLIENT.replace("secret_file", "secret"), "oauth.office.secret: unknown key"),
    ],
)
def test_what_cannot_go_together_is_refused_with_the_reason(tmp_path: Path, text: str, what: str):
    found = errors(tmp_path, SMALL + text)
    assert len(found) == 1
    assert what in found[0]
    assert int(found[0].split(":")[1]) > LINES


def test_the_files_of_a_sign_in_are_looked_at(tmp_path: Path):
    desk = loaded(tmp_path, SMALL + GOOGLE)
    (tmp_path / "secret").write_text("s\n")
    (tmp_path / "secret").chmod(0o644)
    wrong, unwise = file_problems(desk)
    assert [("oauth.office.refresh_token_file" in line, "cannot be read" in line) for line in wrong] == [(True, True)]
    assert ["everybody on this machine can read" in line for line in unwise] == [True]
