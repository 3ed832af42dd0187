"""From a notice that a policy asked for to a row of the outbox: Message-ID, thread, reply token, finished bytes.

Part of the transaction of the notice's event. Automatic mail to customers passes the caps first (spec "Automatic
mail"); one that is over a cap is not sent, the log raises an alarm, and the caller is told why. The caps of an address
end a talk between two machines: what an agent or the duty brought about is not held back by them, only by the desk's.
The cap of a ticket holds back all mail about it but pages, because a responder may sit behind any address; mail
without a ticket counts as of one.

A mail of ours never costs the ticket that it is about: an operator's template that breaks on it gives way to ours,
and what cannot be written safely is not sent, both with an alarm. Raises BrokenTemplate only for a template of ours.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from helpdeskd.daemon import log
from helpdeskd.domain.address import with_detail
from helpdeskd.domain.desk import Caps, ChannelKind, Desk, Queue
from helpdeskd.domain.effect import Page
from helpdeskd.domain.message import Attachment
from helpdeskd.domain.notice import Letter, Notice
from helpdeskd.domain.ticket import Ticket
from helpdeskd.domain.token import ADOPT, APPROVE, BOUNCE, DESK, DUTY, MANAGE, REPLY, THIRD_PARTY, Keyring
from helpdeskd.failpoint import reach
from helpdeskd.mail import short
from helpdeskd.mail.compose import Composer
from helpdeskd.mail.headers import UnsafeOutput
from helpdeskd.mail.render import BrokenTemplate
from helpdeskd.storage import outbox
from helpdeskd.storage.directory import People

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ROLE_NAMES = ("postmaster", "mailer-daemon", "noreply", "no-reply", "donotreply", "do-not-reply", "abuse", "root")
PAGE = "duty-page"
PURPOSES = {PAGE: DUTY, "approval-request": APPROVE, "adopt-request": ADOPT, "contacts": MANAGE, "forward": THIRD_PARTY}
"""What an answer to a notice may do besides adding to its ticket."""

BY_PEOPLE = frozenset(
    {
        "status",
        "closed",
        "duty-informed",
        "duty-taken",
        "duty-released",
        "approval-request",
        "approval-result",
        "outside-contract",
        "statement",
        "contacts",
        "address-misused",
    }
)
"""Notices of what people did, or that are sent once a day; but for those that any mail of the same person causes
(`CAUSED_BY_A_MAIL`)."""

CAUSED_BY_A_MAIL = frozenset({"tickets", "listed", "not-changed"})
"""What a `status` or `contacts` tells of then: what a word asked for."""


@dataclass(frozen=True, slots=True)
class Post:
    """What makes letters: the desk, its templates, its keys and the mark of this database.

    `people` is what was read of the directory in this transaction, `inbox_id` the mail because of which they are made,
    0 for none.
    """

    desk: Desk
    composer: Composer
    keyring: Keyring
    instance: str
    people: People = field(default_factory=People, repr=False)
    inbox_id: int = 0

    def send(
        self,
        notice: Notice,
        queue: Queue,
        ticket: Ticket | None,
        now: datetime,
        answered: str = "",
        attachments: tuple[Attachment, ...] = (),
    ) -> str:
        """Queue a notice; why not, if it may not go out. `answered` is the Message-ID of the mail that it answers."""
        reference = ticket.reference if ticket else ""
        talk = outbox.talk(reference, notice.to.address, now - DAY)
        why_not = self._over_a_cap(notice, reference, talk.mails, now)
        if why_not:
            log.alarm(what="mail not sent", detail=f"{notice.name}: {why_not}")
            return why_not
        try:
            mail = self._mail(notice, queue, ticket, now, answered, attachments if notice.attach else (), talk)
        except UnsafeOutput as fault:
            outbox.leave_out()
            log.alarm(what="mail not sent", detail=f"{notice.name}: {fault}")
            return str(fault)
        outbox.queue(mail)
        reach("letter.queued")
        self._log(mail)
        return ""

    def _mail(
        self,
        notice: Notice,
        queue: Queue,
        ticket: Ticket | None,
        now: datetime,
        answered: str,
        attachments: tuple[Attachment, ...],
        talk: outbox.Talk,
    ) -> outbox.Queued:
        """The row of a notice, with a number of its own."""
        outbox_id, to = outbox.take_id(), notice.to
        letter = self._letter(outbox_id, notice, queue, ticket, now, answered or talk.theirs, attachments, talk.ours)
        return outbox.Queued(
            id=outbox_id,
            channel=outbox.MAIL,
            message_id=letter.message_id,
            sender=self.bounces(queue, outbox_id, to.address, now),
            recipient=to.address,
            notice=notice.name,
            reference=letter.tag,
            automatic=notice.automatic,
            to_agent=to.agent,
            next_at=now,
            created_at=now,
            content=self._composed(letter),
            by_people=_is_by_people(notice),
            inbox_id=self.inbox_id,
        )

    def _composed(self, letter: Letter) -> bytes:
        """The finished mail, with our own template where the operator's breaks on it."""
        try:
            return self.composer.compose(letter)
        except BrokenTemplate as broken:
            log.alarm(what="template broken, ours is used", detail=str(broken))
            return self.composer.shipped.compose(letter)

    def page(self, page: Page, queue: Queue, reference: str, now: datetime) -> None:
        """Queue what wakes an agent beside a mail, which no cap holds back."""
        channel, outbox_id = page.channel, outbox.take_id()
        record = json.dumps(dict(page.record)).encode()
        row = outbox.page(outbox_id, channel.kind, channel.name, reference, record, now)
        if channel.kind is ChannelKind.SMS:
            row = self._short(row, channel.address, page.record["text"], queue, now)
        outbox.queue(replace(row, inbox_id=self.inbox_id))
        self._log(row)

    def _log(self, row: outbox.Queued) -> None:
        log.queued(
            inbox_id=self.inbox_id,
            outbox_id=row.id,
            notice=row.notice,
            ticket=row.reference,
            recipient=row.recipient,
        )

    def _short(self, row: outbox.Queued, to: str, text: str, queue: Queue, now: datetime) -> outbox.Queued:
        """The row of a text message: a mail to its gateway."""
        message_id = f"<{row.message_id}@{self.desk.domain}>"
        content = short.compose(queue.address, to, row.reference, text, message_id, self.instance, now)
        content = self.composer.sealed(content, to)
        sender = self.bounces(queue, row.id, to, now)
        return replace(row, message_id=message_id, sender=sender, recipient=to, content=content)

    def bounces(self, queue: Queue, outbox_id: int, to: str, now: datetime) -> str:
        """Where a report comes to that the mail of that number did not arrive."""
        return self._address(queue, "b." + self.keyring.issue(outbox_id, to, BOUNCE, now))

    def _address(self, queue: Queue, detail: str) -> str:
        """The queue's address with a detail; without one where the provider has none, as the Message-ID says it too."""
        return with_detail(queue.address, detail) if self.desk.plus_addresses else queue.address

    def _letter(
        self,
        outbox_id: int,
        notice: Notice,
        queue: Queue,
        ticket: Ticket | None,
        now: datetime,
        theirs: str,
        attached: tuple[Attachment, ...],
        ours: str,
    ) -> Letter:
        reference = ticket.reference if ticket else ""
        token = self._token(notice, ticket, now)
        answerable = ticket is not None or bool(notice.about) or notice.to.agent
        return Letter(
            notice=notice,
            message_id=f"<{outbox_id}.{token}@{self.desk.domain}>",
            from_address=queue.address,
            from_name=self.desk.name,
            reply_to=self._address(queue, f"t.{token}") if answerable else "",
            tag=reference,
            subject=notice.subject or (ticket.subject if ticket else ""),
            in_reply_to=theirs or ours,
            references=tuple(dict.fromkeys(filter(None, (ours, theirs)))),
            instance=self.instance,
            date=now,
            attachments=attached,
            mark=token if answerable and not self.desk.plus_addresses else "",
        )

    def _token(self, notice: Notice, ticket: Ticket | None, now: datetime) -> str:
        """The capability of whoever gets it; one that asks is good for what is asked."""
        to = notice.to.address
        purpose = DESK if ticket is None and notice.to.agent else PURPOSES.get(notice.name, REPLY)
        if purpose in {ADOPT, DESK, MANAGE}:
            return self.keyring.issue(notice.about, to, purpose, now)
        return self.keyring.issue(ticket.id if ticket else 0, to, purpose, now, about=notice.about)

    def _over_a_cap(self, notice: Notice, reference: str, mails: int, now: datetime) -> str:
        """Why a mail may not go out now, after so many of a day about the same to the same; "" if it may."""
        address, caps = notice.to.address, self.desk.caps
        if notice.name != PAGE and mails >= caps.ticket_day:
            return f"no more than {caps.ticket_day} mails about {reference or 'no ticket'} to one address in a day"
        if not notice.automatic or notice.to.agent:
            return ""
        if address.partition("@")[0] in ROLE_NAMES or self.desk.is_ours(address):
            return "role address"
        return _full("" if _is_by_people(notice) else address, caps, now)


def _is_by_people(notice: Notice) -> bool:
    return notice.name in BY_PEOPLE and notice.facts.what not in CAUSED_BY_A_MAIL


def _full(address: str, caps: Caps, now: datetime) -> str:
    """Which cap is reached: of the address, unless it is "", or of the desk."""
    of_address = (
        (address, HOUR, caps.address_hour, "automatic mails to this address in an hour"),
        (address, DAY, caps.address_day, "automatic mails to this address in a day"),
    )
    counted = (*(of_address if address else ()), ("", HOUR, caps.desk_hour, "automatic mails of the desk in an hour"))
    mails = outbox.all_automatic_mails(*((who, now - span) for who, span, _, _ in counted))
    full = (f"{cap} {words}" for (_, _, cap, words), sent in zip(counted, mails, strict=True) if sent >= cap)
    return next((f"no more than {words} (your own answers go out)" for words in full), "")
