"""Mails that somebody sends on, as mail clients make them: copied under a title and header fields, or attached."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from tests.triage.client_formats import (
    LANGUAGES,
    RULE,
    Answered,
    Bodies,
    Lines,
    Written,
    bold_fields,
    divs,
    mails,
    phrases,
    quoted,
    text_of,
)


def _outlook_forwards(words: dict, mail: Answered) -> Iterator[Bodies]:
    for block in (words["block"]["outlook"], words["block"]["outlook_mac"]):
        lines = [mail.filled(line) for line in block]
        html = f'<hr tabindex="-1"><div id="divRplyFwdMsg">{bold_fields(lines)}</div><div>{mail.html}</div>'
        yield Bodies(text_of(RULE, *lines, "", *mail.lines), html)
        yield Bodies(text_of(words["block"]["title"], *lines, "", *mail.lines))


def _gmail_forwards(words: dict, mail: Answered) -> Iterator[Bodies]:
    lines = [mail.filled(line) for line in words["forward"]["gmail"]]
    html = f'<div class="gmail_quote"><div class="gmail_attr">{bold_fields(lines)}<br></div><br><br>{mail.html}</div>'
    yield Bodies(text_of(*lines, "", "", *mail.lines), html)


def _apple_forwards(words: dict, mail: Answered) -> Iterator[Bodies]:
    lines = [mail.filled(line) for line in words["forward"]["apple"]]
    html = f"<div>{lines[0]}</div><br><div>{bold_fields(lines[2:])}</div><br>{mail.html}"
    yield Bodies(text_of(*quoted([*lines, "", *mail.lines], "> ")), f'<blockquote type="cite">{html}</blockquote>')
    yield Bodies(text_of(*lines[:2], *quoted([*lines[2:], "", *mail.lines], "> ")))
    yield Bodies(text_of(*lines, "", *mail.lines))


def _thunderbird_forwards(words: dict, mail: Answered) -> Iterator[Bodies]:
    title, *lines = (mail.filled(line) for line in words["forward"]["thunderbird"])
    rows = "".join(f"<tr><th>{label}:</th><td>{escape(value)}</td></tr>" for label, _, value in map(_parted, lines))
    html = f'<div class="moz-forward-container">{title}<table>{rows}</table><br>{mail.html}</div>'
    yield Bodies(text_of(title, *lines, "", "", "", *mail.lines), html, flowed=True)


def _mutt_forwards(words: dict, mail: Answered) -> Iterator[Bodies]:
    yield Bodies(
        text_of(
            mail.filled("----- Forwarded message from {name} <{address}> -----"),
            "",
            "Date: Mon, 23 Nov 2026 10:00:00 +0100",
            *map(mail.filled, ("From: {name} <{address}>", "To: {to}", "Subject: {subject}")),
            "",
            *mail.lines,
            "",
            "----- End forwarded message -----",
        )
    )


def _parted(line: str) -> tuple[str, str, str]:
    label, colon, value = line.partition(":")
    return label, colon, value.strip()


FORWARDS = (_outlook_forwards, _gmail_forwards, _apple_forwards, _thunderbird_forwards, _mutt_forwards)


def sent_on(mail: Answered, said: Callable[[str], Lines]) -> Iterator[Written]:
    """A mail that every client sends on in every language, below what its user says of it."""
    for language in LANGUAGES:
        words, spoken = phrases(language), tuple(said(language))
        above = text_of(*spoken, "") if spoken else ""
        for client in FORWARDS:
            for number, bodies in enumerate(client(words, mail)):
                whole = replace(
                    bodies, text=above + bodies.text, html=bodies.html and divs(spoken) + "<br>" + bodies.html
                )
                for kind, raw in mails(replace(whole, subject="forward"), words, mail):
                    yield Written(f"{client.__name__[1:]}-{language}-{number}-{kind}", spoken, raw, kind == "text")


def attached(mail: Answered, said: Lines) -> bytes:
    """A mail that is sent on as an attachment."""
    inner, outer = EmailMessage(SMTP), EmailMessage(SMTP)
    inner["From"], inner["To"], inner["Subject"] = f"{mail.name} <{mail.address}>", mail.to, mail.subject
    inner.set_content(text_of(*mail.lines))
    outer["From"], outer["To"], outer["Subject"] = mail.to, mail.reply_to, f"Fwd: {mail.subject}"
    if said:
        outer.set_content(text_of(*said))
    outer.add_attachment(inner)
    return outer.as_bytes()
