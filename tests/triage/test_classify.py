"""Who wrote a mail: every sign with a mail that has it, and one that only looks alike."""

import json
import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.address import Mailbox
from helpdeskd.domain.message import Attachment, Bounce, Envelope, FailedRecipient, Message, Nature
from helpdeskd.triage.classify import RULES, Own, classify

OWN = Own(frozenset({"desk.example"}), frozenset({"support@desk.example"}), "k3x9")
NOBODY = Own()


def mail(*headers: tuple[str, str], sender: str = "jan@acme.example", **fields: object) -> Message:
    return Message(from_=Mailbox("Jan", sender), from_defect="", headers=headers, **fields)  # type: ignore[arg-type]


def envelope(reverse_path: str | None) -> Envelope:
    return Envelope(reverse_path, "support@desk.example", datetime(2026, 3, 23, 9, 0, tzinfo=UTC))


def nature(message: Message, own: Own = OWN) -> Nature:
    return classify(message, envelope("jan@acme.example"), own)[0]


def test_a_mail_without_a_sign_is_written_by_a_person() -> None:
    assert classify(mail(subject="Printer"), None, NOBODY) == (Nature.PERSON, "no sign of a program")


def test_a_mail_without_anything_is_written_by_a_person() -> None:
    assert classify(Message(), None, NOBODY)[0] is Nature.PERSON


def test_the_reason_names_the_sign() -> None:
    assert classify(mail(("Auto-Submitted", "auto-replied; x=1")), None, OWN)[1] == "Auto-Submitted: auto-replied"


@pytest.mark.parametrize(
    "message",
    [
        mail(("X-Helpdeskd-Id", "k3x9")),
        mail(("X-Loop", "Support@DESK.example")),
        mail(message_id="<42.1@desk.example>"),
        mail(sender="Support@desk.example"),
        mail(("X-Helpdeskd-Id", "k3x9"), ("Auto-Submitted", "auto-replied")),
    ],
)
def test_our_own_mail_that_comes_back_is_a_loop(message: Message) -> None:
    assert nature(message) is Nature.LOOP


@pytest.mark.parametrize(
    "message",
    [
        mail(message_id="<42.1@other.example>"),
        mail(message_id="<desk.example@acme.example>"),
        mail(sender="support@desk.example.org"),
        mail(sender="anna@desk.example", message_id="<8f0a@desk.example>"),
        mail(in_reply_to="<42.1@desk.example>"),
    ],
)
def test_mail_that_only_speaks_of_us_is_no_loop(message: Message) -> None:
    assert nature(message) is Nature.PERSON


def test_nothing_is_a_loop_to_a_desk_that_has_not_said_what_is_its_own() -> None:
    assert nature(mail(("X-Helpdeskd-Id", ""), message_id="<42.1@desk.example>"), NOBODY) is Nature.PERSON
    assert nature(Message(), NOBODY) is Nature.PERSON


def test_the_mark_of_another_desk_is_automatic() -> None:
    assert nature(mail(("X-Helpdeskd-Id", "other"))) is Nature.AUTOMATIC


FAILED = FailedRecipient("eva@acme.example", "failed", "5.1.1", permanent=True, bad_address=True)


@pytest.mark.parametrize(
    "message",
    [
        mail(bounce=Bounce((FAILED,))),
        mail(bounce=Bounce((FAILED,)), sender="mailer-daemon@desk.example", message_id="<x@desk.example>"),
        mail(("X-Failed-Recipients", "eva@acme.example")),
        mail(sender="MAILER-DAEMON@mx.example", subject="Undelivered Mail Returned to Sender"),
        mail(sender="postmaster@mx.example", subject="Onbestelbaar: printer"),
    ],
)
def test_a_report_of_failed_delivery_is_a_bounce(message: Message) -> None:
    assert nature(message) is Nature.BOUNCE


def test_a_subject_that_tells_of_failure_makes_a_bounce_only_from_a_mail_system() -> None:
    told = mail(subject="Mail delivery failed")
    assert classify(told, envelope(""), OWN)[0] is Nature.BOUNCE
    assert classify(told, envelope("jan@acme.example"), OWN)[0] is Nature.PERSON


def test_a_report_of_success_is_automatic_and_no_bounce() -> None:
    report = mail(
        sender="mailer-daemon@mx.example",
        subject="Delivery Status Notification",
        content_type="multipart/report; report-type=delivery-status",
    )
    assert nature(report) is Nature.AUTOMATIC


@pytest.mark.parametrize(
    "header",
    [
        ("List-Id", "<it.acme.example>"),
        ("list-unsubscribe", "<mailto:x@acme.example>"),
        ("List-Post", "<mailto:it@acme.example>"),
        ("Mailing-List", "list it@acme.example"),
        ("X-Mailing-List", "it@acme.example"),
        ("Feedback-ID", "1:2:3"),
        ("Precedence", "bulk"),
        ("Precedence", "List"),
        ("X-Precedence", "junk"),
    ],
)
def test_lists_and_mass_mail_are_bulk(header: tuple[str, str]) -> None:
    assert nature(mail(header)) is Nature.BULK


@pytest.mark.parametrize(
    "header",
    [
        ("List-Id", ""),
        ("X-List-Name", "it"),
        ("Precedence", "never-bounce"),
        ("Precedence", "normal"),
        ("Priority", "bulk"),
    ],
)
def test_fields_that_look_like_those_of_lists_are_a_persons(header: tuple[str, str]) -> None:
    assert nature(mail(header)) is Nature.PERSON


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "auto-generated"),
        ("Auto-Submitted", "Auto-Replied (vacation)"),
        ("auto-submitted", "auto-notified; owner-email=x@acme.example"),
        ("Auto-Submitted", "yes"),
        ("Precedence", "auto_reply"),
        ("X-Precedence", "auto-reply"),
        ("X-Autoreply", "yes"),
        ("X-Autorespond", "Printer"),
        ("X-Autoresponder", "yes"),
        ("X-FC-MachineGenerated", "true"),
        ("X-Cron-Env", "<SHELL=/bin/sh>"),
        ("X-Apple-Action", "VACATION"),
        ("Delivered-To", "Autoresponder"),
        ("X-Loop", "it@acme.example"),
        ("X-RT-Loop-Prevention", "acme"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),
    ],
)
def test_fields_of_programs_make_a_mail_automatic(header: tuple[str, str]) -> None:
    assert nature(mail(header)) is Nature.AUTOMATIC


@pytest.mark.parametrize(
    "header",
    [
        ("Auto-Submitted", "no"),
        ("Auto-Submitted", "No; x=1"),
        ("Auto-Submitted", ""),
        ("Auto-Submitted", "auto-forwarded"),
        ("X-Autoreply", "no"),
        ("X-FC-MachineGenerated", "false"),
        ("X-Apple-Action", "FORWARD"),
        ("Delivered-To", "support@desk.example"),
        ("X-Auto-Response-Suppress", "DR, RN"),
        ("X-MS-Exchange-Inbox-Rules-Loop", "jan@acme.example"),
    ],
)
def test_fields_that_look_like_those_of_programs_are_a_persons(header: tuple[str, str]) -> None:
    assert nature(mail(header)) is Nature.PERSON


def test_what_exchange_asks_for_on_ordinary_mail_needs_another_sign() -> None:
    asks = ("X-Auto-Response-Suppress", "All")
    thread = ("Thread-Index", "AQHc")
    rule = ("X-MS-Exchange-Inbox-Rules-Loop", "jan@acme.example")
    assert nature(mail(asks, thread)) is Nature.PERSON
    assert nature(mail(asks, in_reply_to="<42.1@desk.example>")) is Nature.PERSON
    assert nature(mail(asks, thread, rule)) is Nature.AUTOMATIC
    assert nature(mail(asks, thread, subject="Automatisch antwoord: printer")) is Nature.AUTOMATIC


def test_read_receipts_and_complaints_are_automatic() -> None:
    complaint = Attachment("report", "message/feedback-report", 1, False, b"x")
    assert nature(mail(content_type="multipart/report; report-type=disposition-notification")) is Nature.AUTOMATIC
    assert nature(mail(content_type="multipart/mixed", attachments=(complaint,))) is Nature.AUTOMATIC
    assert nature(mail(content_type="multipart/mixed")) is Nature.PERSON


def test_a_null_reverse_path_is_automatic_and_a_forged_return_path_is_not() -> None:
    forged = mail(("Return-Path", "<>"))
    assert classify(mail(), envelope(""), OWN) == (Nature.AUTOMATIC, "null reverse-path")
    assert classify(mail(), envelope("<>"), OWN)[0] is Nature.AUTOMATIC
    assert classify(forged, envelope("jan@acme.example"), OWN)[0] is Nature.PERSON
    assert classify(forged, envelope(None), OWN)[0] is Nature.AUTOMATIC
    assert classify(forged, None, OWN)[0] is Nature.AUTOMATIC


NOBODY_READS = (
    "noreply no-reply Do-Not-Reply donotreply sales-noreply noreply+12 mailer-daemon postmaster bounces+12 it-bounces "
    "owner-it it-owner it-request root auto-reply"
)


@pytest.mark.parametrize("local", NOBODY_READS.split())
def test_addresses_at_which_nobody_reads_are_automatic(local: str) -> None:
    assert nature(mail(sender=f"{local}@acme.example")) is Nature.AUTOMATIC


@pytest.mark.parametrize(
    "local", ["jan", "reply", "casino-replya", "bouncer", "rootsey", "owner", "request", "postmasters", "autoshop"]
)
def test_addresses_that_look_like_those_are_a_persons(local: str) -> None:
    assert nature(mail(sender=f"{local}@acme.example")) is Nature.PERSON


def test_every_rule_is_asked_in_its_order() -> None:
    assert len(set(RULES)) == len(RULES)
    everything = mail(("X-Helpdeskd-Id", "k3x9"), ("List-Id", "<x>"), ("X-Failed-Recipients", "x@acme.example"))
    assert nature(everything) is Nature.LOOP
    assert nature(everything, NOBODY) is Nature.BOUNCE


@given(
    st.lists(st.tuples(st.sampled_from(["Auto-Submitted", "Precedence", "X-Loop", "Return-Path"]), st.text())),
    st.text(),
    st.text(),
)
def test_any_values_have_a_nature_and_a_reason(headers: list[tuple[str, str]], sender: str, subject: str) -> None:
    found, reason = classify(mail(*headers, sender=sender, subject=subject), None, OWN)
    assert isinstance(found, Nature)
    assert reason


CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora"


@pytest.mark.skipif(not (CORPUS / "auto.jsonl").exists(), reason="the corpus of automatic mail is not on this machine")
def test_of_the_automatic_mail_of_other_projects_at_least_97_of_100_is_seen_and_no_person_taken_for_a_machine() -> None:
    from helpdeskd.mail.parse import parse

    check = runpy.run_path(str(CORPUS / "score.py"))["check_auto"]
    rows = [json.loads(row) for row in (CORPUS / "auto.jsonl").read_text("utf-8").splitlines()]
    results = [
        check(row, {"nature": classify(parse((CORPUS / row["mail"]).read_bytes()), None, NOBODY)[0]}) for row in rows
    ]
    machines = [result["auto"] for result in results if "auto" in result]
    assert all(result.get("human", True) for result in results)
    assert sum(machines) / len(machines) >= 0.97
