"""A mailbox at a real Dovecot, taken in by a thread of its own."""

import random
import signal
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpdeskd.mail.imap_intake import FIRST_PAUSE, LONGEST_PAUSE, Mailbox, in_words, one_line, pause
from helpdeskd.mail.imap_session import LoginRefused
from helpdeskd.mail.imap_settings import ImapSettings
from tests.mail.memory_inbox import MemoryInbox
from tests.servers.dovecot import Dovecot
from tests.servers.process import until
from tests.servers.scripted_imap import SILENCE, ScriptedImap

HELLO = b"From: anna@acme.example\r\nTo: help@desk.example\r\nSubject: Hello\r\n\r\nGood morning.\r\n"
SECOND = HELLO.replace(b"Hello", b"Second")


def settings(server: Dovecot, user: str, **changes: Any) -> ImapSettings:
    usual = {
        "name": "support",
        "host": server.host,
        "port": server.tls_port,
        "ca_file": server.authority,
        "user": user,
        "password": lambda: server.password,
        "address": "support@desk.example",
        "poll_seconds": 200,
        "idle_seconds": 200,
    }
    return ImapSettings(**{**usual, **changes})


@contextmanager
def running(what: ImapSettings, inbox: MemoryInbox) -> Iterator[Mailbox]:
    """The mailbox at work; at the end its thread must stop, wherever it is."""
    mailbox = Mailbox(what, inbox, {"help@desk.example"}.__contains__)
    stop = threading.Event()
    thread = threading.Thread(target=mailbox.run, args=(stop, lambda: None))
    thread.start()
    try:
        yield mailbox
    finally:
        stop.set()
        mailbox.stop()
        thread.join(10)
        assert not thread.is_alive()


def at_rest(mailbox: Mailbox) -> bool:
    """Whether a pass came to its end on the present connection, and nothing is wrong."""
    state = mailbox.state
    return bool(state.connected_since and state.last_pass_at and not state.last_error)


def holds(inbox: MemoryInbox, *raws: bytes) -> Callable[[], bool]:
    return lambda: inbox.raws == list(raws)


def test_mail_that_is_there_and_mail_that_comes_later_is_taken_in_and_moved(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    dovecot.deliver(user, HELLO)
    with running(settings(dovecot, user), inbox) as mailbox:
        assert until(holds(inbox, HELLO))
        assert until(lambda: at_rest(mailbox))
        dovecot.deliver(user, SECOND)
        assert until(holds(inbox, HELLO, SECOND))
        assert until(lambda: dovecot.mails(user, "Processed") == [HELLO, SECOND])
    assert dovecot.mails(user) == []
    assert inbox.envelopes[0].forward_path == "help@desk.example"


def test_a_server_without_idle_is_polled(dovecot_with: Callable[[str], Dovecot]) -> None:
    server, inbox = dovecot_with("IMAP4rev1 MOVE"), MemoryInbox()
    user = server.new_user()
    with running(settings(server, user, poll_seconds=0.2), inbox) as mailbox:
        assert until(lambda: at_rest(mailbox))
        server.deliver(user, HELLO)
        assert until(holds(inbox, HELLO))


def test_starttls_is_as_good_as_tls_from_the_first_byte(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    dovecot.deliver(user, HELLO)
    with running(settings(dovecot, user, port=dovecot.port, tls="starttls"), inbox):
        assert until(holds(inbox, HELLO))


def test_a_mail_that_somebody_has_read_is_taken_in_all_the_same(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    dovecot.deliver(user, HELLO, flags=r"(\Seen \Deleted)")
    with running(settings(dovecot, user), inbox):
        assert until(holds(inbox, HELLO))


def test_a_mail_of_twenty_megabytes_comes_in_parts_and_is_the_same_to_the_octet(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    line = random.Random(1)
    large = HELLO + b"".join(line.randbytes(38).hex().encode() + b"\r\n" for _ in range(20 * 1024 * 1024 // 78))
    dovecot.deliver(user, large)
    with running(settings(dovecot, user, part_bytes=1_000_000), inbox):
        assert until(lambda: inbox.raws, 30)
    assert inbox.raws[0] == large


def test_f12_a_folder_that_was_deleted_and_made_anew_loses_no_mail(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    with dovecot.client(user) as client:
        client.create("Intake")
    dovecot.deliver(user, HELLO, folder="Intake")
    with running(settings(dovecot, user, folder="Intake", done_folder="", poll_seconds=1), inbox) as mailbox:
        assert until(holds(inbox, HELLO))
        assert until(lambda: at_rest(mailbox))
        with dovecot.client(user) as client:
            client.delete("Intake")
            client.create("Intake")
        dovecot.deliver(user, SECOND, folder="Intake")
        assert until(holds(inbox, HELLO, SECOND), 20)
    first, second = (key.split(":") for key in inbox.rows)
    assert first[3] == second[3] == "1"
    assert first[2] != second[2]


def test_f13_a_crash_between_commit_and_move_costs_no_second_commit(dovecot: Dovecot) -> None:
    user = dovecot.new_user()

    class Crashing(MemoryInbox):
        def put(self, *row: Any) -> None:
            super().put(*row)
            raise RuntimeError("the power went off")

    inbox = Crashing()
    dovecot.deliver(user, HELLO)
    with running(settings(dovecot, user), inbox) as mailbox:
        assert until(lambda: dovecot.mails(user, "Processed") == [HELLO])
        assert until(lambda: at_rest(mailbox))
    assert inbox.puts == 1


def test_f11_a_server_that_is_killed_while_we_idle_is_found_again(private_dovecot: Dovecot) -> None:
    server, inbox = private_dovecot, MemoryInbox()
    user = server.new_user()
    with running(settings(server, user), inbox) as mailbox:
        assert until(lambda: at_rest(mailbox))
        server.stop(signal.SIGKILL)
        assert until(lambda: mailbox.state.failing_since and mailbox.state.last_error)
        assert mailbox.state.connected_since is None
        server.start()
        server.deliver(user, HELLO)
        assert until(holds(inbox, HELLO), 30)
        assert until(lambda: at_rest(mailbox) and mailbox.state.failing_since is None)


def test_a_wrong_password_is_told_and_never_shown(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    with running(settings(dovecot, user, password=lambda: "guess-4711"), MemoryInbox()) as mailbox:
        assert until(lambda: mailbox.state.failing_since)
        assert mailbox.state.last_error.startswith(f"{user} is refused:")
        assert "4711" not in mailbox.state.last_error
        assert mailbox.state.last_pass_at is None


def test_a_certificate_for_another_name_is_refused(dovecot: Dovecot) -> None:
    with running(settings(dovecot, dovecot.new_user(), host="127.0.0.1"), MemoryInbox()) as mailbox:
        assert until(lambda: mailbox.state.failing_since)
        assert "the certificate of 127.0.0.1 is refused" in mailbox.state.last_error


def test_a_certificate_of_an_unknown_authority_is_refused(dovecot: Dovecot) -> None:
    with running(settings(dovecot, dovecot.new_user(), ca_file=None), MemoryInbox()) as mailbox:
        assert until(lambda: mailbox.state.failing_since)
        assert "is refused" in mailbox.state.last_error


def test_a_message_id_full_of_commands_does_nothing(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    hostile = b'Message-ID: <x"\r\n X1 STORE 1:* +FLAGS (\\Deleted)\r\n X2 EXPUNGE\r\n @evil.example>\r\n' + HELLO
    dovecot.deliver(user, HELLO, hostile, SECOND)
    with running(settings(dovecot, user), inbox):
        assert until(lambda: dovecot.mails(user, "Processed") == [HELLO, hostile, SECOND])
    assert inbox.raws == [HELLO, hostile, SECOND]


def test_a_done_folder_may_have_a_name_in_any_script(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    dovecot.deliver(user, HELLO)
    with running(settings(dovecot, user, done_folder="Erledigt für Köln & Bonn"), inbox):
        assert until(lambda: dovecot.mails(user, '"Erledigt f&APw-r K&APY-ln &- Bonn"') == [HELLO])


def test_without_move_done_mail_is_copied_and_expunged_by_its_uid(dovecot_with: Callable[[str], Dovecot]) -> None:
    server, inbox = dovecot_with("IMAP4rev1 IDLE UIDPLUS"), MemoryInbox()
    user = server.new_user()
    server.deliver(user, HELLO, SECOND)
    with running(settings(server, user), inbox) as mailbox:
        assert until(lambda: at_rest(mailbox))
    assert server.mails(user, "Processed") == [HELLO, SECOND]
    assert server.mails(user) == []


def test_without_a_done_folder_mail_stays_under_a_keyword_and_comes_in_once(dovecot: Dovecot) -> None:
    user, inbox = dovecot.new_user(), MemoryInbox()
    dovecot.deliver(user, HELLO)
    for _ in range(2):
        with running(settings(dovecot, user, done_folder=""), inbox) as mailbox:
            assert until(lambda: at_rest(mailbox))
    with dovecot.client(user) as client:
        assert client.search(None, "KEYWORD", "$Helpdesk")[1] == [b"1"]
    assert inbox.puts == 1


def test_stop_ends_a_wait_for_news() -> None:
    with ScriptedImap() as server:
        what = scripted(server)
        with running(what, MemoryInbox()):
            assert until(lambda: "IDLE" in server.commands)


def test_f11_stop_ends_a_wait_for_a_server_that_is_silent() -> None:
    with ScriptedImap({"SELECT": SILENCE}) as server, running(scripted(server, timeout_seconds=200), MemoryInbox()):
        assert until(lambda: any(line.startswith("SELECT") for line in server.commands))


def test_stop_ends_the_pause_after_a_fault() -> None:
    with ScriptedImap({"RESPONSE": b"NO refused"}) as server, running(scripted(server), MemoryInbox()) as mailbox:
        assert until(lambda: mailbox.state.failing_since)
        assert server.connections == 1


def scripted(server: ScriptedImap, **changes: Any) -> ImapSettings:
    usual = {"name": "support", "host": server.host, "port": server.port, "tls": "none", "user": "support"}
    return ImapSettings(**{**usual, "password": lambda: "secret", "address": "support@desk.example", **changes})


def test_f11_pauses_grow_to_five_minutes_and_are_spread_by_chance() -> None:
    fault = OSError("no route")
    for failures, longest in [(1, FIRST_PAUSE), (2, 2.0), (9, 256.0), (10, LONGEST_PAUSE), (10_000, LONGEST_PAUSE)]:
        tries = [pause(fault, failures) for _ in range(50)]
        assert longest / 2 <= min(tries) < max(tries) <= longest


def test_a_refused_login_waits_long_at_once() -> None:
    assert pause(LoginRefused("no"), 1) >= LONGEST_PAUSE / 2


def test_what_is_wrong_is_told_in_one_line_of_words(tmp_path: Path) -> None:
    what = ImapSettings(name="a", host="imap.example", user="u", address="u@x", password=str)
    unnamed = ssl.SSLCertVerificationError("bad")
    unnamed.verify_message = "certificate has expired"
    assert in_words(unnamed, what) == "the certificate of imap.example is refused: certificate has expired"
    assert in_words(TimeoutError("timed out"), what) == "imap.example does not answer within 20 s"
    assert in_words(ConnectionRefusedError(111, "Connection refused"), what) == (
        "imap.example port 993: Connection refused"
    )
    assert in_words(KeyError(), what) == "KeyError"
    assert one_line("a\r\n\x1b[2Jb" + "c" * 1000).isprintable()
    assert len(one_line("c" * 1000)) == 300
