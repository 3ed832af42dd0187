"""Duty is handed over in the morning: what happened on it since the last working day ended, and who has it next.

In: an agent, the scene of the clock, and when their last morning mail was made. Out: a line for each emergency that
somebody was woken for or that nobody has taken, with what became of it, and one that says who is on duty from the end
of this day. Only for who was on duty or woken since then, or will be next; nothing where nothing happened and nobody
else has it next. Drills are not told. Pure.
"""

from datetime import datetime

from helpdeskd.domain.directory import Agent
from helpdeskd.domain.duty import order, watches
from helpdeskd.domain.event import DutyPaged, DutyReleased, DutyTaken
from helpdeskd.domain.merged import merged_into
from helpdeskd.domain.morning import closing
from helpdeskd.domain.notice import Item
from helpdeskd.domain.ticket import Emergency, Ticket
from helpdeskd.policy.scene import Scene, calendar_of, title


def handover(agent: Agent, scene: Scene, since: datetime) -> list[Item]:
    """The note for the agent; [] for who has nothing to do with duty."""
    duty = scene.desk.duty
    if duty is None:
        return []
    calendar = calendar_of(agent, scene.desk)
    start, evening = closing(calendar, since), closing(calendar, scene.now)
    had = {watch.people[0] for watch in watches(duty.roster, min(start, scene.now), scene.now)}
    upcoming = order(duty.roster, evening)[0]
    emergencies = _emergencies(scene, start)
    woken = {person for ticket in emergencies for person in _of(ticket).paged}
    if agent.name not in had | woken | {upcoming} or not (emergencies or had - {upcoming}):
        return []
    lines = [_line(ticket, scene) for ticket in emergencies]
    return [*lines, Item("", title(scene, upcoming), due=evening, kind="next")]


def _emergencies(scene: Scene, start: datetime) -> list[Ticket]:
    """The tickets about which duty was woken, or said something, since then, and those that wait still."""
    news = scene.directory.news(start)
    numbers = dict.fromkeys(number for number, event in news if isinstance(event, DutyPaged | DutyTaken | DutyReleased))
    found = {number: scene.directory.ticket_by_id(number) for number in numbers}
    found |= {ticket.id: ticket for ticket in scene.directory.unfinished() if _of(ticket).waiting}
    tickets = (ticket for ticket in found.values() if ticket is not None)
    return [ticket for ticket in tickets if ticket.emergency is not None and not ticket.is_drill]


def _line(ticket: Ticket, scene: Scene) -> Item:
    """What became of an emergency, and by whom; also where it was merged into another one before anybody took it."""
    emergency = _of(merged_into(ticket, scene.directory) if _of(ticket).waiting else ticket)
    kind = "taken" if emergency.taken_by else "released" if emergency.released else "paged"
    people = (emergency.taken_by,) if emergency.taken_by else emergency.paged
    who = ", ".join(title(scene, person) for person in dict.fromkeys(people))
    return Item(ticket.reference, ticket.subject, text=who, due=emergency.taken_at or ticket.opened_at, kind=kind)


def _of(ticket: Ticket) -> Emergency:
    return ticket.emergency or Emergency(released=True)
