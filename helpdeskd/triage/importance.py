"""How urgent a mail says that it is: the marks that mail programs put into its header (RFC 2156, and by custom).

In: a message. Out: "high", "low", or "" for a mail that is not marked. Where fields disagree, the first one of the
table that says something counts. What the mark is worth, the plan decides.
"""

import re
from collections.abc import Mapping

from helpdeskd.domain.message import Message

HIGH, LOW = "high", "low"
FIELDS: Mapping[str, Mapping[str, str]] = {
    "Importance": {"high": HIGH, "low": LOW},
    "X-Priority": {"1": HIGH, "2": HIGH, "4": LOW, "5": LOW},
    "Priority": {"urgent": HIGH, "non-urgent": LOW},
}
_FIRST_WORD = re.compile(r"[a-z0-9-]+")


def importance(message: Message) -> str:
    """What the mail is marked as."""
    marks = (meanings.get(_word(message.header(name)), "") for name, meanings in FIELDS.items())
    return next(filter(None, marks), "")


def _word(value: str) -> str:
    """The first word: `1 (Highest)` says 1."""
    found = _FIRST_WORD.search(value.lower())
    return found[0] if found else ""
