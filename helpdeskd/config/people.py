"""The tables of a directory file (interfaces, "directory file"): customers with contacts and contracts, and agents.

In: what `tomllib` returns, of a file of its own or of the configuration that holds a small directory. Out: domain
values, with a contact's language taken from the customer where they have none, and standby periods in UTC. A card that
has no name is called after its customer and the day on which it was bought.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, field_validator, model_validator

from helpdeskd.config.fields import Address, Domain, Instant, Language, Money, Name, Rows, Table, Words, Zone, key
from helpdeskd.domain.card import Card, card_name
from helpdeskd.domain.directory import Agent, Contact, Contract, Customer, Right
from helpdeskd.domain.standby import Period


def _role(value: object) -> str:
    text = value if isinstance(value, str) else ""
    if text in {"general", "technical"} or (text.startswith("site:") and text != "site:"):
        return text
    raise ValueError(f'"{value}" is no role ("general", "technical" or "site:NAME")')


HOUR = 60
RightName = Literal["open", "spend", "approve", "manage"]


class ContactTable(Table):
    """A person of the customer."""

    name: Words = key(says="The person's name.", such="Anna de Vries")
    addresses: Rows[Address] = key(
        says="Their addresses, the main one first.", such=["anna@bakery.example"], min_length=1
    )
    language: Language | None = key(None, "Their language; without it, the customer's.", such="nl")
    rights: Rows[RightName] = key(("open",), "What the customer lets them do: open, spend, approve, manage.")
    roles: Rows[Annotated[str, PlainValidator(_role)]] = key(
        (), "general, technical or site:NAME.", such=["general", "site:main"]
    )

    def contact(self, customer: str, language: str) -> Contact:
        rights = frozenset(Right(right) for right in self.rights)
        return Contact(customer, self.name, self.addresses, self.language or language, rights, self.roles)


class StandbyTable(Table):
    """A time in which duty stands by for the customer."""

    from_: Instant = key(says="From when.", alias="from", such=datetime.fromisoformat("2026-11-27T18:00:00+01:00"))
    to: Instant = key(says="Until when.", such=datetime.fromisoformat("2026-11-30T08:30:00+01:00"))

    @model_validator(mode="after")
    def _forward(self) -> "StandbyTable":
        if self.to <= self.from_:
            raise ValueError(f"it ends at {self.to} and begins later, at {self.from_}")
        if any(at.second or at.microsecond for at in (self.from_, self.to)):
            raise ValueError("it begins and ends with a whole minute")
        return self

    def period(self) -> Period:
        return Period(self.from_.astimezone(UTC), self.to.astimezone(UTC))


class ContractTable(Table):
    """The customer's agreement."""

    plan: str = key(says="The plan, by name.", such="standard")
    first_day: date = key(says="The first day on which it is in force.", such=date(2026, 1, 1))
    last_day: date = key(says="The last day on which it is in force.", such=date(2026, 12, 31))
    paid_until: date | None = key(None, "The last day that is paid.", such=date(2026, 12, 31))
    agreement: str = key("", "A named variant of the plan.", such="good")
    covers: Rows[Words] = key((), "Products and sites that it covers; without any, all.", such=["webshop"])
    duty_phone: str = key(
        "", "A telephone number that customers are told outside the opening hours.", such="+31 20 555 0100"
    )
    inform: Literal["requester", "all contacts"] = key(
        "requester", "Who is kept informed of a ticket; all contacts also where the plan says so."
    )
    standby: Rows[StandbyTable] = key((), "Agreed standby periods.")

    @field_validator("standby")
    @classmethod
    def _apart(cls, rows: tuple[StandbyTable, ...]) -> tuple[StandbyTable, ...]:
        for before, after in pairwise(sorted(rows, key=lambda row: row.from_)):
            if after.from_ < before.to:
                raise ValueError(f"the period from {after.from_} begins before another ends, at {before.to}")
        return rows

    @model_validator(mode="after")
    def _forward(self) -> "ContractTable":
        if self.last_day < self.first_day:
            raise ValueError(f"last_day {self.last_day} is before first_day {self.first_day}")
        return self

    def contract(self) -> Contract:
        return Contract(
            self.plan,
            self.first_day,
            self.last_day,
            self.paid_until,
            self.agreement,
            self.covers,
            self.duty_phone,
            tuple(row.period() for row in self.standby),
            self.inform == "all contacts",
        )


class CardTable(Table):
    """Prepaid hours."""

    name: Name | None = key(None, "What statements call it; without it, customer and day.", such="bakery-2026-01-05")
    hours: Annotated[float, Field(ge=0.01, le=100_000)] = key(says="How many.", such=5)
    price: Money | None = key(None, "What it cost; without it, free must be true.", such="400.00")
    bought: date = key(says="When it was bought.", such=date(2026, 1, 5))
    free: bool = key(False, "true for a gift.")

    @model_validator(mode="after")
    def _is_bought_or_free(self) -> "CardTable":
        if self.price is None and not self.free:
            raise ValueError("the card has no price (give one, or free = true)")
        return self


class CustomerTable(Table):
    """An organisation."""

    name: Name = key(says="Short and unique: how commands call it.", such="bakery")
    title: Words = key(says="What it is called.", such="Bakkerij de Vries B.V.")
    domains: Rows[Domain] = key((), "Domains of its addresses.", such=["bakery.example"])
    language: Language | None = key(None, "Its language; without it, the desk's.", such="nl")
    timezone: Zone | None = key(None, "Its time zone; without it, its plan's.", such="Europe/Amsterdam")
    sites: Rows[Words] = key((), "Its sites.", such=["main", "shop"])
    contact: Rows[ContactTable] = key((), "Its people.")
    contract: Rows[ContractTable] = key((), "Its agreements.")
    card: Rows[CardTable] = key((), "Its prepaid hours.")

    @model_validator(mode="after")
    def _sites_exist(self) -> "CustomerTable":
        named = {role.removeprefix("site:") for row in self.contact for role in row.roles if role.startswith("site:")}
        if unknown := sorted(named - set(self.sites)):
            raise ValueError(
                f'a contact stands for the site "{unknown[0]}" (its sites are: {", ".join(self.sites) or "none"})'
            )
        return self

    def customer(self) -> Customer:
        """The customer that the table describes."""
        language = self.language or ""
        return Customer(
            name=self.name,
            title=self.title,
            domains=self.domains,
            language=language,
            zone=self.timezone.key if self.timezone else "",
            sites=self.sites,
            contacts=tuple(row.contact(self.name, language) for row in self.contact),
            contracts=tuple(row.contract() for row in self.contract),
            cards=tuple(_cards(self.name, self.card)),
        )


def _cards(customer: str, rows: Iterable[CardTable]) -> Iterator[Card]:
    """The cards; the second of a day that has no name of its own ends in -2."""
    bought = Counter[date]()
    for row in rows:
        bought[row.bought] += 1
        name = row.name or card_name(customer, row.bought, bought[row.bought])
        price = 0 if row.free or row.price is None else row.price
        yield Card(name, round(row.hours * HOUR), price, row.bought, row.free)


class AgentTable(Table):
    """A person of the desk."""

    name: Name = key(says="Short and unique: how commands call them.", such="piet")
    title: Words = key(says="The person's name, as customers read it.", such="Piet Jansen")
    addresses: Rows[Address] = key(
        says="Their addresses, the main one first.", such=["piet@desk.example"], min_length=1
    )
    language: Language | None = key(None, "Their language; without it, the desk's.", such="nl")
    level: Annotated[int, Field(ge=1, le=9)] = key(1, "First line is 1, second 2.")
    teams: Rows[Name] = key((), "Their teams.", such=["support"])
    calendar: str = key("", "Their working time, by the name of a calendar; without it, the desk's.", such="office")
    manager: bool = key(False, "Whether they hear of what is late in their teams.")
    no_digest: bool = key(False, "Whether they want no mail each morning of what waits for them.")

    @model_validator(mode="after")
    def _is_not_the_desk(self) -> "AgentTable":
        """What the desk does by itself is told as done by "desk"."""
        if self.name.lower() == "desk":
            raise ValueError('an agent cannot be called "desk", as the desk itself is (use another name)')
        return self

    def agent(self) -> Agent:
        """The agent that the table describes."""
        return Agent(
            self.name,
            self.title,
            self.addresses,
            self.language or "",
            self.level,
            self.teams,
            self.calendar,
            self.manager,
            self.no_digest,
        )


class FileDutyTable(Table):
    """The roster of this directory."""

    roster: Rows[Name] = key(
        says="Agents by name, in the order in which they are woken.", such=["piet", "ans"], min_length=1
    )


class DirectoryTables(Table):
    """The file."""

    customer: Rows[CustomerTable] = key((), "An organisation.")
    agent: Rows[AgentTable] = key((), "A person of the desk.")
    duty: FileDutyTable | None = key(None, "The roster of this directory, instead of the configuration's.")
