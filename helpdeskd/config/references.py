"""What one table of a file cannot know: names that another must have, and names and addresses that may stand once.

In: the data of a file as `tomllib` returns it, so that everything is asked even while another key is refused. Out:
problems at the paths of keys. The questions are rows of tables: a pattern of the path ("*" is any name or index) and
what its values must be. Values of a wrong kind are passed over here: the schema refuses them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from helpdeskd.config.lines import Path
from helpdeskd.config.problems import Problem
from helpdeskd.domain.address import a_label, normalise
from helpdeskd.triage.commands import BY_NAME

ANY = "*"
LONGEST_LOCAL_PART = 22
CALENDAR, PLAN, MAILBOX, OURS, COMMAND = "calendar", "plan", "mailbox", "address of a queue", "command"
OAUTH = "sign-in [oauth.NAME] called"
CHANNEL = "channel of [duty] called"

CONFIG_NAMES = (
    (("desk", "calendar"), CALENDAR),
    (("desk", "plan"), PLAN),
    (("desk", "managers_only", ANY), COMMAND),
    (("plan", ANY, "calendar"), CALENDAR),
    (("trust", "accounts", ANY), MAILBOX),
    (("mailbox", ANY, "address"), OURS),
    (("mailbox", ANY, "oauth"), OAUTH),
    (("smarthost", "oauth"), OAUTH),
    (("alarms", "channels", ANY), CHANNEL),
)
"""Whose values must be the name of something that the configuration has."""

CONTRACT = ("customer", ANY, "contract", ANY)
PEOPLE_NAMES = (
    ((*CONTRACT, "plan"), PLAN),
    (("agent", ANY, "calendar"), CALENDAR),
)

CONFIG_ONCE = (
    ((("queue", ANY, "name"),), "queue"),
    ((("queue", ANY, "addresses", ANY),), "address"),
    ((("alert", ANY, "name"),), "monitoring system"),
    (tuple((kind, ANY, "name") for kind in ("smtp", "lmtp", "submission", "mailbox")), "listener or mailbox"),
    (tuple((kind, ANY, "listen") for kind in ("smtp", "lmtp", "submission")), "place to listen at"),
    ((("duty", "webhook", ANY, "name"),), "webhook"),
    ((("duty", "apprise", ANY, "name"),), "list of services"),
)
"""What may stand once, over all of the patterns together."""

PEOPLE_ONCE = (
    ((("customer", ANY, "name"),), "customer"),
    ((("agent", ANY, "name"),), "agent"),
    ((("customer", ANY, "domains", ANY),), "domain"),
    ((("customer", ANY, "card", ANY, "name"),), "card"),
    ((("customer", ANY, "contact", ANY, "addresses", ANY), ("agent", ANY, "addresses", ANY)), "address"),
)

PEOPLE = (("customer", ANY, "contact", ANY, "addresses", ANY), ("agent", ANY, "addresses", ANY))
"""Where the addresses of people stand."""

ON_DUTY = (
    ("duty", "roster", ANY),
    ("duty", "override", ANY, "person"),
    ("duty", "sms", ANY, "person"),
    ("duty", "webhook", ANY, "people", ANY),
    ("duty", "apprise", ANY, "people", ANY),
)
"""Where agents are named who are woken."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the configuration has, by kind: the names of calendars, plans and mailboxes, and the queues' addresses.

    `agreements` are the names of each plan's own.
    """

    names: Mapping[str, frozenset[str]]
    agreements: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Known":
        return cls(
            {
                CALENDAR: frozenset(str(path[-1]) for path, _ in values(data, "calendar", ANY)),
                PLAN: frozenset(str(path[-1]) for path, _ in values(data, "plan", ANY)),
                MAILBOX: frozenset(text for _, text in texts(data, "mailbox", ANY, "name")),
                COMMAND: frozenset(BY_NAME),
                OAUTH: frozenset(str(path[-1]) for path, _ in values(data, "oauth", ANY)),
                CHANNEL: frozenset(_channels(data)),
                OURS: frozenset(normalise(text) for _, text in texts(data, "queue", ANY, "addresses", ANY)),
            },
            {
                str(path[-1]): frozenset(str(inner[-1]) for inner, _ in values(plan, "agreement", ANY))
                for path, plan in values(data, "plan", ANY)
            },
        )


def config_problems(data: Mapping[str, Any]) -> list[Problem]:
    """Of a configuration, without the directory that it may hold."""
    known = Known.of(data)
    rows = [problem for pattern, kind in CONFIG_NAMES for problem in _unknown(data, pattern, kind, known)]
    rows += [problem for patterns, what in CONFIG_ONCE for problem in _twice(data, patterns, what)]
    rows += [*_standards(data), *_default_calendar(data, known), *_language(data), *_two_directories(data)]
    return [*rows, *_too_long_for_tokens(data), *_own_address(data, known, [("alarms", "to", ANY)])]


def people_problems(data: Mapping[str, Any], known: Known) -> list[Problem]:
    """Of a directory, whether it stands in a file of its own or in the configuration."""
    rows = [problem for pattern, kind in PEOPLE_NAMES for problem in _unknown(data, pattern, kind, known)]
    rows += [problem for patterns, what in PEOPLE_ONCE for problem in _twice(data, patterns, what)]
    return [*rows, *_agreements(data, known), *_own_address(data, known, PEOPLE), *_roster(data)]


def values(data: Any, *pattern: str) -> Iterator[tuple[Path, Any]]:
    """Everything in the data at a path of the pattern."""
    if not pattern:
        yield (), data
        return
    first, rest = pattern[0], pattern[1:]
    items: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(data, Mapping):
        items = iter(data.items()) if first == ANY else iter([(first, data[first])] if first in data else [])
    elif isinstance(data, list) and first == ANY:
        items = iter(enumerate(data))
    for part, value in items:
        for path, found in values(value, *rest):
            yield (part, *path), found


def texts(data: Any, *pattern: str) -> Iterator[tuple[Path, str]]:
    """Every text at a path of the pattern."""
    return ((path, value) for path, value in values(data, *pattern) if isinstance(value, str))


def _unknown(data: Mapping[str, Any], pattern: tuple[str, ...], kind: str, known: Known) -> Iterator[Problem]:
    names = known.names[kind]
    for path, text in texts(data, *pattern):
        if text and text not in names and not (kind == OURS and normalise(text) in names):
            yield Problem(path, f'there is no {kind} "{text}" (there are: {", ".join(sorted(names)) or "none"})')


def _twice(data: Mapping[str, Any], patterns: tuple[tuple[str, ...], ...], what: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for pattern in patterns:
        for path, text in texts(data, *pattern):
            form = _comparable(what, text)
            if form in seen:
                yield Problem(path, f'the {what} "{text}" is here twice (it can stand once)')
            seen.add(form)


def _comparable(what: str, text: str) -> str:
    """The form in which two of a kind are the same."""
    forms = {"address": normalise(text), "domain": a_label(text)}
    return forms.get(what) or text.lower()


def _standards(data: Mapping[str, Any]) -> Iterator[Problem]:
    for path, text in texts(data, "plan", ANY, "standard"):
        names = [name for _, name in texts(data, "plan", str(path[1]), "priority", ANY, "name")]
        if names and text not in names:
            yield Problem(path, f'the plan has no priority "{text}" (it has: {", ".join(names)})')


def _default_calendar(data: Mapping[str, Any], known: Known) -> Iterator[Problem]:
    desk = data.get("desk")
    if (
        isinstance(desk, Mapping)
        and "calendar" not in desk
        and known.names[CALENDAR] - {"office"} == known.names[CALENDAR]
    ):
        yield Problem(
            ("desk", "calendar"), f'there is no calendar "office" (name one of: {", ".join(known.names[CALENDAR])})'
        )


def _language(data: Mapping[str, Any]) -> Iterator[Problem]:
    served = [text for _, text in texts(data, "desk", "languages", ANY)]
    for path, text in texts(data, "desk", "language"):
        if served and text not in served:
            yield Problem(path, f'"{text}" is not among the languages (they are: {", ".join(served)})')


def _two_directories(data: Mapping[str, Any]) -> Iterator[Problem]:
    if any(texts(data, "desk", "directory")) and (data.get("customer") or data.get("agent")):
        yield Problem(
            ("desk", "directory"), "the directory stands in this file already (give a file, or tables here, not both)"
        )


def _too_long_for_tokens(data: Mapping[str, Any]) -> Iterator[Problem]:
    """A reply address is the first one with a token after a plus; a local part has 64 octets (RFC 5321 §4.5.3.1)."""
    if any(wanted is False for _, wanted in values(data, "mail", "plus_addresses")):
        return
    for path, text in texts(data, "queue", ANY, "addresses", ANY):
        local = text.partition("@")[0]
        if path[-1] == 0 and len(local.encode()) > LONGEST_LOCAL_PART:
            most = f"at most {LONGEST_LOCAL_PART} letters before the @, or [mail] plus_addresses = false"
            yield Problem(path, f'"{local}" leaves no room for reply addresses ({most})')


def _agreements(data: Mapping[str, Any], known: Known) -> Iterator[Problem]:
    """A contract's agreement is one of its plan."""
    plans = {path[:-1]: text for path, text in texts(data, *CONTRACT, "plan")}
    for path, text in texts(data, *CONTRACT, "agreement"):
        names = known.agreements.get(plans.get(path[:-1], ""))
        if names is not None and text and text not in names:
            plan, right = plans[path[:-1]], ", ".join(sorted(names)) or "none"
            yield Problem(path, f'the plan "{plan}" has no agreement "{text}" (it has: {right})')


def _channels(data: Mapping[str, Any]) -> Iterator[str]:
    """The names of channels that carry more than a short line, as their rows in the outbox have them."""
    yield from (text for _, text in texts(data, "duty", "webhook", ANY, "name"))
    yield from (text for _, text in texts(data, "duty", "apprise", ANY, "name"))
    yield from {"hook" for _ in texts(data, "duty", "hook", ANY)}


def _own_address(data: Mapping[str, Any], known: Known, patterns: Iterable[tuple[str, ...]]) -> Iterator[Problem]:
    for pattern in patterns:
        for path, text in texts(data, *pattern):
            if normalise(text) in known.names[OURS]:
                yield Problem(path, f'"{text}" is the desk\'s own address (a person needs another)')


def _roster(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Where the directory is in sight, the people on duty are agents of it."""
    agents = [text for _, text in texts(data, "agent", ANY, "name")]
    if not agents:
        return
    for pattern in ON_DUTY:
        for path, text in texts(data, *pattern):
            if text not in agents:
                yield Problem(path, f'there is no agent "{text}" (there are: {", ".join(agents)})')
