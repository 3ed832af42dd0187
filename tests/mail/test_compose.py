"""Letters become finished bytes: one recipient, the right fields, both parts, and a sender's text is never obeyed."""

from dataclasses import replace
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.policy import SMTP, default
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdeskd.domain.desk import LARGEST_ATTACHMENTS
from helpdeskd.domain.message import Attachment
from helpdeskd.domain.notice import Earlier, Letter, Notice
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.headers import UnsafeOutput, plain, verify
from helpdeskd.mail.mime import within_limit
from helpdeskd.mail.render import BrokenTemplate
from helpdeskd.mail.sample import AT, sample_letter

SHIPPED = Path(__file__).parents[2] / "templates"

FIELDS = ["Date", "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References"]
AUTOMATIC = ["Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "X-Autoreply", "X-Loop"]
OURS = ["X-Helpdeskd-Id", "MIME-Version", "Content-Type"]


@pytest.fixture(scope="module")
def composer() -> Composer:
    return Composer((SHIPPED,), "en")


def reply(**changes: object) -> Letter:
    """An agent's answer to Anna."""
    letter = replace(sample_letter("reply", "en"), **changes)
    return with_notice(letter, automatic=False, sender="Piet Jansen")


def with_notice(letter: Letter, **changes: object) -> Letter:
    return replace(letter, notice=replace(letter.notice, **changes))


def with_text(letter: Letter, text: str) -> Letter:
    return with_notice(letter, facts=replace(letter.notice.facts, text=text))


def attachment(name: str, type_: str, content: bytes = b"content") -> Attachment:
    return Attachment(name, type_, len(content), False, content)


def read(raw: bytes) -> Message:
    return BytesParser().parsebytes(raw)


def text_of(raw: bytes, kind: str = "plain") -> str:
    body = BytesParser(policy=default).parsebytes(raw).get_body((kind,))
    assert body is not None
    return body.get_content().replace("\r\n", "\n")


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def test_an_agents_answer_comes_from_our_address_in_their_name(composer: Composer):
    mail = read(composer.compose(reply()))
    assert mail["From"] == "Piet Jansen via Helpdesk <support@desk.example>"
    assert mail["To"] == "Anna de Vries <anna@customer.example>"
    assert mail["Reply-To"] == "support+t.token@desk.example"


def test_an_agents_answer_says_nowhere_that_it_is_automatic(composer: Composer):
    assert read(composer.compose(reply())).keys() == FIELDS + OURS


def test_an_automatic_answer_says_so_in_every_way_that_is_read(composer: Composer):
    mail = read(composer.compose(sample_letter("ticket-received", "en")))
    assert mail.keys() == FIELDS + AUTOMATIC + OURS
    assert [mail[name] for name in AUTOMATIC] == ["auto-replied", "auto_reply", "All", "yes", "support@desk.example"]


def test_an_automatic_mail_that_answers_nothing_is_generated_and_bulk(composer: Composer):
    mail = read(composer.compose(with_notice(sample_letter("target-warning", "en"), answers=False)))
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert "X-Autoreply" not in mail


def test_every_mail_carries_the_instance_that_sent_it(composer: Composer):
    assert read(composer.compose(reply(instance="epoch-7")))["X-Helpdeskd-Id"] == "epoch-7"


def test_a_mail_outside_any_thread_has_no_fields_of_one(composer: Composer):
    mail = read(composer.compose(reply(in_reply_to="", references=(), reply_to="")))
    assert not {"In-Reply-To", "References", "Reply-To"} & set(mail.keys())


@pytest.mark.parametrize(
    ("tag", "subject", "written"),
    [
        ("ACME-1042", "Invoice", "[ACME-1042] Invoice"),
        ("ACME-1042", "Re: Invoice", "Re: [ACME-1042] Invoice"),
        ("ACME-1042", "Re: [ACME-1042] Invoice", "Re: [ACME-1042] Invoice"),
        ("ACME-1042", "[ACME-104] Invoice", "[ACME-1042] [ACME-104] Invoice"),
        ("", "Invoice", "Invoice"),
    ],
)
def test_the_tag_stands_in_the_subject_once(composer: Composer, tag: str, subject: str, written: str):
    assert read(composer.compose(reply(tag=tag, subject=subject)))["Subject"] == written


def test_a_conversation_without_a_subject_is_called_after_its_ticket_or_the_desk(composer: Composer):
    letter = reply(tag="", subject="")
    assert read(composer.compose(letter))["Subject"] == "The invoice screen hangs."
    nameless = with_notice(letter, facts=replace(letter.notice.facts, ticket=None))
    assert read(composer.compose(nameless))["Subject"] == "Helpdesk"


def test_both_parts_hold_the_same_words(composer: Composer):
    raw = composer.compose(with_text(reply(), "Tak for beskeden.\n\nVi ser på det <i dag> & vender tilbage."))
    assert "Tak for beskeden.\n\nVi ser på det <i dag> & vender tilbage." in text_of(raw)
    assert "Tak for beskeden.<br>\n<br>\nVi ser på det &lt;i dag&gt; &amp; vender" in text_of(raw, "html")


def test_the_marker_stands_above_everything_that_a_client_will_quote(composer: Composer):
    raw = composer.compose(reply())
    assert text_of(raw).startswith("##- Please reply above this line -##\n\n")
    assert text_of(raw, "html").index("##-") < text_of(raw, "html").index("invoice screen hangs.</p>")


def test_the_same_letter_gives_the_same_bytes(composer: Composer):
    letter = reply(attachments=(attachment("a.png", "image/png"),))
    assert composer.compose(letter) == composer.compose(letter)


def test_templates_in_mail_are_text(composer: Composer):
    hostile = "{{ 7 * 7 }} {% include 'layout.html.j2' %} {{ ''.__class__ }} **b** [a](https://example.org)"
    raw = composer.compose(with_text(reply(subject=hostile), hostile))
    assert hostile in text_of(raw)
    assert hostile in decoded(read(raw)["Subject"]).replace("\r\n", "")
    assert "<strong>b" not in text_of(raw, "html")
    assert "href" not in text_of(raw, "html")


def test_an_attachment_of_a_harmless_type_keeps_it_and_others_are_bytes(composer: Composer):
    sent = [
        attachment("a.png", "image/png"),
        attachment("page.html", "text/html"),
        attachment("x.svg", "image/svg+xml"),
    ]
    parts = list(read(composer.compose(reply(attachments=tuple(sent)))).walk())[-3:]
    assert [part.get_content_type() for part in parts] == ["image/png", *["application/octet-stream"] * 2]
    assert [part.get_filename() for part in parts] == ["a.png", "page.html", "x.svg"]
    assert all(part.get_payload(decode=True) == b"content" for part in parts)
    assert all(part.get_content_disposition() == "attachment" for part in parts)


def test_a_mail_is_passed_on_as_a_file(composer: Composer):
    sent = attachment("Forwarded", "message/rfc822", b"Subject: x\n\ny")
    part = list(read(composer.compose(reply(attachments=(sent,)))).walk())[-1]
    assert (part.get_content_type(), part.get_filename()) == ("application/octet-stream", "Forwarded.eml")


@pytest.mark.parametrize("name", ["skærmbillede æøå.png", 'a"b.txt', "=?utf-8?q?x?=.txt", "x; filename=y.txt"])
def test_any_file_name_arrives(composer: Composer, name: str):
    raw = composer.compose(reply(attachments=(attachment(name, "image/png"),)))
    assert list(BytesParser(policy=SMTP).parsebytes(raw).walk())[-1].get_filename() == name


def test_attachments_up_to_the_limit_fit_and_one_more_byte_does_not():
    half, byte = attachment("half.pdf", "application/pdf", b"x" * 50), attachment("byte.txt", "text/plain", b"x")
    assert within_limit([half, half], 100) == ([half, half], [])
    assert within_limit([half, byte, half, byte], 100) == ([half, byte, byte], [half])


def test_what_is_too_large_is_told_by_name(composer: Composer):
    large = attachment("film.mp4", "video/mp4", b"x" * (LARGEST_ATTACHMENTS + 1))
    raw = composer.compose(reply(attachments=(large, attachment("a.png", "image/png"))))
    assert [part.get_filename() for part in read(raw).walk()][-1] == "a.png"
    assert "too large to be passed on:\n\n- film.mp4\n\nWe have kept them with ACME-1042." in text_of(raw)
    assert "a.png" not in text_of(raw)


def test_the_room_for_attachments_is_the_desks_own():
    small = Composer((SHIPPED,), "en", room=100)
    files = (attachment("a.pdf", "application/pdf", b"x" * 100), attachment("b.pdf", "application/pdf"))
    assert "passed on:\n\n- b.pdf\n" in text_of(small.compose(reply(attachments=files)))


def test_what_a_mail_answers_stands_quoted_at_its_end(composer: Composer):
    earlier = Earlier("Anna de Vries", AT, "It hangs.\n\n**Still** <b>it</b> does.")
    raw = composer.compose(with_notice(reply(), earlier=earlier))
    quote = (
        "On Friday 20 November 2026 at 17:30, Anna de Vries wrote:\n\n> It hangs.\n> \n> **Still** <b>it</b> does.\n"
    )
    assert text_of(raw).endswith(f"reply to this e-mail.\n\n{quote}")
    assert "<br>\n**Still** &lt;b&gt;it&lt;/b&gt; does.</blockquote>" in text_of(raw, "html")
    assert "wrote:" not in text_of(composer.compose(with_notice(reply(), earlier=None)))


def test_the_mark_of_a_reply_stands_in_both_parts_where_addresses_cannot_carry_it(composer: Composer):
    raw = composer.compose(reply(mark="abc"))
    assert "\n\n[ref:abc]\n" in text_of(raw)
    assert "<p>[ref:abc]</p>" in text_of(raw, "html")
    assert "[ref:" not in text_of(composer.compose(reply()))


def test_lines_of_bodies_are_at_most_76_octets(composer: Composer):
    raw = composer.compose(
        with_text(reply(attachments=(attachment("a.bin", "x/y", b"\0" * 999),)), "é" * 500 + "\n.\n")
    )
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(len(line) for line in body.split(b"\r\n")) <= 76


def test_a_recipient_who_cannot_be_written_to_is_refused_with_a_reason(composer: Composer):
    letter = reply()
    strange = replace(letter.notice.to, address="jürgen@customer.example")
    with pytest.raises(UnsafeOutput, match="SMTPUTF8"):
        composer.compose(with_notice(letter, to=strange))


def test_a_notice_without_a_template_is_a_broken_template(composer: Composer):
    with pytest.raises(BrokenTemplate, match=r"no-such-notice\.md\.j2:1: there is no such file"):
        composer.compose(with_notice(reply(), name="no-such-notice"))


def test_the_canary_is_content_with_this_python(composer: Composer):
    composer.canary()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(subject=st.text(max_size=80), name=st.text(max_size=40), text=st.text(max_size=200))
def test_any_text_gives_a_mail_with_exactly_the_intended_fields(composer: Composer, subject: str, name: str, text: str):
    notice: Notice = with_text(sample_letter("agent-new", "da", name=name), text).notice
    letter = reply(subject=subject, notice=replace(notice, automatic=False))
    raw = composer.compose(letter)
    verify(raw, "anna@customer.example")
    mail = read(raw)
    assert mail.keys() == FIELDS + OURS
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    if plain(subject) and not plain(subject).lower().startswith("re:"):
        assert decoded(mail["Subject"]).replace("\r\n", "") == f"[ACME-1042] {plain(subject)}"
