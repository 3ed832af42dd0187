"""Bad input on its way through a running desk: it gets a fate, nothing is lost, and the next mail is served."""

import random
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from helpdeskd.mail.parse import parse
from tests.system.desk import ANNA, PIET, SUPPORT, RunningDesk, mail
from tests.system.sink import Sink

PROOF = b"Authentication-Results: relay.test; dmarc=pass header.from=bakery.example\r\n"
FROM = PROOF + b"From: anna@bakery.example\r\nTo: support@desk.example\r\nMIME-Version: 1.0\r\n"
PARTS = 10_000
MIB = 1024**2


def nested() -> bytes:
    """Ten thousand multiparts, each in another."""
    levels = (f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n".encode() for n in range(PARTS))
    return FROM + b"Subject: Nested\r\n" + b"".join(levels)


def encoded_newline() -> bytes:
    return FROM + b"Subject: =?utf-8?q?Hi=0D=0ABcc:_victim@example.org?=\r\n\r\nHello.\r\n"


def twice_encoded_newline() -> bytes:
    subject = b"=?utf-8?q?=C3=A9_=3D=3FUTF-8=3FQ=3F=3D0A=3F=3DBcc:_victim@example.org?="
    return FROM + b"Subject: " + subject + b"\r\n\r\nHello.\r\n"


def commas() -> bytes:
    return FROM + b"Cc: " + b"a@x, " * 3_000 + b"b@x\r\nSubject: Everybody\r\n\r\nHello.\r\n"


def not_a_mail() -> bytes:
    return random.Random(1).randbytes(200_000).hex("\n", 64).encode().replace(b"\n", b"\r\n") + b"\r\n"


HOSTILE = (nested, encoded_newline, twice_encoded_newline, commas, not_a_mail)


def test_hostile_mails_get_a_fate_and_the_next_is_served(desk: RunningDesk, sink: Sink):
    raws = [hostile() for hostile in HOSTILE]
    for raw in raws:
        desk.send(raw)
    desk.send(mail())
    *strange, plain = desk.decides(len(raws) + 1)
    assert {(row["fate"], row["strikes"]) for row in strange} <= {("opened", 0), ("held", 0)}
    assert plain["fate"] == "opened"
    for row, raw in zip(strange, raws, strict=True):
        assert desk.run("inbox", "show", str(row["id"]))[1].endswith(raw)
    desk.sends(2)
    assert {recipient for recipient, _ in sink.mails} <= {ANNA, PIET}
    assert [name for _, message in sink.mails for name, _ in message.headers if name.lower() in {"bcc", "cc"}] == []
    assert "Traceback" not in desk.log
    desk.audit()


def test_a_mail_of_30_mib_is_served_and_the_agent_is_told_of_its_attachment(desk: RunningDesk, sink: Sink):
    made = EmailMessage(SMTP)
    made["From"], made["To"], made["Subject"] = ANNA, SUPPORT, "The scan"
    made.set_content("Attached.")
    content = random.Random(1).randbytes(30 * MIB * 3 // 4)
    made.add_attachment(content, "application", "zip", filename="scan.zip")
    raw = PROOF + made.as_bytes()
    assert len(raw) > 30 * MIB
    desk.send(raw)
    desk.send(mail(2))
    large, small = desk.decides(2)
    assert (large["fate"], large["strikes"], small["fate"]) == ("opened", 0, "opened")
    desk.sends(4)
    told = next(message for message in sink.to(PIET) if "The scan" in message.subject)
    assert "scan.zip" in told.text or "scan.zip" in [attached.name for attached in told.attachments]
    kept = parse(desk.run("inbox", "show", "1")[1]).attachments
    assert [(attached.name, attached.content == content) for attached in kept] == [("scan.zip", True)]


def test_a_mail_over_the_limit_is_refused_and_the_next_is_served(new_desk: Callable[..., RunningDesk], sink: Sink):
    desk = new_desk(smarthost=sink.port, listener='max_size = "1 MiB"')
    desk.start()
    fits = mail(1, text="A line of text.\n" * (MIB // 18))
    with pytest.raises(Exception, match=r"5\.3\.4"):
        desk.send(fits + b"x" * MIB)
    desk.send(fits)
    assert [row["fate"] for row in desk.decides()] == ["opened"]
