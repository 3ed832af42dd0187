"""Attack row A18: mails that show something else than what counts, and clients that only write it differently."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from pathlib import Path
from time import process_time

import pytest

from helpdeskd.mail.parse import parse
from helpdeskd.storage import db
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.triage import grammar
from helpdeskd.triage.quoting import split
from helpdeskd.triage.words import said
from tests.mail_client import answer, thread
from tests.triage.client_formats import LANGUAGES, answers, phrases
from tests.world import ANNA, BRAM, PIET, Sent, World

DORA, BEN = "Dora Dekker <dora@dentist.example>", "Ben Blom <ben@dentist.example>"
RELAYED = {
    "Received": "from mx.desk.example ([192.0.2.25]) by desk.example; Mon, 23 Nov 2026 10:00:00 +0100",
    "Authentication-Results": "mx.desk.example; dmarc=pass header.from=dentist.example",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[World]:
    """Ben has asked something, and Piet asks Dora for two hours more."""
    with World(tmp_path / "desk") as world:
        world.receives(BEN, text="Please move the archive.")
        world.replies(PIET, world.last("piet"), "/take\n/estimate 2h Moving the archive")
        yield world


def approved(world: World) -> int:
    return world.story().count("EstimateApproved")


def asked(world: World) -> Sent:
    return world.last("dora", "approval-request")


OTHER_HTML = {
    "another word": "<p>decline</p>",
    "a sentence": "<p>I do not agree, see my letter.</p>",
    "nothing": "<p></p>",
    "a picture": '<img src="cid:x">',
    "the word below a sentence": "<p>Never would I say</p><p>approve</p>",
    "the word and more": "<p>approve? No.</p>",
    "the word struck out": "<p><s>approve</s> No.</p>",
    "the word hidden": '<p style="display:none">approve</p><p>No, thanks.</p>',
    "the word hidden by a style sheet": "<style>.x{visibility:hidden}</style><p class=x>approve</p><p>No.</p>",
    "the word hidden in an element of nobody": '<x-y style="display: none">approve</x-y>No.',
    "the word without size": '<span style="font-size:0">approve</span>No.',
    "the word in a comment": "<!-- approve -->No.",
    "the word in the title": "<title>approve</title>No.",
    "another amount": "<p>approve 1h</p>",
    "a digit raised": "<p>approve 1\u00b2h</p>",
}


@pytest.mark.parametrize("form", OTHER_HTML)
def test_a18_an_approval_whose_html_shows_something_else_is_none_and_its_writer_is_told(desk: World, form: str) -> None:
    mail = desk.replies(DORA, asked(desk), "approve", html=OTHER_HTML[form])
    assert (mail.fate, approved(desk)) == ("added", 0)
    assert "The HTML of your e-mail shows something else" in " ".join(desk.last("dora", "approval-result").text.split())


def test_a18_an_approval_in_two_plain_texts_that_differ_is_none(desk: World) -> None:
    request = asked(desk).message
    to_, subject, text = answer(request, "approve")
    mail = EmailMessage(SMTP)
    mail["Received"] = "from mx.desk.example ([192.0.2.25]) by desk.example; Mon, 23 Nov 2026 10:00:00 +0100"
    mail["Authentication-Results"] = "mx.desk.example; dmarc=pass header.from=dentist.example"
    mail["From"], mail["To"], mail["Subject"] = DORA, to_, subject
    mail.set_content(text)
    mail.add_alternative("decline", subtype="plain")
    desk.takes(mail.as_bytes(), to_, DORA)
    assert approved(desk) == 0


OTHER_COMMANDS = {
    "another command": ("/close", "<p>/take</p>"),
    "a text": ("/close", "<p>Please wait.</p>"),
    "another amount": ("/time 8h", "<p>/time 8m</p>"),
    "the opposite amount": ("/time 8h", "<p>/time -8h</p>"),
    "a text above it": ("/close", "<p>This is what I would never do:</p><p>/close</p>"),
    "one less": ("/close\n/time 8h", "<p>/close</p>"),
    "the other order": ("/close\n/time 8h", "<p>/time 8h</p><p>/close</p>"),
    "another decimal": ("/time 12,5h", "<p>/time 1,25h</p>"),
    "a raised digit": ("/time 12m", "<p>/time 1\u00b2m</p>"),
    "two numbers for one": ("/time 12m", "<p>/time 1 2m</p>"),
    "more behind a short line": ("/time 1h", f"<p>/time 1h45m {'x' * 80}</p>"),
    "one more": ("/time 8m", "<p>/time 8m</p><p>/resolve</p>"),
    "hidden": ("/close", "<div hidden>/close</div><p>Hello</p>"),
    "a command where the text has none": ("Please wait.", "<p>/close</p>"),
    "nothing": ("/close", "<p></p>"),
}


@pytest.mark.parametrize("form", OTHER_COMMANDS)
def test_a18_commands_whose_html_shows_others_are_sent_back_whole(desk: World, form: str) -> None:
    text, html = OTHER_COMMANDS[form]
    before = desk.tickets()
    mail = desk.replies(PIET, desk.last("piet"), text, html=html)
    assert mail.reason.startswith("nothing was done")
    assert "shows other commands than its plain text" in " ".join(desk.last("piet", "agent-error").text.split())
    assert desk.tickets() == before


def test_a18_a_ticket_is_not_opened_for_whom_the_html_does_not_name(desk: World) -> None:
    row = desk.receives(
        PIET, text="/for anna@bakery.example\nShe called.", html="<p>/for bram@bakery.example</p><p>He.</p>"
    )
    assert row.reason.startswith("nothing was done")
    assert len(desk.tickets()) == 1


def test_a18_contacts_are_not_changed_as_the_html_does_not_show(desk: World) -> None:
    desk.receives(ANNA, subject="contacts", text="")
    shown = "<p>add Kim &lt;kim@bakery.example&gt; open</p>"
    desk.replies(ANNA, desk.last("anna", "contacts"), "add Kim <kim@bakery.example> manage", html=shown)
    with db.transaction():
        assert StoredDirectory().contact("kim@bakery.example") is None
    same = "<p>add Kim &lt;<a href='mailto:kim@bakery.example'>kim@bakery.example</a>&gt; manage</p>"
    desk.replies(ANNA, desk.last("anna", "contacts"), "add Kim <kim@bakery.example> manage", html=same)
    with db.transaction():
        assert StoredDirectory().contact("kim@bakery.example") is not None


def test_a18_a_strangers_mail_is_not_adopted_by_what_the_html_does_not_show(desk: World) -> None:
    desk.receives("Nina New <nina@bakery.example>", subject="Printer")
    request = desk.last("bram", "adopt-request")
    assert desk.replies(BRAM, request, "yes", html="<p>no</p>").fate == "refused"
    assert "The HTML of your e-mail" in desk.last("bram", "refused").text
    assert desk.replies(BRAM, request, "yes", html="<p>Yes</p>").fate == "approval"


def test_a18_a_ticket_is_not_closed_by_what_the_html_does_not_show(desk: World) -> None:
    desk.replies(BEN, desk.last("ben"), "close", html="<p>Please go on.</p>")
    assert not desk.ticket().status.ended
    desk.replies(BEN, desk.last("ben"), "close", html="<p>Close</p>")
    assert desk.ticket().status.ended


HEAD = ("/take", "/time 40m", "")


def of_commands(language: str) -> tuple[str, ...]:
    return (*HEAD, *phrases(language)["said"]["text"])


def of_word(language: str) -> tuple[str, ...]:
    return (phrases(language)["said"]["word"], "", *phrases(language)["said"]["closing"])


def test_a18_what_real_clients_write_says_the_same_in_both_forms() -> None:
    """Every client in every language, with commands and with an answer."""
    told = 0
    for said_ in (of_commands, of_word):
        for mail in answers("agent-update", said_, LANGUAGES):
            message = parse(mail.raw)
            if message.shown is None:
                continue
            told += 1
            read, shown = (split(text).own for text in (message.text, message.shown))
            assert said(read) == said(shown), mail.label
            assert [(line.word, line.argument) for line in grammar.lines(read)] == [
                (line.word, line.argument) for line in grammar.lines(shown)
            ], mail.label
    assert told > 200


HONEST = {
    "Outlook's link": (
        "/cc dora@dentist.example<mailto:dora@dentist.example>",
        "<p>/cc <a href='mailto:dora@dentist.example'>dora@dentist.example</a></p>",
    ),
    "a dash that a program made longer": ("/time -5m", "<p>/time \u20135m</p>"),
    "quotation marks that a program bent": ('/note He said "no"', "<p>/note He said \u201cno\u201d</p>"),
    "Outlook's link behind a word": (
        "/note see<http://x.example/a> 5 6",
        "<p>/note <a href='http://x.example/a'>see</a> 5 6</p>",
    ),
    "dashes made one": ("/note He came -- late", "<p>/note He came \u2013 late</p>"),
    "a hard blank": ("/time 5m", "<p>/time&nbsp;5m</p>"),
    "bold in a note": ("/note *Really* old", "<p>/note <b>Really</b> old</p>"),
    "an empty line above": ("/take", "<div><br></div><div>/take</div>"),
    "a signature that only the plain text marks": (
        "Hello.\n\n/wait\n-- \nPiet",
        "<p>Hello.</p><p>/wait</p><table><tr><td>Piet</td></tr></table>",
    ),
    "a note broken by the program": (
        "/note The printer was looked at, its drum was cleaned, and the newest\nsoftware of its maker is there",
        "<p>/note The printer was looked at, its drum was cleaned, and the newest software of its maker is there</p>",
    ),
}


@pytest.mark.parametrize("form", HONEST)
def test_a18_what_programs_write_differently_is_no_difference(desk: World, form: str) -> None:
    text, html = HONEST[form]
    desk.replies(PIET, desk.last("piet"), text, html=html)
    errors = desk.sent("piet", "agent-error")
    assert all("other commands" not in mail.text for mail in errors)


def test_a18_the_same_word_in_other_dress_counts(desk: World) -> None:
    quote = escape(asked(desk).text).replace("\n", "<br>")
    html = '<div dir="ltr"><b>Approve</b>.<br></div><br><div class="gmail_quote">On Mon wrote:'
    html += f"<blockquote>{quote}</blockquote></div>"
    assert desk.replies(DORA, asked(desk), "approve", html=html).fate == "approval"
    assert approved(desk) == 1


@pytest.mark.parametrize(
    ("text", "html"),
    [("approve \u20ac200", "<p>approve \u20ac2,00</p>"), ("approve \u20ac200,00", "<p>approve \u20ac20000</p>")],
)
def test_a18_an_amount_is_compared_as_it_is_written(desk: World, text: str, html: str) -> None:
    assert (desk.replies(DORA, asked(desk), text, html=html).fate, approved(desk)) == ("added", 0)


@pytest.mark.parametrize("line", ["/forward {}", "/call {} 10m", "/cc {}"])
@pytest.mark.parametrize("link", ["{0}<mailto:{0}>", "{0} <mailto:{0}>", "<mailto:{0}>"])
def test_a18_an_address_with_its_link_is_that_address(desk: World, line: str, link: str) -> None:
    address = "thea@third.example" if "forward" in line else "dora@dentist.example"
    desk.replies(PIET, desk.last("piet"), line.format(link.format(address)) + "\nPlease look.")
    said_ = " ".join(mail.text for mail in desk.sent("piet", "agent-error"))
    assert "mailto:" not in said_.partition("Please look")[0]
    assert not any(why in said_ for why in ("is no address", "who called"))


def test_a18_many_marks_on_one_letter_take_bounded_work(desk: World) -> None:
    marks = "a" + "\u0315\u0300\u0323\u0345" * 7000
    before = process_time()
    desk.replies(PIET, desk.last("piet"), f"/note {marks}", html=f"<p>/note {marks}</p>")
    assert process_time() - before < 2


HIDDEN = ("/close", "approve", "# close", "/resolve")


@pytest.mark.parametrize("line", HIDDEN)
def test_a18_what_stands_in_quotes_signatures_and_attachments_is_no_command(desk: World, line: str) -> None:
    before = desk.ticket().status
    to_, subject, text = answer(desk.last("piet").message, f"I see.\n\n> {line}\n\n-- \n{line}")
    attached = [("note.txt", "text/plain", line.encode())]
    parts = {"attachments": attached, **thread(desk.last("piet").message)}
    desk.receives(PIET, to_, subject, text, **parts)
    assert desk.ticket().status is before
