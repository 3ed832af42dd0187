"""What mail clients and other servers write, for the World to receive: mails, answers and delivery reports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from helpdeskd.domain.message import Message

RECEIVED = "from mx.desk.example ([192.0.2.25]) by desk.example with ESMTP id 1; Mon, 23 Nov 2026 10:00:00 +0100"


def write(
    from_: str,
    to: str,
    subject: str,
    text: str,
    strength: str,
    now: datetime,
    number: int,
    *,
    shown_to: str | None = None,
    cc: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
    in_reply_to: str = "",
    references: Sequence[str] = (),
    html: str = "",
    attachments: Sequence[tuple[str, str, bytes]] = (),
    pictures: Sequence[tuple[str, bytes]] = (),
) -> bytes:
    """A mail as the relay hands it on, with a verdict if the sender is aligned; its Message-ID is <number@domain>.

    `shown_to` is the To field where it is not whom the mail was sent to. An attachment is (name, type, content);
    a picture (name, PNG) stands in the HTML.
    """
    domain = parseaddr(from_)[1].rpartition("@")[2]
    fields = {
        "Received": RECEIVED,
        "Authentication-Results": f"mx.desk.example; dmarc=pass header.from={domain}" if strength == "aligned" else "",
        "From": from_,
        "To": to if shown_to is None else shown_to,
        "Cc": ", ".join(cc),
        "Subject": subject,
        "Date": format_datetime(now),
        "Message-ID": f"<{number}@{domain}>",
        "In-Reply-To": in_reply_to,
        "References": " ".join(references),
        **(headers or {}),
    }
    mail = EmailMessage(SMTP)
    for name, value in fields.items():
        if value:
            mail[name] = value
    mail.set_content(text)
    if html or pictures:
        shown = text.replace("\n", "<br>")
        mail.add_alternative(html or f"<p>{shown}</p>" + "".join(f'<img src="cid:{n}">' for n, _ in pictures), "html")
    for name, content in pictures:
        body = mail.get_body(("html",))
        assert body is not None
        body.add_related(content, "image", "png", cid=f"<{name}>", disposition="inline", filename=name)
    for name, kind, content in attachments:
        maintype, _, subtype = kind.partition("/")
        mail.add_attachment(content, maintype, subtype, filename=name)
    return mail.as_bytes()


def answer(mail: Message, text: str) -> tuple[str, str, str]:
    """To whom, with which subject and whole text a client answers: Reply-To before From, what it answers below."""
    to = mail.header("Reply-To") or mail.header("From")
    subject = mail.subject if mail.subject.startswith("Re: ") else f"Re: {mail.subject}"
    quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
    return (
        parseaddr(to)[1],
        subject,
        f"{text}\n\nOn Mon, 23 Nov 2026 at 10:00, {mail.header('From')} wrote:\n{quoted}\n",
    )


def thread(mail: Message) -> dict[str, object]:
    """The fields that place an answer in its thread (RFC 5322 §3.6.4)."""
    return {"in_reply_to": mail.message_id, "references": (*mail.references, mail.message_id)}


def report(mail: Message, to: str, status: str) -> bytes:
    """The delivery report of a server that could not deliver a mail (RFC 3464)."""
    recipient = mail.to[0].address
    return (
        f"From: MAILER-DAEMON@mx.elsewhere.example\r\nTo: {to}\r\nSubject: Undelivered Mail\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.elsewhere.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n"
        f"Action: failed\r\nStatus: {status}\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {mail.message_id}\r\n\r\n--b--\r\n"
    ).encode()
