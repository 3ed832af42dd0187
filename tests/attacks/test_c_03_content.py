"""C03–C07: what a mail claims to be, in structure, charset, archive, name and markup, is never believed."""

import ast
import encodings.aliases
import io
import unicodedata
import zipfile
from functools import cache
from pathlib import Path

import pytest

import helpdeskd
from helpdeskd.mail.attachments import safe_name
from helpdeskd.mail.charset import codec_for, decode
from helpdeskd.mail.parse import parse
from tests.world import ANNA, PIET, World

SHELL = b"MZ"
READABLE = b"Content-Type: text/plain\r\n\r\nHello.\r\n"
PROOF = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=bakery.example\r\n"
TOP = PROOF + b"From: anna@bakery.example\r\nTo: support@desk.example\r\nSubject: Printer\r\n"
MIXED = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def of_parts(*parts: bytes, head: bytes = MIXED) -> bytes:
    return TOP + head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def a_file(fields: bytes, content: bytes = b"MZ") -> bytes:
    return fields + b"\r\n\r\n" + content


PDF = b"Content-Type: application/pdf; name=a.pdf"
AMBIGUOUS = {
    "two boundaries": of_parts(READABLE, head=b"Content-Type: multipart/mixed; boundary=b; boundary=c\r\n\r\n"),
    "two types of the mail": of_parts(READABLE, head=b"Content-Type: text/plain\r\n" + MIXED),
    "two types of a part": of_parts(READABLE, a_file(PDF + b"\r\nContent-Type: application/x-msdownload")),
    "two encodings": of_parts(
        READABLE, a_file(PDF + b"\r\nContent-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit")
    ),
    "two names": of_parts(
        READABLE, a_file(PDF + b"\r\nContent-Disposition: attachment; filename=a.pdf; filename=a.exe")
    ),
    "two names in two fields": of_parts(
        READABLE,
        a_file(PDF + b"\r\nContent-Disposition: inline; filename=a.pdf\r\nContent-Disposition: inline; filename=a.exe"),
    ),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_c03_a_mail_of_two_readings_is_one_opaque_attachment_and_told(name: str) -> None:
    message = parse(AMBIGUOUS[name])
    assert [(attached.name, attached.type) for attached in message.attachments] == [("mail.eml", "message/rfc822")]
    assert message.attachments[0].content == AMBIGUOUS[name]
    assert any("not taken apart: more than one" in defect for defect in message.defects)


@pytest.mark.parametrize(
    "part",
    [
        PDF + b"\r\n" + PDF,
        PDF + b"\r\nContent-Disposition: attachment; filename=a.pdf; filename*=utf-8''%C3%A1.pdf",
        b"Content-Type: application/pdf; name*0=a; name*1=.pdf",
    ],
)
def test_c03_what_says_the_same_twice_or_in_pieces_is_not_ambiguous(part: bytes) -> None:
    assert [attached.type for attached in parse(of_parts(READABLE, a_file(part))).attachments] == ["application/pdf"]


def test_c03_an_ambiguous_mail_reaches_agents_as_a_file_and_no_customer_gets_an_agents_one(world: World) -> None:
    world.takes(AMBIGUOUS["two names"], "support@desk.example", ANNA)
    told = world.last("piet", "agent-new")
    assert [attached.name for attached in told.message.attachments] == ["mail.eml"]
    assert "Hello." in told.text
    agent = AMBIGUOUS["two names"].replace(b"anna@bakery.example", b"piet@desk.example")
    agent = agent.replace(b"header.from=bakery.example", b"header.from=desk.example")
    before = len(world.sent("anna"))
    world.takes(agent, world.last("piet").message.header("Reply-To"), PIET)
    assert len(world.sent("anna")) == before
    assert "not all of it can be read" in world.last("piet").text


NOT_OF_TEXT = {
    "base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "idna", "punycode",
    "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "charmap",
}  # fmt: skip


def test_c04_no_codec_of_python_that_is_not_of_text_can_be_named() -> None:
    claimed = {*encodings.aliases.aliases, *encodings.aliases.aliases.values(), *NOT_OF_TEXT}
    claimed |= {name.replace("_", "-") for name in claimed} | {name.upper() for name in claimed}
    assert {name: codec_for(name) for name in claimed if codec_for(name).replace("-", "_") in NOT_OF_TEXT} == {}


@pytest.mark.parametrize("name", sorted(NOT_OF_TEXT | {"unicode-escape", "no-such-charset", "utf-8\0", "../../x"}))
def test_c04_text_in_a_forbidden_charset_is_read_as_it_stands(name: str) -> None:
    assert decode(rb"\x41=41&#65;", name) == r"\x41=41&#65;"
    subject = parse(f"Subject: =?{name}?q?=5Cx41?=\n\nx".encode()).subject
    assert subject in {r"\x41", f"=?{name}?q?=5Cx41?=".replace("\0", "")}


BREAKING = (
    "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0\x1b\x7f\x9b\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e"
)


@pytest.mark.parametrize("charset", ["utf-8", "utf-7", "utf-16", "utf-32", "utf-16-be"])
def test_c04_nothing_that_breaks_or_turns_a_line_is_left_in_a_field_of_one_line(charset: str) -> None:
    from base64 import b64encode

    text = f"a{BREAKING}Bcc: x@y.example"
    word = f"=?{charset}?b?{b64encode(text.encode(charset)).decode()}?="
    fields = f"Subject: {word}\nFrom: {word} <a@b.example>\nTo: {word} <c@d.example>\nMessage-ID: <{word}@x>\n"
    name = f'Content-Type: application/pdf; name="{word}"\n\nx'
    message = parse((fields + name).encode())
    shown = [message.subject, str(message.from_), *map(str, message.to), message.message_id]
    shown += [value for _, value in message.headers] + [attached.name for attached in message.attachments]
    assert message.subject.startswith("a")
    assert not set("".join(shown)) & set(BREAKING)


@cache
def bomb(levels: int = 3) -> bytes:
    """An archive of 10 MiB of zeros in an archive, in an archive."""
    content = bytes(10 << 20)
    for _ in range(levels):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.zip", content)
        content = file.getvalue()
    return content


@pytest.mark.parametrize("kind", ["application/zip", "application/x-gzip", "application/octet-stream"])
def test_c05_an_archive_is_passed_on_as_it_came(world: World, kind: str) -> None:
    world.receives(ANNA, attachments=[("a.zip", kind, bomb())])
    assert [attached.content for attached in world.last("piet").message.attachments] == [bomb()]


OPENERS = {"zipfile", "tarfile", "gzip", "bz2", "lzma", "zlib", "patoolib", "py7zr", "rarfile"}
ON_PURPOSE = {
    ("daemon/office.py", "zipfile"): "the operator's own templates, on their way to the worker",
}
READERS = ("mail", "triage", "domain", "daemon", "policy")


def imports(*rooms: str) -> set[tuple[str, str]]:
    """The modules that files of the package import, by file."""
    package = Path(helpdeskd.__file__).parent
    found = set()
    for file in (file for room in rooms for file in (package / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {(file.relative_to(package).as_posix(), name.partition(".")[0]) for name in names}
    return found


def test_c05_nothing_that_reads_mail_can_open_an_archive_or_expand_a_calendar() -> None:
    forbidden = OPENERS | {"icalendar", "recurring_ical_events", "dateutil", "vobject"}
    assert {pair for pair in imports(*READERS) if pair[1] in forbidden} - set(ON_PURPOSE) == set()


def test_c05_a_calendar_that_repeats_for_ever_is_a_file() -> None:
    invitation = b"BEGIN:VEVENT\nDTSTART:20260101T000000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n"
    message = parse(of_parts(READABLE, b"Content-Type: text/calendar\n\n" + invitation))
    assert [(attached.type, attached.name[-4:]) for attached in message.attachments] == [("text/calendar", ".ics")]


TRAVERSING = (
    "../../../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "C:\\x", "a/../b", "%2e%2e%2fetc%2fpasswd",
    "..%5cx", "\u2215etc\u2215passwd", "\uff0fx", "\u2044x", "....//x", ".", "..", "...", ".bashrc", "~/.ssh",
    "CON", "con.txt", "aux", "LPT1.pdf", "nul.", "a:b", "a\0.exe", "x.pdf\u202efdp.exe", "a\nb", "a\r\nContent-Type: x",
    "x" * 300, "é" * 200, "x" * 300 + ".pdf", "\U0001f600" * 100 + ".pdf", "a\u0301" * 200, "|rm -rf", '"><script>',
    "", " ", "$(x)", "a\u2028b", "a\u200fb", "=?utf-8?q?=2E=2E=2Fx?=", "a\x1b[2Jb", "a<b>c", "*?", "-rf", " .x. ",
)  # fmt: skip


@pytest.mark.parametrize("number", range(len(TRAVERSING)))
def test_c06_a_name_is_one_harmless_word(number: int) -> None:
    name = safe_name(TRAVERSING[number])
    assert not set(name) & set('/\\:*?"<>|\u2215\u2044\uff0f\uff3c')
    assert not any(unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"} for character in name)
    assert not set(name) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    assert not name.startswith((".", " "))
    assert "%2f" not in name.lower()
    assert len(name) <= 200
    assert len(name.encode()) <= 240
    assert name.partition(".")[0].lower() not in {"con", "aux", "nul", "prn", "lpt1"}
    assert name == unicodedata.normalize("NFC", name) == safe_name(name)


def test_c06_no_name_of_a_mail_becomes_one_on_the_disk(world: World) -> None:
    before = {file for file in world.folder.rglob("*") if file.is_file()}
    for name in TRAVERSING[:24]:
        raw = of_parts(READABLE, a_file(b'Content-Type: application/pdf; name="' + name.encode() + b'"'))
        world.takes(raw, "support@desk.example", ANNA)
    assert {file.name for file in world.folder.rglob("*") if file.is_file()} == {file.name for file in before}


HOSTILE_HTML = (
    '<html><head><style>@import url(http://t.example/1)</style><link rel=stylesheet href="http://t.example/2">'
    '<base href="http://t.example/"><meta http-equiv=refresh content="0;url=http://t.example/3"></head>'
    '<body background="http://t.example/4" onload="x()"><img src="http://t.example/5.gif" width=1 height=1>'
    '<a href="javascript:x()">Please</a> <p style="background:url(http://t.example/6)">help</p>'
    '<script src="http://t.example/7">x()</script><iframe src="http://t.example/8"></iframe>'
    '<form action="http://t.example/9"><input name=p></form><object data="http://t.example/10"></object>'
    "<svg><script>x()</script></svg><video poster='http://t.example/11'></video>me</body></html>"
)


def html_part(raw: bytes) -> str:
    """The HTML that a client of ours would show."""
    from email import message_from_bytes
    from email.policy import default

    body = message_from_bytes(raw, policy=default).get_body(("html",))  # type: ignore[attr-defined]
    return str(body.get_content())


@pytest.mark.parametrize("beside", [b"", b"Content-Type: text/plain\r\n\r\n" + HOSTILE_HTML.encode() + b"\r\n"])
def test_c07_nothing_active_or_remote_of_a_mail_is_in_the_html_that_goes_out(world: World, beside: bytes) -> None:
    shown = beside or b"Content-Type: text/html\r\n\r\n" + HOSTILE_HTML.encode() + b"\r\n"
    world.takes(of_parts(shown), "support@desk.example", ANNA)
    told = world.last("piet", "agent-new")
    markup = html_part(told.row.content).lower()
    for active in (
        "<script",
        "<img",
        "<iframe",
        "<form",
        "<object",
        "<svg",
        "<video",
        "<base",
        "<meta http",
        "@import <",
    ):
        assert active not in markup
    tags = [tag.partition(">")[0] for tag in markup.split("<")[1:]]
    assert [tag for tag in tags if "t.example" in tag or "javascript" in tag or " on" in tag] == []
    assert "me" in told.text


ACTIVE = ("image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/xml", "text/x-php", "a/b")


@pytest.mark.parametrize("kind", ACTIVE)
def test_c07_an_active_file_goes_on_as_octets_to_download(world: World, kind: str) -> None:
    part = (
        b"Content-Disposition: inline; filename=a.x\r\nContent-Type: "
        + kind.encode()
        + b"\r\n\r\n"
        + HOSTILE_HTML.encode() * 2
    )
    world.takes(of_parts(READABLE, part), "support@desk.example", ANNA)
    (attached,) = world.last("piet", "agent-new").message.attachments
    assert (attached.type, attached.inline) == ("application/octet-stream", False)


def test_c07_nothing_that_reads_mail_can_fetch() -> None:
    fetching = {"requests", "urllib3", "httpx", "aiohttp", "http"}
    assert {pair for pair in imports("mail", "triage", "policy", "domain") if pair[1] in fetching} == set()


def test_c01_a_mail_of_more_than_twenty_commands_comes_back_and_does_nothing(world: World) -> None:
    world.receives(ANNA)
    before = world.story()
    world.replies(PIET, world.last("piet"), "/take\n" * 21)
    assert "more than 20 commands" in world.last("piet").text
    assert [event for event in world.story()[len(before) :] if event != "CommandsFailed"] == []
