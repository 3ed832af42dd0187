"""What a sysadmin is told of: the closed list of alarms, and the rules that find those that nobody logs.

An alarm is a line of the log (`log.alarm`), or found by a rule: a function in `RULES` that looks at the figures of the
desk and of this node, and raises what it finds at every look while it lasts. `CAUSES` has a row for each, with what to
do; docs/operations.md has a section for each, of the same name. Rules are pure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdeskd.config.monitoring import AlarmsTable
from helpdeskd.daemon.tally import Raised
from helpdeskd.storage.gauges import Gauges

MIB = 1 << 20
TOLD_APART = 10
"""So many mails that failed are told of one by one."""
SOON, HOUR, LATER = timedelta(minutes=10), timedelta(hours=1), timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Cause:
    """`do` is what to do. It is over when it was not raised for the time `quiet`; None: it happened, and never is."""

    what: str
    do: str
    quiet: timedelta | None = None


CAUSES = (
    Cause("a node is silent", "is it up, and does it reach the database? its mail is taken over", HOUR),
    Cause("agents not told of a failed mail", "helpdeskd outbox list --status failed; tell them yourself"),
    Cause("audit differs", "helpdeskd audit; keep a copy of the database before anything is changed"),
    Cause("bucket not available", "helpdeskd doctor; meanwhile large mail waits, here and at its senders", SOON),
    Cause("certificate", "renew it, then systemctl reload helpdeskd"),
    Cause("check failed", "senders count as unproved where this happens; please report it"),
    Cause("checker ended", "senders count as unproved where this happens; helpdeskd doctor asks the DNS", HOUR),
    Cause("clock jumped", "timedatectl; put the clock right within a day, or what is old is purged by it"),
    Cause("configuration refused", "helpdeskd check; the desk goes on with the one before"),
    Cause("database not available", "df -h; journalctl -u helpdeskd; is another process holding the database?", SOON),
    Cause("delivery", "helpdeskd doctor; mail waits in the outbox meanwhile", LATER),
    Cause("disk nearly full", "make room: below the reserve no mail is taken", SOON),
    Cause("drill not acknowledged", "see the ticket; does the roster reach anybody?"),
    Cause("duty calendar", "helpdeskd doctor; until then the calendar that was read last counts", HOUR),
    Cause("emergency not acknowledged", "call somebody: nobody on duty has answered"),
    Cause("fault", "please report it, with the lines of the log before it"),
    Cause("held mail waits", "helpdeskd held; agents answer their digest", SOON),
    Cause("inbox lags", "helpdeskd inbox list --status queued; is the worker busy? (top)", SOON),
    Cause("mail failed", "helpdeskd inbox list --status failed; helpdeskd inbox requeue ID once the cause is gone"),
    Cause("mail not sent", "see the ticket: a cap held it back, so two machines may be writing to each other"),
    Cause("mailbox late", "helpdeskd doctor; mail waits in the mailbox meanwhile", SOON),
    Cause("nobody was paged", "call somebody; put the roster right"),
    Cause("outbox lags", "helpdeskd doctor; helpdeskd outbox list --status queued", SOON),
    Cause("page not sent", "call whoever is on duty; then the channel: helpdeskd duty drill"),
    Cause("refresh token not readable", "helpdeskd authorize"),
    Cause("refresh token not written", "is the state folder writable, and is there room?"),
    Cause("reminder for nobody", "somebody who should be reminded is no longer in the directory"),
    Cause("sign-in", "helpdeskd doctor; sign in again: helpdeskd authorize", LATER),
    Cause("statement for nobody", "give the customer a contact with the right manage or approve"),
    Cause("sweep failed", "what is due is tried again; please report it", HOUR),
    Cause("template broken, ours is used", "helpdeskd check; the template of yours that is named"),
    Cause("unclean end", "journalctl -u helpdeskd: was it killed, or the machine cut off?"),
    Cause("worker ended", "helpdeskd inbox list --status failed; a mail may have been too much for it", HOUR),
    Cause("worker failed", "journalctl -u helpdeskd; please report it", HOUR),
)
BY_NAME = {cause.what: cause for cause in CAUSES}


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox: how long it was not read to its end, and from when on that is too long. `why` is what went wrong."""

    name: str
    lag: timedelta
    late_after: timedelta
    why: str


@dataclass(frozen=True, slots=True)
class Here:
    """This node: its name, the free bytes of its state folder, its mailboxes."""

    node: str
    free: int
    mailboxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What rules look at; `desk` is None on a node that leaves it to another."""

    now: datetime
    limits: AlarmsTable
    here: Here
    desk: Gauges | None

    def age(self, since: datetime | None) -> timedelta:
        return max(timedelta(), self.now - since) if since else timedelta()


def disk_nearly_full(at: Figures) -> Iterator[Raised]:
    if at.here.free < at.limits.free_disk:
        told = f"{at.here.free // MIB} MiB are free ({at.limits.free_disk // MIB} MiB would be right)"
        yield Raised("disk nearly full", at.here.node, told)


def mailbox_late(at: Figures) -> Iterator[Raised]:
    for box in at.here.mailboxes:
        if box.lag >= box.late_after:
            yield Raised("mailbox late", box.name, f"not read for {in_words(box.lag)}: {box.why}")


def inbox_lags(at: Figures) -> Iterator[Raised]:
    if at.desk and (age := at.age(at.desk.oldest_queued)) >= at.limits.inbox_lag:
        waiting = at.desk.queued - at.desk.parked
        yield Raised("inbox lags", "", f"{waiting} mails wait for their turn, the oldest for {in_words(age)}")


def outbox_lags(at: Figures) -> Iterator[Raised]:
    if at.desk and (age := at.age(at.desk.oldest_to_send)) >= at.limits.outbox_lag:
        said = f"; what was said to it last: {at.desk.reply}" if at.desk.reply else ""
        yield Raised("outbox lags", "", f"{at.desk.to_send} mails are to be sent, the oldest for {in_words(age)}{said}")


def held_mail_waits(at: Figures) -> Iterator[Raised]:
    if at.desk and (age := at.age(at.desk.oldest_held)) >= at.limits.held_age:
        yield Raised("held mail waits", "", f"{at.desk.held} mails are held, the oldest for {in_words(age)}")


def mail_failed(at: Figures) -> Iterator[Raised]:
    failed = at.desk.just_failed if at.desk else ()
    for number in failed[:TOLD_APART]:
        yield Raised("mail failed", str(number), "it could not be worked on three times, and is kept whole")
    if (more := len(failed) - TOLD_APART) > 0:
        yield Raised("mail failed", "and more", f"{more} since yesterday: helpdeskd inbox list --status failed")


RULES: tuple[Callable[[Figures], Iterator[Raised]], ...] = (
    disk_nearly_full,
    mailbox_late,
    inbox_lags,
    outbox_lags,
    held_mail_waits,
    mail_failed,
)


def in_words(span: timedelta) -> str:
    """A span as people say it: its largest unit, and the next."""
    minutes = span // timedelta(minutes=1)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"
