"""What `/help` says: how a mail of an agent is read, every command that the agent may give, and the names that count.

In: the ticket that the mail is on (None: none), who asks, and the desk. Out: lines of text in English. Pure.
"""

from collections.abc import Iterator

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.ticket import Ticket
from helpdeskd.triage.commands import COMMANDS, possible

READ = (
    "Text that is no command goes to everybody of the customer who takes part, with your name.",
    "With /note on top, all of the mail stays inside.",
    "Commands stand at the top, or alone on the last lines. If one is wrong, nothing is done and nothing is sent.",
    "Amounts: 40m minutes, 3h hours, 2d days; 2wd two working days, 3wh three working hours.",
    "",
)
ESCAPE = "//resolve: the text /resolve (how to begin a line with a slash)"
NOT_NOW = " (not here, or not now)"


def told(ticket: Ticket | None, agent: Agent, desk: Desk) -> tuple[str, ...]:
    """The whole text; what makes no sense here is marked."""
    now = possible(ticket)
    rows = (row for row in COMMANDS if row.is_for(agent, desk))
    lines = (row.line if row in now else row.line + NOT_NOW for row in rows)
    return (*READ, *lines, ESCAPE, *_names(ticket, desk))


def _names(ticket: Ticket | None, desk: Desk) -> Iterator[str]:
    """The names of the ticket's plan and of the desk."""
    if ticket is None:
        return
    plan = desk.plan_named(ticket.plan)
    yield ""
    yield f"priorities: {', '.join(priority.name for priority in plan.priorities)}"
    yield f"kinds: {', '.join(plan.kinds)}"
    yield f"queues: {', '.join(queue.name for queue in desk.queues)}"
    if plan.outside:
        yield f"topics outside the contract: {', '.join(plan.outside)}"
