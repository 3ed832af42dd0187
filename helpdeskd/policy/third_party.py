"""A question to a third party, and its answer: who is written to, and what of the ticket they see.

The third party gets the agent's mail, framed in the language of the desk: its text, its subject and what came with it.
Of the ticket a template knows nothing; its reference is the tag of the subject. What is answered is for agents, and
goes to those who are told about the ticket and to who asked last. The customer gets nothing of either.
"""

from collections.abc import Iterable
from dataclasses import replace

from helpdeskd.domain.effect import Effect
from helpdeskd.domain.event import Event
from helpdeskd.domain.notice import DeskFacts, Facts, Notice, Recipient
from helpdeskd.domain.party_event import ThirdPartyAnswered, ThirdPartyAsked
from helpdeskd.policy.inform import update, who_asked
from helpdeskd.policy.scene import Scene, title


def ask(event: Event, scene: Scene) -> Iterable[Effect]:
    """A mail of the agent's own, which no cap holds back."""
    if not isinstance(event, ThirdPartyAsked):
        return ()
    name, desk = title(scene, event.by), scene.desk
    to = Recipient(event.address, "", desk.language, desk.calendar.zone.key)
    told = Facts(DeskFacts(desk.name, scene.own_queue.address), scene.now, person=name, text=event.text)
    return [Notice("forward", to, told, automatic=False, attach=True, sender=name, subject=event.subject)]


def tell(event: Event, scene: Scene) -> Iterable[Effect]:
    """Agents are told what was asked and what was answered; the answer says first how to ask again."""
    match event:
        case ThirdPartyAsked():
            return update(event, scene, "third-party-asked", f"{event.address}\n\n{event.text}")
        case ThirdPartyAnswered():
            what = "third-party-answered" if event.proved else "third-party-unproved"
            told = update(event, scene, what, event.text, who_asked(event.by, scene))
            return [_with_command(notice, f"/forward {event.by}") for notice in told]
        case _:
            return ()


def _with_command(notice: Notice, command: str) -> Notice:
    told = notice.facts
    return replace(notice, facts=replace(told, commands=(command, *told.commands)))
