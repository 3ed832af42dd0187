"""The connection to an IMAP server that breaks, lies, goes silent or attacks."""

import base64
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from imaplib import IMAP4
from typing import Any

import pytest

from helpdeskd.mail.imap_session import SPAN, Folder, Listed, LoginRefused, Session, spans
from helpdeskd.mail.imap_settings import ImapSettings
from tests.servers.process import until
from tests.servers.scripted_imap import CUT, MAIL, SILENCE, Script, ScriptedImap, folder_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def settings(server: ScriptedImap, **changes: Any) -> ImapSettings:
    usual = {
        "name": "support",
        "host": server.host,
        "port": server.port,
        "tls": "none",
        "user": "support",
        "address": "support@desk.example",
        "password": lambda: "secret",
        "timeout_seconds": 5,
    }
    return ImapSettings(**{**usual, **changes})


def logged_in(server: ScriptedImap, **changes: Any) -> Session:
    session = Session(settings(server, **changes))
    try:
        session.login()
    except BaseException:
        session.close()
        raise
    return session


@contextmanager
def talking(script: Script | None = None, **changes: Any) -> Iterator[tuple[ScriptedImap, Session]]:
    """A scripted server, and a session that has logged in there."""
    with ScriptedImap(script) as server, closing(logged_in(server, **changes)) as session:
        yield server, session


def with_token(mechanism: str) -> dict[str, Any]:
    return {"password": None, "token": lambda _: "ya29.token", "mechanism": mechanism}


def test_a_large_folder_is_asked_about_in_ranges_of_uids_whose_answers_fit_into_a_line() -> None:
    assert list(spans(Folder(7, SPAN, 900_000), 1)) == ["1:*"]
    assert list(spans(Folder(7, SPAN + 1, 2 * SPAN + 1), 1)) == [f"1:{SPAN}", f"{SPAN + 1}:{2 * SPAN}"]
    assert list(spans(Folder(7, SPAN + 1, 0), 5)) == ["5:*"]


def test_size_and_date_are_known_before_a_mail_is_fetched_and_the_date_is_utc() -> None:
    with talking() as (_, session):
        session.select()
        assert session.listing([1, 2]) == {1: Listed(len(MAIL), datetime(2026, 2, 1, 9, tzinfo=UTC))}


def test_a_range_that_starts_above_every_uid_does_not_bring_the_last_mail_again() -> None:
    with talking() as (_, session):
        assert session.uids(session.select(), 2) == []


def test_a_folder_without_uidvalidity_is_refused() -> None:
    no_uids = {"SELECT": b"* 1 EXISTS\r\n* 0 RECENT\r\n"}
    with talking(no_uids) as (_, session), pytest.raises(IMAP4.error, match="no UIDVALIDITY"):
        session.select()


@pytest.mark.parametrize("size", [99, 100, 101, 250, 300])
def test_a_mail_over_the_part_size_comes_in_parts_and_is_the_same_to_the_octet(size: int) -> None:
    raw = bytes(i % 251 for i in range(size))
    with talking(folder_of({1: raw}), part_bytes=100) as (_, session):
        session.select()
        assert session.raws(session.listing([1])) == {1: raw}


@pytest.mark.parametrize("told", [101, 250, 251, 400])
def test_a_size_that_is_only_an_estimate_loses_nothing_of_a_mail_in_parts(told: int) -> None:
    raw = b"x" * 250
    with talking(folder_of({1: raw}), part_bytes=100) as (_, session):
        session.select()
        assert session.raws({1: Listed(told, NOON)}) == {1: raw}


def test_a_mail_that_never_ends_is_given_up() -> None:
    endless = folder_of({1: b"x" * 10_000})
    with talking(endless, part_bytes=100, max_size=500) as (_, session):
        session.select()
        with pytest.raises(IMAP4.error, match="larger than the server said"):
            session.raws({1: Listed(400, NOON)})


def test_a_mail_that_has_left_the_folder_is_not_an_empty_mail() -> None:
    with talking({"UID FETCH": b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"}, part_bytes=100) as (_, session):
        session.select()
        assert session.raws({1: Listed(10, NOON), 2: Listed(1000, NOON)}) == {}
        assert session.listing([1]) == {}


def test_a_literal_larger_than_any_mail_that_we_take_is_not_read() -> None:
    huge = b"* 1 FETCH (UID 1 BODY[] {2000000000}\r\n"
    with talking({"UID FETCH": huge}) as (_, session):
        session.select()
        with pytest.raises(IMAP4.abort, match="announces 2000000000 bytes"):
            session.raws({1: Listed(10, NOON)})


def test_a_connection_that_breaks_within_a_mail_gives_no_mail() -> None:
    broken = b"* 1 FETCH (UID 1 BODY[] {100}\r\nSubject: half" + CUT
    with talking({"UID FETCH": broken}) as (_, session):
        session.select()
        with pytest.raises((IMAP4.abort, OSError)):
            session.raws({1: Listed(100, NOON)})


@pytest.mark.parametrize("command", ["greeting", "AUTHENTICATE", "SELECT"])
def test_a_server_that_falls_silent_is_given_up_after_the_timeout(command: str) -> None:
    with pytest.raises(TimeoutError), talking({command: SILENCE}, timeout_seconds=0.3) as (_, session):
        session.select()


def test_idle_on_a_closed_connection_is_an_error_and_not_no_news_for_ever() -> None:
    with talking({"IDLE": b"+ idling\r\n" + CUT}) as (_, session):
        session.select()
        with pytest.raises(ConnectionError):
            session.idle(200)


def test_a_silent_network_is_found_out_when_idle_is_ended() -> None:
    with talking({"RESPONSE": [b"", SILENCE]}, timeout_seconds=0.3) as (_, session):
        session.select()
        with pytest.raises(TimeoutError):
            session.idle(0.1)


def test_idle_ends_in_peace_where_there_is_no_news() -> None:
    with talking() as (server, session):
        session.select()
        session.idle(0.2)
        assert server.commands[-2:] == ["IDLE", "response DONE"]
        session.select()


@pytest.mark.parametrize("start", [b"+ idling\r\n* 2 EXISTS\r\n", b"+ idling\r\n* BYE shutting down\r\n"])
def test_news_that_comes_in_one_packet_with_the_start_of_idle_is_not_overlooked(start: bytes) -> None:
    with talking({"IDLE": start}) as (server, session):
        session.select()
        session.idle(200)
        assert server.commands[-1] == "response DONE"


def test_another_thread_ends_idle_by_cutting_the_connection() -> None:
    with talking() as (server, session):
        session.select()
        ended: list[BaseException] = []

        def idle() -> None:
            try:
                session.idle(200)
            except OSError as error:
                ended.append(error)

        thread = threading.Thread(target=idle)
        thread.start()
        assert until(lambda: "IDLE" in server.commands)
        session.cut()
        thread.join(10)
        assert isinstance(ended[0], ConnectionError)


def test_nothing_that_is_not_printable_ascii_in_one_line_goes_to_the_server() -> None:
    without_sasl = {"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n"}
    with ScriptedImap(without_sasl) as server:
        for user in ("x\r\nX1 LOGOUT", "x\x00", "bücher"):
            with pytest.raises((ValueError, LoginRefused)):
                logged_in(server, user=user)
        assert server.commands == ["CAPABILITY"] * 3


def test_without_starttls_no_password_is_sent() -> None:
    with ScriptedImap() as server:
        with pytest.raises(IMAP4.error, match="STARTTLS"):
            logged_in(server, tls="starttls")
        assert not any(line.startswith(("LOGIN", "AUTHENTICATE")) for line in server.commands)


def test_a_refused_password_is_told_apart_from_a_server_that_cannot_say() -> None:
    wrong = b"NO [AUTHENTICATIONFAILED] wrong"
    with ScriptedImap({"RESPONSE": wrong}) as server, pytest.raises(LoginRefused, match=r"support is refused: .*wrong"):
        logged_in(server)
    for answer in (b"NO [UNAVAILABLE] later", CUT):
        with ScriptedImap({"RESPONSE": answer}) as server, pytest.raises(IMAP4.abort):
            logged_in(server)


@pytest.mark.parametrize(
    ("mechanism", "octets"),
    [
        ("XOAUTH2", "user=support\x01auth=Bearer ya29.token\x01\x01"),
        ("OAUTHBEARER", "n,a=support,\x01host=127.0.0.1\x01port={port}\x01auth=Bearer ya29.token\x01\x01"),
    ],
)
def test_a_token_logs_in(mechanism: str, octets: str) -> None:
    with ScriptedImap() as server:
        logged_in(server, **with_token(mechanism)).close()
        sent = server.commands[server.commands.index(f"AUTHENTICATE {mechanism}") + 1].removeprefix("response ")
        assert base64.b64decode(sent).decode() == octets.format(port=server.port)


@pytest.mark.parametrize(("mechanism", "answer"), [("XOAUTH2", "response "), ("OAUTHBEARER", "response AQ==")])
def test_a_refused_token_is_answered_as_the_mechanism_asks_and_the_login_ends(mechanism: str, answer: str) -> None:
    refusal = [b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n", b"NO [AUTHENTICATIONFAILED] expired"]
    with ScriptedImap({"RESPONSE": refusal}) as server:
        with pytest.raises(LoginRefused, match="expired"):
            logged_in(server, **with_token(mechanism))
        assert server.commands[-1] == answer


def test_without_move_a_mail_is_copied_and_only_that_mail_expunged() -> None:
    with talking({"CAPABILITY": b"* CAPABILITY IMAP4rev1 UIDPLUS AUTH=PLAIN\r\n"}) as (server, session):
        session.select()
        session.file_away([1])
        done = ['UID COPY 1 "Processed"', "UID STORE 1 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 1"]
        assert server.commands[-3:] == done


def test_without_uidplus_a_mail_is_marked_and_nothing_is_expunged() -> None:
    with talking({"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}) as (server, session):
        session.select()
        session.file_away([1])
        assert server.commands[-1] == "UID STORE 1 +FLAGS.SILENT ($Helpdesk)"


def test_the_folder_for_done_mail_is_made_and_shown_to_people_where_it_is_missing() -> None:
    with ScriptedImap({"LIST": b""}) as server:
        logged_in(server, done_folder="Erledigt für Köln & Bonn").close()
        name = '"Erledigt f&APw-r K&APY-ln &- Bonn"'
        assert server.commands[-2:] == [f"CREATE {name}", f"SUBSCRIBE {name}"]


def test_a_header_is_fetched_without_the_mail() -> None:
    with talking() as (_, session):
        session.select()
        assert session.header(1) == b"To: help@desk.example\r\nSubject: one\r\n\r\n"
