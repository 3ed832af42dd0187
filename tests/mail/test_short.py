"""The short mail that a gateway makes a text message of."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from helpdeskd.mail.headers import UnsafeOutput
from helpdeskd.mail.short import LONGEST, compose

NOW = datetime(2026, 11, 23, 22, tzinfo=UTC)


def composed(text: str, to: str = "316@sms.example") -> tuple[str, str, bytes]:
    """Its subject and text, and the whole of it."""
    raw = compose("duty@desk.example", to, "HD-1001", text, "<sms-7@desk.example>", "desk.example/1", NOW)
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed.get_content_type() == "text/plain"
    assert raw.endswith(b"\r\n")
    return parsed["Subject"], parsed.get_content().rstrip(), raw


def test_it_is_one_plain_part_that_no_person_wrote() -> None:
    subject, text, raw = composed("Emergency HD-1001, step 1: Shop is down")
    assert (subject, text) == ("HD-1001", "Emergency HD-1001, step 1: Shop is down")
    fields = message_from_bytes(raw)
    assert (fields["From"], fields["To"]) == ("duty@desk.example", "316@sms.example")
    assert (fields["Message-ID"], fields["Auto-Submitted"]) == ("<sms-7@desk.example>", "auto-generated")


@pytest.mark.parametrize(("length", "shown"), [(LONGEST, LONGEST), (LONGEST + 1, LONGEST), (5000, LONGEST)])
def test_it_has_the_length_of_one_text_message(length: int, shown: int) -> None:
    text = composed("x" * length)[1]
    assert len(text) == shown
    assert text.endswith("…") == (length > LONGEST)


def test_what_a_customer_wrote_stays_in_its_line() -> None:
    _, text, raw = composed("Shop is down\r\nBcc: victim@example.org\n\n.\r\nQUIT é")
    assert text == "Shop is down Bcc: victim@example.org . QUIT é"
    assert b"\r\nBcc" not in raw
    assert raw.isascii()


def test_an_address_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(UnsafeOutput):
        composed("x", to="316@sms.example, victim@example.org")
