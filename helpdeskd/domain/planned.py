"""Shifts as a calendar has them, with words for people, and whom they mean.

In: events of a calendar and the agents that are known. Out: dated shifts of the roster. The title of an event counts
before its attendees; it is a list of people ("Ans / Piet"), or names of agents stand among other words ("On duty Piet
Jansen"). Where an event has several people the first is step 1. Of two events at once the one that began
later comes first. An event that means nobody is no shift: it is told by `strangers`. Pure; nothing fails.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import Shift

PARTED = re.compile(r"[/,;:+&]| - ")


@dataclass(frozen=True, slots=True)
class Planned:
    """An event of a duty calendar in [start, end), aware UTC. `people` are its attendees, by address or name."""

    start: datetime
    end: datetime
    title: str
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyCalendar:
    """A calendar as it was read, its events by their start."""

    events: tuple[Planned, ...] = ()


def meant(words: str, agents: Iterable[Agent]) -> list[Agent]:
    """Who is called so: by name or address, else by title, else by first name. More than one: the words do not say."""
    wanted = words.strip().casefold()
    for reading in (_names, _titles, _first_names):
        if found := [agent for agent in agents if wanted in reading(agent)]:
            return found
    return []


def planned_shifts(planned: Iterable[Planned], agents: Sequence[Agent]) -> tuple[Shift, ...]:
    """The shifts, in the order in which the roster wants its overrides: of those at one instant the last counts."""
    by_start = sorted(planned, key=lambda event: event.start)
    return tuple(
        Shift(event.start, event.end, agent.name) for event in by_start for agent in reversed(_people(event, agents))
    )


def strangers(planned: Iterable[Planned], agents: Sequence[Agent]) -> list[Planned]:
    """The events that mean no agent, the first of each title."""
    unknown = [event for event in planned if not _people(event, agents)]
    return list({event.title: event for event in reversed(unknown)}.values())[::-1]


def _people(event: Planned, agents: Sequence[Agent]) -> list[Agent]:
    named = list(_in_title(event.title, agents))
    found = named or [agent for words in event.people for agent in _only(meant(words, agents))]
    return list({agent.name: agent for agent in found}.values())


def _in_title(title: str, agents: Sequence[Agent]) -> Iterator[Agent]:
    """The agents whom a title names, in its order: it is a list of them, or their names stand among other words."""
    listed = [agent for part in PARTED.split(title) for agent in _only(meant(part, agents))]
    if listed:
        yield from listed
        return
    names = sorted({name for agent in agents for name in _names(agent) | _titles(agent)}, key=len, reverse=True)
    for found in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", title.casefold()):
        yield from _only(meant(found[0], agents))


def _only(agents: list[Agent]) -> list[Agent]:
    return agents if len(agents) == 1 else []


def _names(agent: Agent) -> set[str]:
    return {agent.name.casefold(), *agent.addresses}


def _titles(agent: Agent) -> set[str]:
    return {agent.title.casefold()}


def _first_names(agent: Agent) -> set[str]:
    return {agent.title.partition(" ")[0].casefold()}
