"""The whole configuration as tables of typed keys; the only place where a key, its default and its sentence stand.

In: what `tomllib` returns. Out: `Config`, frozen. The tables of the desk are here; those of calendars, plans, servers
and of the directory have modules of their own. An unknown key is an error. What one table cannot know (does that
calendar exist?) is asked by `config.references`.
"""

from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from helpdeskd.config.alerts import AlertTable
from helpdeskd.config.auth import AuthTable
from helpdeskd.config.calendars import CalendarTable
from helpdeskd.config.database import DatabaseTable
from helpdeskd.config.duty import DutyTable
from helpdeskd.config.fields import (
    Address,
    AmountOfTime,
    Count,
    Domain,
    File,
    Language,
    Name,
    Net,
    Rows,
    Size,
    Table,
    Words,
    key,
)
from helpdeskd.config.monitoring import AlarmsTable, MetricsTable
from helpdeskd.config.node import NodeTable
from helpdeskd.config.oauth import OAuthTable
from helpdeskd.config.objects import ObjectsTable
from helpdeskd.config.people import AgentTable, CustomerTable
from helpdeskd.config.plans import PlanTable
from helpdeskd.config.retention import RetentionTable
from helpdeskd.config.servers import (
    LimitsTable,
    LmtpTable,
    LogTable,
    MailboxTable,
    SmarthostTable,
    SmtpTable,
    StateTable,
    SubmissionTable,
    TemplatesTable,
)
from helpdeskd.domain.address import normalise
from helpdeskd.domain.amount import Amount, Measure
from helpdeskd.domain.desk import LARGEST_ATTACHMENTS

DAY = 24 * 60
Prefix = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
ROLES = ("owner", "team", "manager")


def _rung_to(value: object) -> str:
    if value in ROLES:
        return str(value)
    if isinstance(value, str) and (address := normalise(value)):
        return address
    raise ValueError(f'"{value}" is nobody to warn ("owner", "team", "manager" or an address)')


class DeskTable(Table):
    """The desk itself."""

    name: Words = key(says="What it is called in mails.", such="Example Helpdesk")
    domain: Domain = key(says="Its own domain, which its Message-IDs carry.", such="desk.example")
    prefix: Prefix = key(says="What references begin with, as in HD-1042: capital letters and digits.", such="HD")
    language: Language = key("en", "The language of whoever has none of their own.")
    languages: Rows[Language] = key((), "Languages that it serves in; without it, language alone.", such=["en", "nl"])
    calendar: str = key("office", "Its own calendar, by name.")
    plan: str = key(says="The plan of customers who have no contract, by name.", such="standard")
    quiet: AmountOfTime = key(
        Amount(Measure.ELAPSED, 7 * DAY), "How long after resolved a ticket is closed.", such="7 days"
    )
    owner_on_reply: bool = key(True, "Whether an agent who answers a new ticket becomes its owner.")
    managers_only: Rows[str] = key((), "Commands that only managers may give.", such=["nocharge"])
    hostname: str = key(
        "", "How it introduces itself to other mail servers; without it, domain.", such="helpdesk.desk.example"
    )
    directory: File | None = key(
        None,
        "A directory file that is checked with this one, and applied once, while no customer is stored.",
        such="directory.toml",
    )


class QueueTable(Table):
    """Where the mail of some addresses lands."""

    name: Name = key(says="What it is called.", such="support")
    addresses: Rows[Address] = key(
        says="Its addresses; answers come from the first.", such=["support@desk.example"], min_length=1
    )
    team: Name = key(says="The team of agents that hears of its tickets.", such="support")
    duty: bool = key(False, "Whether its mail wakes the person on duty outside the opening hours.")
    product: Words | None = key(
        None, "The product that its mail is about, as contracts name what they cover.", such="webshop"
    )


class RelayTable(Table):
    """A mail server of ours that checks senders and says so in Authentication-Results."""

    authserv_id: Annotated[str, Field(pattern=r"^[!-~]*$")] = key(
        says="The name that stands first in its Authentication-Results, *.mx.example for each name below mx.example; "
        "empty for Exchange Online, which writes none.",
        such="mx.desk.example",
    )
    networks: Rows[Net] = key(
        (), "Where it connects from; none: it fills the mailboxes, or delivers by LMTP to a path.", such=["192.0.2.25"]
    )
    below_received: Annotated[int, Field(ge=0, le=20)] = key(
        0,
        "Received fields of its own above its result: 1 for Postfix with a milter, 2 for Gmail, 4 for Exchange Online.",
    )


class TrustTable(Table):
    """Who else proves a sender."""

    networks: Rows[Net] = key((), "Networks whose every sender is believed.", such=["10.0.0.0/8"])
    accounts: Rows[Name] = key(
        (), "Mailboxes whose provider refuses forged senders by itself, by name.", such=["support"]
    )
    strength_to_open: Literal["aligned", "none"] = key(
        "aligned", "none lets unproved senders open tickets: closed networks only."
    )
    answer_held: bool = key(
        False,
        "Whether a sender who is not proved or not known gets one neutral line a day; the address may be forged.",
    )


class DkimTable(Table):
    """A DKIM signature on every mail of the desk; needs the extra auth."""

    selector: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")] = key(
        says="Where the DNS has the public key: SELECTOR._domainkey.DOMAIN.", such="helpdesk"
    )
    domain: Domain | None = key(
        None,
        "The domain that signs; without it, the desk's. It should be that of the queues' addresses.",
        such="desk.example",
    )
    key_file: File | None = key(
        None, "The private key: RSA of 2048 bits or more, or Ed25519, PEM.", such="/etc/helpdeskd/dkim.pem"
    )
    key_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="dkim-key")

    @model_validator(mode="after")
    def _one_key(self) -> "DkimTable":
        if bool(self.key_file) == bool(self.key_credential):
            raise ValueError("give exactly one of key_file and key_credential")
        return self


class MailTable(Table):
    """How its mails are made."""

    plus_addresses: bool = key(
        True, "Whether mail to ADDRESS+anything reaches the queue; where not, replies are known by their thread."
    )
    attachments: Size = key(
        LARGEST_ATTACHMENTS, "What the attachments of one mail may come to; more are named in it.", such="20 MiB"
    )
    dkim: DkimTable | None = key(None, "A DKIM signature on every mail, where the smarthost makes none.")


class CapsTable(Table):
    """At most so much automatic mail."""

    address_hour: Count = key(5, "To one address in an hour.")
    address_day: Count = key(20, "To one address in a day.")
    desk_hour: Count = key(500, "In all, in an hour.")
    ticket_day: Count = key(200, "About one ticket, or none, to one address in a day: of any sort, to agents too.")


class RungTable(Table):
    """Who is warned when a percentage of a target's time is used; without any, a usual ladder."""

    percent: Annotated[int, Field(ge=1, le=1000)] = key(says="A percentage that plans warn at.", such=100)
    to: Rows[Annotated[str, PlainValidator(_rung_to)]] = key(
        says="Whom: owner, team, manager, or an address.", such=["team", "manager"], min_length=1
    )


class Config(Table):
    """The file."""

    desk: DeskTable = key(says="The desk itself.")
    calendar: dict[Name, CalendarTable] = key(says="Opening hours; desk, plans and agents name one.", min_length=1)
    plan: dict[Name, PlanTable] = key(says="Policies; contracts in the directory name one.", min_length=1)
    queue: Rows[QueueTable] = key(says="Where the mail of some addresses lands.", min_length=1)
    relay: Rows[RelayTable] = key((), "Mail servers of ours that check senders and say so in Authentication-Results.")
    auth: AuthTable = key(AuthTable(), "Our own check of senders, where mail comes to the desk directly.")
    trust: TrustTable = key(TrustTable(), "Who else proves a sender.")
    duty: DutyTable | None = key(None, "Who is woken, and how.")
    alert: Rows[AlertTable] = key((), "Monitoring systems whose mails open tickets.")
    mail: MailTable = key(MailTable(), "How its mails are made.")
    caps: CapsTable = key(CapsTable(), "At most so much automatic mail.")
    ladder: Rows[RungTable] = key(
        (), "Who is warned when a percentage of a target's time is used; without any, a usual ladder."
    )
    smtp: Rows[SmtpTable] = key((), "Listeners for mail from other servers.")
    lmtp: Rows[LmtpTable] = key((), "Listeners for a mail server on this machine or beside it.")
    submission: Rows[SubmissionTable] = key((), "Listeners for own devices, which log in.")
    mailbox: Rows[MailboxTable] = key((), "IMAP mailboxes that mail is fetched from.")
    oauth: dict[Name, OAuthTable] = key({}, "Sign-ins that give access tokens to mailboxes and the smarthost.")
    smarthost: SmarthostTable | None = key(None, "The server that takes the desk's mail.")
    state: StateTable = key(StateTable(), "What the desk keeps.")
    retention: RetentionTable = key(RetentionTable(), "How long what is kept.")
    templates: TemplatesTable = key(TemplatesTable(), "The site's own texts.")
    limits: LimitsTable = key(LimitsTable(), "What the daemon may use.")
    database: DatabaseTable = key(DatabaseTable(), "Where the desk keeps everything.")
    objects: ObjectsTable | None = key(None, "A bucket for large mails, instead of the database; needs the extra s3.")
    node: NodeTable = key(NodeTable(), "This machine, where several run one desk on a shared database.")
    log: LogTable = key(LogTable(), "What the log says.")
    metrics: MetricsTable = key(MetricsTable(), "Figures for Prometheus, and whatever reads its text format.")
    alarms: AlarmsTable = key(AlarmsTable(), "Who hears of trouble of the desk itself, and from when on it is trouble.")
    customer: Rows[CustomerTable] = key((), "A small directory may stand here instead of in a file.")
    agent: Rows[AgentTable] = key((), "Agents of that directory.")
