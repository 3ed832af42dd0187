"""From the tables of a configuration to the `Desk` that triage and policies read.

In: a `Config` in which every name was found (`config.references`), and the agents that are known. Out: domain values.
A roster that goes by position is resolved against the agents; positions beyond the last are nobody's, and so are names
of people who are no agents any more. Where that leaves nobody, the first agents of the directory are on duty, because
somebody must be woken (`config.advice.duty_advice` says so). Of the shifts with a date those of the calendar count
least, then those of the configuration, and what agents have swapped most. Nothing fails.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, time
from zoneinfo import ZoneInfo

from helpdeskd.config.duty import DutyTable
from helpdeskd.config.schema import Config
from helpdeskd.domain.desk import Caps, Channel, ChannelKind, Desk, Duty, Queue, Relay, Rung, Trust
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import Roster, Rotation, Shift
from helpdeskd.domain.planned import Planned, planned_shifts


@dataclass(frozen=True, slots=True)
class Dates:
    """The shifts that are stored: events of the calendar, and what agents have swapped, the newest last."""

    planned: tuple[Planned, ...] = ()
    swaps: tuple[Shift, ...] = ()


NO_DATES = Dates()


def make_desk(config: Config, agents: Sequence[Agent], duty_roster: Sequence[str] = ()) -> Desk:
    """The desk; `duty_roster` (names) takes the place of the configured roster where it is given."""
    calendars = {name: table.calendar(name) for name, table in config.calendar.items()}
    desk, own = config.desk, calendars[config.desk.calendar]
    languages = desk.languages or (desk.language,)
    made = Desk(
        name=desk.name,
        domain=desk.domain,
        prefix=desk.prefix,
        language=desk.language,
        languages=languages,
        calendar=own,
        calendars=calendars,
        plans={name: table.plan(name, calendars, own, languages) for name, table in config.plan.items()},
        plan=desk.plan,
        queues=tuple(Queue(row.name, row.addresses, row.team, row.duty, row.product or "") for row in config.queue),
        duty=duty_of(config, agents, duty_roster),
        trust=_trust(config),
        caps=Caps(**config.caps.model_dump()),
        quiet=desk.quiet,
        monitors=tuple(row.monitor() for row in config.alert),
        owner_on_reply=desk.owner_on_reply,
        plus_addresses=config.mail.plus_addresses,
        largest_attachments=config.mail.attachments,
        managers_only=frozenset(desk.managers_only),
    )
    ladder = tuple(Rung(row.percent, row.to) for row in config.ladder)
    return replace(made, ladder=ladder) if ladder else made


def duty_of(
    config: Config, agents: Sequence[Agent], duty_roster: Sequence[str] = (), dates: Dates = NO_DATES
) -> Duty | None:
    """Who is woken, given the agents; None where nobody is known. Without agents in sight names are believed."""
    table = config.duty
    if table is None:
        return None
    names = [agent.name for agent in agents]
    wanted = tuple(duty_roster) or _people(table, names)
    people = tuple(person for person in wanted if person in names or not names)
    people = people or tuple(names[: len(duty_roster or table.roster)])
    if not people:
        return None
    zone = config.calendar[config.desk.calendar].zone
    dated = (*_planned(table, agents, dates), *_shifts(table), *dates.swaps)
    shifts = tuple(shift for shift in dated if shift.person in names or not names)
    return Duty(Roster(people, _rotation(table, zone), shifts), table.step, table.rounds, tuple(_channels(table)))


def _people(table: DutyTable, names: Sequence[str]) -> tuple[str, ...]:
    known = dict(enumerate(names, start=1))
    people = (known.get(person, "") if isinstance(person, int) else person for person in table.roster)
    return tuple(dict.fromkeys(person for person in people if person))


def _rotation(table: DutyTable, zone: ZoneInfo) -> Rotation | None:
    rotation = table.rotation
    return Rotation(rotation.anchor, zone, time.fromisoformat(rotation.handover)) if rotation else None


def _planned(table: DutyTable, agents: Sequence[Agent], dates: Dates) -> tuple[Shift, ...]:
    return planned_shifts(dates.planned, agents) if table.calendar else ()


def _shifts(table: DutyTable) -> tuple[Shift, ...]:
    return tuple(Shift(row.from_.astimezone(UTC), row.to.astimezone(UTC), row.person) for row in table.override)


def _channels(table: DutyTable) -> Iterator[Channel]:
    if table.hook:
        yield Channel(ChannelKind.COMMAND, ChannelKind.COMMAND)
    for webhook in table.webhook:
        yield Channel(ChannelKind.WEBHOOK, webhook.name, webhook.people)
    for sms in table.sms:
        yield Channel(ChannelKind.SMS, ChannelKind.SMS, (sms.person,), sms.to)
    for apprise in table.apprise:
        yield Channel(ChannelKind.APPRISE, apprise.name, apprise.people)


def _trust(config: Config) -> Trust:
    relays = tuple(Relay(row.authserv_id, row.networks, row.below_received) for row in config.relay)
    trust = config.trust
    return Trust(relays, trust.networks, frozenset(trust.accounts), trust.strength_to_open, trust.answer_held)
