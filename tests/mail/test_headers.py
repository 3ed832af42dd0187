"""Header fields that no text can break out of, and the check that refuses what is not a mail of ours."""

from contextlib import nullcontext
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.mail import headers
from helpdeskd.mail.headers import UnsafeOutput, addr_spec, fields, mailbox, message_ids, plain, subject, verify

GOOD = (
    b"Date: Fri, 20 Nov 2026 16:30:00 +0000\r\n"
    b"From: Helpdesk <support@desk.example>\r\n"
    b"To: Anna <anna@customer.example>\r\n"
    b"Subject: [ACME-1042] Invoice\r\n"
    b"Message-ID: <1@desk.example>\r\n\r\nText\r\n"
)


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def parsed(name: str, value: str) -> str:
    return str(BytesHeaderParser().parsebytes(fields([(name, value)]) + b"\r\n")[name]).replace("\r\n", "")


def test_a_plain_subject_stays_as_it_is():
    assert subject("[ACME-1042] Invoice screen hangs") == "[ACME-1042] Invoice screen hangs"


def test_a_subject_with_other_letters_is_encoded_whole():
    assert subject("Fakturaskærm hænger") == "=?utf-8?q?Fakturask=C3=A6rm_h=C3=A6nger?="


@pytest.mark.parametrize(
    "hostile",
    [
        "Hi\nBcc: victim@example.org",
        "Hi\r\n Bcc: victim@example.org",
        "=?utf-8?q?Hi=0ABcc:_victim?=",
        "é =?UTF-8?Q?=0A?=Bcc: victim@example.org",
        "Hi\u2028Bcc: x\x00\x85",
    ],
)
def test_a_hostile_subject_stays_one_field(hostile: str):
    block = fields([("Subject", subject(hostile))])
    assert BytesHeaderParser().parsebytes(block + b"\r\n").keys() == ["Subject"]
    assert decoded(parsed("Subject", subject(hostile))) == plain(hostile)


def test_an_encoded_word_of_a_sender_is_shown_as_text_and_not_decoded():
    assert decoded(subject("=?utf-8?q?Hi?=")) == "=?utf-8?q?Hi?="


def test_a_subject_is_cut_at_its_longest():
    assert subject("ab " * 85) == ("ab " * 85).strip()
    assert decoded(subject("ab " * 86)).endswith("…")
    assert len(decoded(subject("ab " * 86))) <= headers.LONGEST_TEXT


@given(st.text(max_size=200).filter(plain))
def test_any_subject_comes_back_as_it_was(text: str):
    value = subject(text)
    assert decoded(parsed("Subject", value)) == plain(text)
    assert all(len(line) <= 76 for line in fields([("Subject", value)]).splitlines())


@given(st.text(max_size=90))
def test_any_name_leaves_the_address_alone(name: str):
    shown, address = parseaddr(parsed("From", mailbox(name, "support@desk.example")).replace("\r\n", ""))
    assert address == "support@desk.example"
    assert decoded(shown).split() == plain(name.translate(dict.fromkeys(map(ord, "@\uff20\ufe6b"), " "))).split()


def test_a_name_loses_its_at_so_that_it_cannot_pose_as_an_address():
    assert mailbox("ceo@bank.example", "support@desk.example") == '"ceo bank.example" <support@desk.example>'


def test_a_name_with_a_comma_is_quoted():
    assert mailbox("Jansen, Piet (IT)", "piet@desk.example") == '"Jansen, Piet (IT)" <piet@desk.example>'


def test_a_name_with_quotes_is_encoded_as_parsers_disagree_about_them():
    assert mailbox('"Anna" <x>', "anna@customer.example").startswith("=?utf-8?q?=22Anna=22")


def test_no_name_is_an_address_alone():
    assert mailbox("", "anna@customer.example") == "<anna@customer.example>"


def test_a_domain_is_written_as_a_label():
    assert addr_spec("anna@bücher.example") == "anna@xn--bcher-kva.example"


def test_a_local_part_with_two_dots_is_quoted():
    assert addr_spec("a..b@customer.example") == '"a..b"@customer.example'


@pytest.mark.parametrize(
    "address", ["", "anna", "anna@", "@x.example", "a b@x.example", "a>b@x.example", "a@x y", "a@x,y"]
)
def test_what_is_no_address_is_refused(address: str):
    with pytest.raises(UnsafeOutput, match="is not an address"):
        addr_spec(address)


def test_an_address_with_other_letters_before_its_at_is_refused_and_says_why():
    with pytest.raises(UnsafeOutput, match="SMTPUTF8"):
        addr_spec("jürgen@customer.example")


def test_message_ids_get_their_brackets_once():
    assert message_ids(["<a@x.example>", "b@x.example", "<a@x.example>"]) == "<a@x.example> <b@x.example>"


def test_twenty_references_are_kept_and_of_more_the_first_and_the_last_nineteen():
    ids = [f"<{number}@x.example>" for number in range(21)]
    assert message_ids(ids[:20]).split() == ids[:20]
    assert message_ids(ids).split() == [ids[0], *ids[2:]]


@pytest.mark.parametrize("hostile", ["<a@x>\r\nBcc: b", "a b", "a>b", "<=?utf-8?q?x?=@y>", "é@x", "", "a" * 251])
def test_a_message_id_that_is_not_plain_is_left_out(hostile: str):
    assert message_ids([hostile]) == ""


def test_references_are_folded():
    block = fields([("References", message_ids(f"{'r' * 60}{number}@x.example" for number in range(20)))])
    assert block.count(b"\r\n ") == 19
    assert max(map(len, block.splitlines())) < 100


def test_an_empty_field_is_left_out():
    assert fields([("Reply-To", ""), ("MIME-Version", "1.0")]) == b"MIME-Version: 1.0\r\n"


def test_a_mail_of_ours_is_accepted():
    verify(GOOD, "anna@customer.example")


def test_a_domain_is_compared_as_a_label():
    raw = GOOD.replace(b"customer.example", b"xn--bcher-kva.example")
    verify(raw, "Anna@bücher.example")


@pytest.mark.parametrize("before", [0, 1, 500, 996, 998])
def test_a_long_line_is_found_wherever_it_stands(before: int):
    lines = GOOD + b"x" * before + b"\r\n"
    verify(lines + b"x" * 998 + b"\r\n" + b"x" * 998 + b"\r\nend\r\n", "anna@customer.example")
    for last in (b"", b"end\r\n"):
        with pytest.raises(UnsafeOutput, match="longer than 998"):
            verify(lines + b"x" * 999 + b"\r\n" + last, "anna@customer.example")


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"], ids=["return", "feed", "both"])
def test_a_line_end_within_a_line_of_a_large_attachment_is_found(end: bytes):
    lines = (b"x" * 76 + b"\r\n") * 1000
    verify(GOOD + lines * 3, "anna@customer.example")
    for at in (len(lines), len(lines) + 78 * 500 + 40, 2 * len(lines) - 3 - len(end)):
        raw = lines * 3
        changed = GOOD + raw[:at] + end + raw[at + len(end) :]
        with nullcontext() if end == b"\r\n" else pytest.raises(UnsafeOutput, match="CRLF"):
            verify(changed, "anna@customer.example")


def test_a_line_of_998_octets_is_accepted_and_one_of_999_is_not():
    verify(GOOD + b"x" * 998 + b"\r\n", "anna@customer.example")
    with pytest.raises(UnsafeOutput, match="longer than 998"):
        verify(GOOD + b"x" * 999 + b"\r\n", "anna@customer.example")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (GOOD + b"a\nb\r\n", "CRLF"),
        (GOOD + b"a\rb\r\n", "CRLF"),
        (GOOD + b"a\0b\r\n", "7-bit"),
        (GOOD + "é\r\n".encode(), "7-bit"),
        (GOOD.replace(b"Date:", b"Bcc: victim@example.org\r\nDate:"), "bcc"),
        (GOOD.replace(b"Date:", b"Cc: victim@example.org\r\nDate:"), "cc"),
        (GOOD.replace(b"Date:", b"Subject: two\r\nDate:"), "subject is there twice"),
        (GOOD.replace(b"Date:", b"To: b@customer.example\r\nDate:"), "to is there twice"),
        (GOOD.replace(b"Subject: [ACME-1042] Invoice\r\n", b""), "subject is missing"),
        (GOOD.replace(b"Message-ID: <1@desk.example>\r\n", b""), "message-id is missing"),
        (GOOD.replace(b"To: Anna", b"To: b@customer.example, Anna"), "it would go to"),
        (GOOD.replace(b"anna@", b"hanna@"), "it would go to"),
        (GOOD.replace(b"From: ", b"From: a@desk.example, "), "From"),
        (GOOD.replace(b"Subject", b"  \r\nSubject"), "no field"),
        (GOOD.replace(b"Subject:", b"Subject"), "no field"),
        (b"Date: x\r\n", "does not end"),
    ],
)
def test_what_is_not_one_mail_to_the_recipient_is_refused(raw: bytes, why: str):
    with pytest.raises(UnsafeOutput, match=why):
        verify(raw, "anna@customer.example")
