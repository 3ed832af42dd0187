"""`helpdeskd simulate --replay PATH`: what a configuration makes of real past mail, and what it would make otherwise.

The mails of Maildirs, mbox files and .eml files are played on a virtual clock, each at the time at which it came: that
of the topmost Received field with a date, else of Date, else of its file; and the month after the last one. With
`--against OLD` they are played under that configuration too, and only what differs is told. Each has a desk of its own
in a temporary folder, with the directory of its configuration, else with the stored one; nothing is kept or sent.

Answers to mails of the real desk are answers to those of the rehearsed one where the real desk is stored: its tokens
are worth nothing elsewhere. What is no mail is told, and costs itself only; the exit status is then 1, as for a
configuration that is broken.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from helpdeskd.cli.common import fail, iso, with_config
from helpdeskd.cli.past_mail import Came, read_past, remembered, step_name
from helpdeskd.cli.progress import watched
from helpdeskd.config.directory_file import DirectoryFile
from helpdeskd.config.load import Loaded, load
from helpdeskd.config.problems import ConfigErrors, Source
from helpdeskd.config.scenario import Scenario
from helpdeskd.daemon import log
from helpdeskd.daemon.office import CannotServe
from helpdeskd.daemon.rehearsal import KEY, Rehearsal
from helpdeskd.daemon.replay import Judge, Judged
from helpdeskd.storage import db

AFTERWARDS = timedelta(days=31)
PREFIX = "REPLAY"
KINDS = {
    "decisions": {"fate", "reason", "about", "entitlement", "priority"},
    "deadlines": {"deadlines", "missed"},
    "mails": {"mails", "later"},
}
"""Under which word the summary counts a difference."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Played:
    """The past mails with what became of each: `old` is None where there is nothing to compare with."""

    came: list[Came]
    new: Judge
    old: Judge | None
    zone: ZoneInfo

    def pairs(self) -> Iterator[tuple[Came, Judged, Judged | None]]:
        for place, came in enumerate(self.came):
            name = step_name(place)
            yield came, self.new.mails[name], self.old.mails[name] if self.old else None


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `simulate` that are about past mail."""
    parser.add_argument(
        "--replay", type=Path, action="append", metavar="PATH", help="play past mail: a Maildir, mbox or .eml file"
    )
    parser.add_argument("--against", type=Path, metavar="OLD", help="tell what differs from this configuration")
    parser.add_argument("--directory", type=Path, metavar="FILE", help="who is known, for both configurations")
    parser.add_argument("--proved", action="store_true", help="as if the sender of each past mail were proved")


def replay(args: argparse.Namespace) -> int:
    """Play past mail as `args` say, and print what becomes of it."""
    return with_config(_replay)(args)


def _replay(args: argparse.Namespace, loaded: Loaded) -> int:
    log.setup("error", KEY)
    before = load(args.against) if args.against else None
    with ExitStack() as boxes:
        came, faults = read_past(args.replay, boxes)
        status = max(map(fail, faults), default=0)
        if not came:
            return status or fail(f"{args.replay[0]}: there is no mail in it")
        try:
            played = _played(args, came, loaded, before)
        except CannotServe as broken:
            return max(map(fail, str(broken).splitlines()))
    for line in _json(played) if args.json else _text(played):
        print(line)
    return status


def _played(args: argparse.Namespace, came: list[Came], loaded: Loaded, before: Loaded | None) -> Played:
    configurations = [loaded, *([before] if before else [])]
    real = next((one for one in configurations if (one.settings.state / db.FILE).exists()), None)
    people, steps = remembered(came, real)
    scenario = Scenario(
        config=loaded.settings.file,
        directory=args.directory,
        start=came[0].at,
        until=came[-1].at + AFTERWARDS,
        steps=steps,
        source=Source(loaded.settings.file, {}),
    )
    new, *old = (_judge(_rehearsed(one, people, args), scenario) for one in configurations)
    return Played(came, new, old[0] if old else None, loaded.settings.zone)


def _rehearsed(loaded: Loaded, people: DirectoryFile | None, args: argparse.Namespace) -> Loaded:
    """The configuration with those whom it knows, else those who are stored; and with a prefix of its own.

    The tag in the subject of a past mail names a ticket of the real desk, and must find no other one of that number.
    """
    known = loaded.directory or people
    if known is None and args.directory is None:
        told = f"{loaded.settings.file}: nobody is known, and no desk is stored in {loaded.settings.state}"
        raise ConfigErrors([f"{told} (name a file with --directory)"])
    trust = loaded.desk.trust
    if args.proved:
        trust = replace(trust, relays=(), accounts=frozenset({PREFIX}))
    return replace(loaded, directory=known, desk=replace(loaded.desk, prefix=PREFIX, trust=trust))


def _judge(loaded: Loaded, scenario: Scenario) -> Judge:
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = Rehearsal(loaded, scenario, Path(folder), lambda *_: (0, ""))
        for news in watched(rehearsal.play(), scenario):
            judge.hear(news)
    return judge


def _json(played: Played) -> Iterator[str]:
    for came, new, old in played.pairs():
        row = {"id": new.id, "file": came.file.name, "at": iso(came.at, played.zone)}
        told, before = _plain(new, played.zone), _plain(old, played.zone) if old else None
        yield json.dumps({**row, "old": before, "new": told, "differs": _differs(before, told)}, ensure_ascii=False)


def _differs(old: Row | None, new: Row) -> list[str]:
    return [key for key in new if old is not None and old[key] != new[key]]


def _plain(judged: Judged, zone: ZoneInfo) -> Row:
    entitlement = judged.entitlement
    return {
        "fate": judged.fate,
        "reason": judged.reason,
        "about": judged.about or None,
        "entitlement": entitlement
        and {"outcome": entitlement.decision.value, "reasons": [str(reason) for reason in entitlement.reasons]},
        "priority": judged.priority or None,
        "deadlines": [
            {"target": target.kind.value, "promised": target.promised, "due": iso(target.due, zone)}
            for target in judged.deadlines
        ],
        "mails": [{"to": mail.to, "notice": mail.notice} for mail in judged.sent],
        "later": [{"to": mail.to, "notice": mail.notice} for mail in judged.later],
        "missed": judged.missed,
    }


def _text(played: Played) -> Iterator[str]:
    zone = played.zone
    for came, new, old in played.pairs():
        lines = _compared(_lines(old, zone), _lines(new, zone)) if old else _lines(new, zone)
        if lines:
            yield from (f"{_at(came.at, zone)}  {came.title}", *(f"      {line}" for line in lines), "")
    yield from _difference(played, played.old) if played.old else [_fates(played)]


def _compared(old: list[str], new: list[str]) -> list[str]:
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    return [*(f"- {line}" for line in gone.elements()), *(f"+ {line}" for line in come.elements())]


def _lines(judged: Judged, zone: ZoneInfo) -> list[str]:
    """What became of a mail, a line for each thing."""
    lines = [f"{judged.fate} ({judged.reason})"]
    if judged.about not in {"", judged.id}:
        lines.append(f"on the ticket of {judged.about}")
    if judged.entitlement:
        reasons = ", ".join(str(reason) for reason in judged.entitlement.reasons)
        lines.append(f"{judged.entitlement.decision}: {reasons}")
    if judged.priority:
        lines.append(f"priority {judged.priority}")
    for target in judged.deadlines:
        due = f"due {_at(target.due, zone)}" if target.due else "the clock stands"
        lines.append(f"{target.kind} {due}{'' if target.promised else ' (a goal)'}")
    lines += [f"{mail.notice} to {mail.to}" for mail in judged.sent]
    lines += [f"later {mail.notice} to {mail.to}" for mail in judged.later]
    return [*lines, *(f"{target} missed" for target in judged.missed)]


def _fates(played: Played) -> str:
    fates = Counter(judged.fate for judged in played.new.mails.values())
    return f"{len(played.came)} mails: {', '.join(f'{number} {fate}' for fate, number in fates.most_common())}"


def _difference(played: Played, before: Judge) -> Iterator[str]:
    """How many mails differ, and in what; and how many mails more or less are sent."""
    both = ((_plain(old, played.zone), _plain(new, played.zone)) for _, new, old in played.pairs() if old)
    differing = [set(found) for found in (_differs(old, new) for old, new in both) if found]
    counts = ((kind, sum(bool(found & keys) for found in differing)) for kind, keys in KINDS.items())
    told = ", ".join(f"{kind} of {number}" for kind, number in counts if number)
    yield f"{len(differing)} of {len(played.came)} mails differ" + (f": {told}" if told else "")
    old, new = before.notices, played.new.notices
    changed = [f"{name} {old[name]} -> {new[name]}" for name in sorted(old | new) if old[name] != new[name]]
    if changed:
        yield f"mails sent in all: {', '.join(changed)}"


def _at(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
