"""Morning mails: each agent's, and each manager's, at the first opening of their working day (spec desk.md, "Digests").

In: a mail that is due, in the caller's transaction. Out: the mail, if there is anything to tell, and when the next one
is due. It is made once a day whatever happens: one that the desk was down for is made up for as long as its reader is
at work that day, else it waits for the next morning and tells of both. `arm` begins it for agents who are new.
"""

from collections.abc import Iterable
from datetime import datetime

from helpdeskd.daemon.letters import Post
from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Agent
from helpdeskd.domain.morning import next_morning
from helpdeskd.domain.notice import Notice
from helpdeskd.policy.digest import for_agent, for_manager
from helpdeskd.policy.remind import news
from helpdeskd.policy.scene import Scene, calendar_of
from helpdeskd.storage import mornings, reminders
from helpdeskd.storage.directory import StoredDirectory
from helpdeskd.storage.mornings import Morning
from helpdeskd.storage.reminders import Collected
from helpdeskd.triage.commands import sensible

OF_AGENT, OF_MANAGER = "agent-digest", "manager-digest"


def arm(agents: Iterable[Agent], desk: Desk, now: datetime) -> None:
    """Each of these who wants it gets one each working morning from now on, and nobody else does."""
    due = {
        (agent.name, notice): at
        for agent in agents
        if not agent.no_digest and (at := next_morning(calendar_of(agent, desk), now)) is not None
        for notice in (OF_AGENT, *((OF_MANAGER,) if agent.manager else ()))
    }
    mornings.begin(due, now)


def begin_day(due: Morning, post: Post, now: datetime) -> None:
    """The mail of an agent whose day has begun; of one who has the day off, none."""
    directory = StoredDirectory()
    agent = next((agent for agent in directory.agents() if agent.name == due.agent), None)
    if agent is None:
        mornings.next_at(due, None, now)
        return
    calendar = calendar_of(agent, post.desk)
    works = calendar.is_open(now)
    if works:
        scene = Scene(post.desk, directory, now, (), commands=tuple(command.usage for command in sensible(None)))
        notice = _made(due, agent, scene)
        if notice is not None:
            post.send(notice, scene.own_queue, None, now)
    mornings.next_at(due, next_morning(calendar, now), now if works else due.since)


def _made(due: Morning, agent: Agent, scene: Scene) -> Notice | None:
    if due.notice == OF_MANAGER:
        overview = for_manager(agent, scene, due.since, mornings.told(agent.name))
        mornings.tell(agent.name, overview.told, scene.now)
        return overview.notice
    reminded = reminders.take(Collected(OF_AGENT, agent.address), scene.now)
    return for_agent(agent, scene, due.since, news(reminded, scene.directory))
