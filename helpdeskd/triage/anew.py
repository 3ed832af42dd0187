"""What a ticket is entitled to when it comes under other terms: those of another customer, product or site.

In: the ticket, and of which customer, for which contact and about what it is from now on. Out: the `Basis` by which it
is served then, and what the agent is told of it. Judged is the request as it was when the desk accepted it, by the
contract then in force. Whoever gives a ticket to another customer has decided that it is served: what would have been
held or refused needs somebody's approval first. Its reasons that no term changes stay. Pure; nothing fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from helpdeskd.domain.desk import Desk
from helpdeskd.domain.directory import Contact, Customer, Directory
from helpdeskd.domain.sort_event import Basis
from helpdeskd.domain.ticket import Decision, Entitlement, Reason, Ticket
from helpdeskd.triage.authorise import BY_GRAVITY, REFUSALS
from helpdeskd.triage.coverage import OF_CONTACT, OF_CONTRACT, Answer, within_quota
from helpdeskd.triage.terms import Request, Terms, terms_for

ON_CONTACT = frozenset({"contact", "unknown-sender", "right", "no-right", "role", "no-role"})
ON_QUOTA = frozenset({"quota", "over-quota", "over-quota-rate"})
ON_CONTRACT = frozenset({
    "contract", "no-contract", "contract-ended", "contract-not-started", "billable-without-contract", "rate", "minimum",
    "paid", "unpaid", "covered", "not-covered",
})  # fmt: skip
OUTSIDE = "outside"
WARNINGS = {
    "no-right": "who asks may not open tickets",
    "no-role": "who asks has none of the roles that the plan wants: {}",
    "no-contract": "the customer has no contract",
    "contract-ended": "the contract ended on {}",
    "contract-not-started": "the contract starts on {}",
    "billable-without-contract": "the customer has no contract in force, so it is charged",
    "unpaid": "the contract is paid until {}",
    "not-covered": "no contract in force covers {}",
    "over-quota": "it is beyond the tickets of the month ({})",
}
ASK_FIRST = "ask before it costs (/estimate)"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a request is, about what and for which site; `contact` is None where no contact of the customer asks."""

    customer: Customer | None
    contact: Contact | None
    product: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class Anew:
    """How a ticket is served from now on; `informs`: the contract keeps every contact informed."""

    before: Ticket
    basis: Basis
    informs: bool

    @property
    def is_other_contract(self) -> bool:
        """Whether plan or prices change."""
        return (self.basis.plan, self.basis.agreement) != (self.before.plan, self.before.agreement)

    @property
    def told(self) -> str:
        """What follows, behind the words for the change itself; "" where nothing does."""
        basis, before = self.basis, self.before
        changes = (
            (f"plan {basis.plan} {basis.agreement}".rstrip(), self.is_other_contract),
            (f"served as: {basis.entitlement.decision}", basis.entitlement.decision != before.entitlement.decision),
            (f"priority is {basis.priority}", basis.priority != before.priority),
            (f"kind is {basis.kind}", basis.kind != before.kind),
        )
        words = "".join(f"; {words}" for words, changed in changes if changed)
        return words + warned(basis.entitlement)


def judged_anew(ticket: Ticket, owner: Owner, desk: Desk, directory: Directory) -> Anew:
    """The ticket judged as that owner's."""
    asked = Request(owner.customer, owner.contact, owner.product, owner.site, ticket.opened_at, ticket.served_at)
    terms, moved = terms_for(asked, desk), owner.customer is None or owner.customer.name != ticket.customer
    recounted = moved or terms.plan.name != ticket.plan
    questions = (*OF_CONTACT, *OF_CONTRACT) if moved and owner.contact else OF_CONTRACT
    answers = [question(terms) for question in questions]
    if recounted and owner.customer and ticket.on_quota:
        answers.append(within_quota(terms, owner.customer.name, ticket.reference, directory))
    over = ON_CONTRACT | (ON_QUOTA if recounted else frozenset()) | ({*ON_CONTACT, OUTSIDE} if moved else frozenset())
    stays = [reason for reason in ticket.entitlement.reasons if reason.code not in over]
    if moved and owner.contact:
        stays.insert(0, Reason("contact", f"{owner.contact.name}, {owner.contact.customer}"))
    informs = terms.plan.contacts.inform_all or (terms.contract is not None and terms.contract.inform_all)
    return Anew(ticket, _basis(ticket, terms, _entitlement(stays, answers, moved)), informs)


def warned(entitlement: Entitlement) -> str:
    """What the agent should know of an entitlement, behind the words for what they did; "" where it is as usual."""
    warnings = ", ".join(_warnings(entitlement))
    return f"; warning: {warnings}" if warnings else ""


def _entitlement(stays: list[Reason], answers: list[Answer], moved: bool) -> Entitlement:
    """What was answered before it became a ticket is not refused now, unless somebody else is to pay for it."""
    decision = Decision.ASK if any(reason.code == OUTSIDE for reason in stays) else Decision.ACCEPT
    for answer, *_ in answers:
        counts = answer if answer not in REFUSALS else Decision.ASK if moved else Decision.ACCEPT
        decision = max(decision, counts, key=BY_GRAVITY.index)
    return Entitlement(decision, (*stays, *(reason for _, *why in answers for reason in why)))


def _basis(ticket: Ticket, terms: Terms, entitlement: Entitlement) -> Basis:
    """Priority and kind stay where the plan has them too."""
    plan = terms.plan
    return Basis(
        plan=plan.name,
        agreement=terms.contract.agreement if terms.contract else "",
        entitlement=entitlement,
        priority=ticket.priority if plan.priority(ticket.priority) else plan.standard,
        kind=ticket.kind if ticket.kind in plan.kinds else plan.kinds[0],
    )


def _warnings(entitlement: Entitlement) -> Iterator[str]:
    for reason in entitlement.reasons:
        if reason.code in WARNINGS:
            yield WARNINGS[reason.code].format(reason.detail)
    if entitlement.decision is Decision.ASK:
        yield ASK_FIRST
