"""D01, D06, facts 6 and 7: whatever a sender writes, a mail of ours has the fields that it was meant to have.

Ten thousand subjects and names are made by a fixed random generator of what breaks header builders; hypothesis looks
for more. The output is read by the standard library, and by the system's own, older Python where there is one.
"""

import json
import random
import subprocess
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdeskd.mail.headers import fields, mailbox, message_ids, plain, subject, verify
from tests.world import BRAM, World

MANY = 10_000
NAMES = ["Date", "From", "To", "Subject", "Message-ID", "In-Reply-To"]
OURS, TO = "support@desk.example", "anna@bakery.example"
DOUBLE = "=?utf-8?q?=C3=A9_=3D=3FUTF-8=3FQ=3F=3D0A=3F=3DBcc:_victim=40example.org?="
PIECES = (
    "\n", "\r", "\r\n", "\r\n ", "\n\t", "\x00", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x7f", "\u202e",
    "\u2066", "\u200b", "\ufeff", "\ud800", "é", "日本", "💥", "=?", "?=", "=?utf-8?q?", "=?UTF-8?Q?=0A?=",
    "=?utf-8?b?CkJjYzogeA==?=",
    "=?utf-7?q?+AAo-?=", "=?utf-16?b?CgA=?=", "=?unicode_escape?q?=5Cn?=", "=?idna?q?x?=", "=?zlib?b?eJw=?=", DOUBLE,
    "Bcc: victim@example.org", "Content-Type: text/html", "\n\n<script>", '"', "\\", "<", ">", "(", ")", ",", ";", ":",
    "@", "\uff20", "a@b.example", " ", "  ", "Re: ", "[HD-1001]", "x" * 90, "x" * 1100, "Anna",
)  # fmt: skip
INTERPRETERS = [path for path in ("/usr/bin/python3",) if Path(path).exists()]
READ = (
    "import sys, json, email.parser\n"
    "blocks = json.load(sys.stdin)\n"
    "parse = email.parser.BytesHeaderParser().parsebytes\n"
    "print(json.dumps(sorted({tuple(parse(block.encode()).keys()) for block in blocks})))\n"
)


def mail(written: str, named: str) -> bytes:
    """A mail of ours about something that somebody wrote, to somebody with a name."""
    pairs = [
        ("Date", "Mon, 23 Nov 2026 10:00:00 +0000"),
        ("From", mailbox(f"{named} via Helpdesk", OURS)),
        ("To", mailbox(named, TO)),
        ("Subject", subject(f"[HD-1001] {written}")),
        ("Message-ID", "<1.x@desk.example>"),
        ("In-Reply-To", message_ids([f"<{written}@x>", "<7@bakery.example>"]).split(" ")[-1]),
    ]
    return fields(pairs) + b"\r\nText\r\n"


@cache
def many() -> list[tuple[str, str, bytes]]:
    chosen = random.Random(7)
    texts = ("".join(chosen.choices(PIECES, k=chosen.randint(1, 6))) for _ in range(2 * MANY))
    return [(written, named, mail(written, named)) for written, named in zip(texts, texts, strict=True)]


def names(raw: bytes) -> list[str]:
    return BytesHeaderParser().parsebytes(raw).keys()


def test_d01_ten_thousand_hostile_subjects_and_names_add_no_field_and_no_recipient() -> None:
    assert len(many()) == MANY
    assert [(written, named) for written, named, raw in many() if names(raw) != NAMES] == []
    for _, _, raw in many()[::10]:
        verify(raw, TO)


def test_d01_ten_thousand_hostile_subjects_arrive_as_the_line_that_they_are() -> None:
    for written, named, raw in many()[::20]:
        read = str(make_header(decode_header(BytesHeaderParser().parsebytes(raw)["Subject"].replace("\r\n", ""))))
        whole = plain(f"[HD-1001] {written}")
        assert read == whole or (read.endswith("…") and whole.startswith(read[:-1].rstrip())), (written, named)


@pytest.mark.parametrize("python", INTERPRETERS)
def test_d01_the_systems_own_python_reads_the_same_fields(python: str) -> None:
    blocks = json.dumps([raw.decode("ascii") for _, _, raw in many()])
    read = subprocess.run([python, "-I", "-c", READ], input=blocks, capture_output=True, text=True, check=True)
    assert json.loads(read.stdout) == [NAMES]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), st.sampled_from(PIECES)), max_size=6).map("".join), st.text())
def test_d01_any_text_adds_no_field(written: str, named: str) -> None:
    raw = mail(written, named)
    verify(raw, TO)
    assert names(raw) == NAMES


def test_d01_a_doubly_encoded_subject_through_the_whole_desk_stays_text(world: World) -> None:
    """Fact 6: CPython 3.11.7 writes a Bcc field of it."""
    raw = world.written(BRAM, OURS, "MARK", "Hello.").replace(b"MARK", DOUBLE.encode())
    world.takes(raw, OURS, BRAM)
    assert len(world.mails) == 3
    for sent in world.mails:
        assert "bcc" not in {name.lower() for name in names(sent.row.content)}
        assert "victim" in sent.subject
        assert [address for _, address in getaddresses([sent.header("To")])] == [sent.to]


@pytest.mark.parametrize(
    "hostile",
    [
        "=?utf-8?q?Hi=0ABcc:_victim=40example.org?=",
        "=?utf-7?q?Hi+AAo-Bcc:_victim?=",
        "=?utf-16?b?SABpAAoAQgBjAGMA?=",
        "=?unicode_escape?q?Hi=5CnBcc:_victim?=",
    ],
)
def test_d01_an_encoded_line_end_in_any_charset_poisons_nothing(world: World, hostile: str) -> None:
    """Fact 7: where the subject, or the name in From, decodes to a line end, reading and answering it raised."""
    raw = world.written(BRAM, OURS, "MARK", "Hello.").replace(b"MARK", hostile.encode())
    assert world.takes(raw, OURS, BRAM).fate == "opened"
    named = world.written("MARK <bram@bakery.example>", OURS, "Hi", "Hi.").replace(b"MARK", hostile.encode())
    assert world.takes(named, OURS, BRAM).status in {"done", "held"}
    assert all(names(sent.row.content).count("To") == 1 for sent in world.mails)


@pytest.mark.parametrize("name", ["ceo@bank.example", "ceo\uff20bank.example", "ceo\ufe6bbank.example", "a@b <c@d>"])
def test_d06_a_name_cannot_pose_as_an_address(name: str) -> None:
    read = str(make_header(decode_header(mailbox(name, OURS).rpartition("<")[0])))
    assert not set(read) & set("@\uff20\ufe6b")


def test_d06_from_is_always_an_address_of_ours_whoever_wrote(world: World) -> None:
    world.receives("Bram via bank.example <bram@bakery.example>", text="Hello.")
    world.replies("Piet <piet@desk.example>", world.last("piet"), "Which version?")
    world.replies(BRAM, world.last("bram", "reply"), "Version 3.")
    assert {getaddresses([mail.header("From")])[0][1] for mail in world.mails} == {OURS}
    assert all("bram" not in mail.header("From").lower() for mail in world.mails)
    assert all(mail.header("Sender") == mail.header("Resent-From") == "" for mail in world.mails)
