"""The few words that customers have, in any shipped language (spec/desk.md, "Customers"): rows, one a word.

In: what is new in a mail, or a subject. Out: the word that stands alone on the first line, case and final punctuation
aside; None for anything else, so that a sentence which merely contains one means nothing. Behind `approve` an amount
may stand, which is all that is agreed to. A first line that only begins with an answer is none, but `begins` knows it,
so that its writer can be told. Whether the word counts, its handler decides.
"""

import re
from dataclasses import dataclass

from helpdeskd.triage.quantity import money_of

APPROVE = "approve"
DECLINE = "decline"
BALANCE = "balance"
LONGEST = 60
_FINAL = " .!,;:…\u200b\ufeff"
_NUMBER = re.compile(r"[-+€]?\s?[0-9]")


@dataclass(frozen=True, slots=True)
class Row:
    """A word, how people write it, whether something may stand behind it, and whether it is good as a subject."""

    name: str
    written: frozenset[str]
    argument: bool = False
    subject: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """`argument` is what stands behind it, "" for nothing."""

    name: str
    argument: str = ""


ROWS: tuple[Row, ...] = (
    Row(
        APPROVE,
        frozenset(
            {
                *("akkoord", "ja", "ja, akkoord", "goedgekeurd"),
                *("godkendt", "godkend", "ja tak"),
                *("approve", "approved", "yes", "agreed", "ok", "okay", "oké"),
                *("d'accord", "oui", "accord", "approuvé"),
                *("einverstanden", "ja, einverstanden", "genehmigt"),
            }
        ),
        argument=True,
    ),
    Row(
        DECLINE,
        frozenset(
            {
                *("nee", "niet akkoord", "afgekeurd", "afgewezen"),
                *("nej", "nej tak", "afvist", "ikke godkendt"),
                *("decline", "declined", "no", "rejected", "not approved"),
                *("non", "pas d'accord", "refusé"),
                *("nein", "abgelehnt", "nicht einverstanden"),
            }
        ),
    ),
    Row(BALANCE, frozenset({"balance", "saldo", "solde", "guthaben"}), subject=True),
)


def said(new: str) -> Word | None:
    """The word alone on the first line that is not blank."""
    line, _ = _first(new)
    return _word(line, ROWS) if len(line) <= LONGEST else None


def begins(new: str) -> bool:
    """Whether the first line that is not blank begins with an answer, and goes on or not."""
    line, _ = _first(new)
    answers = (written for row in ROWS if row.name in {APPROVE, DECLINE} for written in row.written)
    return any(line.startswith(answer) and not line[len(answer) :][:1].isalnum() for answer in answers)


def asked(subject: str) -> Word | None:
    """The word that is a whole subject."""
    return _word(_plain(subject), tuple(row for row in ROWS if row.subject))


def after_word(new: str) -> str:
    """What stands below the first line that is not blank."""
    return _first(new)[1]


def _first(new: str) -> tuple[str, str]:
    """The first line that is not blank, as words are compared, and what stands below it."""
    lines = new.splitlines()
    place = next((number for number, line in enumerate(lines) if _plain(line)), len(lines))
    return _plain("".join(lines[place : place + 1])), "\n".join(lines[place + 1 :]).strip()


def _word(line: str, rows: tuple[Row, ...]) -> Word | None:
    exact = next((row for row in rows if line in row.written), None)
    if exact is not None:
        return Word(exact.name)
    first, _, rest = line.partition(" ")
    row = next((row for row in rows if row.argument and first in row.written), None)
    return Word(row.name, rest.strip()) if row is not None and _is_amount(rest) else None


def _is_amount(text: str) -> bool:
    """Whether it is meant as an amount: a number, or money with its currency before it."""
    return bool(_NUMBER.match(text)) or money_of(text) is not None


def _plain(line: str) -> str:
    return " ".join(line.replace("\u2019", "'").split()).strip(_FINAL).casefold()
