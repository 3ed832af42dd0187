"""Who wrote a mail that somebody sends on, what it is about, and what it says."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdeskd.domain.message import Message
from helpdeskd.mail.parse import parse
from helpdeskd.triage.forwarded import Forwarded, forwarded, read
from helpdeskd.triage.quoting import split
from tests.triage.client_formats import Answered, Written, phrases
from tests.triage.client_forwards import attached, sent_on

LINES = ("Goedemorgen,", "", "De printer: het papier zit vast.", "> Is hij aan?", "Ja.", "", "Groet, Anna")
MAIL = Answered(
    name="Anna de Vries",
    address="anna@bakery.example",
    to="support@desk.example",
    subject="Printer kapot: derde verdieping",
    message_id="<9@bakery.example>",
    reply_to="support+t.token@desk.example",
    lines=LINES,
    html="<p>" + "<br>".join(line.replace(">", "&gt;") for line in LINES) + "</p>",
)
ANNA = Forwarded(MAIL.address, MAIL.name, MAIL.subject, "\n".join(LINES))


def own_words(language: str) -> Sequence[str]:
    return phrases(language)["said"]["text"]


def flat(text: str) -> str:
    return " ".join(text.split())


def named(mails: list[Written]) -> list[object]:
    return [pytest.param(mail, id=mail.label) for mail in mails]


def author(value: str) -> tuple[str, str]:
    found = read(f"From: {value}\nDate: today\nTo: support@desk.example\nSubject: x\n\nhello")
    assert found is not None
    return found.address, found.name


@pytest.mark.parametrize("mail", named(list(sent_on(MAIL, own_words))))
def test_a_mail_below_somebodys_words_is_found_and_is_not_theirs(mail: Written) -> None:
    message = parse(mail.raw)
    assert forwarded(message) == ANNA
    assert flat(split(message.text).own) == flat(split(message.text).new) == flat(" ".join(mail.said))


@pytest.mark.parametrize("mail", named(list(sent_on(MAIL, lambda _: ()))))
def test_a_mail_that_is_sent_on_without_a_word_is_found_and_is_nobodys_command(mail: Written) -> None:
    message = parse(mail.raw)
    assert forwarded(message) == ANNA
    assert split(message.text).own == ""


@pytest.mark.parametrize("said", [(), ("Kijk eens.",)])
def test_a_mail_that_is_attached_is_found(said: Sequence[str]) -> None:
    message = parse(attached(MAIL, said))
    assert forwarded(message) == ANNA
    assert split(message.text).own == "".join(said)


def test_a_copied_mail_goes_before_an_attached_one() -> None:
    copied = "Kijk.\n\n-----Original Message-----\nFrom: Eva <eva@bakery.example>\nSubject: Eerst\n\nHallo"
    message = Message(text=copied, forwarded="From: Anna <anna@bakery.example>\nSubject: Later\n\nHallo")
    assert forwarded(message) == Forwarded("eva@bakery.example", "Eva", "Eerst", "Hallo")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello",
        "On Mon, 23 Nov 2026 at 10:00, Anna <anna@bakery.example> wrote:\n> Hello",
        "-----Original Message-----\n\nHello",
        "---------- Forwarded message ---------\nSubject: x\n\nHello",
    ],
)
def test_where_nobody_is_named_as_author_there_is_no_mail(text: str) -> None:
    assert forwarded(Message(text=text)) is None


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("Anna de Vries <anna@bakery.example>", ("anna@bakery.example", "Anna de Vries")),
        ("anna@bakery.example", ("anna@bakery.example", "")),
        ("<anna@bakery.example>", ("anna@bakery.example", "")),
        ("anna@bakery.example <anna@bakery.example>", ("anna@bakery.example", "")),
        ('"Vries, Anna de" <anna@bakery.example>', ("anna@bakery.example", "Vries, Anna de")),
        ("« Anna » <anna@bakery.example>", ("anna@bakery.example", "Anna")),
        ("*Anna* <anna@bakery.example>", ("anna@bakery.example", "Anna")),
        ("Anna [mailto:anna@bakery.example]", ("anna@bakery.example", "Anna")),
        ("Anna <anna@bakery.example<mailto:anna@bakery.example>>", ("anna@bakery.example", "Anna")),
        ("Anna de Vries <\nanna@bakery.example>", ("anna@bakery.example", "Anna de Vries")),
        ("Anna de Vries", ("", "Anna de Vries")),
        ("boss@bakery.example <eve@elsewhere.example>", ("eve@elsewhere.example", "boss@bakery.example")),
        ("Boss <boss@bakery.example> <eve@elsewhere.example>", ("eve@elsewhere.example", "Boss")),
    ],
)
def test_an_author_is_read_as_programs_write_one(value: str, read: tuple[str, str]) -> None:
    assert author(value) == read


def test_a_name_in_the_header_of_an_attached_mail_is_no_address() -> None:
    inner = b'From: "Boss <boss@bakery.example>" <eve@elsewhere.example>\nSubject: x\n\nhello'
    raw = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
    found = forwarded(parse(raw + inner + b"\n--b--\n"))
    assert found is not None
    assert found.address == "eve@elsewhere.example"


FIELDS = st.sampled_from(
    ["From: ", "Van: Anna <a@x.example>", "> From: <", "Subject:", "To: a@b", "", "<a@b", "(", "@"]
)


@given(st.lists(st.one_of(FIELDS, st.text(max_size=12)), max_size=9).map("\n".join))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    found = forwarded(Message(text=text, forwarded=text))
    assert found is None or all(word in text for word in found.text.split())


@pytest.mark.parametrize("pattern", ["a@", "<a@b ", "(", "> ", "\n", "a@b.", "- end forwarded message -\n"])
def test_a_hostile_text_of_200_kilobytes_is_read_like_any_other(pattern: str) -> None:
    text = "From: " + pattern * (200_000 // len(pattern))
    found = read("---------- Forwarded message ---------\n" + text)
    assert found is not None
    assert len(found.text) <= len(text)
