"""The mails that are measured with: four sizes as a helpdesk gets them, built once, the same in every run.

`plain` is a text of 2.5 kB; `html` a text and its HTML, 14 kB in all; `photo` and `archive` are a text with a file in
base64, 200 kB and 2 MB. All are ASCII with CRLF.
"""

import base64
import random
from email.message import EmailMessage
from email.policy import SMTP

SENTENCE = "The printer on the second floor prints the first page and then stops with an error that nobody can read. "


def mails() -> dict[str, bytes]:
    """The raw mail of each size, by name."""
    return {
        "plain": _mail(_text(2_000)),
        "html": _mail(_text(5_500), html=f"<html><body><p>{_text(7_000)}</p></body></html>"),
        "photo": _mail(_text(2_000), attachment=_noise(145_000)),
        "archive": _mail(_text(2_000), attachment=_noise(1_460_000)),
    }


def _text(size: int) -> str:
    return "\n".join(SENTENCE for _ in range(size // len(SENTENCE)))


def _noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def _mail(text: str, html: str = "", attachment: bytes = b"") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Anna de Vries <anna@customer.example>"
    message["To"] = "support@desk.example"
    message["Subject"] = "Printer stops after the first page"
    message["Date"] = "Mon, 02 Nov 2026 09:14:00 +0100"
    message["Message-ID"] = f"<{base64.b32encode(text[:10].encode()).decode()}@customer.example>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    if attachment:
        message.add_attachment(attachment, maintype="application", subtype="octet-stream", filename="scan.bin")
    return message.as_bytes()
