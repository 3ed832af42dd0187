"""Mail on its way through real servers: Postfix on both sides of the desk, Dovecot, and swaks for a hand."""

import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from helpdeskd.domain.message import Message
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import program, until
from tests.system.desk import ANNA, PATIENCE_SECONDS, SUPPORT, RunningDesk, hand_over, mail
from tests.system.sink import Sink

CHECKED = """
smtpd_sender_restrictions = check_sender_access inline:{ { anna@bakery.example =
    PREPEND Authentication-Results: relay.test; dmarc=pass header.from=bakery.example } }
"""
"""What a mail server writes on top of mail whose sender it has checked."""

MAILBOX = """
[[relay]]
authserv_id = "mx.test"

[[mailbox]]
name = "support"
host = "{server.host}"
port = {server.tls_port}
ca_file = "{server.authority}"
user = "{user}"
address = "support@desk.example"
password_file = "password"
"""


def test_a_mail_through_postfix_becomes_a_ticket_and_postfix_carries_the_answer(
    new_desk: Callable[..., RunningDesk], postfix: Callable[..., Postfix], sink: Sink
):
    outbound = postfix({}, rest=("127.0.0.1", sink.port))
    desk = new_desk(smarthost=outbound.port)
    desk.start()
    inbound = postfix({"desk.example": ("127.0.0.1", desk.lmtp)}, settings=CHECKED)
    hand_over(inbound.port, mail(proved=False))
    (row,) = desk.decides()
    assert (row["fate"], row["source"], row["reverse_path"]) == ("opened", "lmtp", ANNA)
    assert until(lambda: len(sink.mails) == 2, PATIENCE_SECONDS), desk.log
    acknowledgement = sink.to(ANNA)[0]
    assert acknowledgement.subject == "[HD-1001] Printer 1"
    assert acknowledgement.header("In-Reply-To") == "<1@bakery.example>"
    assert acknowledgement.header("Auto-Submitted") == "auto-replied"


def test_a_forged_authentication_result_gives_nothing(desk: RunningDesk, postfix: Callable[..., Postfix], sink: Sink):
    inbound = postfix({"desk.example": ("127.0.0.1", desk.lmtp)}, settings=CHECKED)
    hand_over(inbound.port, mail(proved=True), sender="eve@elsewhere.example")
    (row,) = desk.decides()
    assert (row["fate"], row["reference"]) == ("held", "")
    assert desk.ask("tickets", "list") == []
    assert sink.to(ANNA) == []


def test_a_mail_in_a_mailbox_is_fetched_and_filed_away_and_the_reply_joins_its_ticket(
    new_desk: Callable[..., RunningDesk], dovecot: Dovecot, sink: Sink, tmp_path: Path
):
    user = dovecot.new_user()
    (tmp_path / "password").write_text(f"{dovecot.password}\n")
    desk = new_desk(smarthost=sink.port, extra=MAILBOX.format(server=dovecot, user=user))
    desk.start()
    request = from_provider(mail(proved=False))
    dovecot.deliver(user, request)
    (row,) = desk.decides()
    assert (row["fate"], row["source"], row["reference"]) == ("opened", "imap", "HD-1001")
    desk.sends(2)
    answer = from_provider(reply(sink.to(ANNA)[0], "It has stopped burning."))
    dovecot.deliver(user, answer)
    joined = desk.decides(2)[-1]
    assert (joined["fate"], joined["reference"]) == ("added", "HD-1001")
    assert until(lambda: dovecot.mails(user, "Processed") == [request, answer], PATIENCE_SECONDS)
    assert dovecot.mails(user) == []
    assert desk.audit()["accepted"] == 2


def test_a_mail_from_swaks_is_served(desk: RunningDesk):
    proof = "Authentication-Results: relay.test; dmarc=pass header.from=bakery.example"
    command = [program("swaks", "swaks"), "--server", f"127.0.0.1:{desk.smtp}", "--from", ANNA, "--to", SUPPORT]
    done = subprocess.run([*command, "--header", proof, "--header", "Subject: By hand"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [(row["fate"], row["subject"]) for row in desk.decides()] == [("opened", "By hand")]


def from_provider(raw: bytes) -> bytes:
    """A mail as the provider of the mailbox puts it there."""
    return b"Authentication-Results: mx.test; dmarc=pass header.from=bakery.example\r\n" + raw


def reply(message: Message, text: str) -> bytes:
    """Anna's answer, as her mail client writes it."""
    made = EmailMessage(SMTP)
    made["From"], made["To"] = ANNA, message.header("Reply-To")
    made["Subject"], made["Message-ID"] = f"Re: {message.subject}", "<answer@bakery.example>"
    made["In-Reply-To"] = made["References"] = message.message_id
    quoted = "\n".join(f"> {line}" for line in message.text.splitlines())
    made.set_content(f"{text}\n\nOn Monday the helpdesk wrote:\n{quoted}\n")
    return made.as_bytes()
