"""Quantities as people write them in a mail: time that was worked or is agreed to, and money.

In: a word or two, such as `40m`, `1h30`, `1,5h`, `2 uur`, `€240` or `DKK 500,50`. Out: whole minutes, or cents with the
ISO 4217 code that the sign stands for; None for what is no such quantity. Nothing is guessed: a number without a unit
is none, and neither is a fraction of a minute or of a cent; what is a time (`60 min`) is no money. Never raises.
"""

import re
from decimal import Decimal

HOUR = 60
LONGEST = 10_000 * HOUR
MOST = 10**9
_HOURS = r"h|hr|hrs|hours?|u|uur|uren|t|timer?|heures?|std|stunden?"
_MINUTES = r"m|min|mins|minutes?|minuten|minuut|minutter|minut"
_TIME = re.compile(
    rf"(?:(?P<hours>\d{{1,5}}(?:[.,]\d{{1,2}})?)\s?(?:{_HOURS})\.?)?"
    rf"(?:\s?(?P<minutes>\d{{1,6}})\s?(?:{_MINUTES})\.?|(?P<rest>[0-5]\d))?",
    re.IGNORECASE | re.ASCII,
)
_MONEY = re.compile(
    r"(?P<before>€|kr\.?|[A-Z]{3})?\s?(?P<whole>\d{1,9})(?:[.,](?P<cents>\d{2}))?\s?(?P<after>€|kr\.?|[A-Z]{3})?",
    re.IGNORECASE | re.ASCII,
)
SIGNS = {"€": "EUR", "kr": "DKK", "kr.": "DKK"}


def minutes_of(text: str) -> int | None:
    """Whole minutes, more than none."""
    found = _TIME.fullmatch(text.strip())
    if found is None or not (found["hours"] or found["minutes"]):
        return None
    hours = Decimal((found["hours"] or "0").replace(",", ".")) * HOUR
    whole = int(hours) + int(found["minutes"] or found["rest"] or 0)
    return whole if hours == int(hours) and 0 < whole <= LONGEST else None


def money_of(text: str) -> tuple[int, str] | None:
    """Cents, more than none, and the currency; it stands before or after the number."""
    found = _MONEY.fullmatch(text.strip())
    sign = (found["before"] or found["after"] or "").lower() if found else ""
    if found is None or not sign or (found["before"] and found["after"]) or minutes_of(text) is not None:
        return None
    cents = int(found["whole"]) * 100 + int(found["cents"] or 0)
    return (cents, SIGNS.get(sign, sign.upper())) if 0 < cents <= MOST else None
