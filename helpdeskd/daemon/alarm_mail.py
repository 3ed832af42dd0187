"""What a sysadmin reads of alarms: one plain English mail to each address, and a line by each channel that is named.

Automatic mail like all of the desk's: marked so (RFC 3834), in the outbox, its delivery reports come to the signed
address for them, where they tell nobody. An answer goes to those who got it, not to the desk. No cap of `Post` counts
for it, as alarms have their own (`alarms`). What cannot be written safely is in the log only.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from helpdeskd.daemon import log
from helpdeskd.daemon.causes import BY_NAME, in_words
from helpdeskd.daemon.letters import Post
from helpdeskd.daemon.office import Office
from helpdeskd.mail import bare
from helpdeskd.mail.headers import UnsafeOutput
from helpdeskd.storage import outbox
from helpdeskd.storage.alarms import Known

NOTICE = "alarm"
MOST = 20
"""Of a mail, which says how many more there are."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a mail tells: alarms that are new or go on, and those that are over."""

    news: tuple[Known, ...] = ()
    over: tuple[Known, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.news or self.over)

    @property
    def title(self) -> str:
        """As a subject: of one alarm its name, of several how many."""
        about = self.news or self.over
        word = "Alarm" if self.news else "Over"
        names = ", ".join(dict.fromkeys(_name(one) for one in about))
        return f"{word}: {names}" if len(about) == 1 else f"{len(about)} alarms{'' if self.news else ' over'}: {names}"


def queue(told: Told, office: Office, now: datetime) -> None:
    """Put it into the outbox, in the caller's transaction, for everybody whom [alarms] names."""
    post, alarms = office.post(), office.loaded.config.alarms
    text = "\n".join(_lines(told, office.loaded.settings.zone))
    for to in alarms.to:
        try:
            row = _mail(to, f"[{post.desk.name}] {told.title}", text, post, now)
        except UnsafeOutput as fault:
            log.alarm(what="mail not sent", detail=f"{NOTICE}: {fault}")
            continue
        _queue(row)
    for channel in post.desk.duty.channels if post.desk.duty else ():
        if channel.name in alarms.channels:
            record = {"event": NOTICE, "ticket": "", "subject": told.title, "text": f"{post.desk.name}: {told.title}"}
            number = outbox.take_id()
            _queue(outbox.page(number, channel.kind, channel.name, "", json.dumps(record).encode(), now))


def _queue(row: outbox.Queued) -> None:
    outbox.queue(row)
    log.queued(outbox_id=row.id, notice=row.notice, ticket="", recipient=row.recipient)


def _mail(to: str, subject: str, text: str, post: Post, now: datetime) -> outbox.Queued:
    number, queue = outbox.take_id(), post.desk.queues[0]
    message_id = f"<{NOTICE}-{number}@{post.desk.domain}>"
    raw = bare.compose(queue.address, to, subject, text, message_id, post.instance, now, reply_to=to)
    return outbox.Queued(
        id=number,
        channel=outbox.MAIL,
        message_id=message_id,
        sender=post.bounces(queue, number, to, now),
        recipient=to,
        notice=NOTICE,
        reference="",
        automatic=True,
        to_agent=True,
        next_at=now,
        created_at=now,
        content=post.composer.sealed(raw, to),
    )


def _lines(told: Told, zone: ZoneInfo) -> Iterator[str]:
    for one in told.news[:MOST]:
        yield from _alarm(one, zone)
    for one in told.over[:MOST]:
        yield from (f"Over: {_name(one)}", f"  after {in_words(one.last_at - one.first_at)}", "")
    if more := max(0, len(told.news) - MOST) + max(0, len(told.over) - MOST):
        yield from (f"and {more} more: journalctl -u helpdeskd | grep stage=alarm", "")
    yield "Each alarm has a section in docs/operations.md. One that goes on is told once a day."


def _alarm(one: Known, zone: ZoneInfo) -> Iterator[str]:
    cause, since = BY_NAME.get(one.what), one.first_at.astimezone(zone)
    again = "" if one.told_at is None else "still "
    yield f"Alarm: {_name(one)}"
    yield f"  {one.detail}"
    yield f"  {again}since {since:%Y-%m-%d %H:%M %Z}, on {one.node}"
    if cause:
        yield f"  what to do: {cause.do}"
    yield ""


def _name(one: Known) -> str:
    return f"{one.what} ({one.about})" if one.about else one.what
