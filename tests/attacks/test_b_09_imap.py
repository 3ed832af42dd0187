"""B03, B08 and B09 for mailboxes: a server that strips TLS, shows a wrong certificate, or attacks who reads from it."""

import resource
import ssl
import threading
import warnings
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from imaplib import IMAP4
from pathlib import Path
from typing import Any

import pytest

from helpdeskd.mail.imap_intake import Mailbox
from helpdeskd.mail.imap_session import LoginRefused, Session
from helpdeskd.mail.imap_settings import ImapSettings
from helpdeskd.mail.imap_wire import LINE_COSTS
from tests.mail.memory_inbox import MemoryInbox
from tests.servers.certificates import Authority, expired, serving
from tests.servers.process import until
from tests.servers.scripted_imap import CAPABILITY, MAIL, Script, ScriptedImap, folder_of

STARTTLS = CAPABILITY.replace(b"IDLE", b"IDLE STARTTLS")
MIB = 1024**2
MOST = 8 * MIB
"""What an answer may hold here: an eighth of what it may in earnest, so that floods are as short."""
SECRET = "secret-of-the-mailbox"


def settings(server: ScriptedImap, **changes: Any) -> ImapSettings:
    usual = {"name": "support", "host": server.host, "port": server.port, "tls": "none", "user": "support"}
    usual |= {"address": "support@desk.example", "password": lambda: SECRET, "timeout_seconds": 20, "max_size": 4 * MIB}
    return ImapSettings(**{**usual, **changes})


def logged_in(server: ScriptedImap, **changes: Any) -> Session:
    session = Session(settings(server, **changes))
    try:
        session.login()
    except BaseException:
        session.close()
        raise
    return session


@pytest.fixture(autouse=True)
def short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdeskd.mail.imap_wire.MOST_IN_AN_ANSWER", MOST)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def said_nothing_secret(commands: Iterable[str]) -> bool:
    return not any(command.startswith(("LOGIN", "AUTHENTICATE", "response")) for command in commands)


# B03


@pytest.mark.parametrize(
    "script",
    [
        {},
        {"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"},
        {"CAPABILITY": STARTTLS, "STARTTLS": b"NO not today"},
        {"CAPABILITY": STARTTLS, "STARTTLS": b"BAD what"},
        {"CAPABILITY": STARTTLS, "STARTTLS": b"this is no handshake\r\n"},
        {"CAPABILITY": STARTTLS, "greeting": b"* PREAUTH you are in already\r\n"},
        {"greeting": b"* PREAUTH you are in already\r\n"},
        {"greeting": b"* BYE go away\r\n"},
    ],
)
def test_b03_where_starttls_is_stripped_refused_or_made_impossible_no_password_is_sent(script: Script):
    with ScriptedImap(script) as server:
        with pytest.raises((IMAP4.error, OSError)):
            logged_in(server, tls="starttls")
        assert said_nothing_secret(server.commands)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("trouble", ["unknown authority", "another name", "expired", "old version"])
def test_b03_where_the_certificate_is_wrong_no_password_is_sent(authority: Authority, tls: str, trouble: str):
    ca_file = None if trouble == "unknown authority" else authority.certificate
    name = "another.example" if trouble == "another name" else "127.0.0.1"
    context = serving(expired(authority) if trouble == "expired" else authority.issue(name))
    if trouble == "old version":
        outdated(context)
    starttls = None if tls == "implicit" else b""
    with ScriptedImap({"CAPABILITY": STARTTLS}, context, starttls) as server:
        with pytest.raises(ssl.SSLError):
            logged_in(server, tls=tls, ca_file=ca_file)
        assert said_nothing_secret(server.commands)


def outdated(context: ssl.SSLContext) -> None:
    """A server that speaks nothing newer than TLS 1.1."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1


def test_b03_what_was_sent_in_clear_behind_the_answer_to_starttls_is_thrown_away(authority: Authority):
    injected = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* BYE evil\r\nX1 OK evil\r\n"
    with (
        ScriptedImap({"CAPABILITY": STARTTLS}, serving(authority.issue("127.0.0.1")), injected) as server,
        closing(logged_in(server, tls="starttls", ca_file=authority.certificate)) as session,
    ):
        session.select()
        assert session.raws(session.listing([1])) == {1: MAIL}
        assert session.moves


def test_b03_a_mailbox_without_tls_tells_why_and_leaves_the_mail_where_it_is(authority: Authority):
    with ScriptedImap({"CAPABILITY": STARTTLS}, serving(authority.issue("another.example")), b"") as server:
        inbox, stop = MemoryInbox(), threading.Event()
        mailbox = Mailbox(settings(server, tls="starttls"), inbox, lambda _: True)
        thread = threading.Thread(target=mailbox.run, args=(stop, lambda: None))
        thread.start()
        assert until(lambda: mailbox.state.last_error)
        stop.set()
        mailbox.stop()
        thread.join(20)
    assert "certificate of 127.0.0.1 is refused" in mailbox.state.last_error
    assert said_nothing_secret(server.commands)
    assert inbox.raws == []


# B08

HOSTILE = ("x\r\nX1 STORE 1:* +FLAGS (\\Deleted)\r\nX2 EXPUNGE", "a\nb", "a\rb", "a\x00b", "a\x7fb", 'a"\r\nX1 LOGOUT')


@pytest.mark.parametrize("hostile", HOSTILE)
def test_b08_no_folder_name_and_no_login_puts_a_second_command_on_the_wire(hostile: str):
    for changes in ({"folder": hostile}, {"done_folder": hostile}):
        with ScriptedImap() as server, pytest.raises(ValueError, match="control character"):
            settings(server, **changes)
    for capability in (CAPABILITY, CAPABILITY.replace(b" AUTH=PLAIN", b"")):
        for changes in ({"user": hostile}, {"password": lambda: hostile}):
            with ScriptedImap({"CAPABILITY": capability}) as server:
                with suppress(ValueError, LoginRefused, IMAP4.error):
                    logged_in(server, **changes).close()
                assert not any(command.startswith(("STORE", "EXPUNGE", "LOGOUT", "b")) for command in server.commands)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_b08_nothing_of_a_mail_is_ever_sent_to_the_server(hostile: str):
    names = ("Message-ID", "To", "Delivered-To", "X-Original-To", "Subject")
    raw = "".join(f"{name}: <{hostile}>\r\n" for name in names).encode() + b"\r\nx\r\n"
    with ScriptedImap(folder_of({1: raw})) as server, closing(logged_in(server)) as session:
        folder = session.select()
        uids = session.uids(folder)
        assert session.raws(session.listing(uids)) == {1: raw}
        session.header(1)
        session.file_away(uids)
        after_login = server.commands[server.commands.index('SELECT "INBOX"') :]
    assert after_login == [
        'SELECT "INBOX"',
        "CAPABILITY",
        "UID SEARCH UID 1:*",
        "UID FETCH 1 (RFC822.SIZE INTERNALDATE)",
        "UID FETCH 1 (BODY.PEEK[])",
        "UID FETCH 1 (BODY.PEEK[HEADER]<0.65536>)",
        'UID MOVE 1 "Processed"',
    ]


@pytest.mark.parametrize(
    "octets", [b"UID SEARCH HEADER Message-ID x\r\nX1 EXPUNGE\r\n", b"NOOP\n", b"a\xffb\r\n", b"\x00\r\n"]
)
def test_b08_the_last_check_is_on_the_octets_themselves(octets: bytes):
    with ScriptedImap() as server, closing(logged_in(server)) as session:
        before = len(server.commands)
        with pytest.raises(ValueError, match="no command may hold"):
            session._client._imap.send(octets)
        session.select()
        assert server.commands[before:] == ['SELECT "INBOX"']


# B09


def endless(part: bytes) -> Callable[[str], bytes]:
    """Said again and again, more often than any answer may be long."""
    return lambda _line: part * (2 * MOST // (len(part) + LINE_COSTS))


LITERAL = b"* 1 FETCH (UID 1 BODY[] {2000000000}\r\n"
ATTACKS: dict[str, Script] = {
    "a greeting that is a literal of 2 GB": {"greeting": b"* OK {2000000000}\r\n"},
    "a greeting that is an endless line": {"greeting": b"* OK " + b"x" * 3 * MIB},
    "a greeting behind endless lines": {"greeting": b"* 1 EXISTS\r\n" * 20_000},
    "capabilities that are a literal of 2 GB": {"CAPABILITY": b"* CAPABILITY {2000000000}\r\n"},
    "a folder list that is a literal of 2 GB": {"LIST": b'* LIST () "." {2000000000}\r\n'},
    "a list of folders without end": {"LIST": endless(b'* LIST () "." "x"\r\n')},
    "a search that is an endless line": {"UID SEARCH": b"* SEARCH " + b"1 " * 2 * MIB},
    "a search of lines without end": {"UID SEARCH": endless(b"* SEARCH " + b"1 " * 400_000 + b"\r\n")},
    "a mail that is a literal of 2 GB": {"UID FETCH": LITERAL},
    "a mail that is a literal of a length beyond numbers": {
        "UID FETCH": b"* 1 FETCH (UID 1 BODY[] {" + b"9" * 5000 + b"}\r\n"
    },
    "literals without end": {"UID FETCH": endless(b"* 1 FETCH (UID 1 BODY[] {1048576}\r\n" + b"x" * MIB + b")\r\n")},
    "tiny answers without end": {"UID FETCH": b"* 1 X\r\n" * 20_000},
    "a size that is none": {"UID FETCH": b"* 1 FETCH (UID 1 RFC822.SIZE {3}\r\nabc)\r\n"},
    "brackets without end": {"UID FETCH": b"* 1 FETCH " + b"(" * 900_000 + b"\r\n"},
}


@pytest.mark.parametrize("script", ATTACKS.values(), ids=ATTACKS)
def test_b09_a_server_that_attacks_costs_a_connection_and_little_memory(script: Script):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (
        ScriptedImap(script) as server,
        pytest.raises((IMAP4.error, ValueError, OSError, RecursionError)),
        closing(logged_in(server)) as session,
    ):
        found = session.listing(session.uids(session.select()))
        session.raws(found)
        raise AssertionError(f"took {found}")
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 512 * MIB


@pytest.mark.parametrize("said", [0, 1, 10])
def test_b09_a_size_that_is_a_lie_brings_no_more_than_an_answer_may_hold(said: int):
    """Told to be small, so that fifty are asked for at once; each is a literal that is allowed alone."""
    liar = {
        "UID SEARCH": b"* SEARCH " + b" ".join(b"%d" % uid for uid in range(1, 51)) + b"\r\n",
        "UID FETCH": lambda line: sizes(said) if "SIZE" in line else mails(),
    }
    with ScriptedImap(liar) as server, closing(logged_in(server)) as session:
        listed = session.listing(session.uids(session.select()))
        assert {size.size for size in listed.values()} == {said}
        with pytest.raises(IMAP4.abort, match="has no end"):
            session.raws(listed)


def sizes(said: int) -> bytes:
    return b"".join(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, said) for uid in range(1, 51))


def mails() -> bytes:
    whole = b"x" * 3 * MIB
    return b"".join(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, uid, len(whole), whole) for uid in range(1, 9))


def test_b09_news_without_end_end_the_wait_for_news():
    flood = b"+ idling\r\n" + b"* 1 EXISTS\r\n" * 20_000
    with ScriptedImap({"IDLE": flood}) as server, closing(logged_in(server)) as session:
        session.select()
        with pytest.raises((IMAP4.abort, OSError)):
            session.idle(60)
            session.select()


def test_b09_a_mail_that_grows_while_it_is_fetched_is_given_up(tmp_path: Path):
    with (
        ScriptedImap(folder_of({1: b"x" * 4 * MIB})) as server,
        closing(logged_in(server, max_size=2 * MIB)) as session,
    ):
        session.select()
        listed = session.listing([1])
        with pytest.raises(IMAP4.error, match="larger than the server said"):
            session.raws(listed)


def test_b09_every_wait_for_a_server_has_an_end():
    with ScriptedImap() as server:
        session = logged_in(server, timeout_seconds=7)
        assert session._client.socket().gettimeout() == 7
        session.close()
