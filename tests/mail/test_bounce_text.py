"""The words by which reports are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail.bounce_text import addresses, is_delay, may_be_report, notice, recipients, without_own
from helpdeskd.mail.fields import read_head


def head(**fields):
    raw = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items()).encode() + b"\n"
    return read_head(raw, 0, len(raw))


@pytest.mark.parametrize(
    "fields",
    [
        {"From": "MAILER-DAEMON@x.example"},
        {"From": "Mail Delivery Subsystem <md@x.example>"},
        {"From": "<>"},
        {"From": "a@x.example", "Return_Path": "<>"},
        {"From": "a@x.example", "X_Failed_Recipients": "b@x.example"},
        {"From": "a@x.example", "Subject": "Undeliverable: hello"},
        {"From": "a@x.example", "Subject": "Unzustellbar: Hallo"},
    ],
)
def test_a_mail_system_is_known_by_its_header(fields):
    assert may_be_report(head(**fields), "")


@pytest.mark.parametrize("subject", ["hello", "Re: Undeliverable: hello", "Please fail over tonight"])
def test_a_person_is_not_taken_for_one(subject):
    assert not may_be_report(head(From="a@x.example", Subject=subject), "")


def test_a_complaint_about_spam_is_no_delivery_report():
    assert not may_be_report(head(From="MAILER-DAEMON@x.example"), "feedback-report")


def test_the_notice_ends_where_the_returned_mail_begins():
    assert notice(
        "to <a@x.example>:\nno\n\n------ Original message follows ------\n\nSubject: b@x.example\n"
    ).strip() == ("to <a@x.example>:\nno")


def test_a_sentence_about_the_original_message_is_part_of_the_notice():
    text = "The original message was received at noon\n\n<a@x.example>\n"
    assert notice(text) == text


def test_the_parties_of_the_report_are_not_its_subject():
    report = head(From="daemon@mx.example", To="us@desk.example")
    assert without_own(["us@desk.example", "daemon@mx.example", "postmaster@x.example", "a@x.example"], report) == [
        "a@x.example"
    ]


def test_a_mail_to_oneself_can_bounce():
    assert without_own(["us@desk.example"], head(From="daemon@mx.example", To="us@desk.example")) == ["us@desk.example"]


def test_nothing_is_found_where_nothing_failed():
    assert recipients(head(From="a@x.example", Subject="hi"), "Write to b@x.example") == []


def test_final_words_outweigh_a_warning():
    assert is_delay(head(Subject="Warning"), "still trying")
    assert not is_delay(head(Subject="Warning"), "giving up")


@given(st.text(alphabet="ab@. <>:\n-5", max_size=200))
def test_any_text_has_a_notice_and_addresses(text):
    assert isinstance(addresses(notice(text)), list)
