"""[[alert]]: monitoring systems whose mails open tickets, made into `Monitor` (policies, "Alerts").

In: who sends, whose alerts they are, and how to read them: `like` names a system whose mails are known, and what is
written beside it takes the place of the same part of it. Out: `Monitor`, with compiled patterns.

A pattern is a regular expression that begins at the beginning of the subject or of a line. So that no mail can make it
take long, it has at most four repetitions, and no group is repeated. Fails with a ValueError for people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import PlainValidator, model_validator

from helpdeskd.config.fields import Duration, Name, Rows, Table, Words, key
from helpdeskd.domain.address import a_label, normalise
from helpdeskd.domain.desk import Monitor

MOST_REPETITIONS = 4
LONGEST_PATTERN = 300
GROUPS = frozenset({"state", "host", "service", "key"})
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[0-9]*,?[0-9]*\}|.", re.DOTALL)
_REPEATS = re.compile(r"[*+]|\{[0-9]*,[0-9]*\}|\{[0-9]+\}")


@dataclass(frozen=True, slots=True)
class Known:
    """How a system writes, as it is installed, and what its states mean."""

    patterns: tuple[str, ...]
    problem: tuple[str, ...]
    recovery: tuple[str, ...]
    other: tuple[str, ...] = ()


_NOTES = (
    "ACKNOWLEDGEMENT", "CUSTOM", "DOWNTIMESTART", "DOWNTIMEEND", "DOWNTIMEREMOVED", "DOWNTIMECANCELLED",
    "FLAPPINGSTART", "FLAPPINGSTOP", "FLAPPINGEND", "FLAPPINGDISABLED",
)  # fmt: skip
_NOTE = r"(?P<state>ACKNOWLEDGEMENT|CUSTOM|(?:DOWNTIME|FLAPPING)[A-Z]+)"
_TROUBLE = ("DOWN", "UNREACHABLE", "WARNING", "CRITICAL", "UNKNOWN")
_FIRING = r"\[(?P<state>FIRING|RESOLVED)(?::\d{1,6}(?:, RESOLVED:\d{1,6})?)?\] {1,2}(?P<key>[^()]+)"
_INSTANCE = r"(?:- )?instance ?= ?(?P<host>\S+)"
KNOWN = {
    "nagios": Known(
        (
            r"\*\* (?:PROBLEM|RECOVERY) Host Alert: (?P<host>.+) is (?P<state>[A-Z]+) \*\*",
            r"\*\* (?:PROBLEM|RECOVERY) Service Alert: (?P<host>[^/]+)/(?P<service>.+) is (?P<state>[A-Z]+) \*\*",
            rf"\*\* {_NOTE} Host Alert: (?P<host>.+) is [A-Z]+ \*\*",
            rf"\*\* {_NOTE} Service Alert: (?P<host>[^/]+)/(?P<service>.+) is [A-Z]+ \*\*",
        ),
        _TROUBLE,
        ("UP", "OK"),
        _NOTES,
    ),
    "icinga": Known(
        (
            r"\[(?:PROBLEM|RECOVERY)\] (?P<service>.+) on (?P<host>.+) is (?P<state>[A-Z]+)!",
            r"\[(?:PROBLEM|RECOVERY)\] Host (?P<host>.+) is (?P<state>[A-Z]+)!",
            rf"\[{_NOTE}\] (?P<service>.+) on (?P<host>.+) is [A-Z]+!",
            rf"\[{_NOTE}\] Host (?P<host>.+) is [A-Z]+!",
        ),
        _TROUBLE,
        ("UP", "OK"),
        _NOTES,
    ),
    "zabbix": Known(
        (
            r"(?P<state>Problem|Resolved|Updated problem)(?: in [^:]+)?: (?P<service>.+)",
            r"Host: (?P<host>.+)",
        ),
        ("Problem",),
        ("Resolved",),
        ("Updated problem",),
    ),
    "alertmanager": Known((_FIRING, _INSTANCE), ("FIRING",), ("RESOLVED",)),
    "grafana": Known(
        (_FIRING, r"\[(?P<state>Alerting|No Data|OK)\] (?P<key>.+)", _INSTANCE),
        ("FIRING", "Alerting", "No Data"),
        ("RESOLVED", "OK"),
    ),
    "uptime-kuma": Known((r"\[(?P<host>.+)\] \[(?:\S{1,4} )?(?P<state>Up|Down)\]",), ("Down",), ("Up",)),
    "checkmk": Known(
        (
            r"Check_?[Mm][Kk]: (?P<host>[^/ ]+) - [A-Z]+ -> (?P<state>[A-Z]+)",
            r"Check_?[Mm][Kk]: (?P<host>[^/ ]+)/(?P<service>.+) [A-Z]+ -> (?P<state>[A-Z]+)",
            r"Check_?[Mm][Kk]: (?P<host>[^/ ]+) - (?P<state>Acknowledged|Custom|Downtime|Started|Stopped|Disabled) ",
            r"Check_?[Mm][Kk]: (?P<host>[^/ ]+)/(?P<service>.+) "
            r"(?P<state>Acknowledged|Custom Notification|Downtime|Started Flapping|Stopped Flapping|Disabled Flapping)",
        ),
        ("DOWN", "UNREACH", "WARN", "CRIT", "UNKN"),
        ("UP", "OK"),
        (
            "Acknowledged", "Custom", "Custom Notification", "Downtime", "Started", "Stopped", "Disabled",
            "Started Flapping", "Stopped Flapping", "Disabled Flapping",
        ),
    ),
}  # fmt: skip


def _sender(value: object) -> str:
    text = value if isinstance(value, str) else ""
    found = normalise(text) if "@" in text else a_label(text) if " " not in text else ""
    if not found:
        raise ValueError(f'"{value}" is no sender (an address, or a domain such as "monitor.desk.example")')
    return found


def _pattern(value: object) -> re.Pattern[str]:
    text = value if isinstance(value, str) else ""
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ValueError(f'"{text}" is no regular expression ({error})') from None
    if not text or len(text) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has from 1 to {LONGEST_PATTERN} characters (this has {len(text)})")
    if unknown := sorted(set(pattern.groupindex) - GROUPS):
        raise ValueError(f'nothing is called "{unknown[0]}" (groups are {", ".join(sorted(GROUPS))})')
    repeated = list(_repeated(text))
    if ")" in repeated:
        raise ValueError(f'"{text}" repeats a group, which a mail can make take long (repeat a set, such as [a-z.]+)')
    if len(repeated) > MOST_REPETITIONS:
        raise ValueError(f'"{text}" has {len(repeated)} repetitions (at most {MOST_REPETITIONS}, so that it is quick)')
    return pattern


def _repeated(text: str) -> Iterator[str]:
    """What each `*`, `+` and `{…}` of a regular expression repeats; ")" for a group."""
    before = ""
    for token in _TOKEN.findall(text):
        if _REPEATS.fullmatch(token) and not _REPEATS.fullmatch(before):
            yield before
        before = token


Sender = Annotated[str, PlainValidator(_sender)]
Pattern = Annotated[re.Pattern[str], PlainValidator(_pattern)]


class AlertTable(Table):
    """A monitoring system whose mails open tickets, and wake the person on duty outside the opening hours."""

    name: Name = key(says="What it is called.", such="nagios")
    senders: Rows[Sender] = key(
        says="Who sends its mails: addresses, or whole domains.", such=["nagios@monitor.desk.example"], min_length=1
    )
    like: Literal["nagios", "icinga", "zabbix", "alertmanager", "grafana", "uptime-kuma", "checkmk"] | None = key(
        None,
        "The system whose mails, as it is installed, it reads; what stands below replaces parts of it.",
        such="nagios",
    )
    customer: Name | None = key(
        None,
        "The customer whose contract decides whether duty is woken; without it, they are the desk's own.",
        such="bakery",
    )
    patterns: Rows[Pattern] = key(
        (),
        "Regular expressions at the beginning of the subject or of a line; groups: state, host, service, key.",
        such=[r"(?P<host>\S+) is (?P<state>\w+)"],
    )
    problem_words: Rows[Words] = key((), "States that are a problem.", such=["DOWN", "CRITICAL"])
    recovery_words: Rows[Words] = key((), "States that end it.", such=["UP", "OK"])
    other_words: Rows[Words] = key((), "States that are only recorded; mail with any other is held.", such=["WARNING"])
    recovery: Literal["note", "resolve"] = key(
        "note", "What its end does to the ticket; resolve is for one that nobody has taken."
    )
    flap: Duration = key(
        timedelta(minutes=30),
        "How long after its end a problem that comes back is the same one, and wakes nobody.",
        such="30 minutes",
    )

    @model_validator(mode="after")
    def _can_be_read(self) -> "AlertTable":
        made = self.monitor()
        groups = {name for pattern in made.patterns for name in pattern.groupindex}
        if "state" not in groups or not groups & {"host", "service", "key"}:
            raise ValueError("its patterns find no state, or nothing to tell alerts apart by (name a system in like)")
        if not (made.problem and made.recovery):
            raise ValueError("no state is a problem, or none ends it (give problem_words and recovery_words)")
        if twice := sorted(made.problem & made.recovery | made.problem & made.other | made.recovery & made.other):
            raise ValueError(f'"{twice[0]}" means two things (a state stands in one list)')
        return self

    def monitor(self) -> Monitor:
        """The monitor that the table describes."""
        known = KNOWN[self.like] if self.like else Known((), (), ())
        return Monitor(
            name=self.name,
            senders=self.senders,
            patterns=self.patterns or tuple(map(re.compile, known.patterns)),
            problem=_lower(self.problem_words or known.problem),
            recovery=_lower(self.recovery_words or known.recovery),
            other=_lower(self.other_words or known.other),
            customer=self.customer or "",
            resolves=self.recovery == "resolve",
            flap=self.flap,
        )


def _lower(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.lower() for word in words)
