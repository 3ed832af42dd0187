"""Servers whose values cannot go together are refused; what travels in clear is refused but on this machine."""

from pathlib import Path

import pytest

from tests.config.small_desk import LINES, SMALL, errors

MAILBOX = """\
[[mailbox]]
name = "support"
host = "imap.desk.example"
user = "support"
address = "support@desk.example"
"""
BALANCED = '[[smtp]]\nname = "mx"\nlisten = "[::]:465"\nbalancers = ["10.0.0.5"]\n'
SUBMISSION = '[[submission]]\nname = "devices"\nlogins_file = "logins"\n'


@pytest.mark.parametrize(
    "text",
    [
        MAILBOX + 'password_file = "password"\n',
        MAILBOX + 'password_credential = "imap"\nidle = "5 minutes"\n',
        MAILBOX + 'token_command = ["/usr/local/bin/token", "support"]\n',
        MAILBOX.replace("imap.desk.example", "127.0.0.1") + 'password_file = "password"\ntls = "none"\n',
        '[smarthost]\nhost = "::1"\nport = 25\ntls = "none"\n',
        '[smarthost]\nhost = "smtp.desk.example"\nlogin = "desk"\npassword_file = "password"\n',
        '[[smtp]]\nname = "mx"\nlisten = "systemd:smtp"\ntls = "starttls"\ntls_cert = "c"\ntls_key = "k"\n',
        '[[smtp]]\nname = "mx"\nlisten = "[::]:25"\nbalancers = ["10.0.0.5", "fd00::/64"]\n',
        '[[lmtp]]\nname = "local"\nlisten = "/run/helpdeskd/lmtp.sock"\n',
        SUBMISSION + 'listen = "127.0.0.1:587"\n',
        SUBMISSION + 'listen = "[::1]:587"\n',
    ],
)
def test_servers_that_can_work_are_accepted(tmp_path: Path, text: str) -> None:
    assert errors(tmp_path, SMALL + text) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (MAILBOX, "mailbox: give exactly one of password_file"),
        (MAILBOX + 'password_file = "p"\npassword_credential = "imap"\n', "mailbox: give exactly one of password_file"),
        (MAILBOX + 'password_file = "p"\ntls = "none"\n', 'mailbox: tls = "none" is for this machine only'),
        (MAILBOX + 'password_file = "p"\ndone_folder = "INBOX"\n', "mailbox: done_folder is the folder that is read"),
        (MAILBOX + 'password_file = "p"\nidle = "6 minutes"\n', "mailbox: idle is longer than 5 minutes"),
        (MAILBOX + 'password = "hunter2"\n', "mailbox.password: unknown key (did you mean password_file?)"),
        ('[smarthost]\nhost = "smtp.desk.example"\ntls = "none"\n', 'smarthost: tls = "none" is for this machine only'),
        ('[smarthost]\nhost = "localhost"\ntls = "none"\nlogin = "x"\n', "smarthost: a login needs TLS"),
        ('[smarthost]\nhost = "smtp.desk.example"\nlogin = "x"\n', "smarthost: a login goes with exactly one of"),
        ('[smarthost]\nhost = "smtp.desk.example"\npassword_file = "p"\n', "smarthost: a login goes with exactly one"),
        ('[smarthost]\nhost = "localhost"\nport = 65536\n', "smarthost.port: 65536 is out of bounds"),
        ('[[smtp]]\nname = "mx"\nlisten = ":0"\n', 'smtp.listen: ":0" is no place to listen at'),
        ('[[smtp]]\nname = "mx"\nlisten = "::1:25"\n', 'smtp.listen: "::1:25" is no place to listen at'),
        ('[[smtp]]\nname = "mx"\nlisten = "[::]:25"\ntls = "starttls"\n', "needs a certificate"),
        ('[[smtp]]\nname = "mx"\nlisten = "[::]:25"\ntls_cert = "c"\n', "a certificate without TLS"),
        ('[[smtp]]\nname = "mx"\nlisten = "[::]:25"\nbalancers = ["10.0.0.1/8"]\n', "smtp.balancers: "),
        (BALANCED + 'tls = "implicit"\ntls_cert = "c"\ntls_key = "k"\n', "smtp: balancers with implicit TLS"),
        ('[[lmtp]]\nname = "local"\nlisten = "127.0.0.1:25"\n', "LMTP may not be served on port 25"),
        (SUBMISSION + 'listen = "0.0.0.0:587"\n', "passwords would travel in clear"),
        ('[state]\ntoken_key_file = "k"\ntoken_key_credential = "k"\n', "state: give one of token_key_file"),
        ('[limits]\nworker_memory = "512"\n', 'limits.worker_memory: "512" is no size'),
        ('[trust]\nnetworks = ["10.0.0.1/8"]\n', 'trust.networks: "10.0.0.1/8" is no network'),
    ],
)
def test_servers_that_cannot_work_are_refused_with_the_reason(tmp_path: Path, text: str, what: str) -> None:
    found = errors(tmp_path, SMALL + text)
    assert len(found) == 1
    assert what in found[0]
    assert int(found[0].split(":")[1]) > LINES


def test_a_secret_in_the_file_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    assert "hunter2" not in "".join(errors(tmp_path, SMALL + MAILBOX + 'password = "hunter2"\n'))
