"""A rehearsal as a story for people: each mail in and out with what it says, whom the desk woke, and what time brought.

In: what happened, one value after the other (`daemon.rehearsal.News`). Out: lines of text. What a mail of a person
changed is told by its fate and by the mails that follow, so of the events only those are told that the clock or an
agent's command brought about, and what agents are told is left out. Long texts are cut; `--json` has them whole.
"""

import textwrap
from collections.abc import Iterator
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from helpdeskd.cli.statement import table
from helpdeskd.daemon.rehearsal import Billed, Done, Happened, MailIn, MailOut, News, Standing
from helpdeskd.domain.event import (
    AlertRaised,
    AlertRecovered,
    DutyPaged,
    DutyReleased,
    DutyTaken,
    Event,
    KindChanged,
    OwnerChanged,
    PriorityChanged,
    StatusChanged,
    TargetPassed,
)
from helpdeskd.domain.sort_event import CustomerChanged, ProductChanged, QueueChanged, SiteChanged
from helpdeskd.domain.statement import money
from helpdeskd.domain.target import Target
from helpdeskd.triage.quoting import MARKER_TOKEN, new_text

WIDTH = 96
LINES = 12
ANSWERS = ("agent-transcript", "agent-error")
"""Of the mails to agents those that say more than the rest of the story does."""

MARGIN = "      | "


def story(news: News, zone: ZoneInfo) -> Iterator[str]:
    """The lines for one piece of news, with times in that zone."""
    match news:
        case MailIn():
            yield from ("", f"{_at(news.at, zone)}  IN   {_author(news)}: {news.message.subject}")
            yield from _text(new_text(news.message.text))
            row = news.received
            yield f"      -> {row.fate} {row.reference}".rstrip() + (f" ({row.reason})" if row.reason else "")
        case MailOut():
            sent = news.row
            yield from ("", f"{_at(news.at, zone)}  OUT  {sent.notice} to {sent.recipient}: {news.message.subject}")
            yield from [] if sent.to_agent and sent.notice not in ANSWERS else _text(news.message.text)
        case Happened():
            if told := _told(news.event, zone):
                yield from ("", f"{_at(news.at, zone)}  --   {news.reference}: {told}")
        case Done():
            yield from ("", f"{_at(news.at, zone)}  DO   {' '.join(news.words)}", *_text(news.said))
        case Standing():
            yield from ("", f"{news.ticket.reference}: {news.ticket.subject}", *_ending(news, zone))
        case Billed():
            yield from ("", *table(news.statement, news.words))
        case _:
            assert_never(news)


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"


def _author(news: MailIn) -> str:
    return str(news.message.from_ or "nobody")


def _text(text: str) -> Iterator[str]:
    said = [part for part in text.splitlines() if MARKER_TOKEN not in part]
    lines = [line for part in "\n".join(said).strip().splitlines() for line in textwrap.wrap(part, WIDTH) or [""]]
    shown = lines[:LINES] + ([f"... {len(lines) - LINES} more lines"] if len(lines) > LINES else [])
    yield from (f"{MARGIN}{line}".rstrip() for line in shown)


def _told(event: Event, zone: ZoneInfo) -> str:
    """A change in a few words; "" for what the mails beside it tell."""
    match event:
        case StatusChanged():
            return f"{event.old} -> {event.new}" + (f" until {_at(event.until, zone)}" if event.until else "")
        case PriorityChanged() | KindChanged() | ProductChanged() | SiteChanged() | QueueChanged() | CustomerChanged():
            return f"{event.old or 'none'} -> {event.new}"
        case OwnerChanged():
            return f"is now of {event.owner or event.team}"
        case TargetPassed():
            share = max(event.shares)
            what = "missed" if share == 1 else f"{int(share * 100)} % used"
            return f"{event.kind} {what}, due {_at(event.due, zone)}"
        case DutyPaged():
            return f"woke {event.person} (step {event.step})"
        case DutyTaken():
            return f"taken by {event.person}"
        case DutyReleased():
            return "is no emergency"
        case AlertRecovered():
            return "has recovered"
        case AlertRaised():
            return "is back"
        case _:
            return ""


def _ending(news: Standing, zone: ZoneInfo) -> Iterator[str]:
    ticket = news.ticket
    about = (ticket.customer, ticket.status, ticket.priority, ticket.kind, f"owner {ticket.owner or 'nobody'}")
    yield f"      {', '.join(filter(None, about))}; {ticket.entitlement.decision}"
    yield from (f"      {_target(target, zone)}" for target in news.targets)
    minutes = news.charge.bill.settlement.minutes if news.charge.bill else None
    if minutes and (minutes.real or minutes.charged):
        told = f"{minutes.real} min worked, {minutes.charged} charged, {minutes.unapproved} unapproved"
        yield f"      {told}: {money(news.charge.net)} {news.charge.currency}"


def _target(target: Target, zone: ZoneInfo) -> str:
    due = f"due {_at(target.due, zone)}" if target.due else "the clock stands"
    met = f", met {_at(target.met_at, zone)}" if target.met_at else ""
    return f"{target.kind} {due}{met}{', missed' if target.breached_at else ''}"
