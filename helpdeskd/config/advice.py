"""What is legal but unwise: warnings about a configuration that loads, with file and line.

In: a `Loaded`. Out: lines of text in the form of errors. The rules are functions in a visible tuple; each gives
problems at paths of keys. Nothing here stops the desk from being started. What a directory has too few or too many of
is asked by `config.advice_on_people`, also of a file that is to be applied; `duty_advice` looks at the agents that are
stored, whom the configuration may not name.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from helpdeskd.config.advice_on_alerts import customers_of_alerts_are_unknown, senders_of_alerts_are_people
from helpdeskd.config.advice_on_people import people_advice
from helpdeskd.config.auth import is_installed, is_on
from helpdeskd.config.directory_file import read_directory, read_text
from helpdeskd.config.directory_text import write_toml
from helpdeskd.config.duty import DutyTable
from helpdeskd.config.lines import Path as KeyPath
from helpdeskd.config.load import Loaded
from helpdeskd.config.node import DELIVERY, INTAKE
from helpdeskd.config.problems import Problem
from helpdeskd.config.servers import is_loopback
from helpdeskd.domain.directory import Agent, Customer

Rule = Callable[[Loaded], Iterator[Problem]]


def advice(loaded: Loaded) -> list[str]:
    """All warnings, in the order of the files."""
    about_config = loaded.source.told(chain.from_iterable(rule(loaded) for rule in CONFIG_RULES))
    about_people = loaded.directory_source.told(people_advice(loaded.people, loaded.config))
    return [*about_config, *(line for line in about_people if line not in about_config)]


def directory_advice(loaded: Loaded, file: Path) -> list[str]:
    """All warnings about a directory file that is to be applied; raises ConfigErrors where it is not in order."""
    read = read_directory(file, loaded.known)
    return read.source.told(people_advice(read.tables, loaded.config))


def customer_advice(loaded: Loaded, customer: Customer) -> list[str]:
    """All warnings about a customer that is to be stored; raises ConfigErrors where it is not in order."""
    read = read_text(write_toml((customer,), ()), customer.name, loaded.known)
    return read.source.told(people_advice(read.tables, loaded.config))


def duty_advice(loaded: Loaded, agents: Sequence[Agent], duty_roster: Sequence[str] = ()) -> list[str]:
    """Warnings about people on duty who are not among the agents that are, or will be, stored.

    The stored directory's own `duty_roster` takes the place of the configuration's.
    """
    return loaded.source.told(people_who_are_gone(loaded, agents, duty_roster)) if agents else []


def people_who_are_gone(loaded: Loaded, agents: Sequence[Agent], duty_roster: Sequence[str]) -> Iterator[Problem]:
    table, duty = loaded.config.duty, loaded.desk_for(agents, duty_roster).duty
    if table is None or duty is None:
        return
    names = {agent.name for agent in agents}
    left = f"is left out (on duty: {', '.join(duty.roster.people)})"
    for index, person in enumerate(() if duty_roster else table.roster):
        if isinstance(person, str) and person not in names:
            yield Problem(("duty", "roster", index), f'"{person}" is no agent of the stored directory, so {left}')
    for person in sorted(set(duty_roster) - names):
        yield Problem(("duty", "roster"), f'"{person}" of the stored roster is no agent of it, so {left}')
    for index, row in enumerate(table.override):
        if row.person not in names:
            path = ("duty", "override", index, "person")
            yield Problem(path, f'"{row.person}" is no agent of the stored directory, so this is {left[3:]}')
    for place, person in _people_of_channels(table):
        if person not in names:
            yield Problem(place, f'"{person}" is no agent of the stored directory, so is never woken so')


def _people_of_channels(table: DutyTable) -> Iterator[tuple[KeyPath, str]]:
    """Where the channels beside mail name agents."""
    for index, sms in enumerate(table.sms):
        yield ("duty", "sms", index, "person"), sms.person
    for index, webhook in enumerate(table.webhook):
        yield from ((("duty", "webhook", index, "people"), person) for person in webhook.people)
    for index, apprise in enumerate(table.apprise):
        yield from ((("duty", "apprise", index, "people"), person) for person in apprise.people)


def nothing_comes_in(loaded: Loaded) -> Iterator[Problem]:
    settings = loaded.settings
    ways_in = settings.smtp or settings.lmtp or settings.submission or settings.mailboxes
    if not ways_in and settings.node.does(INTAKE):
        yield Problem((), "no mail can come in (add [[mailbox]], [[smtp]] or [[lmtp]])")


def nothing_goes_out(loaded: Loaded) -> Iterator[Problem]:
    if loaded.settings.smarthost is None and loaded.settings.node.does(DELIVERY):
        yield Problem((), "no mail can go out (add [smarthost])")


def nobody_is_proved(loaded: Loaded) -> Iterator[Problem]:
    """Without any proof every mail is held (spec "Who: strength")."""
    trust, settings = loaded.desk.trust, loaded.settings
    by_others = trust.relays or trust.networks or trust.accounts or settings.submission
    by_us = is_on(settings.auth) and (settings.smtp or settings.lmtp or settings.mailboxes)
    if by_others or by_us or trust.strength_to_open == "none" or not settings.node.does(INTAKE):
        return
    check = "auth.check = true" if is_installed() else "pip install '.[auth]'"
    yield Problem(
        ("trust",),
        f"no sender can ever be proved, so every mail will be held ({check} for our own check, add [[relay]] "
        "for the mail server that checks senders, trust.accounts for a mailbox whose provider does, or "
        'strength_to_open = "none" in a closed network)',
    )


def sealers_are_not_asked(loaded: Loaded) -> Iterator[Problem]:
    if loaded.config.auth.arc_sealers and not is_on(loaded.settings.auth):
        why = "auth.check is not true" if is_installed() else "the extra auth is not installed"
        yield Problem(("auth", "arc_sealers"), f"count for nothing, as senders are not checked here ({why})")


def anybody_is_believed(loaded: Loaded) -> Iterator[Problem]:
    if loaded.desk.trust.strength_to_open == "none":
        yield Problem(
            ("trust", "strength_to_open"), "who forges a contact's address can open tickets (only for a closed network)"
        )
    for index, network in enumerate(loaded.desk.trust.networks):
        if network.is_loopback:
            yield Problem(
                ("trust", "networks", index),
                f"whatever connects from {network} is believed, whatever its From says (for a trial only)",
            )
        elif not network.is_private:
            yield Problem(
                ("trust", "networks", index), f"every sender in {network} is believed (is it a network of your own?)"
            )


def relay_is_out_of_reach(loaded: Loaded) -> Iterator[Problem]:
    """Without networks a relay is the one behind mailboxes, or at the other end of a Unix socket."""
    sockets = [row for row in loaded.settings.lmtp if row.listen.startswith(("/", "systemd:"))]
    for index, relay in enumerate(loaded.desk.trust.relays):
        if not (relay.networks or loaded.settings.mailboxes or sockets):
            yield Problem(
                ("relay", index), "proves nobody, as no mailbox is read (add networks, where it connects from)"
            )


def mail_in_clear(loaded: Loaded) -> Iterator[Problem]:
    for index, listener in enumerate(loaded.settings.smtp):
        host = listener.listen.rpartition(":")[0].strip("[]")
        if (
            listener.tls == "none"
            and not listener.listen.startswith("/")
            and host != "systemd"
            and not is_loopback(host)
        ):
            yield Problem(("smtp", index, "listen"), 'mail travels in clear (give tls = "starttls" and a certificate)')


def duty_is_half_done(loaded: Loaded) -> Iterator[Problem]:
    duty_queues = [index for index, queue in enumerate(loaded.desk.queues) if queue.duty]
    duty_plans = [plan for plan in loaded.desk.plans.values() if plan.duty]
    if duty_queues and loaded.config.duty is None:
        yield Problem(("queue", duty_queues[0], "duty"), "nobody is on duty (add [duty] with a roster)")
    if duty_queues and not duty_plans:
        yield Problem(
            ("queue", duty_queues[0], "duty"),
            "no plan includes duty, so nobody may wake anybody (set duty = true in a plan)",
        )
    if not (duty_queues or loaded.desk.monitors) and (loaded.config.duty or duty_plans):
        path = ("duty",) if loaded.config.duty else ("plan", duty_plans[0].name, "duty")
        yield Problem(
            path, "no queue has duty = true, so nobody is ever woken (set it at the queue of the duty address)"
        )


def ladder_does_not_fit(loaded: Loaded) -> Iterator[Problem]:
    """A rung is climbed only where a plan warns at its percentage."""
    told = {rung.percent for rung in loaded.desk.ladder}
    warned = {int(share * 100) for plan in loaded.desk.plans.values() for share in plan.shares}
    for index, rung in enumerate(loaded.config.ladder):
        if rung.percent not in warned:
            yield Problem(
                ("ladder", index, "percent"), f"no plan warns at {rung.percent} % (add it to a plan's warn_at)"
            )
    for name, table in loaded.config.plan.items():
        if table.priority and (silent := [percent for percent in table.warn_at if percent not in told]):
            yield Problem(("plan", name, "warn_at"), f"nobody is told at {silent[0]} % (add a [[ladder]] rung for it)")


def roster_is_longer_than_the_directory(loaded: Loaded) -> Iterator[Problem]:
    if loaded.config.duty is None or loaded.directory is None:
        return
    agents = len(loaded.directory.agents)
    for index, person in enumerate(loaded.config.duty.roster):
        if isinstance(person, int) and person > agents:
            yield Problem(
                ("duty", "roster", index),
                f"the directory has no agent {person} (it has {agents}), so the step is left out",
            )


def teams_are_empty(loaded: Loaded) -> Iterator[Problem]:
    if loaded.directory is None:
        return
    teams = {team for agent in loaded.directory.agents for team in agent.teams}
    for index, queue in enumerate(loaded.desk.queues):
        if queue.team not in teams:
            yield Problem(
                ("queue", index, "team"), f'no agent is in team "{queue.team}", so nobody hears of its tickets'
            )


def outside_without_words(loaded: Loaded) -> Iterator[Problem]:
    for name, plan in loaded.desk.plans.items():
        for topic, words in plan.outside.items():
            if missing := [language for language in plan.languages if language not in words]:
                path = ("plan", name, "outside", topic)
                yield Problem(path, f'customers who read "{missing[0]}" are told the topic in another language')


CONFIG_RULES: tuple[Rule, ...] = (
    nothing_comes_in,
    nothing_goes_out,
    nobody_is_proved,
    sealers_are_not_asked,
    anybody_is_believed,
    relay_is_out_of_reach,
    mail_in_clear,
    duty_is_half_done,
    ladder_does_not_fit,
    roster_is_longer_than_the_directory,
    teams_are_empty,
    outside_without_words,
    customers_of_alerts_are_unknown,
    senders_of_alerts_are_people,
)
