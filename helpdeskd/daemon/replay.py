"""What becomes of each mail of a rehearsal: the decisions, the deadlines and the mails that it brings about.

In: the news of a rehearsal, heard one after the other while it is played (tickets are looked at in its database as each
mail leaves them). Out: a `Judged` for each mail that came, by its id, and how many mails of each notice went out. A
mail that the clock sends later counts for the mail that opened its ticket; a digest counts for none.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from helpdeskd.daemon.rehearsal import MailIn, MailOut, News, Standing
from helpdeskd.domain.target import Target
from helpdeskd.domain.ticket import Entitlement, Ticket
from helpdeskd.storage import tickets


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that went out: to whom (bare address), and which notice."""

    to: str
    notice: str


@dataclass(slots=True)
class Judged:
    """What became of a mail. `about` is the id of the mail that opened its ticket, "" for none.

    `entitlement`, `priority` and `deadlines` are what the mail set or changed; `sent` went out at once, `later` by the
    clock about the ticket that it opened, of which `missed` are the targets that were.
    """

    at: datetime
    id: str
    fate: str
    reason: str
    about: str = ""
    entitlement: Entitlement | None = None
    priority: str = ""
    deadlines: tuple[Target, ...] = ()
    sent: list[Sent] = field(default_factory=list)
    later: list[Sent] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A ticket when it was looked at last."""

    ticket: Ticket
    targets: tuple[Target, ...]


class Judge:
    """Hears a rehearsal; `mails` in the order in which they came, `notices` counts all mails that went out."""

    def __init__(self) -> None:
        self.mails: dict[str, Judged] = {}
        self.notices: Counter[str] = Counter()
        self._opened_by: dict[str, str] = {}
        self._seen: dict[str, _Seen] = {}
        self._newest: Judged | None = None

    def hear(self, news: News) -> None:
        """The next piece of news, before the rehearsal goes on."""
        match news:
            case MailIn():
                self._mail_in(news)
            case MailOut():
                self._mail_out(news)
            case Standing(ticket=ticket, targets=targets) if ticket.reference in self._opened_by:
                opener = self.mails[self._opened_by[ticket.reference]]
                opener.missed = [target.kind.value for target in targets if target.breached_at]
            case _:
                pass

    def _mail_in(self, news: MailIn) -> None:
        row = news.received
        self._newest = self.mails[news.id] = Judged(news.at, news.id, row.fate, row.reason)
        ticket = tickets.by_reference(row.reference) if row.reference else None
        if ticket is not None:
            self._newest.about = self._opened_by.setdefault(ticket.reference, news.id)
            self._look_at(ticket, self._newest)

    def _look_at(self, ticket: Ticket, judged: Judged) -> None:
        """What is new on the ticket."""
        before, now = self._seen.get(ticket.reference), _Seen(ticket, tickets.targets(ticket.id))
        self._seen[ticket.reference] = now
        known = {(target.kind, target.promised, target.due) for target in before.targets} if before else set()
        judged.deadlines = tuple(t for t in now.targets if (t.kind, t.promised, t.due) not in known)
        if before is None or before.ticket.entitlement != ticket.entitlement:
            judged.entitlement = ticket.entitlement
        if before is None or before.ticket.priority != ticket.priority:
            judged.priority = ticket.priority

    def _mail_out(self, news: MailOut) -> None:
        mail = Sent(news.row.recipient, news.row.notice)
        self.notices[mail.notice] += 1
        if self._newest is not None and self._newest.at == news.at:
            self._newest.sent.append(mail)
        elif news.row.reference in self._opened_by:
            self.mails[self._opened_by[news.row.reference]].later.append(mail)
