"""What the first line of an agent's notice says of a customer's mail: what it is, and that it is no approval.

Nobody at the desk is to take for an approval what is none: neither friendly words of a person who was asked, nor the
word of somebody who may not decide.
"""

from helpdeskd.domain.bill import may_agree
from helpdeskd.domain.cost_event import ApprovalRefused
from helpdeskd.domain.event import CustomerWrote
from helpdeskd.policy.scene import Scene

NO_APPROVAL = "no-approval"
REFUSED = {"no-right": "may-not-approve", "not-alone": NO_APPROVAL, "no-answer": NO_APPROVAL}


def what_was_written(event: CustomerWrote, scene: Scene) -> str:
    """The key of words.toml ([what]) for it."""
    if event.accepted:
        return "let-in"
    refused = next((one.reason.code for one in scene.events if isinstance(one, ApprovalRefused)), "")
    if refused:
        return REFUSED.get(refused, "approval-refused")
    return NO_APPROVAL if _is_asked(event, scene) else "customer-wrote"


def _is_asked(event: CustomerWrote, scene: Scene) -> bool:
    """Whether its writer is asked to agree to an estimate."""
    ticket, writer = scene.ticket, scene.directory.contact(event.by)
    if ticket is None or ticket.estimate is None:
        return False
    return writer in may_agree(ticket, scene.directory.customer(ticket.customer), scene.plan)
