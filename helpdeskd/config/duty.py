"""[duty]: who is woken, when and how (policies, "Duty").

In: a roster with its rotation and overrides, a calendar whose events are shifts, and the channels that are used beside
the mail of each page. Out: frozen tables. What leaves the desk goes to hosts that stand here: a link that holds a
secret stands in a file or credential of its own, so a webhook also names the hosts that its link may lead to. Private
networks are not reached unless they are named. Fails like all tables, with a ValueError for people.
"""

from datetime import date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator, model_validator

from helpdeskd.config.credentials import secret, secret_lines
from helpdeskd.config.fields import Address, Argv, Count, Domain, Duration, File, Instant, Name, Net, Rows, Table, key

SUCH_FROM = datetime.fromisoformat("2026-12-24T18:00:00+01:00")
SUCH_TO = datetime.fromisoformat("2026-12-25T09:00:00+01:00")
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
LONGEST_URL = 2000


def _person(value: object) -> str | int:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ValueError(f"{value!r} is nobody (an agent's name, or a position in the directory: 1 is its first agent)")


def https(value: object) -> str:
    """A link that begins with https:// and names a host; raises ValueError for people, without the link itself."""
    text = value if isinstance(value, str) and value.isascii() and len(value) <= LONGEST_URL else ""
    try:
        parts = urlsplit(text)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    if not host or parts.scheme != "https" or parts.username or not text.isprintable() or " " in text:
        raise ValueError('is no link that can be used (such as "https://hooks.example/page", without a user name)')
    return text


Person = Annotated[str | int, PlainValidator(_person)]
Https = Annotated[str, PlainValidator(https)]


class LinkTable(Table):
    """Something that is reached over the web; TLS and the certificate are always checked, redirects never followed."""

    url: Https | None = key(None, "Its link.", such="https://hooks.example/page")
    url_file: File | None = key(
        None, "Instead: a file with the link, where that is a secret.", such="/etc/helpdeskd/link"
    )
    url_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="link")
    ca_file: File | None = key(None, "Certificate authorities instead of the system's, PEM.", such="/etc/ssl/ca.pem")
    networks: Rows[Net] = key((), "Private networks that it may be in.", such=["10.0.0.0/8"])

    def link(self) -> str:
        """The link, read now; raises OSError where it cannot be read, ValueError where it is none."""
        return self.url or https(secret(self.url_file, self.url_credential))

    def _ways(self) -> int:
        return sum(bool(way) for way in (self.url, self.url_file, self.url_credential))


class RotationTable(Table):
    """Another person of the roster is first each week."""

    anchor: date = key(says="A day on which the first person of the roster begins.", such=date(2026, 1, 5))
    handover: TimeOfDay = key(
        "00:00", "The time of that weekday at which the next begins, in the zone of the desk's calendar."
    )


class OverrideTable(Table):
    """Somebody takes over for a time."""

    person: Name = key(says="The agent, by name.", such="piet")
    from_: Instant = key(says="From when.", alias="from", such=SUCH_FROM)
    to: Instant = key(says="Until when.", such=SUCH_TO)


class DutyCalendarTable(LinkTable):
    """A calendar (iCalendar) whose events say who is on duty; needs the extra `oncall`."""

    file: File | None = key(None, "An .ics file; or give a link.", such="/etc/helpdeskd/duty.ics")
    handover: TimeOfDay = key(
        "00:00", "The time of day at which events of whole days begin and end, in the zone of the desk's calendar."
    )

    @model_validator(mode="after")
    def _one_place(self) -> "DutyCalendarTable":
        if self._ways() + bool(self.file) != 1:
            raise ValueError("give exactly one of file, url, url_file and url_credential")
        return self


class WebhookTable(LinkTable):
    """A web server that is told of pages, as JSON."""

    name: Name = key(says="What logs call it.", such="chat")
    hosts: Rows[Domain] = key(says="The hosts that its link may lead to.", such=["hooks.example"], min_length=1)
    people: Rows[Name] = key((), "Whose pages it is told of, by name; without it, everybody's.", such=["piet"])

    @model_validator(mode="after")
    def _one_link_to_a_host(self) -> "WebhookTable":
        if self._ways() != 1:
            raise ValueError("give exactly one of url, url_file and url_credential")
        if self.url:
            self.link()
        return self

    def link(self) -> str:
        """The link, read now, to one of the hosts; raises OSError and ValueError."""
        link = super().link()
        if (host := urlsplit(link).hostname) not in self.hosts:
            raise ValueError(f'"{host}" is not among the hosts of the webhook (they are: {", ".join(self.hosts)})')
        return link


class SmsTable(Table):
    """An agent's telephone, which a gateway sends text messages to that it gets as mail."""

    person: Name = key(says="The agent, by name.", such="piet")
    to: Address = key(says="The gateway's address for the telephone.", such="31600000001@sms.example")


class AppriseTable(Table):
    """Services that the library apprise knows; needs the extra `notify`."""

    name: Name = key(says="What logs call it.", such="pager")
    urls_file: File | None = key(None, "A file with apprise's URLs, one a line.", such="/etc/helpdeskd/apprise")
    urls_credential: Name | None = key(None, "Instead: the name of a credential of systemd.", such="apprise")
    people: Rows[Name] = key((), "Who is woken so, by name; without it, everybody.", such=["piet"])

    @model_validator(mode="after")
    def _one_list(self) -> "AppriseTable":
        if bool(self.urls_file) == bool(self.urls_credential):
            raise ValueError("give one of urls_file and urls_credential")
        return self

    def urls(self) -> list[str]:
        """The URLs, read now; raises OSError and ValueError."""
        return secret_lines(self.urls_file, self.urls_credential)


class DutyTable(Table):
    """Who is woken, and how."""

    roster: Rows[Person] = key(
        says="Agents in their order, by name or by position in the directory.", such=["piet"], min_length=1
    )
    step: Duration = key(timedelta(minutes=15), "How long each has to acknowledge.", such="15 minutes")
    rounds: Count = key(2, "How often the roster is gone through.")
    hook: Argv = key((), "A command that is run beside each mail that wakes somebody.", such=["/usr/local/bin/page"])
    rotation: RotationTable | None = key(None, "Another person is first each week.")
    calendar: DutyCalendarTable | None = key(None, "A calendar whose events say who is on duty.")
    override: Rows[OverrideTable] = key((), "Times in which somebody takes over.")
    webhook: Rows[WebhookTable] = key((), "Web servers that are told of pages.")
    sms: Rows[SmsTable] = key((), "Telephones of agents, for text messages.")
    apprise: Rows[AppriseTable] = key((), "Services that the library apprise knows.")
