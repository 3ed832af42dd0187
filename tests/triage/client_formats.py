"""Mails as mail clients make them: answers to our notices.

A client is a function that writes what a person said, and what it answers, as its text and its HTML part; the words of
each language are in `client_formats/LANGUAGE.toml`. The forms are those of the clients; the mails are our own. Each
answer is told with the marker line of our notice and without it, as it is when somebody has edited the quote.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from functools import cache
from html import escape
from pathlib import Path
from textwrap import wrap

from helpdeskd.mail.compose import Composer
from helpdeskd.mail.sample import sample_letter

FOLDER = Path(__file__).with_name("client_formats")
TEMPLATES = Path(__file__).parents[2] / "templates"
LANGUAGES = ("nl", "da", "en", "fr", "de")
WIDTH = 72
RULE = "_" * 32
BLANK = "\u00a0"

Lines = Sequence[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail that is answered or sent on: its lines of text, and what stands inside the body of its HTML."""

    name: str
    address: str
    to: str
    subject: str
    message_id: str
    reply_to: str
    lines: tuple[str, ...]
    html: str

    def filled(self, form: str) -> str:
        """A line of a client, with the names of this mail."""
        return form.format(name=self.name, address=self.address, to=self.to, subject=self.subject)


@dataclass(frozen=True, slots=True)
class Bodies:
    """What a client writes; a part that it does not write is "". `flowed`: as RFC 3676 has it."""

    text: str = ""
    html: str = ""
    flowed: bool = False
    subject: str = "reply"


@dataclass(frozen=True, slots=True)
class Written:
    """A whole mail, what made it, and what its writer said; `plain`: it has a text part."""

    label: str
    said: tuple[str, ...]
    raw: bytes
    plain: bool = True


@cache
def phrases(language: str) -> dict:
    """What the clients write in a language."""
    return tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))


# What is answered -----------------------------------------------------------------------------------------------------


@cache
def _composer() -> Composer:
    return Composer((TEMPLATES,), "en")


@cache
def notice(name: str, language: str) -> Answered:
    """One of our notices as its recipient sees it."""
    return seen(_composer().compose(sample_letter(name, language)))


def seen(raw: bytes) -> Answered:
    """A mail of ours as a client shows it."""
    mail = BytesParser(policy=SMTP).parsebytes(raw)
    author = mail["From"].addresses[0]
    text, html = (mail.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    return Answered(
        name=author.display_name,
        address=author.addr_spec,
        to=str(mail["To"]),
        subject=mail["Subject"],
        message_id=mail["Message-ID"],
        reply_to=mail["Reply-To"],
        lines=tuple(text.rstrip("\n").split("\n")),
        html=re.search(r"<body[^>]*>\n(.*)\n</body>", html, re.DOTALL)[1],
    )


def unmarked(mail: Answered) -> Answered:
    """The same mail when whoever answers it has taken our marker line out of the quote."""
    return replace(mail, lines=mail.lines[2:], html=mail.html.partition("</p>\n")[2])


# Pieces ---------------------------------------------------------------------------------------------------------------


def text_of(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _wrapped(lines: Lines, end: str = "") -> list[str]:
    """Lines of at most 72 characters; `end` stands behind each that goes on below."""
    pieces = [wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False) or [""] for line in lines]
    return [line + (end if at < len(piece) - 1 else "") for piece in pieces for at, line in enumerate(piece)]


def _gmail_line(line: str) -> list[str]:
    """Gmail breaks a long line of its own behind the bracket of the address."""
    head, bracket, address = line.partition("<")
    return [line] if len(line) <= WIDTH else [head + bracket, address]


def quoted(lines: Lines, blank: str = ">") -> list[str]:
    return [f">{line}" if line.startswith(">") else f"> {line}" if line else blank for line in lines]


def divs(lines: Lines, tag: str = "div", empty: str = "<br>") -> str:
    return "".join(f"<{tag}>{escape(line) or empty}</{tag}>" for line in lines)


def bold_fields(lines: Lines) -> str:
    """A header block as HTML: its labels bold."""
    parts = (line.partition(":") for line in map(escape, lines))
    return "<br>".join(f"<b>{label}{colon}</b>{value}" for label, colon, value in parts)


# Clients --------------------------------------------------------------------------------------------------------------


def outlook_windows(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """Paragraphs of Word, empty ones with a hard blank, then a header block and the mail without any marks."""
    block = [mail.filled(line) for line in words["block"]["outlook"]]
    spaced = [line for each in said for line in (each or BLANK, "")]
    html = (
        f'<html><body lang="NL"><div class="WordSection1">{divs(said, "p", "<o:p>&nbsp;</o:p>")}'
        '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt">'
        f'<p class="MsoNormal">{bold_fields(block)}<o:p></o:p></p></div></div>'
        f'<p class="MsoNormal"><o:p>&nbsp;</o:p></p>{mail.html}</div></body></html>'
    )
    yield Bodies(text_of(*spaced, BLANK, "", *block, BLANK, "", *mail.lines), html, subject="outlook")
    linked = [line.replace(">", f"<mailto:{mail.address}>>") for line in block]
    yield Bodies(text_of(*said, "", *linked, "", *mail.lines), html, subject="outlook")


def outlook_plain(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """A title above the block; what is answered has no marks, or those that its user has chosen."""
    block = [words["block"]["title"], *(mail.filled(line) for line in words["block"]["outlook"])]
    yield Bodies(text_of(*said, "", *block, "", *mail.lines), subject="outlook")
    old = [re.sub(r" <(\S+@\S+)>$", r" [mailto:\1] ", line) for line in block]
    yield Bodies(text_of(*said, "", *old, "", *mail.lines), subject="outlook")
    yield Bodies(text_of(*said, "", *quoted([*block, "", *mail.lines], "> ")), subject="outlook")


def outlook_mac(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """A block with the date where others have "sent"; before 2020 an attribution above lines that are set in."""
    block = [mail.filled(line) for line in words["block"]["outlook_mac"]]
    html = f'<html><body>{divs(said)}<div><br></div><div id="mail-editor-reference-message-container">'
    yield Bodies(
        text_of(*said, "", *block, *mail.lines),
        f"{html}<p><span>{bold_fields(block)}</span></p>{mail.html}</div></body></html>",
        subject="outlook",
    )
    for form in words["attribution"]["outlook_mac"]:
        set_in = [f"    {line}" if line else "" for line in mail.lines]
        yield Bodies(text_of("\ufeff" + said[0], *said[1:], "", mail.filled(form), "", *set_in), subject="outlook")


def outlook_web(said: Lines, words: dict, mail: Answered, device: str = "") -> Iterator[Bodies]:
    """A rule, a header block, the mail without marks; the app puts its own line above."""
    block = [mail.filled(line) for line in words["block"]["outlook"]]
    link = f'<div id="ms-outlook-mobile-signature"><a href="https://aka.ms/o0ukef">{escape(device)}</a></div>'
    html = (
        f'<html><body dir="ltr">{divs(said)}<div><br></div>{link if device else ""}<div id="appendonsend"></div>'
        '<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
        f'<font face="Calibri, sans-serif">{bold_fields(block)}</font><div>&nbsp;</div></div><div>{mail.html}</div>'
        "</body></html>"
    )
    above = ("", f"{device}<https://aka.ms/o0ukef>") if device else ()
    yield Bodies(text_of(*said, *above, "", RULE, *block, "", *mail.lines), html, subject="outlook")


def outlook_app(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """As on the web, with a line that the app writes under a mail."""
    yield from outlook_web(said, words, mail, words["device"]["outlook"][0])


def gmail_web(said: Lines, words: dict, mail: Answered, forms: str = "gmail") -> Iterator[Bodies]:
    """Hard breaks at 72 characters, also in its attribution."""
    for form in words["attribution"][forms]:
        attribution = mail.filled(form)
        quote = [*_gmail_line(attribution), "", *quoted(_wrapped(mail.lines), "> ")]
        html = (
            f'<div dir="ltr">{divs(said)}</div><br><div class="gmail_quote gmail_quote_container">'
            f'<div dir="ltr" class="gmail_attr">{escape(attribution)}<br></div>'
            f'<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">{mail.html}</blockquote></div>'
        )
        yield Bodies(text_of(*_wrapped(said), "", *quote), html)


def gmail_app(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """As on the web, with another attribution."""
    yield from gmail_web(said, words, mail, "gmail_app")


def gmail_below(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """An answer under the quote."""
    for form in words["attribution"]["gmail"]:
        attribution = mail.filled(form)
        html = (
            f'<div dir="ltr"><div dir="ltr"></div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
            f'{escape(attribution)}<br></div><blockquote class="gmail_quote">{mail.html}</blockquote><div><br></div>'
            f"{divs(said)}</div></div>"
        )
        quote = [*_gmail_line(attribution), "", *quoted(_wrapped(mail.lines), "> ")]
        yield Bodies(text_of(*quote, "", *_wrapped(said)), html)


def apple_mac(said: Lines, words: dict, mail: Answered, device: str = "") -> Iterator[Bodies]:
    """The attribution is the first line of the quote."""
    for form in words["attribution"]["apple"]:
        attribution = mail.filled(form)
        signature = f'<div dir="ltr">{escape(device)}</div>' if device else ""
        html = (
            f'<html><body style="line-break: after-white-space;">{divs(said)}<br '
            f'id="lineBreakAtBeginningOfMessage">{signature}<div><br><blockquote type="cite"><div>'
            f'{escape(attribution)}</div><br class="Apple-interchange-newline"><div>\ufeff{mail.html}</div>'
            "</blockquote></div><br></body></html>"
        )
        quote = quoted([attribution, "", f"\ufeff{mail.lines[0]}", *mail.lines[1:]], "> ")
        yield Bodies(text_of(*said, "", *((device, "") if device else ()), *quote), html)


def apple_ios(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """As on the Mac, with the line of the device above the quote."""
    yield from apple_mac(said, words, mail, words["device"]["ios"][0])


def other_app(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """Programs of telephones: their line, then a title and a header block."""
    block = [words["block"]["title"], *(mail.filled(line) for line in words["block"]["outlook"])]
    yield Bodies(text_of(*said, "", "", words["device"]["other"][0], "", "", *block, "", *mail.lines))


def _thunderbird(said: Lines, quote: Lines, below: bool) -> list[str]:
    """Flowed text (RFC 3676): a blank ends each line that goes on below; quotes are never wrapped."""
    own = _wrapped(said, end=" ")
    return [*quote, "", *own] if below else [*own, "", *quote]


def thunderbird(said: Lines, words: dict, mail: Answered, below: bool = False) -> Iterator[Bodies]:
    """An attribution without an address, above a quote of flowed text."""
    for form in words["attribution"]["thunderbird"]:
        attribution = mail.filled(form)
        quote = (
            f'<div class="moz-cite-prefix">{escape(attribution)}<br></div><blockquote type="cite" '
            f'cite="mid:{mail.message_id[1:-1]}">{mail.html}</blockquote>'
        )
        own = f"<p>{'<br>'.join(map(escape, said))}</p>"
        lines = _thunderbird(said, [attribution, *quoted(mail.lines)], below)
        html = f"<!DOCTYPE html><html><body>{quote + own if below else own + quote}</body></html>"
        yield Bodies(text_of(*lines), html, flowed=True)


def thunderbird_below(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """How Thunderbird begins an answer if nobody tells it otherwise: under the quote."""
    yield from thunderbird(said, words, mail, below=True)


def mutt_below(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """An answer under the quote, with a signature."""
    for form in words["attribution"]["mutt"]:
        quote = [mail.filled(form), *quoted(mail.lines, "> ")]
        yield Bodies(text_of(*quote, "", *_wrapped(said), "", "-- ", "Piet Jansen", "tel. 020 123 45 67"))


def mutt_above(said: Lines, words: dict, mail: Answered) -> Iterator[Bodies]:
    """An answer above the quote; the signature is where its user wants it."""
    for form in words["attribution"]["mutt"]:
        quote = [mail.filled(form), "", *quoted(mail.lines, "> ")]
        yield Bodies(text_of(*_wrapped(said), "", "-- ", "Piet Jansen", "", *quote))
        yield Bodies(text_of(*_wrapped(said), "", *quote, "", "-- ", "Piet Jansen"))


Client = Callable[[Lines, dict, Answered], Iterator[Bodies]]
CLIENTS: tuple[Client, ...] = (
    outlook_windows,
    outlook_plain,
    outlook_mac,
    outlook_web,
    outlook_app,
    gmail_web,
    gmail_below,
    gmail_app,
    apple_mac,
    apple_ios,
    other_app,
    thunderbird,
    thunderbird_below,
    mutt_below,
    mutt_above,
)


# Whole mails ----------------------------------------------------------------------------------------------------------


def answers(name: str, said: Callable[[str], Lines], languages: Lines = LANGUAGES) -> Iterator[Written]:
    """Every client's answers to one of our notices, in these languages, saying what `said` says in each."""
    for language in languages:
        words, mail, spoken = phrases(language), notice(name, language), tuple(said(language))
        for client in CLIENTS:
            for marker, answered in (("marked", mail), ("unmarked", unmarked(mail))):
                for number, bodies in enumerate(client(spoken, words, answered)):
                    for kind, raw in mails(bodies, words, answered):
                        label = f"{client.__name__}-{language}-{number}-{marker}-{kind}"
                        yield Written(label, spoken, raw, kind == "text")


def between(language: str) -> Iterator[Written]:
    """Answers that stand below the questions that they answer, as programs with quote marks let people write them."""
    words, mail = phrases(language), notice("reply", language)
    said = (words["said"]["word"], words["said"]["text"][0])
    quote = quoted(mail.lines, "> ")
    for program in ("gmail", "apple", "thunderbird", "mutt"):
        for number, form in enumerate(words["attribution"][program]):
            lines = (mail.filled(form), *quote[:3], "", said[0], "", *quote[3:], "", said[1])
            raw = as_mail(Bodies(text_of(*lines)), "Re: " + mail.subject, mail)
            yield Written(f"{program}-{language}-{number}", said, raw)


def devices(language: str) -> Iterator[Written]:
    """An answer of one line, above each line that an app writes and the mail that it answers."""
    words, mail = phrases(language), notice("reply", language)
    said = (words["said"]["word"],)
    block = [mail.filled(line) for line in words["block"]["outlook"]]
    for number, device in enumerate(line for lines in words["device"].values() for line in lines):
        for kind, line in (("bare", device), ("linked", f"{device}<https://example.org/app>")):
            raw = as_mail(Bodies(text_of(*said, "", line, RULE, *block, "", *mail.lines)), mail.subject, mail)
            yield Written(f"{language}-{number}-{kind}", said, raw)


def mails(bodies: Bodies, words: dict, mail: Answered) -> Iterator[tuple[str, bytes]]:
    """With both parts as the client sends it, and once more with nothing but HTML."""
    subject = words["subject"][bodies.subject] + mail.subject
    if bodies.text:
        yield "text", as_mail(bodies, subject, mail)
    if bodies.html:
        yield "html", as_mail(replace(bodies, text=""), subject, mail)


def as_mail(bodies: Bodies, subject: str, mail: Answered) -> bytes:
    message = EmailMessage(SMTP)
    message["From"] = mail.to
    message["To"] = mail.reply_to
    message["Subject"] = subject
    message["Message-ID"] = "<1@customer.example>"
    message["In-Reply-To"] = message["References"] = mail.message_id
    parameters = {"format": "flowed"} if bodies.flowed else {}
    if bodies.text:
        message.set_content(bodies.text, params=parameters, cte="quoted-printable")
        if bodies.html:
            message.add_alternative(bodies.html, subtype="html", cte="base64")
    else:
        message.set_content(bodies.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()
