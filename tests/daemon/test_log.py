"""The log's vocabulary, and what mails and addresses look like in it."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.daemon import log, tally
from helpdeskd.storage.commits import Times

ANNA = "anna@bakery.example"
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Lines(logging.Handler):
    """Keeps the lines that were logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def __getitem__(self, index: int) -> str:
        return self.records[index].getMessage()


@contextmanager
def listening(level: str = "INFO") -> Iterator[Lines]:
    lines, before = Lines(), log.LOG.level
    log.LOG.addHandler(lines)
    log.LOG.setLevel(level)
    yield lines
    log.LOG.setLevel(before)
    log.LOG.removeHandler(lines)


def fail(recipient: str = ANNA, reply: str = "no") -> None:
    log.failed(outbox_id=40, notice="reply", recipient=recipient, reply=reply)


@pytest.mark.parametrize(
    ("function", "values", "level"),
    [
        (log.received, {"inbox_id": 17, "source": "smtp", "account": "mx", "peer": "192.0.2.1", "size": 900}, "INFO"),
        (log.refused, {"client": "192.0.2.1", "reply": "550 5.1.1 No such address here"}, "INFO"),
        (log.decided, {"inbox_id": 17, "fate": "opened", "reason": "a contact", "ticket": "ACME-1"}, "INFO"),
        (log.struck, {"inbox_id": 17, "reason": "it hung", "failed": False}, "WARNING"),
        (log.struck, {"inbox_id": 17, "reason": "it hung", "failed": True}, "ERROR"),
        (log.queued, {"outbox_id": 40, "notice": "reply", "ticket": "ACME-1", "recipient": ANNA}, "INFO"),
        (log.sent, {"outbox_id": 40, "notice": "reply", "recipient": ANNA, "reply": "250 ok"}, "INFO"),
        (log.later, {"outbox_id": 40, "notice": "reply", "recipient": ANNA, "reply": "450", "next_at": NOW}, "INFO"),
        (log.failed, {"outbox_id": 40, "notice": "reply", "recipient": ANNA, "reply": "550 no"}, "WARNING"),
        (log.called_off, {"outbox_id": 40, "notice": "hook"}, "INFO"),
        (log.swept, {"done": 3}, "INFO"),
        (log.paged, {"ticket": "ACME-1", "person": "piet", "step": 2}, "INFO"),
        (log.alarm, {"what": "delivery", "detail": "no STARTTLS"}, "ERROR"),
        (log.over, {"what": "mailbox late", "about": "support"}, "WARNING"),
        (log.started, {"version": "1.0", "ways_in": "smtp 127.0.0.1:2525"}, "INFO"),
        (log.reloaded, {"ok": True, "detail": ""}, "INFO"),
        (log.reloaded, {"ok": False, "detail": "config.toml:3: x"}, "ERROR"),
        (log.stopped, {"reason": "SIGTERM"}, "INFO"),
    ],
)
def test_each_stage_is_one_line_that_names_it(function, values, level):
    with listening() as lines:
        function(**values)
    (record,) = lines.records
    assert record.getMessage().startswith(f"stage={function.__name__} ")
    assert record.levelname == level


def test_a_line_reads_like_this():
    with listening() as lines:
        log.decided(inbox_id=17, fate="held", reason="not a contact", ticket="")
        log.later(outbox_id=40, notice="reply", recipient="", reply="451 4.3.0 busy", next_at=NOW)
    assert lines[0] == 'stage=decided inbox=17 fate=held ticket="" reason="not a contact"'
    assert lines[1] == (
        'stage=later outbox=40 notice=reply recipient="" next_at=2026-11-02T09:00:00+00:00 reply="451 4.3.0 busy"'
    )


def test_an_address_is_hashed_alike_however_it_is_written_and_wherever_it_stands():
    with listening() as lines:
        fail(recipient=ANNA)
        fail(recipient="Anna@BAKERY.example", reply=f"550 <{ANNA}>: unknown user")
    token = lines[0].partition("recipient=")[2].partition(" ")[0]
    assert len(token) == 13
    assert f"recipient={token} " in lines[1]
    assert lines[1].endswith(f'reply="550 <{token}>: unknown user"')
    assert "anna" not in (lines[0] + lines[1]).lower()


def test_different_addresses_and_those_of_the_network_are_hashed_apart():
    with listening() as lines:
        fail(recipient=ANNA)
        fail(recipient="bob@bakery.example")
        log.received(inbox_id=1, source="smtp", account="mx", peer="192.0.2.1", size=9)
    assert lines[0] != lines[1]
    assert "192.0.2.1" not in lines[2]


def test_debug_shows_addresses():
    with listening("DEBUG") as lines:
        fail(reply=f"550 <{ANNA}>: unknown user")
    assert lines[0].count(ANNA) == 2


def test_a_mail_cannot_write_a_line_of_its_own():
    with listening() as lines:
        log.decided(inbox_id=17, fate="held", reason='x"\nstage=sent outbox=1\r\x1b[2J\u2028\x7f', ticket="")
    assert lines[0].endswith(r'reason="x\"\nstage=sent outbox=1\r\u001b[2J\u2028\u007f"')


@given(st.text(st.characters(codec=None), max_size=3000))
def test_any_text_is_one_json_string_of_printable_ascii_within_its_limit(text):
    with listening() as lines:
        log.alarm(what="test", detail=text)
    value = lines[0].removeprefix("stage=alarm what=test detail=")
    assert value.isascii()
    assert value.isprintable()
    assert len(value) <= log.VALUE_LENGTH
    assert value == text or isinstance(json.loads(value), str)


@pytest.mark.parametrize(("length", "whole"), [(1022, True), (1023, False)])
def test_a_value_is_cut_at_one_kibibyte(length, whole):
    with listening() as lines:
        log.alarm(what="test", detail="-" + " " * (length - 1))
    value = json.loads(lines[0].partition("detail=")[2])
    assert (len(value) == length) is whole


def test_below_its_level_nothing_is_said():
    with listening("ERROR") as lines:
        fail()
    assert lines.records == []


def logged(code: str) -> str:
    """What a new process writes on standard error."""
    code = f"import logging\nfrom helpdeskd.daemon import log\n{code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=30).stderr


def test_the_log_goes_to_standard_error_and_libraries_are_quiet():
    written = logged(
        "log.setup('info')\nlog.started(version='1', ways_in='none')\n"
        "logging.getLogger('mail.log').info('anna@bakery.example')\nlogging.getLogger('mail.log').warning('look')"
    )
    assert written == "stage=started version=1 ways_in=none\nlook\n"


def test_processes_with_the_same_key_hash_alike():
    speak = "log.failed(outbox_id=1, notice='reply', recipient='anna@bakery.example', reply='no')"
    same, again, other = (logged(f"log.setup('info', {key!r})\n{speak}") for key in (b"one", b"one", b"two"))
    unkeyed = {logged(f"log.setup('info')\n{speak}") for _ in range(2)}
    assert same == again != other
    assert len(unkeyed) == 2


def test_a_log_that_cannot_be_written_stops_nothing():
    code = "import os\nlog.setup('info')\nos.close(2)\nlog.started(version='1', ways_in='none')\nprint('alive')"
    done = subprocess.run(
        [sys.executable, "-c", f"from helpdeskd.daemon import log\n{code}"],
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, b"alive\n")


def test_what_is_because_of_a_mail_has_its_number_first():
    with listening() as lines:
        log.queued(inbox_id=17, outbox_id=40, notice="reply", ticket="HD-1", recipient="")
        log.queued(outbox_id=41, notice="reply", ticket="HD-1", recipient="")
    assert lines[0].startswith("stage=queued inbox=17 outbox=40 ")
    assert lines[1].startswith("stage=queued outbox=41 ")


def test_lines_of_a_transaction_are_written_once_it_is_committed():
    with listening() as lines:
        with log.once_committed():
            log.swept(done=1)
            log.alarm(what="test", detail="x")
            assert [record.getMessage().split()[0] for record in lines.records] == ["stage=alarm"]
        assert [record.getMessage().split()[0] for record in lines.records] == ["stage=alarm", "stage=swept"]


def test_of_a_transaction_that_is_undone_nothing_is_told_but_alarms(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tally, "OURS", counted := tally.Tally(Times()))
    with listening() as lines:
        with pytest.raises(KeyError), log.once_committed():
            log.decided(inbox_id=17, fate="opened", reason="", ticket="")
            log.alarm(what="test", detail="x")
            raise KeyError
        log.decided(inbox_id=18, fate="opened", reason="", ticket="")
    assert ["inbox=18" in lines[1], len(lines.records)] == [True, 2]
    assert counted.counts == {("alarm", "test"): 1, ("decided", "opened"): 1}


def test_lines_of_a_part_of_a_transaction_wait_for_the_whole():
    with listening() as lines:
        with log.once_committed():
            with log.once_committed():
                log.swept(done=1)
            with suppress(ZeroDivisionError), log.once_committed():
                log.swept(done=2)
                raise ZeroDivisionError
            assert lines.records == []
        assert [record.getMessage() for record in lines.records] == ["stage=swept done=1"]


def test_lines_are_counted_whatever_their_level(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tally, "OURS", counted := tally.Tally(Times()))
    with listening("ERROR") as lines:
        log.decided(inbox_id=17, fate="opened", reason="", ticket="")
    assert (lines.records, counted.counts) == ([], {("decided", "opened"): 1})
