"""What a mail says, and what hangs on it."""

import pytest

from helpdeskd.mail import limits
from helpdeskd.mail.parse import parse


def mail(kind, *parts):
    body = b"".join(b"--b\n" + part + b"\n" for part in parts)
    return parse(b"From: a@x.example\nContent-Type: " + kind + b"; boundary=b\n\n" + body + b"--b--\n")


def part(kind, body, *fields):
    return b"\n".join((b"Content-Type: " + kind, *fields)) + b"\n\n" + body


PLAIN = part(b"text/plain; charset=utf-8", "Søren".encode())
HTML = part(b"text/html; charset=utf-8", "<p>Søren in <b>HTML</b></p>".encode())
IMAGE = part(b"image/png; name=a.png", b"png", b"Content-ID: <i@x>")


def names(message):
    return [attachment.name for attachment in message.attachments]


@pytest.mark.parametrize("parts", [(PLAIN, HTML), (HTML, PLAIN)])
def test_of_two_versions_the_plain_one_is_read(parts):
    message = mail(b"multipart/alternative", *parts)
    assert (message.text, message.plain, message.attachments) == ("Søren", True, ())


def test_html_is_read_where_the_plain_version_is_empty():
    message = mail(b"multipart/alternative", part(b"text/plain", b" \n"), HTML)
    assert (message.text, message.plain) == ("Søren in HTML", False)


def test_texts_one_after_the_other_are_all_read():
    assert mail(b"multipart/mixed", PLAIN, IMAGE, HTML).text == "Søren\n\nSøren in HTML"


def test_attachments_are_found_wherever_they_hang():
    related = b"Content-Type: multipart/related; boundary=c\n\n--c\n" + HTML + b"\n--c\n" + IMAGE + b"\n--c--"
    message = mail(b"multipart/alternative", PLAIN, related, part(b"text/calendar; method=REQUEST", b"BEGIN:VCALENDAR"))
    assert message.text == "Søren"
    assert names(message) == ["a.png", "part-3.ics"]
    assert message.attachments[0].inline


def test_a_text_that_is_attached_is_not_what_was_written():
    log = part(b"text/plain", b"log", b"Content-Disposition: attachment; filename=log.txt")
    message = mail(b"multipart/mixed", PLAIN, log)
    assert (message.text, names(message)) == ("Søren", ["log.txt"])


def test_a_text_with_a_name_is_shown_where_there_is_no_other_and_stays_attached():
    message = mail(b"multipart/mixed", part(b"text/plain; name=letter.txt", b"hello"))
    assert (message.text, names(message)) == ("hello", ["letter.txt"])


def test_a_forwarded_mail_is_one_attachment_and_not_what_was_written():
    inner = part(b"message/rfc822", b"Subject: inner\n\nsecret")
    message = mail(b"multipart/mixed", PLAIN, inner)
    assert (message.text, names(message)) == ("Søren", ["inner.eml"])
    assert message.attachments[0].content == b"Subject: inner\n\nsecret"


def test_a_mail_that_is_nothing_but_a_forward_shows_it_as_such():
    message = mail(b"multipart/mixed", part(b"message/rfc822", b"From: b@x.example\nSubject: inner\n\nsecret"))
    assert message.text == "---------- Forwarded message ---------\nFrom: b@x.example\nSubject: inner\n\nsecret"


def test_the_first_mail_that_is_attached_is_read_for_who_acts_on_it():
    inner = [
        part(b"message/rfc822", b"From: B <b@x.example>\nSubject: %s\n\nsecret" % name) for name in (b"one", b"two")
    ]
    shown = "---------- Forwarded message ---------\nFrom: B <b@x.example>\nSubject: one\n\nsecret"
    assert mail(b"multipart/mixed", PLAIN, *inner).forwarded == shown
    assert mail(b"multipart/mixed", *inner).forwarded == shown
    assert mail(b"multipart/mixed", PLAIN).forwarded == ""


def test_html_says_its_charset_itself_when_the_mail_does_not():
    message = parse(b"From: a@x\nContent-Type: text/html\n\n<meta charset=windows-1251>" + "Привет".encode("cp1251"))
    assert message.text == "Привет"


def test_text_has_plain_line_breaks_and_no_control_characters():
    assert parse(b"From: a@x\n\none\r\ntwo\x00\x1b[31m\tthree").text == "one\ntwo[31m\tthree"


def test_an_empty_part_is_nothing():
    assert mail(b"multipart/mixed", PLAIN, b"Content-Type: application/pdf\n").attachments == ()


@pytest.mark.parametrize(("size", "whole"), [(limits.MAX_TEXT, True), (limits.MAX_TEXT + 1, False)])
def test_a_text_over_its_cap_is_shown_in_part_and_attached_whole(size, whole):
    raw = b"Content-Type: text/plain\r\n\r\n" + b"x" * size
    message = parse(raw)
    assert len(message.text) == limits.MAX_TEXT
    assert [attached.size for attached in message.attachments] == ([] if whole else [size])
    assert bool(message.defects and "too long" in " ".join(message.defects)) is not whole
