"""What is fuzzed: each target takes any bytes, and raises AssertionError where something is not as it must be.

A target says more than "no fault": what comes out is checked against what went in, or by a reader that did not write
it. Targets are tried on their corpus and by Hypothesis in the suite, and for minutes each by `make soak`, guided by the
branches that an input takes (`tests.fuzz.run`). Time is limited there, and counted in tests/attacks/test_c_01_bounds.
"""

import unicodedata
from collections.abc import Callable
from email import message_from_bytes
from email.utils import getaddresses

from helpdeskd.domain.address import normalise
from helpdeskd.mail import charset, headers, limits, tnef
from helpdeskd.mail.attachments import attachment, safe_name
from helpdeskd.mail.fields import Field, Head, one_line, read_head
from helpdeskd.mail.html import seen, to_text
from helpdeskd.mail.parse import parse
from helpdeskd.mail.parts import content, read_tree
from helpdeskd.mail.sender import read_from, read_mailboxes
from helpdeskd.triage import authentication_results, forwarded, grammar, quoting

Target = Callable[[bytes], None]
OURS = "anna@bakery.example"
UNSAFE = set(map(chr, range(32))) | set("\x7f\x85\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def pre_scan(data: bytes) -> None:
    """What stands before any parser: offsets stay inside, caps hold, a leaf can always be decoded."""
    head = read_head(data, 0, len(data))
    assert 0 <= head.body <= len(data)
    assert len(head.fields) <= limits.MAX_FIELDS
    assert all(len(field.raw) <= limits.MAX_FIELD for field in head.fields)
    try:
        leaves = list(read_tree(data, head).leaves())
    except limits.OverLimit:
        return
    assert len(leaves) <= limits.MAX_PARTS
    for leaf in leaves:
        assert 0 <= leaf.start <= leaf.end <= len(data)
        assert len(content(data, leaf)) <= 2 * (leaf.end - leaf.start) + 4


def whole_mail(data: bytes) -> None:
    """Any bytes are a message that can be stored and shown."""
    message = parse(data)
    assert not any("could not be read" in defect for defect in message.defects), message.defects
    repr(message).encode("utf-8")
    shown = [message.subject, str(message.from_ or ""), *(attached.name for attached in message.attachments)]
    assert not set("".join(shown)) & UNSAFE
    assert len(message.text) <= limits.MAX_TEXT + 4 * limits.MAX_PARTS or message.content_type == "message/rfc822"


def from_field(data: bytes) -> None:
    """A From that may count is one address on which the standard library agrees."""
    field = Field("From", data.translate(None, b"\r\n")[: limits.MAX_FIELD])
    author, defect = read_from(Head((field,), 0))
    read_mailboxes(field)
    if defect:
        return
    assert author is not None
    assert [address for _, address in getaddresses([field.text])] == [author.address]
    assert normalise(author.address)
    assert author.address.count("@") == 1


def authentication_results_field(data: bytes) -> None:
    """What is read of it stood in it, in that order; only what is quoted may be told otherwise."""
    value = one_line(charset.decode(data))
    found = authentication_results.read(value)
    if found is None or not {'"', "\\"}.isdisjoint(value):
        return
    letters = iter(value.lower())
    words = (found.authserv_id, *(word for result in found.results for word in (result.method, result.verdict)))
    assert all(letter in letters for word in words for letter in word)


def new_text(data: bytes) -> None:
    """Every line of the new text is one of the whole text's, and no quoted one may be a command."""
    text = charset.decode(data)
    split = quoting.split(text)
    known = {
        line.strip() for line in quoting._INVISIBLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    }
    assert {line.strip() for line in split.new.split("\n")} - known <= {""}
    assert {line.strip() for line in split.own.split("\n")} - known <= {""}
    assert not any(line.lstrip().startswith(">") for line in split.own.split("\n"))
    assert quoting.split(text) == split
    forwarded.read(text)


def command(data: bytes) -> None:
    """Every line that is a command where it stands alone is one, or told as misplaced; of many the first are told."""
    text = charset.decode(data)
    parsed = grammar.parse(text)
    told = (*parsed.commands, *parsed.misplaced)
    assert all(line.word and not line.word.startswith("/") for line in told)
    alone = [found for line in text.replace("\r\n", "\n").split("\n") for found in grammar.parse(line).commands]
    if len(alone) <= grammar.MOST_COMMANDS:
        assert sorted(line.written for line in told) == sorted(line.written for line in alone)
    assert max(len(parsed.commands), len(parsed.misplaced)) <= grammar.MOST_COMMANDS
    assert len(parsed.commands) == grammar.MOST_COMMANDS or not parsed.too_many


def header_builder(data: bytes) -> None:
    """Whatever text stands in subject, name and ids, another reader finds our fields, and no other."""
    text = data.decode("utf-8", "surrogateescape")
    fields = [
        ("Date", "Mon, 23 Nov 2026 10:00:00 +0000"),
        ("From", headers.mailbox(text, "support@desk.example")),
        ("To", headers.mailbox(text, OURS)),
        ("Subject", headers.subject(text) or "x"),
        ("Message-ID", headers.message_ids(("<1@desk.example>",))),
        ("References", headers.message_ids((text, "<2@desk.example>"))),
        ("MIME-Version", "1.0"),
    ]
    raw = headers.fields(fields) + b"\r\nHello.\r\n"
    headers.verify(raw, OURS)
    assert message_from_bytes(raw).keys() == [name for name, _ in fields]
    assert {name for name, _ in parse(raw).headers} == {name for name, _ in fields}


def delivery_report(data: bytes) -> None:
    """Any text in a report gives addresses that are bounded and printable, or none."""
    head = b"From: MAILER-DAEMON@mx.example\nSubject: Undelivered Mail\n"
    report = (
        b'Content-Type: multipart/report; boundary="="\n\n--=\n\nSorry.\n--=\nContent-Type: message/delivery-status\n\n'
    )
    for raw in (head + b"\n" + data, head + report + data + b"\n--=--\n"):
        message = parse(raw)
        assert not any("could not be read" in defect for defect in message.defects), message.defects
        found = message.bounce.recipients if message.bounce else ()
        assert len(found) <= limits.MAX_PARTS
        assert all(len(one.address) <= 330 and not set(one.address) & UNSAFE for one in found)


def tnef_names(data: bytes) -> None:
    """The names in a winmail.dat: so many at most, and safe ones."""
    names = tnef.file_names(b"\x78\x9f\x3e\x22\x01\x00" + data)
    assert len(names) <= 300
    for name in map(safe_name, names):
        assert_harmless(name)


def calendar_names(data: bytes) -> None:
    """The names of an invitation's part, as its fields give them."""
    raw = b"Content-Type: text/calendar\nContent-Disposition: attachment; filename=" + data
    head = read_head(raw, 0, len(raw))
    try:
        tree = read_tree(raw, head)
    except limits.OverLimit:
        return
    for leaf in tree.leaves():
        assert_harmless(attachment(raw, leaf).name)
    assert_harmless(safe_name(charset.decode(data)))


def html_text(data: bytes) -> None:
    """The text of HTML: no longer than what it was made of allows."""
    markup = charset.decode(data)
    for text in (to_text(markup), seen(markup)):
        assert len(text) <= 40 * len(markup) + 40


def assert_harmless(name: str) -> None:
    """It names no path, and turns no text."""
    assert not set(name) & (UNSAFE | set('/\\:*?"<>|'))
    assert not name.startswith(".")
    assert len(name.encode()) <= 260
    assert name == unicodedata.normalize("NFC", name)


TARGETS: dict[str, Target] = {
    "pre-scan": pre_scan,
    "mail": whole_mail,
    "from": from_field,
    "authentication-results": authentication_results_field,
    "new-text": new_text,
    "command": command,
    "header-builder": header_builder,
    "dsn": delivery_report,
    "tnef": tnef_names,
    "calendar-names": calendar_names,
    "html": html_text,
}
