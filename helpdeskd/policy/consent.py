"""What customers are asked before it costs, and who learns of the answer (policies, "Money", rule 5).

In: events about estimates and what is outside the contract. Out: the request to those who may agree to it, and once
more after some days; the result to all who could have answered, to the requester and to the agents. Nothing here
decides anything: amounts are those of the events.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from helpdeskd.domain.bill import authorised, may_agree
from helpdeskd.domain.cost_event import (
    ApprovalRefused,
    EstimateApproved,
    EstimateAsked,
    EstimateDeclined,
    EstimateExpired,
    EstimateReminded,
    OutsideContract,
)
from helpdeskd.domain.effect import Effect
from helpdeskd.domain.estimate import Estimate
from helpdeskd.domain.event import Event
from helpdeskd.domain.notice import EstimateFacts, Recipient
from helpdeskd.policy.inform import update
from helpdeskd.policy.scene import Scene, customers, facts, notices, requester, title, to_address, to_contact

Answer = EstimateApproved | EstimateDeclined | EstimateExpired
WHAT: dict[type, str] = {EstimateApproved: "approved", EstimateDeclined: "declined", EstimateExpired: "expired"}


def ask(event: Event, scene: Scene) -> Iterable[Effect]:
    """The request, to each who may agree; the others who take part learn that it was made."""
    estimate = scene.ticket.estimate if scene.ticket else None
    if not isinstance(event, EstimateAsked | EstimateReminded) or estimate is None:
        return []
    # Of two estimates in one mail the last one counts.
    if isinstance(event, EstimateAsked) and event.estimate.number != estimate.number:
        return []
    what = "reminder" if isinstance(event, EstimateReminded) else ""
    people = _who_may_agree(scene)
    effects: list[Effect] = []
    for person in people:
        told = facts(scene, what=what, estimate=_told(estimate, scene, person), person=title(scene, estimate.asked_by))
        effects += notices("approval-request", [person], told, about=estimate.number)
    # Who learns in this turn that it is outside the contract reads there that others are asked.
    known = bool(what) or scene.happened(OutsideContract)
    return effects if known else [*effects, *_waiting(scene, estimate, people)]


def _waiting(scene: Scene, estimate: Estimate, asked: Iterable[Recipient]) -> Iterator[Effect]:
    """To who takes part, but cannot answer it."""
    addresses = {person.address for person in asked}
    for person in (one for one in customers(scene) if one.address not in addresses):
        told = facts(scene, what="awaiting approval", estimate=_told(estimate, scene, person))
        yield from notices("status", [person], told)


def answered(event: Event, scene: Scene) -> Iterable[Effect]:
    """Agreed, declined or expired: to all who could have answered, to the requester, and to the agents."""
    if not isinstance(event, Answer) or scene.ticket is None:
        return []
    what, person = WHAT[type(event)], "" if isinstance(event, EstimateExpired) else title(scene, event.by)
    people = {one.address: one for one in (*_who_may_agree(scene), *requester(scene))}
    effects: list[Effect] = []
    for one in people.values():
        told = facts(scene, what=what, person=person, estimate=_answered(event, scene, one))
        effects += notices("approval-result", [one], told)
    text = "" if isinstance(event, EstimateExpired) else event.text
    return [*effects, *update(event, scene, what, text)]


def not_counted(event: Event, scene: Scene) -> Iterable[Effect]:
    """An answer that does not count: why, to who wrote it."""
    if not isinstance(event, ApprovalRefused):
        return []
    person = to_address(event.by, scene)
    told = facts(scene, what="not-counted", reasons=(event.reason,))
    return notices("approval-result", [person] if person is not None else [], told)


def outside(event: Event, scene: Scene) -> Iterable[Effect]:
    """What is outside the contract, in the words that the customer knows it by, before anything costs."""
    if not isinstance(event, OutsideContract):
        return []
    effects: list[Effect] = []
    for person in customers(scene):
        topic = _topic(event.topic, scene, person)
        told = facts(
            scene,
            what=topic,
            text=event.text,
            person=title(scene, event.by),
            rate=_rate(scene),
            currency=_currency(scene),
            estimate=_asked_too(scene, person),
        )
        effects += notices("outside-contract", [person], told)
    return effects


def _asked_too(scene: Scene, reader: Recipient) -> EstimateFacts | None:
    """The estimate of the same mail, which others answer."""
    estimate = scene.ticket.estimate if scene.ticket and scene.happened(EstimateAsked) else None
    return _told(estimate, scene, reader) if estimate else None


def _who_may_agree(scene: Scene) -> list[Recipient]:
    if scene.ticket is None:
        return []
    customer = scene.directory.customer(scene.ticket.customer)
    return [to_contact(contact, customer, scene) for contact in may_agree(scene.ticket, customer, scene.plan)]


def _answered(event: Answer, scene: Scene, reader: Recipient) -> EstimateFacts | None:
    """What was asked, with as much of it as was agreed to."""
    story = (*scene.directory.story(scene.ticket.id), *scene.events) if scene.ticket else ()
    asked = (one.estimate for one in story if isinstance(one, EstimateAsked) and one.estimate.number == event.number)
    estimate = next(asked, None)
    if estimate is None:
        return None
    told = _told(estimate, scene, reader)
    if isinstance(event, EstimateApproved):
        told = replace(told, minutes=event.minutes, cents=event.cents)
    return replace(told, worked=0, answered_by=event.by)


def _told(estimate: Estimate, scene: Scene, reader: Recipient) -> EstimateFacts:
    return EstimateFacts(
        minutes=estimate.minutes,
        cents=estimate.cents,
        rate=_rate(scene),
        currency=_currency(scene),
        by_card=estimate.by_card,
        topic=_topic(estimate.topic, scene, reader),
        text=estimate.text,
        asked_by=title(scene, estimate.asked_by),
        expires_at=estimate.expires_at,
        varies=scene.bill is not None and scene.bill.tariff.varies,
        asked=estimate.minutes,
        worked=min(estimate.minutes, _not_approved(scene)),
        authorised=authorised(scene.ticket, scene.plan, scene.directory) if scene.ticket else 0,
    )


def _not_approved(scene: Scene) -> int:
    """Minutes that were worked already, and that nobody has approved."""
    settled = scene.bill.settlement if scene.bill else None
    return settled.minutes.unapproved - settled.short if settled else 0


def _rate(scene: Scene) -> int:
    """Cents an hour of ordinary time on this ticket; 0 where the plan has no prices."""
    return scene.bill.tariff.ordinary_rate(None, scene.bill.over_quota) if scene.bill else 0


def _currency(scene: Scene) -> str:
    return scene.bill.tariff.currency if scene.bill else ""


def _topic(topic: str, scene: Scene, reader: Recipient) -> str:
    """A topic in the reader's language, else in the desk's."""
    words = scene.plan.outside.get(topic, {})
    return words.get(reader.language) or words.get(scene.desk.language) or topic
