"""The few words that customers have, in any shipped language (spec/desk.md, "Customers"): rows, one a word.

In: what is new in a mail, or a subject. Out: the word that stands alone on the first line, case and final punctuation
aside; None for anything else, so that a sentence which merely contains one means nothing. Behind `approve` an amount
may stand, which is all that is agreed to; behind `add` and `remove` stands who is meant. A first line that only begins
with an answer is none, but `begins` knows it, so that its writer can be told. Whether the word counts, its handler
decides.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from helpdeskd.triage.quantity import money_of

APPROVE = "approve"
DECLINE = "decline"
CLOSE = "close"
STATUS = "status"
BALANCE = "balance"
HELP = "help"
CONTACTS = "contacts"
ADD = "add"
REMOVE = "remove"
LONGEST = 60
LONGEST_WITH_PERSON = 300
_FINAL = " .!,;:…\u200b\ufeff"
_NUMBER = re.compile(r"[-+€]?\s?[0-9]")
MOST_OF_A_SIGNATURE = 40


def _forms(*written: str) -> frozenset[str]:
    """Words as they are compared."""
    return frozenset(each.casefold() for each in written)


_GREETINGS = _forms(
    *("groet", "groeten", "groetjes", "gr", "mvg", "met vriendelijke groet", "met vriendelijke groeten"),
    *("vriendelijke groet", "hartelijke groet", "hilsen", "mvh", "vh", "med venlig hilsen", "venlig hilsen"),
    *("regards", "kind regards", "best regards", "best", "best wishes", "yours sincerely"),
    *("cordialement", "bien cordialement", "bien à vous", "cdt", "salutations"),
    *("gruß", "grüße", "viele grüße", "mfg", "lg", "mit freundlichen grüßen", "mit freundlichem gruß"),
)


def _is_amount(text: str) -> bool:
    """Whether it is meant as an amount: a number, or money with its currency before it."""
    return bool(_NUMBER.match(text)) or money_of(text) is not None


@dataclass(frozen=True, slots=True)
class Row:
    """A word, how people write it, and whether it is good as a subject too. `takes` says of what stands behind it
    whether it belongs to it.
    """

    name: str
    written: frozenset[str]
    subject: bool = True
    takes: Callable[[str], bool] | None = None
    longest: int = LONGEST


@dataclass(frozen=True, slots=True)
class Word:
    """`argument` is what stands behind it, "" for nothing."""

    name: str
    argument: str = ""


ROWS: tuple[Row, ...] = (
    Row(
        APPROVE,
        _forms(
            *("akkoord", "ja", "ja, akkoord", "goedgekeurd"),
            *("godkendt", "godkend", "ja tak"),
            *("approve", "approved", "yes", "agreed", "ok", "okay", "oké"),
            *("d'accord", "oui", "accord", "approuvé"),
            *("einverstanden", "ja, einverstanden", "genehmigt"),
        ),
        subject=False,
        takes=_is_amount,
    ),
    Row(
        DECLINE,
        _forms(
            *("nee", "niet akkoord", "afgekeurd", "afgewezen"),
            *("nej", "nej tak", "afvist", "ikke godkendt"),
            *("decline", "declined", "no", "rejected", "not approved"),
            *("non", "pas d'accord", "refusé"),
            *("nein", "abgelehnt", "nicht einverstanden"),
        ),
        subject=False,
    ),
    Row(CLOSE, _forms("sluiten", "afsluiten", "luk", "afslut", "close", "fermer", "clôturer", "schließen")),
    Row(STATUS, _forms("status", "stand", "statut", "état")),
    Row(BALANCE, _forms("balance", "saldo", "solde", "guthaben")),
    Row(HELP, _forms("help", "hulp", "hjælp", "aide", "hilfe")),
    Row(CONTACTS, _forms("contacts", "contactpersonen", "contacten", "kontakter", "kontakte", "ansprechpartner")),
    Row(ADD, _forms("toevoegen", "tilføj", "add", "ajouter", "hinzufügen"), True, bool, LONGEST_WITH_PERSON),
    Row(REMOVE, _forms("verwijderen", "fjern", "remove", "supprimer", "entfernen"), True, bool, LONGEST_WITH_PERSON),
)


def said(new: str) -> Word | None:
    """The word alone on the first line that is not blank."""
    return _word(_first(new)[0], ROWS)


def begins(new: str) -> bool:
    """Whether the first line that is not blank begins with an answer, and goes on or not."""
    line = _first(new)[0].casefold()
    answers = (written for row in ROWS if row.name in {APPROVE, DECLINE} for written in row.written)
    return any(line.startswith(answer) and not line[len(answer) :][:1].isalnum() for answer in answers)


def asked(subject: str) -> Word | None:
    """The word that is a whole subject."""
    return _word(_plain(subject), tuple(row for row in ROWS if row.subject))


def after_word(new: str) -> str:
    """What stands below the first line that is not blank."""
    return _first(new)[1]


def is_only_signed(text: str) -> bool:
    """Whether a text says nothing: it is empty, or a greeting with a name below or behind it."""
    line = _first(text)[0].casefold()
    return not line or (line.partition(",")[0] in _GREETINGS and len(text.split()) <= MOST_OF_A_SIGNATURE)


def _first(new: str) -> tuple[str, str]:
    """The first line that is not blank, as words are compared but for its case, and what stands below it."""
    lines = new.splitlines()
    place = next((number for number, line in enumerate(lines) if _plain(line)), len(lines))
    return _plain("".join(lines[place : place + 1])), "\n".join(lines[place + 1 :]).strip()


def _word(line: str, rows: tuple[Row, ...]) -> Word | None:
    exact = next((row for row in rows if len(line) <= row.longest and line.casefold() in row.written), None)
    if exact is not None:
        return Word(exact.name)
    first, _, rest = line.partition(" ")
    row = next((row for row in rows if row.takes and first.casefold() in row.written), None)
    if row is None or row.takes is None or len(line) > row.longest or not row.takes(rest.strip().casefold()):
        return None
    return Word(row.name, rest.strip())


def _plain(line: str) -> str:
    return " ".join(unicodedata.normalize("NFC", line).replace("\u2019", "'").split()).strip(_FINAL)
