"""`helpdeskd authorize`: a person signs in, by a browser that the test plays, and the desk has its refresh token."""

import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from helpdeskd.cli import main
from helpdeskd.cli.authorize import link as sign_in_link
from helpdeskd.config.oauth import OAuthTable
from tests.config.small_desk import SMALL
from tests.servers.token_server import CLIENT, TokenServer

Browser = Callable[[dict[str, str]], str]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TokenServer]:
    with TokenServer(tmp_path) as running:
        yield running


@pytest.fixture
def config(tmp_path: Path, server: TokenServer) -> Path:
    keys = server.keys("refresh_token", authorization_endpoint=server.link("/sign-in"), scope="mail offline")
    (tmp_path / "refresh-token").unlink()
    lines = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    (tmp_path / "config.toml").write_text(f"{SMALL}[oauth.office]\n{lines}")
    return tmp_path / "config.toml"


def consents(server: TokenServer) -> Browser:
    """Who signs in and agrees: the address that the browser shows then."""

    def browse(asked: dict[str, str]) -> str:
        server.sign_in("the-code", asked["code_challenge"])
        return f"{asked['redirect_uri']}/?{urlencode({'code': 'the-code', 'state': asked['state']})}"

    return browse


def run(
    config: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, str, str]:
    """Exit status, standard output and errors, with a person who follows the link that is printed."""
    printed = ""

    class Person(io.StringIO):
        def readline(self, *_: object) -> str:
            nonlocal printed
            printed = capsys.readouterr().out
            link = next(line for line in printed.splitlines() if line.startswith("https://"))
            return browser({name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}) + "\n"

    monkeypatch.setattr("sys.stdin", Person())
    status = main(["authorize", "office", *more, "--config", str(config)])
    rest = capsys.readouterr()
    return status, printed + rest.out, rest.err


def test_the_token_of_a_sign_in_is_written_for_its_owner_only_and_shown_to_nobody(
    server: TokenServer, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    status, out, err = run(config, consents(server), monkeypatch, capsys)
    file = config.parent / "refresh-token"
    assert (status, err, file.read_text()) == (0, "", f"{server.refresh_token}\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert server.refresh_token not in out
    assert server.forms[-1]["client_id"] == CLIENT


def test_a_file_that_others_could_read_is_closed_to_them(
    server: TokenServer, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    place = config.parent / "credstore"
    place.write_text("old")
    place.chmod(0o644)
    assert run(config, consents(server), monkeypatch, capsys, str(place))[0] == 0
    assert (stat.S_IMODE(place.stat().st_mode), place.read_text()) == (0o600, f"{server.refresh_token}\n")


@pytest.mark.parametrize(
    ("shown", "what"),
    [
        ("http://localhost/?error=access_denied&error_description=They+said+no", "not signed in: They said no"),
        ("http://localhost/?code=the-code&state=of-another", "that is not the address"),
        ("the-code", "that is not the address"),
        ("", "that is not the address"),
    ],
)
def test_an_address_that_is_not_of_this_sign_in_is_not_used(
    server: TokenServer,
    config: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    shown: str,
    what: str,
):
    status, _, err = run(config, lambda _: shown, monkeypatch, capsys)
    assert (status, what in err, server.forms) == (1, True, [])
    assert not (config.parent / "refresh-token").exists()


def test_a_code_that_somebody_else_asked_for_brings_nothing(
    server: TokenServer, config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def stolen(asked: dict[str, str]) -> str:
        server.sign_in("the-code", "the challenge of another")
        return f"http://localhost/?code=the-code&state={asked['state']}"

    status, _, err = run(config, stolen, monkeypatch, capsys)
    assert (status, "invalid_grant" in err) == (1, True)
    assert not (config.parent / "refresh-token").exists()


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("[oauth.office]", "[oauth.other]"), "oauth.office: is no sign-in of a person"),
        (("authorization_endpoint", "# "), "nowhere to sign in (give authorization_endpoint)"),
        (("refresh_token_file", "refresh_token_credential = 'a'\n# "), "nowhere to write the token (give a FILE)"),
    ],
)
def test_what_is_missing_in_the_configuration_is_told(
    config: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], what: str
):
    config.write_text(config.read_text().replace(*change))
    assert main(["authorize", "office", "--config", str(config)]) == 1
    assert what in capsys.readouterr().err


@pytest.mark.parametrize(
    ("provider", "also"),
    [
        ({"provider": "google"}, {"access_type": "offline", "prompt": "consent", "scope": "https://mail.google.com/"}),
        ({"provider": "microsoft365", "tenant": "t"}, {"prompt": "select_account"}),
    ],
)
def test_the_link_asks_as_the_provider_wants(provider: dict[str, str], also: dict[str, str]):
    OAuthTable.model_rebuild()
    keys = {"grant": "refresh_token", "client_id": "c", "refresh_token_credential": "r", **provider}
    link = urlsplit(sign_in_link(OAuthTable.model_validate(keys), "s", "v"))
    asked = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert asked.items() >= also.items()
    assert (asked["response_type"], asked["code_challenge_method"], asked["state"]) == ("code", "S256", "s")
    assert "v" not in asked.values()
