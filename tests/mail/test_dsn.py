"""Delivery reports: in the standard's form, and as mail systems write them."""

import pytest

from helpdeskd.mail.parse import parse

ORIGINAL = b"Content-Type: message/rfc822\n\nMessage-ID: <ours@desk.example>\nTo: anna@x.example\n\nHello\n"


def report(*groups, original=ORIGINAL, text=b"Sorry."):
    status = b"\n\n".join((b"Reporting-MTA: dns; mx.example", *groups))
    return parse(
        b"From: MAILER-DAEMON@mx.example\nTo: support@desk.example\nSubject: Undelivered Mail\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n" + text + b"\n"
        b"--b\nContent-Type: message/delivery-status\n\n" + status + b"\n\n--b\n" + original + b"--b--\n"
    )


def group(address=b"anna@x.example", action=b"failed", status=b"5.1.1", words=b"smtp; 550 No"):
    lines = (b"Final-Recipient: rfc822; " + address, b"Action: " + action, b"Status: " + status)
    return b"\n".join((*lines, b"Diagnostic-Code: " + words))


def text_report(text, subject=b"failure notice", sender=b"MAILER-DAEMON@mx.example", more=b""):
    return parse(b"From: " + sender + b"\nTo: support@desk.example\nSubject: " + subject + b"\n" + more + b"\n" + text)


def addresses(message):
    return [recipient.address for recipient in message.bounce.recipients]


def test_a_failed_recipient_is_told_with_status_and_the_mail_it_was():
    bounce = report(group()).bounce
    assert bounce.original_message_id == "<ours@desk.example>"
    (recipient,) = bounce.recipients
    assert (recipient.address, recipient.action, recipient.status) == ("anna@x.example", "failed", "5.1.1")
    assert recipient.permanent
    assert recipient.bad_address


def test_a_late_mail_has_not_failed():
    (recipient,) = report(group(action=b"delayed", status=b"4.4.1")).bounce.recipients
    assert (recipient.action, recipient.permanent, recipient.bad_address) == ("delayed", False, False)


def test_a_mail_can_fail_for_good_although_the_address_is_sound():
    (recipient,) = report(group(status=b"4.4.7", words=b"smtp; queue expired")).bounce.recipients
    assert (recipient.permanent, recipient.bad_address) == (True, False)


@pytest.mark.parametrize(
    ("status", "words", "bad"),
    [
        (b"5.1.2", b"smtp; 550 host unknown", True),
        (b"5.1.8", b"smtp; 550 bad sender", False),
        (b"5.0.0", b"smtp; 550 No such user here", True),
        (b"5.0.0", b"smtp; 554 refused", False),
        (b"5.7.1", b"smtp; 550 User unknown; blocked as spam", False),
        (b"5.2.2", b"smtp; 552 mailbox full", False),
    ],
)
def test_an_address_is_bad_only_when_it_is_said(status, words, bad):
    assert report(group(status=status, words=words)).bounce.recipients[0].bad_address == bad


@pytest.mark.parametrize("action", [b"delivered", b"relayed", b"expanded"])
def test_a_report_of_success_is_no_bounce(action):
    assert report(group(action=action, status=b"2.0.0")).bounce is None


def test_only_those_who_were_not_reached_are_listed():
    message = report(group(address=b"a@x.example", action=b"delivered", status=b"2.0.0"), group(address=b"b@x.example"))
    assert addresses(message) == ["b@x.example"]


def test_a_recipient_is_listed_once():
    assert addresses(report(group(action=b"delayed", status=b"4.0.0"), group())) == ["anna@x.example"]


def test_the_original_recipient_stands_in_for_one_that_only_the_last_host_knows():
    fields = b"Original-Recipient: rfc822;anna@x.example\n" + group(address=b"anna@server")
    assert addresses(report(fields)) == ["anna@x.example"]


def test_a_report_that_names_nobody_is_about_the_addressee_of_what_it_returns():
    assert addresses(report()) == ["anna@x.example"]


def test_report_fields_count_in_plain_text_too():
    assert addresses(text_report(b"Failed:\n\n" + group() + b"\n")) == ["anna@x.example"]


def test_the_field_of_exim_names_the_recipients():
    message = text_report(b"Could not deliver.", more=b"X-Failed-Recipients: a@x.example, b@x.example\n")
    assert addresses(message) == ["a@x.example", "b@x.example"]


@pytest.mark.parametrize(
    "text",
    [
        b"Sorry, I couldn't deliver to these.\n\n<anna@x.example>:\n192.0.2.1 does not like recipient.\n",
        b"could not be delivered:\n\n   anna@x.example\n     550 unknown user\n",
        b"An error has occurred.\n\nanna@x.example: 550 5.1.1 Mailbox Full\n",
        b"There was an error delivering your mail to <anna@x.example>.\n",
        b"Each of the following recipients was rejected.\n\n    Recipient: <anna@x.example>\n    >>> RCPT\n",
        b"Error: Invalid user address\n  MAIL FROM: support@desk.example\n  RCPT TO: anna@x.example\n",
        b"Delivery failed: 550 5.1.1 <anna@x.example>... User unknown\n",
    ],
)
def test_the_recipient_is_found_in_the_text_forms_of_mail_systems(text):
    returned = b"Received: by x\nMessage-ID: <ours@desk.example>\nTo: z@x.example\n"
    message = text_report(text + b"\n--- Below this line is a copy of the message.\n\n" + returned)
    assert addresses(message) == ["anna@x.example"]
    assert message.bounce.original_message_id == "<ours@desk.example>"
    assert message.bounce.recipients[0].permanent


def test_a_warning_in_words_is_a_delay():
    text = (
        b"A message is delayed for the following recipients:\n\nanna@x.example: Network error\n\nIt will be retried.\n"
    )
    assert not text_report(text, subject=b"Delivery status notification: warning").bounce.recipients[0].permanent


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        (b"Anna <anna@x.example>", b"mail problem"),
        (b"Anna <anna@x.example>", b"Re: Undelivered Mail Returned to Sender"),
    ],
)
def test_a_person_who_quotes_an_error_is_no_report(sender, subject):
    text = b"I get this:\n\n<piet@y.example>: 550 5.1.1 User unknown\n\nWhat now?\n"
    assert text_report(text, sender=sender, subject=subject).bounce is None


def test_a_vacation_of_a_daemon_is_no_report():
    assert text_report(b"I am away until Monday. Write to bob@x.example.\n", subject=b"Away").bounce is None


def test_a_read_receipt_is_no_report():
    raw = (
        b"From: anna@x.example\nSubject: Read: x\nReturn-Path: <>\n"
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nRead.\n"
        b"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; anna@x.example\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\n--b--\n"
    )
    assert parse(raw).bounce is None


def test_ordinary_mail_on_which_a_detector_fails_is_just_mail(caplog):
    assert parse(b"Return-Path: <>\nSubject: x\n\nhello").bounce is None
    assert caplog.records == []
