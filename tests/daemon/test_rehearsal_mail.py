"""Mails of a scenario reach the desk as those of people do, proved as far as the configuration lets them be."""

from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.config.scenario import Mail
from helpdeskd.daemon.rehearsal_mail import arrival, written
from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.desk import Desk, Relay, Trust
from helpdeskd.domain.message import Message
from helpdeskd.mail.parse import parse
from helpdeskd.triage.authenticate import authenticate
from helpdeskd.triage.quoting import new_text
from tests.triage.small_desk import DESK

AT = datetime.fromisoformat("2026-11-02T09:14:00+01:00")
PLAIN = {"at": AT, "from": "Anna de Vries <anna@bakery.example>", "to": ["support@desk.example"], "text": "It hangs."}
OURS = Message(
    message_id="<7.token@desk.example>",
    references=("<anna-1@bakery.example>",),
    subject="[HD-1001] It hangs",
    from_=Mailbox("Helpdesk", "support@desk.example"),
    headers=(("From", "Helpdesk <support@desk.example>"), ("Reply-To", "support+t.token@desk.example")),
    date=AT - timedelta(minutes=10),
    text="Dear Anna,\n\nwe have it.",
)
HOST = (ip_network("192.0.2.25/32"),)
NET = (ip_network("10.0.0.0/8"),)


def mail(**changes: object) -> Mail:
    return Mail.model_validate({name: value for name, value in {**PLAIN, **changes}.items() if value is not None})


def trusting(trust: Trust) -> Desk:
    return replace(DESK, trust=trust)


@pytest.mark.parametrize(
    ("trust", "aligned", "none", "fail"),
    [
        (Trust((Relay("mx.desk.example", HOST),)), "aligned", "none", "none"),
        (Trust((Relay("mx.desk.example", HOST, 1),)), "aligned", "none", "none"),
        (Trust((Relay("mx.desk.example", ()), Relay("in.desk.example", NET, 2))), "aligned", "none", "none"),
        (Trust((Relay("", (), 4),)), "aligned", "none", "none"),
        (Trust(accounts=frozenset({"support"})), "aligned", "none", "none"),
        (Trust(networks=NET), "aligned", "none", "none"),
        (Trust((Relay("mx.desk.example", (ip_network("10.0.0.7"),)),), NET), "aligned", "none", "none"),
        (Trust(networks=(ip_network("192.0.2.0/24"),)), "aligned", "none", "none"),
        (Trust(), "none", "none", "none"),
    ],
    ids=[
        "relay",
        "milter",
        "two relays",
        "Exchange",
        "mailbox",
        "network",
        "relay and network",
        "odd network",
        "nobody",
    ],
)
def test_a_sender_is_proved_as_far_as_the_desk_trusts_somebody(
    trust: Trust, aligned: str, none: str, fail: str
) -> None:
    found = {}
    for auth in ("aligned", "none", "fail"):
        came = arrival(mail(auth=auth), "anna-1", None, trusting(trust))
        found[auth] = authenticate(parse(came.raw), came.envelopes[0], trust).strength.value
    assert found == {"aligned": aligned, "none": none, "fail": fail}


def test_a_reply_is_built_as_mail_clients_do() -> None:
    raw = written(mail(to=None, answers={}, text="Thanks!\n"), "anna-2", OURS)
    message = parse(raw)
    assert [box.address for box in message.to] == ["support+t.token@desk.example"]
    assert message.subject == "Re: [HD-1001] It hangs"
    assert message.in_reply_to == "<7.token@desk.example>"
    assert message.references == ("<anna-1@bakery.example>", "<7.token@desk.example>")
    assert message.message_id == "<anna-2@bakery.example>"
    assert new_text(message.text) == "Thanks!"
    assert message.text.splitlines()[3:] == [
        "On Mon, 02 Nov 2026 at 09:04, Helpdesk <support@desk.example> wrote:",
        "> Dear Anna,",
        ">",
        "> we have it.",
    ]


def test_a_reply_has_the_recipients_and_the_subject_that_it_is_given() -> None:
    given = mail(answers={}, subject="Something else", cc=["Bram <bram@bakery.example>"])
    message = parse(written(given, "anna-2", OURS))
    assert [box.address for box in (*message.to, *message.cc)] == ["support@desk.example", "bram@bakery.example"]
    assert message.subject == "Something else"


def test_an_answer_to_an_answer_has_one_mark_before_its_subject() -> None:
    assert parse(written(mail(answers={}), "x", replace(OURS, subject="RE: hello"))).subject == "RE: hello"


def test_html_is_a_body_of_its_own_or_beside_the_text() -> None:
    alone = parse(written(mail(text=None, html="<p>Thanks!</p>", answers={}), "a", OURS))
    assert (alone.content_type, new_text(alone.text)) == ("text/html", "Thanks!")
    both = parse(written(mail(html="<p>Thanks!</p>"), "a", None))
    assert (both.content_type, both.text) == ("multipart/alternative", "It hangs.")


def test_attachments_have_their_names_types_and_sizes() -> None:
    attach = [{"name": "scherm é.png", "type": "image/png", "size": 20_001}, {"name": "empty", "size": 0}]
    found = parse(written(mail(attach=attach), "a", None)).attachments
    assert [(one.name, one.type, one.size) for one in found] == [
        ("scherm é.png", "image/png", 20_001),
        ("empty", "application/octet-stream", 0),
    ]


def test_the_same_mail_is_the_same_bytes() -> None:
    rich = mail(html="<p>x</p>", attach=[{"name": "a", "size": 9}], answers={})
    assert len({arrival(rich, "anna-1", OURS, DESK).raw for _ in range(3)}) == 1


def test_a_mail_to_two_of_our_addresses_has_two_envelopes() -> None:
    to = ["support@desk.example", "Else <a@elsewhere.example>"]
    came = arrival(mail(to=to, cc=["DUTY@desk.example"]), "anna-1", None, DESK)
    assert [envelope.forward_path for envelope in came.envelopes] == ["support@desk.example", "DUTY@desk.example"]
    assert {envelope.reverse_path for envelope in came.envelopes} == {"anna@bakery.example"}
    assert {envelope.received_at for envelope in came.envelopes} == {AT}


def test_header_fields_take_the_place_of_the_usual_ones() -> None:
    headers = {"message-id": "<mine@x.example>", "X-Mine": "ja", "Return-Path": "<>", "To": "undisclosed"}
    came = arrival(mail(headers=headers), "anna-1", None, DESK)
    assert came.envelopes[0].reverse_path == ""
    assert came.envelopes[0].forward_path == "support@desk.example"
    message = parse(came.raw)
    assert message.all_headers("Message-ID") == ("<mine@x.example>",)
    assert (message.header("X-Mine"), message.header("To")) == ("ja", "undisclosed")
    assert not message.all_headers("Return-Path")


def from_file(text: bytes, **more: object) -> Mail:
    at = more.pop("at", AT)
    made = Mail.model_validate({"at": at, "text": "", "from": "a@b.example", "to": ["a@b.example"]})
    return made.model_copy(update={"text": None, "from_": None, "to": (), "eml": text, **more})


def test_a_file_is_taken_as_it_is_with_what_servers_put_on_it() -> None:
    text = b"From: Anna <anna@bakery.example>\nTo: x@y.example, duty@desk.example\nReturn-Path: <b@c.example>\n\nHi\n"
    came = arrival(from_file(text), "file", None, DESK)
    assert came.raw.endswith(text)
    [envelope] = came.envelopes
    assert (envelope.reverse_path, envelope.forward_path) == ("b@c.example", "duty@desk.example")


def test_a_file_that_names_none_of_us_was_redirected_to_the_first_queue() -> None:
    came = arrival(from_file(b"From: anna@bakery.example\n\nHi\n"), "file", None, DESK)
    assert [envelope.forward_path for envelope in came.envelopes] == [DESK.queues[0].address]


def test_the_same_file_again_is_the_same_mail_whenever_it_comes() -> None:
    text = b"From: anna@bakery.example\n\nHi\n"
    first = arrival(from_file(text), "one", None, DESK)
    second = arrival(from_file(text, at=AT + timedelta(hours=1)), "two", None, DESK)
    assert first.raw != second.raw
    assert first.as_sent == second.as_sent


line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=100)


@given(subject=line, text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300), name=line)
def test_whatever_is_written_becomes_one_mail_of_its_sender(subject: str, text: str, name: str) -> None:
    made = mail(subject=subject, text=text).model_copy(update={"from_": Mailbox(name, "anna@bakery.example")})
    message = parse(arrival(made, "anna-1", None, DESK).raw)
    assert message.from_ is not None
    assert (message.from_.address, message.from_defect) == ("anna@bakery.example", "")
    assert message.message_id == "<anna-1@bakery.example>"
    assert not message.header("Bcc")
