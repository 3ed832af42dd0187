"""Whole mails of a mebibyte, without the fields that a relay and a writer put above them: headers, parts, encodings,
charsets, reports, TNEF and calendars that are made to cost a reader time or memory.
"""

import random
import struct
from base64 import b64encode, encodebytes
from collections.abc import Callable
from functools import partial

from tests.attacks.bomb_html import HTML
from tests.attacks.bomb_texts import SIZE, filled

_NUMBERS = random.Random(5)


def _multipart(kind: str, part: str, opening: str = "--b\n") -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="b"\n\n'
    return (head + filled(opening + part, SIZE - 2000)).encode()


def _nested(levels: int, size: int = SIZE - 4000) -> bytes:
    fields = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(levels))
    return (fields + "\n" + filled("x", max(0, size - len(fields)))).encode()


def _nested_alike(levels: int) -> bytes:
    """All levels have the same boundary, so each looks through all that is left."""
    fields = 'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' * levels
    return (fields + filled("\n--bx", SIZE - len(fields) - 2000)).encode()


def _field(name: str, value: str) -> bytes:
    return f"{name}: {value}\n\nHello.\n".encode()[:SIZE]


def _folded(name: str, piece: str) -> bytes:
    return _field(name, filled(f"{piece}\n ", SIZE - 2000))


def _typed(kind: str, content: bytes, more: str = "") -> bytes:
    return f"Content-Type: {kind}\n{more}\n".encode() + content[: SIZE - 2000]


def _beside_a_text(html: str) -> bytes:
    """HTML that most programs show, and we only compare with the text."""
    head = 'Content-Type: multipart/alternative; boundary="b"\n\n--b\n\nHello.\n--b\nContent-Type: text/html\n\n'
    return (head + html[: SIZE - 2000]).encode() + b"\n--b--\n"


def _report(groups: str) -> bytes:
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nSorry.\n--b\n'
    return f"{head}Content-Type: message/delivery-status\n\n{groups}\n--b--\n".encode()


def _many_reports() -> bytes:
    part = "--b\nContent-Type: message/delivery-status\n\n" + "Final-Recipient: rfc822; a@b\nAction: failed\n\n" * 70
    return ('Content-Type: multipart/report; boundary="b"\n\n' + filled(part, SIZE - 2000)).encode()


def tnef(attributes: bytes) -> bytes:
    """A TNEF stream of these attributes."""
    return b"\x78\x9f\x3e\x22\x01\x00" + attributes


def attribute(identity: int, value: bytes, level: int = 2) -> bytes:
    """One attribute of a TNEF stream; its checksum is wrong."""
    return struct.pack("<BHHI", level, identity, 6, len(value)) + value + b"\0\0"


def _tnef_names() -> bytes:
    name = attribute(0x9002, b"") + attribute(0x8010, b"a" * 3000)
    return tnef(name * ((SIZE - 4000) // len(name)))


def _tnef_properties() -> bytes:
    """One list of properties for each of as many files as fit, all of them strings, none of them a name."""
    text = struct.pack("<HHII", 0x1E, 0x3FFF, 1, 1) + b"a\0\0\0"
    properties = attribute(0x9005, struct.pack("<I", 1000) + text * 1000)
    return tnef((attribute(0x9002, b"") + properties) * ((SIZE - 4000) // (len(properties) + 11)))


def _tnef_lengths() -> bytes:
    """Properties that claim more values, and longer ones, than there are bytes."""
    values = struct.pack("<IHHI", 1000, 0x101E, 0x3001, 0xFFFFFFFF) + struct.pack("<I", 0) * 200_000
    return tnef(attribute(0x9002, b"") + attribute(0x9005, values))


def _tnef_empty_values() -> bytes:
    values = struct.pack("<IHHI", 1000, 0x101E, 0x3001, 0xFFFFFFFF) + struct.pack("<I", 0) * 12_000
    return tnef((attribute(0x9002, b"") + attribute(0x9005, values)) * 21)


def _tnef_shared() -> bytes:
    """Attributes without content: as many as there may be."""
    return tnef(attribute(0x9002, b"") * 90_000)


CALENDAR = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:a\nDTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY\n"
    "SUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n"
)
_GARBAGE = _NUMBERS.randbytes(SIZE * 3 // 4 - 8000)
_PARTS = "Content-Type: text/plain; name=a.txt\n\nx\n"
_TRAILING = "Content-Transfer-Encoding: base64\n"

MAILS: dict[str, Callable[[], bytes]] = {
    "From of quotation marks": lambda: _field("From", filled('"', SIZE - 100)),
    "From of parentheses": lambda: _field("From", filled("(", SIZE - 100)),
    "From of 8 kB of parentheses": lambda: _field("From", filled("(", 8000)),
    "From of 8 kB of quotation marks": lambda: _field("From", filled('"', 8001)),
    "From of 8 kB of backslashes": lambda: _field("From", '"' + filled("\\", 8001)),
    "From of 8 kB of brackets": lambda: _field("From", filled("<", 8001)),
    "From of 8 kB of at signs": lambda: _field("From", filled("@", 8001)),
    "From of 8 kB of groups": lambda: _field("From", filled("a:b;", 8001)),
    "From of atoms": lambda: _field("From", filled("a.", 990)),
    "From of atoms and comments": lambda: _field("From", filled("a (b) ", 990)),
    "From of quoted strings": lambda: _field("From", filled('"a" ', 990)),
    "From of words": lambda: _field("From", filled("=?utf-8?q?a?= ", 8000)),
    "From fields": lambda: filled("From: anna@bakery.example\n").encode(),
    "From of a domain without end": lambda: _field("From", "a@" + filled("b.", 990)),
    "From of an IDN": lambda: _field("From", "a@" + filled("ä.", 980) + "example"),
    "From of one IDN label": lambda: _field("From", "a@" + filled("ä", 980)),
    "addresses": lambda: _field("To", filled("a@b.example, ", SIZE - 100)),
    "addresses in folded lines": lambda: _folded("Cc", "Anna <a@b.example>,"),
    "100 long addresses in every field": lambda: b"".join(
        f"{name}: {filled(f'{n} <a@b>, ', 8000)}\n".encode() for n in range(9) for name in ("To", "Cc")
    ),
    "addresses that nest": lambda: _field("To", filled("a:(<", 8000)),
    "addresses of quotation marks": lambda: _field("To", filled('"', 8001)),
    "addresses of backslashes": lambda: _field("To", '"' + filled("\\", 8001)),
    "addresses in five fields": lambda: b"".join(_field("To", filled('"a(', 8001))[:8006] + b"\n" for _ in range(9)),
    "names of combining marks": lambda: _field("To", filled("a\u0301\u0316 <a@b>,", 8001)),
    "references": lambda: _field("References", "".join(f"<{n}@a> " for n in range(100_000))),
    "references in folded lines": lambda: _folded("References", "<a@b>"),
    "references that do not end": lambda: _field("References", filled("<", 16_000)),
    "references of one id": lambda: _field("References", filled("<a@b>", SIZE - 100)),
    "In-Reply-To without end": lambda: _field("In-Reply-To", "<" + filled("a", SIZE - 100)),
    "a folded field of 900 kB": lambda: _folded("X-Long", "x"),
    "a subject in folded lines": lambda: _folded("Subject", "x"),
    "a subject of blanks": lambda: _field("Subject", filled(" ", 16_000) + "x"),
    "a subject of line separators": lambda: _field("Subject", filled("\u2028a", 16_000)),
    "a subject of tags": lambda: _field("Subject", filled("[HD-1001]", 16_000)),
    "a subject of answers": lambda: _field("Subject", filled("Re: ", 16_000)),
    "a subject of broken answers": lambda: _field("Subject", filled("Re : \t", 16_000) + "x"),
    "a subject of failures": lambda: _field("Subject", filled("undeliverable ", 16_000)),
    "a subject of characters that become many": lambda: _field("Subject", filled("\ufdfa", 16_000)),
    "fields": lambda: filled("X: y\n").encode(),
    "500 fields of 260 bytes": lambda: b"".join(b"X-%d: %s\n" % (n, b"=?utf-8?q?a?=" * 19) for n in range(500)),
    "fields without a colon": lambda: filled("x\n").encode(),
    "a long line that is no field": lambda: filled("x").encode(),
    "colons": lambda: filled(":\n").encode(),
    "field names of 256 letters": lambda: filled(f"{'x' * 256}: y\n").encode(),
    "field names without end": lambda: filled(f"{'x' * 5000}\n").encode(),
    "blanks after the name": lambda: filled(f"X{' ' * 8000}y\n").encode(),
    "broken lines before known fields": lambda: filled("no field here\nX-Y: z\n", 128_000).encode(),
    "broken lines, a page apart": lambda: filled(f"no field here\n{'x' * 4000}\nX-Y: z\n", 128_000).encode(),
    "blank lines at the top": lambda: b"\n" * (SIZE - 10) + b"From: a@b\n",
    "an mbox": lambda: filled("From a Mon\nFrom: a@b\n\nx\n").encode(),
    "encoded words": lambda: _field("Subject", filled("=?utf-8?q?a?= ", SIZE - 100)),
    "100 encoded words in each of 500 fields": lambda: b"".join(
        b"X: %s\n" % (b"=?utf-8?b?YQ==?= " * 15) for _ in range(500)
    ),
    "encoded words that do not end": lambda: _field("Subject", filled("=?utf-8?q?", 990)),
    "encoded words with gaps": lambda: _field("Subject", filled(f"=?utf-8?q?a?={' ' * 140}", 16_000)),
    "one encoded word without end": lambda: _field("Subject", "=?utf-8?b?" + filled("YQ", 16_000)),
    "encoded words of a strange charset": lambda: _field("Subject", filled("=?hz?q?~{a?= ", 1300)),
    "Authentication-Results of semicolons": lambda: _field("Authentication-Results", filled(";", 16_000)),
    "Authentication-Results of parentheses": lambda: _field("Authentication-Results", "mx;" + filled("(", 16_000)),
    "Authentication-Results of quotes": lambda: _field("Authentication-Results", "mx;" + filled('"\\', 16_000)),
    "Authentication-Results of results": lambda: _field(
        "Authentication-Results", "mx.desk.example" + filled("; dmarc=pass header.from=a.example", 16_000)
    ),
    "Authentication-Results of blanks": lambda: _field("Authentication-Results", "mx" + filled(" \t", 16_000) + "x"),
    "many Authentication-Results": lambda: filled("Authentication-Results: mx.desk.example; spf=pass\n").encode(),
    "Received fields": lambda: filled("Received: from a by b; x\n").encode(),
    "Received of parentheses": lambda: _field("Received", filled("(", 16_000)),
    "Received of words": lambda: _field("Received", filled("from by with id for ", 16_000)),
    "a date of digits": lambda: _field("Date", filled("1", 16_000)),
    "a date of colons": lambda: _field("Date", filled("1:", 16_000)),
    "semicolons in Content-Type": lambda: _field("Content-Type", "text/plain" + filled(";", SIZE - 100)),
    "64 parameters": lambda: _field("Content-Type", "text/plain" + filled(f";a={'b' * 240}", 15_000)),
    "64 parameters of quotes": lambda: _field("Content-Type", "text/plain" + filled(';a="\\', 300) + "x" * 15_000),
    "parameters of quotation marks": lambda: _field("Content-Type", 'text/plain; a="' + filled('\\"', 15_000)),
    "RFC 2231 continuations": lambda: _field(
        "Content-Type", "text/plain" + "".join(f";name*{n}*=utf-8''%C3" for n in range(40_000))
    ),
    "64 RFC 2231 continuations": lambda: _field(
        "Content-Type", "text/plain" + "".join(f";name*{n}*={'%C3' * 70}" for n in range(60))
    ),
    "continuations of high numbers": lambda: _field(
        "Content-Disposition", "attachment" + "".join(f";filename*{'9' * 200}{n}=a" for n in range(60))
    ),
    "a charset without end": lambda: _field("Content-Type", "text/plain; charset=" + filled("a", 15_000)),
    "a type without end": lambda: _field("Content-Type", filled("a/", 15_000)),
    "1000 nested multiparts": lambda: _nested(1000),
    "20 nested multiparts": lambda: _nested(20),
    "20 nested multiparts of one boundary": lambda: _nested_alike(20),
    "19 nested multiparts of one boundary": lambda: _nested_alike(19),
    "100,000 parts": lambda: _multipart("mixed", "\n\n"),
    "300 parts": lambda: _multipart("mixed", _PARTS + filled("x", SIZE // 299 - 60)),
    "alternatives": lambda: _multipart("alternative", "Content-Type: text/html\n\n<p>" + filled("<b>", 3600) + "\n"),
    "HTML parts": lambda: _multipart("mixed", "Content-Type: text/html\n\n" + filled("<div>", 3600) + "\n"),
    "digest": lambda: _multipart("digest", "\nSubject: a\n\nb\n" + filled("x", 3600) + "\n"),
    "parts of fields": lambda: _multipart("mixed", filled("X-A: b\n", 3600) + "\nx\n"),
    "parts with long names": lambda: _multipart(
        "mixed", "Content-Disposition: attachment; filename=" + filled("a/", 3500) + "\n\nx\n"
    ),
    "parts with names of combining marks": lambda: _multipart(
        "mixed", 'Content-Disposition: attachment; filename="' + filled("\u0301\u0316", 15_000) + '"\n\nx\n'
    ),
    "parts with encoded names": lambda: _multipart(
        "mixed", 'Content-Disposition: attachment; filename="' + filled("=?utf-8?q?a?=", 1200) + '"\n\nx\n'
    ),
    "a boundary that nearly fits": lambda: _multipart("mixed", "x\n", "--b x"),
    "a boundary of dashes": lambda: b'Content-Type: multipart/mixed; boundary="-"\n\n' + b"-" * (SIZE - 100),
    "a boundary and blanks": lambda: _multipart("mixed", "", "--b" + " " * 5000 + "x\n"),
    "a boundary and carriage returns": lambda: _multipart("mixed", "", "\n--b" + "\r" * 5000 + "x"),
    "no boundary": lambda: b"Content-Type: multipart/mixed\n\n" + filled("\n--x", SIZE - 100).encode(),
    "no boundary, blanks": lambda: (
        b"Content-Type: multipart/mixed\n\n" + filled(f"\n--x{' ' * 190}", SIZE - 100).encode()
    ),
    "no boundary, nested": lambda: _multipart("mixed", "Content-Type: multipart/mixed\n\n" + filled("\n--xy", 3600)),
    "messages": lambda: _multipart("mixed", "Content-Type: message/rfc822\n\n" + filled("To: a\n", 3600) + "\n\nx\n"),
    "a message of nested multiparts": lambda: b"Content-Type: message/rfc822\n\n" + _nested(1000),
    "a message of an alternative": lambda: b"Content-Type: message/rfc822\n\n" + _multipart("alternative", "\nx\n"),
    "a message of HTML": lambda: (
        b"Content-Type: message/rfc822\n\nContent-Type: text/html\n\n" + filled("<div>", SIZE - 100).encode()
    ),
    "20 messages of HTML": lambda: _multipart(
        "mixed", "Content-Type: message/rfc822\n\nContent-Type: text/html\n\n" + filled("<p>a", 50_000)
    ),
    "base64 garbage": lambda: _typed("application/pdf", encodebytes(_GARBAGE), _TRAILING),
    "base64 in one line": lambda: _typed("application/pdf", b64encode(_GARBAGE), _TRAILING),
    "base64 that is none": lambda: _typed("application/pdf", b"=?" * (SIZE // 2), _TRAILING),
    "base64 of one letter a line": lambda: _typed("application/pdf", b"Q\n" * (SIZE // 2), _TRAILING),
    "base64 text": lambda: _typed("text/plain", encodebytes(b"On 1 a wrote\n" * 60_000), _TRAILING),
    "base64 HTML": lambda: _typed("text/html", encodebytes(b"<div>a" * 120_000), _TRAILING),
    "quoted-printable": lambda: _typed("text/plain", b"=" * SIZE, "Content-Transfer-Encoding: quoted-printable\n"),
    "quoted-printable bytes": lambda: _typed(
        "text/plain", b"=00" * (SIZE // 3), "Content-Transfer-Encoding: quoted-printable\n"
    ),
    "quoted-printable blanks": lambda: _typed(
        "text/plain", (b" " * 5000 + b"=\n") * (SIZE // 5002), "Content-Transfer-Encoding: quoted-printable\n"
    ),
    "uuencode": lambda: _typed("text/plain", b"!\n" * (SIZE // 2), "Content-Transfer-Encoding: x-uuencode\n"),
    "uuencode that begins": lambda: _typed(
        "text/plain", b"begin 644 a\n" * (SIZE // 12), "Content-Transfer-Encoding: x-uuencode\n"
    ),
    "uuencode of lines": lambda: _typed(
        "text/plain", b"begin 644 a\n" + b'"86$\n' * (SIZE // 5), "Content-Transfer-Encoding: x-uuencode\n"
    ),
    "flowed": lambda: _typed("text/plain; format=flowed", b"a \n" * (SIZE // 3)),
    "flowed lines of blanks": lambda: _typed("text/plain; format=flowed", b" " * (SIZE - 100)),
    "flowed separators": lambda: _typed("text/plain; format=flowed", b"a \n-- \n" * (SIZE // 8)),
    "stuffed": lambda: _typed("text/plain; format=flowed; delsp=yes", b" \n" * (SIZE // 2)),
    "enriched": lambda: _typed("text/enriched", b"<a" * (SIZE // 2)),
    "utf-7": lambda: _typed("text/plain; charset=utf-7", b"+2AA-" * (SIZE // 5)),
    "utf-7 without end": lambda: _typed("text/plain; charset=utf-7", b"+AGE" * (SIZE // 4)),
    "utf-16": lambda: _typed("text/plain; charset=utf-16", b"\x00\xd8" * (SIZE // 2)),
    "utf-32": lambda: _typed("text/plain; charset=utf-32", b"\xff" * SIZE),
    "hz": lambda: _typed("text/plain; charset=hz", b"~{!!~}" * (SIZE // 6)),
    "iso-2022-jp": lambda: _typed("text/plain; charset=iso-2022-jp", b"\x1b$B" * (SIZE // 3)),
    "iso-2022-kr": lambda: _typed("text/plain; charset=iso-2022-kr", b"\x0e\xff" * (SIZE // 2)),
    "gb18030": lambda: _typed("text/plain; charset=gb18030", b"\x81\x30\x81\x30" * (SIZE // 4)),
    "utf-8 that is none": lambda: _typed("text/plain; charset=utf-8", b"\xff" * SIZE),
    "utf-8 cut in the middle": lambda: _typed("text/plain; charset=utf-8", b"\xf0\x9f" * (SIZE // 2)),
    "HTML that names a charset": lambda: _typed("text/html", b"<meta charset=" * (SIZE // 14)),
    "TNEF names": lambda: _typed("application/ms-tnef", encodebytes(_tnef_names()[: SIZE * 2 // 3]), _TRAILING),
    "TNEF properties": lambda: _typed("application/ms-tnef", _tnef_properties()),
    "TNEF lengths": lambda: _typed("application/ms-tnef", _tnef_lengths()),
    "TNEF values of nothing": lambda: _typed("application/ms-tnef", _tnef_empty_values()),
    "TNEF attributes": lambda: _typed("application/ms-tnef", _tnef_shared()),
    "a calendar": lambda: _typed("text/calendar", filled(CALENDAR).encode()),
    "a rule that repeats for ever": lambda: _typed("text/calendar", CALENDAR.encode()),
    "nested calendars": lambda: _typed("text/calendar", filled("BEGIN:VEVENT\n").encode()),
    "a report of 20,000 recipients": lambda: _report(
        filled("Final-Recipient: rfc822; a@b.example\nAction: failed\n\n", SIZE - 2000)
    ),
    "a report of different recipients": lambda: _report(
        "".join(f"Final-Recipient: rfc822; a{n}@b.example\nAction: failed\n\n" for n in range(16_000))
    ),
    "a report of blank lines": lambda: _report(filled("\n", SIZE - 2000)),
    "a report of fields": lambda: _report(filled("Final-Recipient: rfc822;\n", SIZE - 2000)),
    "a report of one field": lambda: _report("Final-Recipient: " + filled("a;", SIZE - 2000)),
    "a report of status codes": lambda: _report("Final-Recipient: rfc822; a@b\nStatus: " + filled("5.1.", 60_000)),
    "a report of words": lambda: _report(
        "Final-Recipient: rfc822; a@b\nAction: failed\nDiagnostic-Code: " + filled("user ", 16_000)
    ),
    "many reports": _many_reports,
    "a returned mail of Message-IDs": lambda: _multipart(
        "report", "Content-Type: text/rfc822-headers\n\n" + filled("Message-ID: <\n", 3600)
    ),
    "a line of every length": lambda: _field("X", "y") + "".join(f"{'x' * n}\n" for n in range(1, 1440)).encode(),
    "carriage returns alone": lambda: b"Subject: a\r\r" + b"x\r" * (SIZE // 2 - 100),
    **{f"beside a text: {name}": partial(_beside_a_text, html) for name, html in HTML.items()},
    "nulls": lambda: b"\0" * SIZE,
    "bytes": lambda: _NUMBERS.randbytes(SIZE),
}
