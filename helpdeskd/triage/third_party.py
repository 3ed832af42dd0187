"""What a third party answers: a note on the ticket that it was asked about, and nothing else.

In: a mail whose token says that its sender was asked by `/forward`. Out: the answer, for agents only. It reopens
nothing, meets no target and is never read as a command, whatever the ticket's status, and whoever its sender has become
since. A sender whom nothing but the token proves is told to the agents as such.

A handler of the spine, which stands behind the one for mail that no person wrote and before all that deal with agents
and contacts.
"""

from helpdeskd.domain.party_event import ThirdPartyAnswered
from helpdeskd.domain.token import THIRD_PARTY
from helpdeskd.triage.case import Case, Outcome, Strength


def answer(case: Case) -> Outcome | None:
    """A note by who was asked; None for the mail of anybody else."""
    ticket = case.thread.ticket
    if ticket is None or case.thread.purpose != THIRD_PARTY:
        return None
    proved = case.proof.strength is not Strength.NONE
    answered = ThirdPartyAnswered(case.now, case.proof.address, case.new, proved)
    return Outcome("added", f"answer of a third party by {case.thread.how}", ticket, (answered,))
