"""A mail of plain text without a template."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from helpdeskd.mail.bare import compose
from helpdeskd.mail.headers import UnsafeOutput, verify

NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)
TO = "root@ops.example"


def composed(text: str, subject: str = "Alarm", to: str = TO, reply_to: str = "") -> bytes:
    return compose("desk@desk.example", to, subject, text, "<alarm-7@desk.example>", "desk.example/1", NOW, reply_to)


@pytest.mark.parametrize("text", ["one line", "two\nlines\n", "é" * 300, "", "ends\r\n", ".\nQUIT\n" * 100])
def test_it_is_a_mail_that_may_be_sent_as_it_is_whatever_it_says(text: str):
    raw = composed(text)
    verify(raw, TO)
    assert raw.endswith(b"\r\n")
    read = message_from_bytes(raw, policy=policy.default).get_content()
    assert read.split() == text.split()


def test_no_person_wrote_it_and_answers_go_where_it_says():
    fields = message_from_bytes(composed("x", reply_to=TO))
    assert (fields["Auto-Submitted"], fields["Reply-To"]) == ("auto-generated", TO)
    assert message_from_bytes(composed("x"))["Reply-To"] is None


def test_a_subject_stays_in_its_field():
    assert b"\r\nBcc" not in composed("x", subject="Alarm\r\nBcc: victim@example.org")


def test_an_address_that_cannot_be_written_is_refused():
    with pytest.raises(UnsafeOutput):
        composed("x", to="root@ops.example, victim@example.org")
