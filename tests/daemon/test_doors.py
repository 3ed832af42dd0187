"""The configuration's tables as the ways in and out read them."""

import socket
import sys
from pathlib import Path

import pytest

from helpdeskd.config.load import Settings
from helpdeskd.daemon import doors
from helpdeskd.mail.oauth import NoToken
from tests.config.small_desk import SMALL, loaded

OURS = frozenset({"desk.example"})
SMARTHOST = '[smarthost]\nhost = "smtp.desk.example"\n'


def settings(folder: Path, text: str) -> Settings:
    return loaded(folder, SMALL + text).settings


@pytest.mark.parametrize(
    ("listen", "where"),
    [
        ("127.0.0.1:25", ("127.0.0.1", 25)),
        ("[::1]:2525", ("::1", 2525)),
        ("/run/helpdeskd/lmtp.sock", Path("/run/helpdeskd/lmtp.sock")),
    ],
)
def test_a_listener_listens_where_it_is_told(listen: str, where: object):
    assert doors.where(listen, {}) == where


def test_a_socket_of_systemd_is_found_by_its_name():
    with socket.socket() as handed_over:
        assert doors.where("systemd:mail", {"mail": [handed_over]}) == [handed_over]
    with pytest.raises(ValueError, match=r"systemd:mail: systemd handed over no socket of that name"):
        doors.where("systemd:mail", {"local": []})


def test_only_lmtp_may_repair_lone_newlines(tmp_path: Path):
    lmtp_table = '[[lmtp]]\nname = "local"\nlisten = "/run/x"\nallow_bare_newlines = true\n'
    text = f'[[smtp]]\nname = "mx"\nlisten = "[::]:25"\n{lmtp_table}'
    read = settings(tmp_path, text)
    smtp, lmtp = (doors.listener_settings(table, "mx.desk.example", OURS) for table in (read.smtp[0], read.lmtp[0]))
    assert (smtp.protocol, smtp.allow_bare_newlines) == ("smtp", False)
    assert (lmtp.protocol, lmtp.allow_bare_newlines) == ("lmtp", True)
    assert smtp.logins is None


def test_who_submits_logs_in_with_what_the_file_says_now(tmp_path: Path):
    (tmp_path / "logins").write_text("# devices\nscanner:abc:def\nempty:\n")
    text = '[[submission]]\nname = "devices"\nlisten = "127.0.0.1:5587"\nlogins_file = "logins"\n'
    check = doors.listener_settings(settings(tmp_path, text).submission[0], "mx.desk.example", OURS).logins
    assert check is not None
    assert check("scanner", b"abc:def")
    assert not check("scanner", b"abc")
    assert not check("empty", b"")
    assert not check("nobody", b"")
    assert not check("# devices", b"")
    (tmp_path / "logins").write_text("scanner:new\n")
    assert check("scanner", b"new")


def test_a_certificate_that_cannot_be_read_is_no_certificate(tmp_path: Path):
    (tmp_path / "cert.pem").write_text("nonsense")
    text = '[[smtp]]\nname = "mx"\nlisten = "[::]:25"\ntls = "starttls"\ntls_cert = "cert.pem"\ntls_key = "cert.pem"\n'
    with pytest.raises(OSError, match="PEM"):
        doors.listener_settings(settings(tmp_path, text).smtp[0], "mx.desk.example", OURS)


def test_the_password_of_the_smarthost_is_read_when_it_is_needed(tmp_path: Path):
    table = settings(tmp_path, f'{SMARTHOST}login = "desk"\npassword_file = "password"\n').smarthost
    assert table is not None
    password = doors.smarthost_settings(table, "desk.example").password
    assert password is not None
    with pytest.raises(FileNotFoundError):
        password()
    (tmp_path / "password").write_text("secret\n")
    assert password() == "secret"


def token_by(command: str, folder: Path) -> str:
    """The token of a smarthost whose token comes from a command."""
    table = settings(folder, f'{SMARTHOST}login = "desk"\ntoken_command = {command}\n').smarthost
    assert table is not None
    read = doors.smarthost_settings(table, "desk.example")
    assert read.password is None
    assert read.token is not None
    return read.token("")


def test_a_token_is_what_the_command_prints(tmp_path: Path):
    assert token_by(f'["{sys.executable}", "-c", "print(123)"]', tmp_path) == "123"


def test_a_command_that_gives_no_token_says_why(tmp_path: Path):
    with pytest.raises(NoToken, match="gave no token: expired"):
        token_by(f'["{sys.executable}", "-c", "import sys; sys.exit(\'expired\')"]', tmp_path)
    with pytest.raises(NoToken, match=r"gave no token: .*No such file"):
        token_by(f'["{tmp_path}/missing"]', tmp_path)


def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doors, "TOKEN_SECONDS", 0.5)
    with pytest.raises(NoToken, match=r"gave no token: .*timed out"):
        token_by(f'["{sys.executable}", "-c", "import time; time.sleep(60)"]', tmp_path)


def test_a_mailbox_is_polled_as_its_table_says(tmp_path: Path):
    text = (
        '[[mailbox]]\nname = "support"\nhost = "imap.desk.example"\nuser = "support"\n'
        'address = "support@desk.example"\n'
        'password_file = "password"\npoll = "3 minutes"\nmax_size = "2 MiB"\n'
    )
    read = doors.mailbox_settings(settings(tmp_path, text).mailboxes[0])
    assert (read.tls, read.poll_seconds, read.max_size, read.done_folder) == ("implicit", 180, 2 << 20, "Processed")
