"""What a report lacks of the information that its plan asks for (spec "Required information"): rows, one a topic.

In: the case and its plan. Out: the topics that the mail does not contain, in the plan's order, and when the customer is
reminded of them. Only what is new in the text counts, not what it quotes. A topic is found by its form, so it may be
found where it is not meant; nobody is asked twice for what they gave. The configuration knows the topics from here and
refuses others.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction

from helpdeskd.domain.amount import Amount, Measure
from helpdeskd.domain.plan import Plan
from helpdeskd.domain.target import deadline
from helpdeskd.triage.case import Case

MANY_WORDS = 20
REMINDED_AFTER = Amount(Measure.WORKING_DAYS, Fraction(2))
_WORDS = re.compile(r"([1-9][0-9]{0,2}) words", re.ASCII)
_WEB_ADDRESS = re.compile(r"\bhttps?://\S|\bwww\.\S|\b[a-z0-9-]{1,63}\.[a-z]{2,24}/\S", re.IGNORECASE)


def web_address(case: Case) -> bool:
    return bool(_WEB_ADDRESS.search(case.new))


def picture(case: Case) -> bool:
    return any(attachment.type.startswith("image/") for attachment in case.message.attachments)


def steps(case: Case) -> bool:
    """A description that is long enough to hold the steps that were taken."""
    return len(case.new.split()) >= MANY_WORDS


TOPICS: Mapping[str, Callable[[Case], bool]] = {"web address": web_address, "picture": picture, "steps": steps}


def is_topic(topic: str) -> bool:
    """Whether a report can be searched for it: one of the rows, or a number of words (`30 words`)."""
    return topic in TOPICS or bool(_WORDS.fullmatch(topic))


def missing(case: Case, plan: Plan) -> tuple[str, ...]:
    """The topics of the plan that the mail does not contain."""
    return tuple(topic for topic in plan.asks_for if not _is_there(topic, case))


def _is_there(topic: str, case: Case) -> bool:
    wanted = _WORDS.fullmatch(topic)
    return len(case.new.split()) >= int(wanted[1]) if wanted else TOPICS[topic](case)


def reminded_at(case: Case, plan: Plan) -> datetime | None:
    """When the customer is reminded of what is missing (aware UTC), counted from when they were first asked for it."""
    return deadline(case.now, REMINDED_AFTER, plan.calendar)
